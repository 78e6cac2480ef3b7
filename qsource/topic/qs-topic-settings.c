/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-settings-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"

/* Seconds in which each broker of a cluster hears of a new topic. */
#define SPREAD_TIME 10

#define RETRY_INTERVAL_US (100 * 1000)

GHashTable *
qs_topic_settings_dup (QsAdmin      *admin,
                       const char   *name,
                       gint64        deadline,
                       GCancellable *cancellable,
                       GError      **error)
{
  const gint64 spread_at = MIN (deadline, qs_deadline_after (SPREAD_TIME));
  g_autoptr (GError) unknown = NULL;

  while (TRUE)
    {
      g_autoptr (GError) local_error = NULL;
      GHashTable *settings =
          qs_admin_dup_topic_config (admin, name, deadline, cancellable, &local_error);

      if (settings != NULL)
        return settings;

      /* The last question may have had no time for its answer: the one before had. */
      if (unknown != NULL && qs_deadline_passed (deadline))
        {
          g_propagate_error (error, g_steal_pointer (&unknown));
          return NULL;
        }
      if (!g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC) ||
          qs_deadline_passed (spread_at))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }

      g_clear_error (&unknown);
      unknown = g_steal_pointer (&local_error);
      g_usleep (RETRY_INTERVAL_US);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
    }
}
