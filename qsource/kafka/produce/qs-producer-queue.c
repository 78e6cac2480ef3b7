/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-queue-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error.h"

gboolean
qs_producer_wait_for_room (QsProducerWait   *wait,
                           rd_kafka_topic_t *topic,
                           gint64            deadline,
                           GError          **error)
{
  QsProducerParts *parts = wait->parts;

  if (!qs_ledger_check (&parts->ledger, error))
    return FALSE;

  if (deadline != 0)
    deadline = qs_grace_cut_deadline (parts->grace, deadline);
  if (deadline != 0 && qs_deadline_passed (deadline))
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_TIMED_OUT,
                   "Cannot flush: the queue was full, and topic '%s' got no room in time",
                   rd_kafka_topic_name (topic));
      return FALSE;
    }
  if (deadline == 0 && qs_grace_has_begun (parts->grace))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_CANCELLED,
                   "Cannot produce to topic '%s': the queue is full and the source is stopping",
                   rd_kafka_topic_name (topic));
      return FALSE;
    }

  qs_producer_wait_for_news (wait, deadline != 0 ? deadline : G_MAXINT64);

  return TRUE;
}

QsEnqueued
qs_producer_wait_and_enqueue (QsProducerParts  *parts,
                              const QsOutgoing *record,
                              gint64            deadline,
                              GError          **error)
{
  QsEnqueued     result = QS_ENQUEUED_NOT_YET;
  QsProducerWait wait;

  qs_producer_wait_begin (&wait, parts);
  while (result == QS_ENQUEUED_NOT_YET)
    result = qs_producer_wait_for_room (&wait, record->topic, deadline, error)
                 ? qs_producer_client_enqueue (parts->client, record, error)
                 : QS_ENQUEUED_FAILED;
  qs_producer_wait_end (&wait);

  return result;
}
