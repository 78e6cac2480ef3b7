/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-settings-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"

/* Seconds in which each broker of a cluster hears of a new topic. */
#define SPREAD_TIME 10

#define RETRY_INTERVAL_US (100 * 1000)

GHashTable *
qs_topic_settings_dup (QsAdmin *admin, const char *name, GCancellable *cancellable, GError **error)
{
  const gint64 deadline = qs_deadline_after (SPREAD_TIME);

  while (TRUE)
    {
      g_autoptr (GError) local_error = NULL;
      GHashTable *settings =
          qs_admin_dup_topic_config (admin, name, G_MAXINT64, cancellable, &local_error);

      if (settings != NULL)
        return settings;

      if (!g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC) ||
          qs_deadline_passed (deadline))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }

      g_usleep (RETRY_INTERVAL_US);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
    }
}
