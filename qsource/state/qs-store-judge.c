/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-judge-private.h"

#include "qs-state-error.h"

/* Advice if only the changelog is left. */
#define BRING_IT_BACK                                                                              \
  "Restore the store's directory from a copy or from the machine that had it, or the right "       \
  "changelog; if its remaining records are what you want, save them with 'qsource state export "   \
  "--from changelog', call clear_state(), and write it back with 'qsource state import'"

/* Always returns FALSE. */
static gboolean G_GNUC_PRINTF (5, 6) refuse (const char *topic,
                                             int         partition,
                                             GError    **error,
                                             const char *what_to_do,
                                             const char *format,
                                             ...)
{
  g_autofree char *found = NULL;
  va_list          arguments;

  va_start (arguments, format);
  found = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_MISMATCH,
               "Cannot use the store of changelog '%s', partition %d: %s; nothing was changed. %s",
               topic,
               partition,
               found,
               what_to_do);
  return FALSE;
}

/* Whether all of the changelog is in the store, the marker of its last commit
 * aside. */
static gboolean
is_in_step (const QsStoreRecord *record, gint64 end)
{
  return end == record->offset || (record->ends_with_commit && end == record->offset + 1);
}

static gboolean
is_too_old (const QsStoreRecord *record, gint64 time, gint64 retention)
{
  gint64 age = time - record->in_step_at;

  return age < 0 || age > MIN (retention, record->retention);
}

/* Whether it is of this topic, of this cluster, and not ahead of it. */
static gboolean
check_facts (const QsStoreRecord *record,
             QsChangelogReader   *reader,
             const char          *topic,
             int                  partition,
             GError             **error)
{
  const char *cluster = qs_changelog_reader_get_cluster (reader);
  gint64      begin = qs_changelog_reader_get_begin (reader);
  gint64      end = qs_changelog_reader_get_end (reader);

  if (!record->has_changelog)
    return refuse (topic,
                   partition,
                   error,
                   QS_STORE_IS_ONLY_COPY,
                   "it was made with use-changelog-topics off");
  if (!g_str_equal (record->topic, topic) || record->partition != partition)
    return refuse (topic,
                   partition,
                   error,
                   QS_STORE_IS_ONLY_COPY,
                   "it belongs to changelog '%s', partition %d",
                   record->topic,
                   record->partition);
  if (*record->cluster != '\0' && *cluster != '\0' && !g_str_equal (record->cluster, cluster))
    return refuse (topic,
                   partition,
                   error,
                   QS_STORE_IS_ONLY_COPY,
                   "it belongs to the cluster '%s', but this cluster is '%s'",
                   record->cluster,
                   cluster);
  if (end < record->offset)
    return refuse (topic,
                   partition,
                   error,
                   QS_STORE_IS_ONLY_COPY,
                   "it has everything up to offset %" G_GINT64_FORMAT
                   ", but the changelog ends at %" G_GINT64_FORMAT,
                   record->offset,
                   end);
  if (begin > record->offset)
    return refuse (topic,
                   partition,
                   error,
                   QS_STORE_IS_ONLY_COPY,
                   "it has everything up to offset %" G_GINT64_FORMAT
                   ", but the changelog begins at %" G_GINT64_FORMAT,
                   record->offset,
                   begin);

  return TRUE;
}

static gboolean
check_identity (const QsStoreRecord *record,
                QsChangelogReader   *reader,
                const char          *topic,
                int                  partition,
                gboolean             is_embedded,
                GError             **error)
{
  gboolean is_there = FALSE;

  /* An embedded broker forgets its beginning, but has no other past either. */
  if (is_embedded && qs_changelog_reader_get_begin (reader) > record->uuid_offset)
    return TRUE;

  if (!qs_changelog_reader_verify (reader, record->uuid, record->uuid_offset, &is_there, error))
    return FALSE;
  if (!is_there)
    return refuse (topic,
                   partition,
                   error,
                   QS_STORE_IS_ONLY_COPY,
                   "the changelog was created again, and is not the one it was made from ('%s')",
                   record->uuid);

  return TRUE;
}

/* Whether a store can be made from nothing but the changelog. */
static gboolean
check_replaceable (QsChangelogReader *reader,
                   const char        *topic,
                   int                partition,
                   gboolean           is_embedded,
                   const char        *why,
                   GError           **error)
{
  gint64 begin = qs_changelog_reader_get_begin (reader);

  if (begin == 0)
    return TRUE;

  return refuse (topic,
                 partition,
                 error,
                 BRING_IT_BACK,
                 "%s, and the changelog begins at offset %" G_GINT64_FORMAT
                 ": older records are lost%s",
                 why,
                 begin,
                 is_embedded ? " (an embedded broker keeps 5 MiB)" : "");
}

gboolean
qs_store_judge (const QsStoreRecord *record,
                gboolean             found,
                QsChangelogReader   *reader,
                const char          *topic,
                int                  partition,
                gint64               retention,
                gboolean             is_embedded,
                QsStoreVerdict      *verdict,
                const char         **reason,
                GError             **error)
{
  *reason = NULL;
  *verdict = QS_STORE_VERDICT_KEEP;
  if (!found)
    return check_replaceable (reader, topic, partition, is_embedded, "there is no store", error);

  if (!check_facts (record, reader, topic, partition, error))
    return FALSE;

  if (*record->uuid == '\0')
    {
      *verdict = QS_STORE_VERDICT_REPLACE;
      return check_replaceable (
          reader, topic, partition, is_embedded, "its changelog is unknown", error);
    }

  if (!check_identity (record, reader, topic, partition, is_embedded, error))
    return FALSE;

  if (!is_in_step (record, qs_changelog_reader_get_end (reader)) &&
      is_too_old (record, qs_changelog_reader_get_time (reader), retention))
    {
      *verdict = QS_STORE_VERDICT_REPLACE;
      *reason = "it was in step with its changelog longer ago than delete.retention.ms, or the "
                "clock was set back, so it might have missed the removal of entries";
      return check_replaceable (reader, topic, partition, is_embedded, "it is too old", error);
    }

  return TRUE;
}
