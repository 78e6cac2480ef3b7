/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-group-reset-private.h"

#include "qs-group-assignment-private.h"
#include "qs-group-positions-private.h"

typedef struct
{
  rd_kafka_t                      *client; /* not owned */
  QsAutoOffsetReset                reset;
  rd_kafka_topic_partition_list_t *partitions; /* owned; the one */
  gint64                           deadline;
} Reset;

static void
reset_free (gpointer data)
{
  Reset *reset = data;

  rd_kafka_topic_partition_list_destroy (reset->partitions);
  g_free (reset);
}

static void
reset_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  Reset  *reset = task_data;
  GError *error = NULL;

  if (qs_group_positions_reset (
          reset->client, &reset->partitions->elems[0], reset->reset, reset->deadline, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
qs_group_reset_begin (GObject            *owner,
                      rd_kafka_t         *client,
                      QsAutoOffsetReset   how,
                      rd_kafka_message_t *message,
                      gint64              deadline,
                      GAsyncReadyCallback callback)
{
  g_autoptr (GTask) task = g_task_new (owner, NULL, callback, NULL);
  const char *topic = rd_kafka_topic_name (message->rkt);
  Reset      *reset = g_new0 (Reset, 1);

  reset->client = client;
  reset->reset = how;
  reset->deadline = deadline;
  reset->partitions = rd_kafka_topic_partition_list_new (1);
  rd_kafka_topic_partition_list_add (reset->partitions, topic, message->partition)->offset =
      message->offset;
  g_task_set_task_data (task, reset, reset_free);
  g_task_run_in_thread (task, reset_thread);
}

gboolean
qs_group_reset_finish (GAsyncResult *result, QsOffsets *starts, gboolean alone, GError **error)
{
  Reset                            *reset = g_task_get_task_data (G_TASK (result));
  const rd_kafka_topic_partition_t *partition = &reset->partitions->elems[0];

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;

  /* Given away meanwhile? */
  if (qs_offsets_get (starts, partition->topic, partition->partition) < 0)
    return TRUE;

  qs_offsets_set (starts, partition->topic, partition->partition, partition->offset);

  return qs_group_assignment_move (reset->client, reset->partitions, starts, alone, error);
}
