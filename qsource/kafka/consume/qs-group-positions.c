/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdatomic.h>

#include "qs-group-positions-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error-private.h"
#include "qs-kafka-offsets-private.h"
#include "qs-log-private.h"

#define RETRY_INTERVAL_US 200000

/* Milliseconds for the answer to one request, so that an outage is seen. */
#define REQUEST_TIME 5000

/* For one of librdkafka's calls, some of which don't wait for an answer if it is 0. */
static int
get_rest (gint64 deadline)
{
  return MAX (qs_deadline_slice (deadline, REQUEST_TIME), 1);
}

rd_kafka_topic_partition_list_t *
qs_group_positions_new (QsOffsets *offsets)
{
  g_autoptr (GPtrArray) list = qs_offsets_list (offsets);
  rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new (list->len);

  for (guint i = 0; i < list->len; i++)
    {
      const QsOffset *offset = list->pdata[i];

      rd_kafka_topic_partition_list_add (partitions, offset->topic, offset->partition)->offset =
          offset->offset;
    }

  return partitions;
}

rd_kafka_topic_partition_list_t *
qs_group_positions_new_whole (rd_kafka_t        *client,
                              const char *const *topics,
                              gint64             deadline,
                              GError           **error)
{
  g_autofree char                 *names = g_strjoinv ("', '", (char **) topics);
  g_autofree char                 *what = g_strdup_printf ("Cannot look up '%s'", names);
  rd_kafka_topic_partition_list_t *partitions = NULL;
  const struct rd_kafka_metadata  *metadata = NULL;
  rd_kafka_resp_err_t              code;

  code = rd_kafka_metadata (client, 1, NULL, &metadata, get_rest (deadline));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      qs_kafka_error_set (error, code, what, NULL);
      return NULL;
    }

  partitions = rd_kafka_topic_partition_list_new (0);
  for (int i = 0; i < metadata->topic_cnt; i++)
    {
      const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];

      if (g_strv_contains (topics, topic->topic))
        rd_kafka_topic_partition_list_add_range (
            partitions, topic->topic, 0, topic->partition_cnt - 1);
    }
  rd_kafka_metadata_destroy (metadata);

  return partitions;
}

static gboolean
query (rd_kafka_t                       *client,
       const rd_kafka_topic_partition_t *partition,
       gint64                            deadline,
       gint64                           *low,
       gint64                           *high,
       GError                          **error)
{
  g_autofree char    *what = NULL;
  rd_kafka_resp_err_t code;

  code = qs_kafka_query_offsets (
      client, partition->topic, partition->partition, get_rest (deadline), low, high);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return TRUE;

  what = g_strdup_printf ("Cannot ask for the offsets of topic '%s', partition %d",
                          partition->topic,
                          (int) partition->partition);

  return qs_kafka_error_set_for_topic (error, code, what, NULL, QS_KAFKA_RIGHT_READ);
}

/* The group has never committed anything for @partition. */
static gboolean
begin (rd_kafka_t                 *client,
       rd_kafka_topic_partition_t *partition,
       QsAutoOffsetReset           reset,
       gint64                      deadline,
       GError                    **error)
{
  gint64 low = 0;
  gint64 high = 0;

  if (reset == QS_AUTO_OFFSET_RESET_ERROR)
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_INVALID_STATE,
                   "Cannot read topic '%s', partition %d: the group has committed no offset for "
                   "it, and auto-offset-reset is 'error'; set it to 'earliest' or 'latest' to "
                   "begin there",
                   partition->topic,
                   (int) partition->partition);
      return FALSE;
    }

  if (!query (client, partition, deadline, &low, &high, error))
    return FALSE;

  partition->offset = reset == QS_AUTO_OFFSET_RESET_EARLIEST ? low : high;

  return TRUE;
}

gboolean
qs_group_positions_reset (rd_kafka_t                 *client,
                          rd_kafka_topic_partition_t *partition,
                          QsAutoOffsetReset           reset,
                          gint64                      deadline,
                          GError                    **error)
{
  gint64 low = 0;
  gint64 high = 0;
  gint64 lost = partition->offset;

  if (!query (client, partition, deadline, &low, &high, error))
    return FALSE;

  if (reset == QS_AUTO_OFFSET_RESET_ERROR)
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_INVALID_STATE,
                   "Cannot read topic '%s', partition %d: offset %" G_GINT64_FORMAT
                   " does not exist, the topic holds %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                   ", and auto-offset-reset is 'error'; set it to 'earliest' to continue with the "
                   "first record that is left",
                   partition->topic,
                   (int) partition->partition,
                   lost,
                   low,
                   high);
      return FALSE;
    }

  /* Also with `latest`: what the topic holds was asked for when the group began. */
  qs_log_warning (
      NULL,
      partition->topic,
      "Offset %" G_GINT64_FORMAT
      " of topic '%s', partition %d, does not exist: %s; continuing at offset %" G_GINT64_FORMAT,
      lost,
      partition->topic,
      (int) partition->partition,
      lost < low ? "the records before the first one left have been deleted by the "
                   "topic's retention before they were read"
                 : "the topic has fewer records than before, so it was truncated, or deleted and "
                   "created again",
      low);
  partition->offset = low;

  return TRUE;
}

