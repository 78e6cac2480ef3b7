/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-list-private.h"

#include <string.h>

#include "qs-application-error.h"
#include "qs-changelog-topic-private.h"
#include "qs-instance-private.h"
#include "qs-source-error.h"
#include "qs-source-private.h"
#include "qs-stateful-source.h"
#include "qs-topic-private.h"

struct _QsSourceList
{
  GObject   *application; /* not owned */
  GPtrArray *sources;     /* QsManagedSource; owned */
};

QsSourceList *
qs_source_list_new (GObject *application)
{
  QsSourceList *self = g_new0 (QsSourceList, 1);

  self->application = application;
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) qs_managed_source_free);

  return self;
}

void
qs_source_list_free (QsSourceList *self)
{
  g_ptr_array_unref (self->sources);
  g_free (self);
}

static gboolean
check_name (QsBaseSource *source, GError **error)
{
  const char *name = qs_base_source_get_name (source);

  if (name != NULL && *name != '\0' &&
      name[strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-")] == '\0')
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_NOT_CONFIGURED,
               "Cannot add a source of class %s: its name is %s%s%s, "
               "but it must be one or more of the letters a-z and A-Z, digits, '.', '_' and '-'",
               G_OBJECT_TYPE_NAME (source),
               name != NULL ? "'" : "",
               name != NULL ? name : "not set",
               name != NULL ? "'" : "");
  return FALSE;
}

/* Whether no other source has this name or topic. */
static gboolean
check_unique (QsSourceList *self, const char *name, QsTopic *topic, GError **error)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QsManagedSource *managed = g_ptr_array_index (self->sources, i);
      const char      *other = qs_base_source_get_name (qs_managed_source_get_source (managed));

      if (g_str_equal (other, name))
        {
          g_set_error (error,
                       QS_APPLICATION_ERROR,
                       QS_APPLICATION_ERROR_DUPLICATE,
                       "Cannot add source '%s': this application has a source of that name",
                       name);
          return FALSE;
        }

      if (g_str_equal (qs_topic_get_name (qs_managed_source_get_topic (managed)),
                       qs_topic_get_name (topic)))
        {
          g_set_error (error,
                       QS_APPLICATION_ERROR,
                       QS_APPLICATION_ERROR_DUPLICATE,
                       "Cannot add source '%s': source '%s' already produces to topic '%s'",
                       name,
                       other,
                       qs_topic_get_name (topic));
          return FALSE;
        }
    }

  return TRUE;
}

/* The topic of a source whose user gave none; transfer full. */
static QsTopic *
make_default_topic (QsBaseSource *source, GError **error)
{
  g_autoptr (QsTopic) topic = qs_base_source_default_topic (source);
  g_autofree char *name = NULL;

  if (topic == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_IMPLEMENTED,
                   "Cannot add source '%s' without a topic: default_topic() of its class %s "
                   "is missing or returned nothing",
                   qs_base_source_get_name (source),
                   G_OBJECT_TYPE_NAME (source));
      return NULL;
    }

  name = g_strconcat ("source__", qs_topic_get_name (topic), NULL);

  return qs_topic_new_renamed (topic, name);
}

QsTopic *
qs_source_list_add (QsSourceList *self, QsBaseSource *source, QsTopic *topic, GError **error)
{
  g_autoptr (QsTopic) own_topic = topic != NULL ? g_object_ref (topic) : NULL;

  if (!check_name (source, error))
    return NULL;

  if (own_topic == NULL)
    own_topic = make_default_topic (source, error);

  if (own_topic == NULL || !check_unique (self, qs_base_source_get_name (source), own_topic, error))
    return NULL;

  g_ptr_array_add (self->sources, qs_managed_source_new (source, own_topic, self->application));

  /* The source that was added keeps it. */
  return own_topic;
}

gboolean
qs_source_list_lookup (QsSourceList *self, const char *name, QsBaseSource **source, QsTopic **topic)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QsManagedSource *managed = g_ptr_array_index (self->sources, i);

      if (!g_str_equal (qs_base_source_get_name (qs_managed_source_get_source (managed)), name))
        continue;

      *source = qs_managed_source_get_source (managed);
      *topic = qs_managed_source_get_topic (managed);
      return TRUE;
    }

  return FALSE;
}

