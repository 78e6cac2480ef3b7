/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-manager-private.h"

#include <string.h>

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"
#include "qs-log-private.h"
#include "qs-topic-private.h"
#include "qs-topic-settings-private.h"

/* Kafka's own limit. */
#define MAX_NAME_LENGTH 249

#define NAME_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-"

/* How long a topic that somebody else has just created may take to show up. */
#define APPEAR_TIMEOUT 30.0
#define APPEAR_INTERVAL_US (100 * G_TIME_SPAN_MILLISECOND)

static gboolean
check_name (const char *name, GError **error)
{
  gsize length = strlen (name);

  if (length > 0 && length <= MAX_NAME_LENGTH && strspn (name, NAME_CHARACTERS) == length &&
      !g_str_equal (name, ".") && !g_str_equal (name, ".."))
    return TRUE;

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_INVALID_TOPIC,
               "Topic '%s' has an illegal name: it must be 1 to %d letters (a-z, A-Z), digits and "
               "'.', '_', '-', and neither '.' nor '..'; this one has %" G_GSIZE_FORMAT " bytes",
               name,
               MAX_NAME_LENGTH,
               length);
  return FALSE;
}

/* Describes what is asked for, for the log: " with 3 partitions, replication factor 1,
 * cleanup.policy=compact"; nothing if all is left to the broker. */
static char *
describe (QsTopic *topic, int replication_factor)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *separator = " with ";
  int         n_partitions = qs_topic_get_initial_partitions (topic);
  GVariant   *config = qs_topic_get_config (topic);

  if (n_partitions > 0)
    {
      g_string_append_printf (
          text, "%s%d partition%s", separator, n_partitions, n_partitions == 1 ? "" : "s");
      separator = ", ";
    }

  if (replication_factor > 0)
    {
      g_string_append_printf (text, "%sreplication factor %d", separator, replication_factor);
      separator = ", ";
    }

  if (config != NULL)
    {
      const char  *name;
      const char  *value;
      GVariantIter iter;

      g_variant_iter_init (&iter, config);
      while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
        {
          g_string_append_printf (text, "%s%s=%s", separator, name, value);
          separator = ", ";
        }
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Adds to @differences in which of its settings the topic is not as asked for. */
static gboolean
compare_config (QsAdmin      *admin,
                QsTopic      *topic,
                gint64        deadline,
                GPtrArray    *differences,
                GCancellable *cancellable,
                GError      **error)
{
  const char *topic_name = qs_topic_get_name (topic);
  GVariant   *config = qs_topic_get_config (topic);
  g_autoptr (GHashTable) found = NULL;
  g_autoptr (GError) local_error = NULL;
  const char  *name;
  const char  *value;
  GVariantIter iter;

  if (config == NULL || g_variant_n_children (config) == 0)
    return TRUE;

  found = qs_topic_settings_dup (admin, topic_name, deadline, cancellable, &local_error);
  /* To use a topic is one right, to look at its settings another. */
  if (g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED))
    {
      qs_log_warning (NULL,
                      topic_name,
                      "The settings of topic '%s' are not checked: %s",
                      topic_name,
                      local_error->message);
      return TRUE;
    }
  if (found == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  g_variant_iter_init (&iter, config);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    {
      const char *found_value = g_hash_table_lookup (found, name);

      /* An embedded broker has no settings at all: nothing to compare with. */
      if (g_hash_table_size (found) > 0 && g_strcmp0 (found_value, value) != 0)
        g_ptr_array_add (differences,
                         g_strdup_printf ("%s is '%s' (asked for: '%s')",
                                          name,
                                          found_value != NULL ? found_value : "",
                                          value));
    }

  return TRUE;
}

/* Adds to @differences in what the topic is not as asked for, but for its partitions. */
static gboolean
find_differences (QsAdmin           *admin,
                  QsTopic           *topic,
                  const QsTopicInfo *info,
                  gint64             deadline,
                  GPtrArray         *differences,
                  GCancellable      *cancellable,
                  GError           **error)
{
  int replication_factor = qs_topic_get_replication_factor (topic);

  if (replication_factor > 0 && info->replication_factor != replication_factor)
    g_ptr_array_add (differences,
                     g_strdup_printf ("the replication factor is %d (asked for: %d)",
                                      info->replication_factor,
                                      replication_factor));

  return compare_config (admin, topic, deadline, differences, cancellable, error);
}

/* Whether the topic that is there will do: another number of partitions would
 * send keys elsewhere, all the rest is the operator's business. */
static gboolean
check_existing (QsAdmin           *admin,
                QsTopic           *topic,
                const QsTopicInfo *info,
                gint64             deadline,
                GCancellable      *cancellable,
                GError           **error)
{
  const char *name = qs_topic_get_name (topic);
  int         n_partitions = qs_topic_get_n_partitions (topic);
  g_autoptr (GPtrArray) differences = g_ptr_array_new_with_free_func (g_free);

  if (n_partitions > 0 && info->n_partitions != n_partitions)
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_TOPIC_MISMATCH,
                   "Topic '%s' exists with %d partition(s), but %d were asked for; set its "
                   "n-partitions to %d or to -1, or use another topic",
                   name,
                   info->n_partitions,
                   n_partitions,
                   info->n_partitions);
      return FALSE;
    }

  if (!find_differences (admin, topic, info, deadline, differences, cancellable, error))
    return FALSE;

  if (differences->len > 0)
    {
      g_autofree char *text = NULL;

      g_ptr_array_add (differences, NULL);
      text = g_strjoinv (", ", (char **) differences->pdata);
      qs_log_warning (
          NULL, name, "Topic '%s' exists with other settings and is used as it is: %s", name, text);
    }

  return TRUE;
}

