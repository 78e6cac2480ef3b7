/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-settings-private.h"

#include <string.h>

#include "qs-kill-point-private.h"
#include "qs-state-error.h"
#include "qs-store-options-private.h"

/* The characters that Kafka accepts in names of topics, and the length left beside "changelog__",
 * "--" and a name. */
#define GROUP_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define MAX_GROUP_LENGTH 235

/* Characters of one in an error. */
#define MAX_SHOWN 50

static void
clear_config (gpointer data)
{
  QsStateSettings *self = data;

  g_free (self->state_dir);
  g_free (self->group);
  g_clear_pointer (&self->rocksdb_options, g_variant_unref);
  g_clear_pointer (&self->changelog_config, g_variant_unref);
}

QsStateSettings *
qs_state_settings_new (const char *state_dir, const char *group)
{
  QsStateSettings *self = g_atomic_rc_box_new0 (QsStateSettings);

  self->state_dir = g_strdup (state_dir);
  self->group = g_strdup (group);
  self->use_changelog_topics = TRUE;
  self->guarantee.commit_interval = 5;
  self->changelog_replication_factor = -1;

  return self;
}

QsStateSettings *
qs_state_settings_ref (QsStateSettings *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
qs_state_settings_unref (QsStateSettings *self)
{
  g_atomic_rc_box_release_full (self, clear_config);
}

/* Refuses settings of changelogs that could not be read back. */
static gboolean
check_changelog (QsStateSettings *self, GError **error)
{
  const char *policy = NULL;

  if (self->changelog_replication_factor == 0)
    {
      g_set_error_literal (error,
                           QS_STATE_ERROR,
                           QS_STATE_ERROR_FAILED,
                           "Cannot use 0 as changelog-replication-factor: set it to 1 or more, or "
                           "to -1 for as many as the source's topic has");
      return FALSE;
    }

  if (self->changelog_config != NULL &&
      g_variant_lookup (self->changelog_config, "cleanup.policy", "&s", &policy) &&
      !g_str_equal (policy, "compact"))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_FAILED,
                   "Cannot use cleanup.policy='%s' in changelog-config: it would lose state; "
                   "leave it out, or set it to 'compact'",
                   policy);
      return FALSE;
    }

  return TRUE;
}

gboolean
qs_state_settings_check (QsStateSettings *self, GError **error)
{
  return qs_store_options_check (self->rocksdb_options, error) && check_changelog (self, error);
}

gboolean
qs_state_settings_check_group (const char *group, GError **error)
{
  gsize            length = strlen (group);
  g_autofree char *valid = g_utf8_make_valid (group, -1);
  g_autofree char *start = NULL;
  gboolean         is_long = g_utf8_strlen (valid, -1) > MAX_SHOWN;

  if (length > 0 && length <= MAX_GROUP_LENGTH && strspn (group, GROUP_CHARACTERS) == length)
    return TRUE;

  start = g_utf8_substring (valid, 0, is_long ? MAX_SHOWN : -1);
  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_FAILED,
               "Cannot run with the consumer-group '%s%s': it is part of the names of changelog "
               "topics, so that with a stateful source it must be 1 to %d letters (a-z, A-Z), "
               "digits, '.', '_' and '-'; it has %" G_GSIZE_FORMAT " bytes. Choose another "
               "consumer-group, or set use-changelog-topics to false",
               start,
               is_long ? "..." : "",
               MAX_GROUP_LENGTH,
               length);
  return FALSE;
}

GVariant *
qs_state_settings_to_variant (QsStateSettings *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "state-dir", "^ay", self->state_dir);
  g_variant_dict_insert (&dict, "group", "s", self->group);
  g_variant_dict_insert (&dict,
                         "guarantee",
                         "(idu)",
                         (int) self->guarantee.processing,
                         self->guarantee.commit_interval,
                         self->guarantee.commit_every);
  g_variant_dict_insert (&dict, "use-changelog-topics", "b", self->use_changelog_topics);
  g_variant_dict_insert (&dict, "shared", "b", self->is_shared);
  if (self->rocksdb_options != NULL)
    g_variant_dict_insert_value (&dict, "rocksdb-options", self->rocksdb_options);

  return g_variant_dict_end (&dict);
}

QsStateSettings *
qs_state_settings_new_from_variant (GVariant *variant)
{
  QsStateSettings *self = qs_state_settings_new (NULL, NULL);
  int              processing = QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE;

  g_variant_lookup (variant, "state-dir", "^ay", &self->state_dir);
  g_variant_lookup (variant, "group", "s", &self->group);
  g_variant_lookup (variant,
                    "guarantee",
                    "(idu)",
                    &processing,
                    &self->guarantee.commit_interval,
                    &self->guarantee.commit_every);
  self->guarantee.processing = (QsProcessingGuarantee) processing;
  g_variant_lookup (variant, "use-changelog-topics", "b", &self->use_changelog_topics);
  g_variant_lookup (variant, "shared", "b", &self->is_shared);
  self->rocksdb_options =
      g_variant_lookup_value (variant, "rocksdb-options", G_VARIANT_TYPE ("a{ss}"));

  return self;
}

char *
qs_state_settings_dup_changelog (QsStateSettings *self, const char *store_name)
{
  return g_strdup_printf ("changelog__%s--%s", self->group, store_name);
}

char *
qs_state_settings_dup_transactional_id (QsStateSettings *self,
                                        const char      *store_name,
                                        int              partition)
{
  g_autofree char *changelog = qs_state_settings_dup_changelog (self, store_name);

  if (QS_IS_MUTANT ("no-fence"))
    return g_strdup_printf ("%s-%d-%x", changelog, partition, g_random_int ());

  return g_strdup_printf ("%s-%d", changelog, partition);
}