QsManagedSource *
qs_source_list_find (QsSourceList *self, QsBaseSource *source)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QsManagedSource *managed = g_ptr_array_index (self->sources, i);

      if (qs_managed_source_get_source (managed) == source)
        return managed;
    }

  return NULL;
}

GPtrArray *
qs_source_list_get_managed (QsSourceList *self)
{
  return self->sources;
}

/* Always returns FALSE. */
G_GNUC_PRINTF (3, 4)
static gboolean
refuse (QsBaseSource *source, GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list          args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_DUPLICATE,
               "Cannot run source '%s': %s",
               qs_base_source_get_name (source),
               reason);
  return FALSE;
}

/* Whether no other source, here or elsewhere, has what is named by the consumer-group
 * and a store: its changelog, and its transactional id. Quix Streams' names stand, so
 * those that two could have are refused. @names: of the sources before. */
static gboolean
check_names (GHashTable *names, QsBaseSource *source, QsStateSettings *state, GError **error)
{
  g_autofree char *own = g_strconcat ("source-", qs_base_source_get_name (source), NULL);
  const char      *name = own;

  if (QS_IS_STATEFUL_SOURCE (source))
    name = qs_stateful_source_get_store_name (QS_STATEFUL_SOURCE (source));
  else if (!qs_guarantee_is_exactly_once (&state->guarantee) && !state->is_shared)
    return TRUE;

  if (!g_hash_table_add (names, g_strdup (name)))
    return refuse (
        source, error, "another source of this application uses the same store '%s'", name);
  if (g_str_has_prefix (name, "source-") && !g_str_equal (name, own))
    return refuse (source,
                   error,
                   "its store-name '%s' is that of source '%s', which it would fence; choose a "
                   "name that does not begin with 'source-'",
                   name,
                   name + strlen ("source-"));
  if (!state->use_changelog_topics && !qs_guarantee_is_exactly_once (&state->guarantee) &&
      !state->is_shared)
    return TRUE;
  if (strstr (state->group, "--") != NULL || g_str_has_suffix (state->group, "-"))
    return refuse (source,
                   error,
                   "its changelog would be 'changelog__%s--%s', which could also be that of a "
                   "source of another consumer-group; choose a consumer-group without '--' that "
                   "does not end in '-' ('qsource state export' and 'import' move a state)",
                   state->group,
                   name);

  return TRUE;
}

/* Adds the dead-letter topic of a source if it has one. */
static gboolean
add_dead_letter_topic (GPtrArray *topics, QsManagedSource *managed, GError **error)
{
  QsBaseSource *source = qs_managed_source_get_source (managed);
  QsTopic      *topic = qs_managed_source_get_topic (managed);
  g_autoptr (QsTopic) dead_letters = NULL;

  if (QS_IS_SOURCE (source))
    dead_letters = qs_source_dup_dead_letter_topic (QS_SOURCE (source), topic);
  if (dead_letters == NULL)
    return TRUE;

  if (g_str_equal (qs_topic_get_name (dead_letters), qs_topic_get_name (topic)))
    {
      g_set_error (error,
                   QS_APPLICATION_ERROR,
                   QS_APPLICATION_ERROR_DUPLICATE,
                   "Cannot run source '%s': its dead-letter-topic '%s' is the topic that it "
                   "produces to; set another dead-letter-topic",
                   qs_base_source_get_name (source),
                   qs_topic_get_name (topic));
      return FALSE;
    }

  g_ptr_array_add (topics, g_steal_pointer (&dead_letters));

  return TRUE;
}

/* Adds the empty topic by which a source without a state is shared. */
static void
add_claim_topic (GPtrArray *topics, QsBaseSource *source, QsStateSettings *state, QsTopic *data)
{
  g_autofree char *name = qs_instance_dup_topic (source, state);
  QsTopic         *topic = qs_topic_new (name);

  qs_topic_suggest_partitions (topic, 1);
  if (state->changelog_replication_factor > 0)
    qs_topic_set_replication_factor (topic, state->changelog_replication_factor);
  qs_topic_follow (topic, data, "the application's changelog-replication-factor");
  g_ptr_array_add (topics, topic);
}