/* Waits for a topic that is known to be there: brokers don't learn of it all at once. */
static gboolean
wait_for_topic (QsAdmin      *admin,
                const char   *name,
                gint64        deadline,
                QsTopicInfo  *info,
                GCancellable *cancellable,
                GError      **error)
{
  const gint64 started = g_get_monotonic_time ();

  deadline = MIN (deadline, qs_deadline_after (APPEAR_TIMEOUT));

  while (TRUE)
    {
      gboolean exists;

      if (!qs_admin_lookup_topic (admin, name, deadline, &exists, info, cancellable, error))
        return FALSE;
      if (exists)
        return TRUE;

      g_usleep (APPEAR_INTERVAL_US);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_TIMED_OUT,
                       "Topic '%s' was created by another client, but did not appear within %.3g s",
                       name,
                       (double) (g_get_monotonic_time () - started) / G_USEC_PER_SEC);
          return FALSE;
        }
    }
}

/* On how many brokers it is to be: as it says itself, or as its model is there. */
static gboolean
choose_replication_factor (QsAdmin      *admin,
                           QsTopic      *topic,
                           gint64        deadline,
                           int          *replication_factor,
                           GCancellable *cancellable,
                           GError      **error)
{
  QsTopic    *model = qs_topic_get_model (topic);
  QsTopicInfo info = { 0 };
  gboolean    exists = FALSE;

  *replication_factor = qs_topic_get_replication_factor (topic);
  if (*replication_factor > 0 || model == NULL)
    return TRUE;

  if (!qs_admin_lookup_topic (
          admin, qs_topic_get_name (model), deadline, &exists, &info, cancellable, error))
    return FALSE;
  if (exists && info.replication_factor > 0)
    *replication_factor = info.replication_factor;

  return TRUE;
}

static gboolean
create_topic (QsAdmin *admin, QsTopic *topic, GCancellable *cancellable, GError **error)
{
  const char      *name = qs_topic_get_name (topic);
  g_autofree char *description = NULL;
  g_autoptr (GError) local_error = NULL;
  gint64      deadline = qs_admin_get_creation_deadline (admin);
  QsTopicInfo info;
  int         replication_factor = -1;

  if (!choose_replication_factor (admin, topic, deadline, &replication_factor, cancellable, error))
    return FALSE;

  description = describe (topic, replication_factor);
  qs_log_message (NULL, name, "Creating topic '%s'%s", name, description);

  if (qs_admin_create_topic (admin,
                             name,
                             qs_topic_get_initial_partitions (topic),
                             replication_factor,
                             qs_topic_get_config (topic),
                             cancellable,
                             &local_error))
    {
      qs_log_message (NULL, name, "Topic '%s' has been created", name);
      return TRUE;
    }

  /* Another instance was quicker: that is as good, if it wanted the same. */
  if (g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_EXISTS))
    return wait_for_topic (admin, name, deadline, &info, cancellable, error) &&
           check_existing (admin, topic, &info, deadline, cancellable, error);

  if (g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG))
    g_set_error (error,
                 QS_KAFKA_ERROR,
                 QS_KAFKA_ERROR_INVALID_CONFIG,
                 "%s; change %s",
                 local_error->message,
                 qs_topic_get_settings (topic));
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
prepare_topic (QsAdmin      *admin,
               QsTopic      *topic,
               gboolean      create,
               GCancellable *cancellable,
               GError      **error)
{
  const char  *name = qs_topic_get_name (topic);
  const gint64 deadline = qs_admin_get_question_deadline (admin);
  QsTopicInfo  info;
  gboolean     exists;

  if (!qs_admin_lookup_topic (admin, name, deadline, &exists, &info, cancellable, error))
    return FALSE;
  if (exists)
    return check_existing (admin, topic, &info, deadline, cancellable, error);
  if (create)
    return create_topic (admin, topic, cancellable, error);

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_UNKNOWN_TOPIC,
               "Topic '%s' does not exist, and auto-create-topics is off; create the topic, or set "
               "auto-create-topics of the application",
               name);
  return FALSE;
}