/* rd_kafka_commit() waits for the brokers without end. */
static rd_kafka_resp_err_t
commit (rd_kafka_t *client, rd_kafka_topic_partition_list_t *partitions, gint64 deadline)
{
  rd_kafka_queue_t   *queue = rd_kafka_queue_new (client);
  rd_kafka_event_t   *event = NULL;
  rd_kafka_resp_err_t code = rd_kafka_commit_queue (client, partitions, queue, NULL, NULL);

  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      event = rd_kafka_queue_poll (queue, get_rest (deadline));
      code = event != NULL ? rd_kafka_event_error (event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
  if (event != NULL)
    rd_kafka_event_destroy (event);
  rd_kafka_queue_destroy (queue);

  return code;
}

static void
commit_beginnings (rd_kafka_t *client, rd_kafka_topic_partition_list_t *beginnings, gint64 deadline)
{
  rd_kafka_resp_err_t code;

  if (beginnings->cnt == 0)
    return;

  /* Should it fail, the group is about to change, and each will ask again. */
  code = commit (client, beginnings, deadline);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    qs_log_info (NULL, NULL, "The first offsets were not committed: %s", rd_kafka_err2str (code));
}

void
qs_group_positions_note_known (QsOffsets **known,
                               rd_kafka_t *client,
                               char      **topics,
                               gint64      deadline)
{
  g_autoptr (rd_kafka_topic_partition_list_t) whole = NULL;

  if (*known == NULL)
    whole = qs_group_positions_new_whole (client, (const char *const *) topics, deadline, NULL);
  if (whole == NULL)
    return;

  *known = qs_offsets_new ();
  for (int i = 0; i < whole->cnt; i++)
    qs_offsets_set (*known, whole->elems[i].topic, whole->elems[i].partition, 0);
}

/* The records of a partition that was added during the run came after its start, so do not skip
 * them. */
static QsAutoOffsetReset
choose_reset (const rd_kafka_topic_partition_t *partition,
              QsAutoOffsetReset                 reset,
              QsOffsets                        *known)
{
  if (reset != QS_AUTO_OFFSET_RESET_LATEST || known == NULL ||
      qs_offsets_get (known, partition->topic, partition->partition) >= 0)
    return reset;

  qs_log_message (NULL,
                  partition->topic,
                  "Partition %d of topic '%s' was added: reading it from its beginning",
                  (int) partition->partition,
                  partition->topic);

  return QS_AUTO_OFFSET_RESET_EARLIEST;
}

static gboolean
resolve (rd_kafka_t                      *client,
         rd_kafka_topic_partition_list_t *partitions,
         QsAutoOffsetReset                reset,
         QsOffsets                       *known,
         gint64                           deadline,
         GError                         **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) beginnings = NULL;
  rd_kafka_resp_err_t code;

  if (partitions->cnt == 0)
    return TRUE;

  code = rd_kafka_committed (client, partitions, get_rest (deadline));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return qs_kafka_error_set (
        error, code, "Cannot ask for the offsets that the group has committed", NULL);

  beginnings = rd_kafka_topic_partition_list_new (partitions->cnt);
  for (int i = 0; i < partitions->cnt; i++)
    {
      rd_kafka_topic_partition_t *partition = &partitions->elems[i];

      if (partition->offset >= 0)
        continue;

      if (!begin (client, partition, choose_reset (partition, reset, known), deadline, error))
        return FALSE;

      rd_kafka_topic_partition_list_add (beginnings, partition->topic, partition->partition)
          ->offset = partition->offset;
    }

  commit_beginnings (client, beginnings, deadline);

  return TRUE;
}

gboolean
qs_group_positions_resolve (rd_kafka_t                      *client,
                            rd_kafka_topic_partition_list_t *partitions,
                            QsAutoOffsetReset                reset,
                            QsOffsets                       *known,
                            gint64                           deadline,
                            _Atomic gboolean                *is_closing,
                            GError                         **error)
{
  g_autoptr (GError) failure = NULL;

  while (!resolve (client, partitions, reset, known, deadline, &failure))
    {
      if (atomic_load (is_closing) || qs_deadline_passed (deadline) ||
          g_error_matches (failure, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE) ||
          g_error_matches (failure, QS_KAFKA_ERROR, QS_KAFKA_ERROR_NOT_AUTHORIZED))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }

      qs_log_info (NULL, NULL, "Trying again: %s", failure->message);
      g_clear_error (&failure);
      g_usleep (RETRY_INTERVAL_US);
    }

  return TRUE;
}