GPtrArray *
qs_source_list_dup_topics (QsSourceList *self, QsStateSettings *state, GError **error)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->sources->len; i++)
    {
      QsManagedSource  *managed = g_ptr_array_index (self->sources, i);
      QsBaseSource     *base = qs_managed_source_get_source (managed);
      QsStatefulSource *source = NULL;
      g_autofree char  *changelog = NULL;

      g_ptr_array_add (topics, g_object_ref (qs_managed_source_get_topic (managed)));
      if (!add_dead_letter_topic (topics, managed, error))
        return NULL;
      if (!check_names (names, base, state, error))
        return NULL;
      if (!QS_IS_STATEFUL_SOURCE (base) && state->is_shared)
        add_claim_topic (topics, base, state, qs_managed_source_get_topic (managed));
      if (!QS_IS_STATEFUL_SOURCE (base))
        continue;

      source = QS_STATEFUL_SOURCE (base);
      /* So that each worker can have one of its own. */
      if (qs_stateful_source_get_n_partitions (source) > 1)
        qs_topic_suggest_partitions (qs_managed_source_get_topic (managed),
                                     qs_stateful_source_get_n_partitions (source));
      if (!state->use_changelog_topics)
        continue;

      changelog =
          qs_state_settings_dup_changelog (state, qs_stateful_source_get_store_name (source));
      g_ptr_array_add (topics,
                       qs_changelog_topic_new (changelog,
                                               qs_stateful_source_get_n_partitions (source),
                                               state,
                                               qs_managed_source_get_topic (managed)));
    }

  return g_steal_pointer (&topics);
}

GPtrArray *
qs_source_list_dup_sources (QsSourceList *self)
{
  GPtrArray *sources = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->sources->len; i++)
    {
      QsManagedSource *managed = g_ptr_array_index (self->sources, i);

      g_ptr_array_add (sources, g_object_ref (qs_managed_source_get_source (managed)));
    }

  return sources;
}

guint
qs_source_list_get_n_sources (QsSourceList *self)
{
  return self->sources->len;
}

gboolean
qs_source_list_has_one_worker (QsSourceList *self)
{
  QsBaseSource *source = NULL;

  if (self->sources->len != 1)
    return FALSE;

  source = qs_managed_source_get_source (self->sources->pdata[0]);

  return !QS_IS_STATEFUL_SOURCE (source) ||
         qs_stateful_source_get_n_partitions (QS_STATEFUL_SOURCE (source)) == 1;
}

guint
qs_source_list_count_states (QsSourceList *self)
{
  guint n_partitions = 0;

  for (guint i = 0; i < self->sources->len; i++)
    {
      QsBaseSource *source = qs_managed_source_get_source (self->sources->pdata[i]);

      if (QS_IS_STATEFUL_SOURCE (source))
        n_partitions += (guint) qs_stateful_source_get_n_partitions (QS_STATEFUL_SOURCE (source));
    }

  return n_partitions;
}

gboolean
qs_source_list_has_state (QsSourceList *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QsManagedSource *managed = g_ptr_array_index (self->sources, i);

      if (QS_IS_STATEFUL_SOURCE (qs_managed_source_get_source (managed)))
        return TRUE;
    }

  return FALSE;
}

gboolean
qs_source_list_is_settled (QsSourceList *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      QsManagedSource *managed = g_ptr_array_index (self->sources, i);
      QsSourceStatus   status = qs_base_source_get_status (qs_managed_source_get_source (managed));

      if (qs_managed_source_is_waiting (managed))
        continue;
      if (status < QS_SOURCE_STATUS_RUNNING ||
          (status == QS_SOURCE_STATUS_FAILED && qs_managed_source_is_running (managed)))
        return FALSE;
    }

  return TRUE;
}