/* Decides what to do about a topic with these settings, and whether it can be used. */
static const char *
choose_action (QsTopic *topic, gboolean exists, const QsTopicInfo *info, gboolean create)
{
  int n_partitions = qs_topic_get_n_partitions (topic);

  if (!exists)
    return create ? "create" : "missing";

  return n_partitions > 0 && info->n_partitions != n_partitions ? "mismatch" : "use";
}

GVariant *
qs_topic_manager_describe (QsAdmin      *admin,
                           QsTopic      *topic,
                           gboolean      create,
                           GCancellable *cancellable,
                           GError      **error)
{
  const char  *name = qs_topic_get_name (topic);
  const gint64 deadline = qs_admin_get_question_deadline (admin);
  g_autoptr (GPtrArray) differences = g_ptr_array_new_with_free_func (g_free);
  QsTopicInfo     info = { 0 };
  gboolean        exists = FALSE;
  GVariantBuilder dict;

  if (!check_name (name, error) ||
      !qs_admin_lookup_topic (admin, name, deadline, &exists, &info, cancellable, error) ||
      (exists &&
       !find_differences (admin, topic, &info, deadline, differences, cancellable, error)))
    return NULL;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "name", g_variant_new_string (name));
  g_variant_builder_add (
      &dict, "{sv}", "action", g_variant_new_string (choose_action (topic, exists, &info, create)));
  g_variant_builder_add (&dict,
                         "{sv}",
                         "wanted-partitions",
                         g_variant_new_int32 (qs_topic_get_initial_partitions (topic)));
  g_variant_builder_add (&dict,
                         "{sv}",
                         "wanted-replication-factor",
                         g_variant_new_int32 (qs_topic_get_replication_factor (topic)));
  if (exists)
    {
      g_variant_builder_add (
          &dict, "{sv}", "n-partitions", g_variant_new_int32 (info.n_partitions));
      g_variant_builder_add (
          &dict, "{sv}", "replication-factor", g_variant_new_int32 (info.replication_factor));
    }
  g_variant_builder_add (
      &dict,
      "{sv}",
      "differences",
      g_variant_new_strv ((const char *const *) differences->pdata, (gssize) differences->len));

  return g_variant_builder_end (&dict);
}

gboolean
qs_topic_manager_prepare (QsAdmin      *admin,
                          GPtrArray    *topics,
                          gboolean      create,
                          GCancellable *cancellable,
                          GError      **error)
{
  g_assert (QS_IS_ADMIN (admin));
  g_assert (topics != NULL);

  /* All names first: nothing is created if the program can't work anyway. */
  for (guint i = 0; i < topics->len; i++)
    if (!check_name (qs_topic_get_name (topics->pdata[i]), error))
      return FALSE;

  for (guint i = 0; i < topics->len; i++)
    if (!prepare_topic (admin, topics->pdata[i], create, cancellable, error))
      return FALSE;

  return TRUE;
}

/* The limit of one topic; G_MAXINT where it isn't known. */
static gboolean
read_max_batch_size (QsAdmin      *admin,
                     const char   *name,
                     int          *size,
                     GCancellable *cancellable,
                     GError      **error)
{
  g_autoptr (GHashTable) settings = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *text = NULL;

  *size = G_MAXINT;
  settings = qs_topic_settings_dup (
      admin, name, qs_admin_get_question_deadline (admin), cancellable, &local_error);
  /* It may be forbidden, or the broker that was asked hasn't heard of the topic yet. */
  if (g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED) ||
      g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC))
    {
      qs_log_info (
          NULL, name, "The size limit of topic '%s' is unknown: %s", name, local_error->message);
      return TRUE;
    }
  if (settings == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  text = g_hash_table_lookup (settings, "max.message.bytes");
  if (text != NULL)
    *size = (int) CLAMP (g_ascii_strtoll (text, NULL, 10), 1, G_MAXINT);

  return TRUE;
}

int
qs_topic_manager_find_max_batch_size (QsAdmin      *admin,
                                      GPtrArray    *topics,
                                      GCancellable *cancellable,
                                      GError      **error)
{
  int smallest = G_MAXINT;

  for (guint i = 0; i < topics->len; i++)
    {
      int size = G_MAXINT;

      if (!read_max_batch_size (
              admin, qs_topic_get_name (topics->pdata[i]), &size, cancellable, error))
        return -1;
      smallest = MIN (smallest, size);
    }

  return smallest < G_MAXINT ? smallest : 0;
}
