/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-log-private.h"

#include "qs-ending-private.h"
#include "qs-log-private.h"

void
qs_source_log_start (QsBaseSource *source, QsTopic *topic, int partition, int pid)
{
  g_autofree char *which = partition >= 0 ? g_strdup_printf (", partition %d", partition) : NULL;

  qs_log_message (qs_base_source_get_name (source),
                  qs_topic_get_name (topic),
                  "Source started (pid %d), produces to topic '%s'%s",
                  pid,
                  qs_topic_get_name (topic),
                  which != NULL ? which : "");
}

void
qs_source_log_recovery (QsBaseSource *source, const QsSourceEvent *event)
{
  const char *name = qs_base_source_get_name (source);

  if (event->n_left > 0)
    qs_log_message (name,
                    NULL,
                    "Reading back the state: %" G_GINT64_FORMAT
                    " records, %.0f per second, at most %" G_GINT64_FORMAT " left",
                    event->n_records,
                    event->rate,
                    event->n_left);
  else if (event->n_records > 0)
    qs_log_message (
        name, NULL, "The state is read back (%" G_GINT64_FORMAT " records)", event->n_records);
}

void
qs_source_log_end (QsBaseSource         *source,
                   QsTopic              *topic,
                   gboolean              has_failed,
                   const QsSourceCounts *counts)
{
  g_autofree char *text = qs_ending_dup_counts (counts);

  qs_log (has_failed ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE,
          qs_base_source_get_name (source),
          qs_topic_get_name (topic),
          "Source %s: %s",
          has_failed ? "failed" : "finished",
          text);
}
