/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-reader-private.h"

#include "qs-partition-reader-private.h"
#include "qs-deadline-private.h"
#include "qs-kafka-error.h"

#define READ_TIMEOUT 10.0 /* seconds without a message */
#define READ_SLICE 100    /* milliseconds */

/* Reads up to @n_max messages of one partition, to its present end; until @deadline, and
 * longer as long as some come. */
static GPtrArray *
read_partition (QsPartitionReader *consumer,
                const char        *topic,
                int                partition,
                guint              n_max,
                gint64             deadline,
                GError           **error)
{
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 next = 0;
  gint64 end = 0;

  if (!qs_partition_reader_get_watermarks (
          consumer, topic, partition, deadline, &next, &end, error))
    return NULL;
  if (next < end && !qs_partition_reader_assign (consumer, topic, partition, next, error))
    return NULL;

  while (next < end && messages->len < n_max)
    {
      g_autoptr (GError) failure = NULL;
      QsMessage *message = qs_partition_reader_poll (consumer, READ_SLICE, &failure);

      if (message != NULL)
        {
          next = qs_message_get_offset (message) + 1;
          deadline = qs_deadline_after (READ_TIMEOUT);
          g_ptr_array_add (messages, message);
        }
      else if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
      else if (qs_deadline_passed (deadline))
        {
          g_set_error (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_TIMED_OUT,
                       "Cannot read topic '%s', partition %d: no record arrived for %g s",
                       topic,
                       partition,
                       READ_TIMEOUT);
          return NULL;
        }
    }

  return g_steal_pointer (&messages);
}

/* Moves the oldest of the first messages of @partitions to @messages; the order
 * within a partition stays, whatever its timestamps are. */
static gboolean
take_oldest (GPtrArray *partitions, GPtrArray *messages)
{
  GPtrArray *oldest = NULL;

  for (guint i = 0; i < partitions->len; i++)
    {
      GPtrArray *partition = g_ptr_array_index (partitions, i);

      if (partition->len > 0 && (oldest == NULL || qs_message_get_timestamp (partition->pdata[0]) <
                                                       qs_message_get_timestamp (oldest->pdata[0])))
        oldest = partition;
    }
  if (oldest == NULL)
    return FALSE;

  g_ptr_array_add (messages, g_ptr_array_steal_index (oldest, 0));

  return TRUE;
}

GPtrArray *
qs_topic_reader_read (const char *bootstrap_servers, const char *topic, guint n_max, GError **error)
{
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) partitions =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsPartitionReader) consumer = NULL;
  const guint limit = n_max > 0 ? n_max : G_MAXUINT;
  gint64      deadline = 0;
  int         n_partitions = 0;

  config = qs_kafka_config_new (bootstrap_servers);
  config->request_timeout = READ_TIMEOUT;
  /* It answers a fetch only when this has passed. */
  config->consumer_config =
      g_variant_ref_sink (g_variant_new_parsed ("{'fetch.wait.max.ms': '10'}"));
  deadline = qs_deadline_after (READ_TIMEOUT);
  consumer = qs_partition_reader_new (config, error);
  if (consumer == NULL ||
      !qs_partition_reader_get_n_partitions (consumer, topic, deadline, &n_partitions, error))
    return NULL;

  for (int i = 0; i < n_partitions; i++)
    {
      g_autoptr (GPtrArray) partition = read_partition (consumer, topic, i, limit, deadline, error);

      if (partition == NULL)
        return NULL;
      if (partition->len > 0)
        deadline = qs_deadline_after (READ_TIMEOUT);
      g_ptr_array_add (partitions, g_steal_pointer (&partition));
    }

  while (messages->len < limit && take_oldest (partitions, messages))
    ;

  return g_steal_pointer (&messages);
}