QsOffsets *
qs_group_positions_find_ends (rd_kafka_t *client,
                              QsOffsets  *partitions,
                              gint64      deadline,
                              GError    **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) list = qs_group_positions_new (partitions);
  g_autoptr (QsOffsets) ends = qs_offsets_new ();

  for (int i = 0; i < list->cnt; i++)
    {
      gint64 low = 0;
      gint64 high = 0;

      if (!query (client, &list->elems[i], deadline, &low, &high, error))
        return NULL;
      qs_offsets_set (ends, list->elems[i].topic, list->elems[i].partition, high);
    }

  return g_steal_pointer (&ends);
}

/* The partitions that aren't in @share. */
static rd_kafka_topic_partition_list_t *
new_others (rd_kafka_t        *client,
            const char *const *topics,
            QsOffsets         *share,
            gint64             deadline,
            GError           **error)
{
  rd_kafka_topic_partition_list_t *others =
      qs_group_positions_new_whole (client, topics, deadline, error);

  for (int i = others != NULL ? others->cnt - 1 : -1; i >= 0; i--)
    {
      if (qs_offsets_get (share, others->elems[i].topic, others->elems[i].partition) >= 0)
        rd_kafka_topic_partition_list_del_by_idx (others, i);
    }

  return others;
}

/* Finds the ends of the partitions that others read, and their number of records. */
static gboolean
find_other_ends (rd_kafka_t                            *client,
                 const rd_kafka_topic_partition_list_t *others,
                 QsOffsets                             *ends,
                 gint64                                 deadline,
                 GError                               **error)
{
  for (int i = 0; i < others->cnt; i++)
    {
      gint64 low = 0;
      gint64 high = 0;

      if (!query (client, &others->elems[i], deadline, &low, &high, error))
        return FALSE;

      /* For an empty partition, nothing is ever committed. */
      if (low < high)
        qs_offsets_set (ends, others->elems[i].topic, others->elems[i].partition, high);
    }

  return TRUE;
}

gint64
qs_group_positions_count_unread (rd_kafka_t        *client,
                                 const char *const *topics,
                                 QsOffsets         *share,
                                 QsOffsets        **ends,
                                 gint64             deadline,
                                 GError           **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) others =
      new_others (client, topics, share, deadline, error);
  g_autoptr (QsOffsets) own_ends = *ends == NULL ? qs_offsets_new () : NULL;
  QsOffsets          *known = own_ends != NULL ? own_ends : *ends;
  gint64              n_unread = 0;
  rd_kafka_resp_err_t code;

  if (others == NULL ||
      (own_ends != NULL && !find_other_ends (client, others, own_ends, deadline, error)))
    return -1;

  code = others->cnt > 0 ? rd_kafka_committed (client, others, get_rest (deadline)) : 0;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      qs_kafka_error_set (
          error, code, "Cannot ask for the offsets that the group has committed", NULL);
      return -1;
    }

  for (int i = 0; i < others->cnt; i++)
    {
      const rd_kafka_topic_partition_t *other = &others->elems[i];
      gint64 end = qs_offsets_get (known, other->topic, other->partition);

      n_unread += MAX (0, end - MAX (0, other->offset));
    }
  if (own_ends != NULL)
    *ends = g_steal_pointer (&own_ends);

  return n_unread;
}

gboolean
qs_group_positions_commit (rd_kafka_t                      *client,
                           rd_kafka_topic_partition_list_t *partitions,
                           gint64                           deadline,
                           GError                         **error)
{
  rd_kafka_resp_err_t code;

  if (partitions->cnt == 0)
    return TRUE;

  code = commit (client, partitions, deadline);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return TRUE;

  /* Of an illegal generation are also those who stay members while the group changes:
   * they keep most of their partitions, and must commit in the next one. */
  if (code != RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID && code != RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
    return qs_kafka_error_set (error, code, "Cannot commit offsets", NULL);

  qs_log_info (NULL, NULL, "Offsets were not committed: %s", rd_kafka_err2str (code));

  return TRUE;
}

gboolean
qs_group_positions_rewind (rd_kafka_t                      *client,
                           rd_kafka_topic_partition_list_t *partitions,
                           gint64                           deadline,
                           GError                         **error)
{
  rd_kafka_error_t   *failure = NULL;
  rd_kafka_resp_err_t code;

  if (partitions->cnt == 0)
    return TRUE;

  code = rd_kafka_committed (client, partitions, get_rest (deadline));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return qs_kafka_error_set (
        error, code, "Cannot ask for the offsets that the group has committed", NULL);

  failure = rd_kafka_seek_partitions (client, partitions, get_rest (deadline));
  if (failure == NULL)
    return TRUE;

  qs_kafka_error_set (error,
                      rd_kafka_error_code (failure),
                      "Cannot go back to the offsets that the group has committed",
                      rd_kafka_error_string (failure));
  rd_kafka_error_destroy (failure);

  return FALSE;
}
