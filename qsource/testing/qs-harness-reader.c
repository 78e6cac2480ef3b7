/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-harness-reader-private.h"

#include "qs-headers.h"
#include "qs-deadline-private.h"
#include "qs-kafka-error.h"
#include "qs-message-private.h"
#include "qs-partition-reader-private.h"

/* Milliseconds that one read waits for records. */
#define SLICE 50

/* Seconds for the first look at a topic, though less is left. */
#define OPEN_TIME 1.0

typedef struct
{
  QsPartitionReader *reader;   /* owned */
  gint64             position; /* the offset of what comes next */
} Partition;

struct _QsHarnessReader
{
  QsKafkaConfig *config;     /* owned */
  QsTopic       *topic;      /* owned */
  GArray        *partitions; /* of Partition; empty until the topic is there; owned */
};

/* The data of one read's callback. */
typedef struct
{
  QsTopic   *topic;
  GPtrArray *records;
} Reading;

static void
partition_clear (gpointer data)
{
  g_clear_object (&((Partition *) data)->reader);
}

QsHarnessReader *
qs_harness_reader_new (const char *address, QsTopic *topic)
{
  QsHarnessReader *self = g_new0 (QsHarnessReader, 1);

  self->config = qs_kafka_config_new (address);
  self->topic = g_object_ref (topic);
  self->partitions = g_array_new (FALSE, TRUE, sizeof (Partition));
  g_array_set_clear_func (self->partitions, partition_clear);

  return self;
}

void
qs_harness_reader_free (QsHarnessReader *self)
{
  g_array_unref (self->partitions);
  g_object_unref (self->topic);
  qs_kafka_config_unref (self->config);
  g_free (self);
}

static gboolean
add_partition (QsHarnessReader *self, int number, gboolean at_end, gint64 deadline, GError **error)
{
  const char *name = qs_topic_get_name (self->topic);
  g_autoptr (QsPartitionReader) reader = qs_partition_reader_new_bulk (self->config, TRUE, error);
  gint64    low = 0;
  gint64    high = 0;
  Partition partition = { 0 };

  if (reader == NULL ||
      !qs_partition_reader_get_watermarks (reader, name, number, deadline, &low, &high, error))
    return FALSE;

  partition.position = at_end ? high : low;
  if (!qs_partition_reader_assign (reader, name, number, partition.position, error))
    return FALSE;

  partition.reader = g_steal_pointer (&reader);
  g_array_append_val (self->partitions, partition);

  return TRUE;
}

/* Begins with all partitions, if the topic is there. */
static gboolean
open_partitions (QsHarnessReader *self, gboolean at_end, gint64 deadline, GError **error)
{
  g_autoptr (QsPartitionReader) reader = NULL;
  g_autoptr (GError) local_error = NULL;
  int n_partitions = 0;

  if (self->partitions->len > 0)
    return TRUE;

  deadline = MAX (deadline, qs_deadline_after (OPEN_TIME));
  reader = qs_partition_reader_new_bulk (self->config, TRUE, error);
  if (reader == NULL)
    return FALSE;

  if (!qs_partition_reader_get_n_partitions (
          reader, qs_topic_get_name (self->topic), deadline, &n_partitions, &local_error))
    {
      if (g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC))
        return TRUE;

      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  for (int i = 0; i < n_partitions; i++)
    {
      if (add_partition (self, i, at_end, deadline, error))
        continue;

      /* Some would be taken for all. */
      g_array_set_size (self->partitions, 0);
      return FALSE;
    }

  return TRUE;
}

gboolean
qs_harness_reader_skip (QsHarnessReader *self, gint64 deadline, GError **error)
{
  return open_partitions (self, TRUE, deadline, error);
}

static GBytes *
copy_bytes (const guint8 *data, gsize length)
{
  return data != NULL ? g_bytes_new (data, length) : NULL;
}

static gboolean
add_record_cb (const QsRecordView *view, gpointer user_data, GError **error)
{
  Reading *reading = user_data;
  g_autoptr (GBytes) key = copy_bytes (view->key, view->key_length);
  g_autoptr (GBytes) value = copy_bytes (view->value, view->value_length);
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsMessage) message = NULL;
  QsRecord *record = NULL;

  for (guint i = 0; i < view->n_headers; i++)
    {
      const QsHeaderView *header = &view->headers[i];
      g_autoptr (GBytes) bytes = copy_bytes (header->value, header->length);

      qs_headers_append (headers, header->name, bytes);
    }

  message = qs_message_new_received (key,
                                     value,
                                     view->n_headers > 0 ? headers : NULL,
                                     view->timestamp,
                                     qs_topic_get_name (reading->topic),
                                     view->partition,
                                     view->offset);
  record = qs_topic_deserialize (reading->topic, message, error);
  if (record == NULL)
    return FALSE;

  g_ptr_array_add (reading->records, record);

  return TRUE;
}

gboolean
qs_harness_reader_read (QsHarnessReader *self, gint64 deadline, GPtrArray *records, GError **error)
{
  Reading reading = { self->topic, records };
  int     timeout_ms = 0;

  if (!open_partitions (self, FALSE, deadline, error))
    return FALSE;

  timeout_ms = qs_deadline_slice (deadline, SLICE);

  for (guint i = 0; i < self->partitions->len; i++)
    {
      Partition *partition = &g_array_index (self->partitions, Partition, i);

      if (!qs_partition_reader_read (partition->reader,
                                     timeout_ms / (int) self->partitions->len,
                                     add_record_cb,
                                     &reading,
                                     &partition->position,
                                     error))
        return FALSE;
    }

  return TRUE;
}

gboolean
qs_harness_reader_check_end (QsHarnessReader *self,
                             gint64           deadline,
                             gboolean        *is_at_end,
                             GError         **error)
{
  gboolean at_end = TRUE;

  if (!open_partitions (self, FALSE, deadline, error))
    return FALSE;

  for (guint i = 0; i < self->partitions->len; i++)
    {
      Partition *partition = &g_array_index (self->partitions, Partition, i);
      gint64     low = 0;
      gint64     high = 0;

      if (!qs_partition_reader_get_watermarks (partition->reader,
                                               qs_topic_get_name (self->topic),
                                               (int) i,
                                               deadline,
                                               &low,
                                               &high,
                                               error))
        return FALSE;

      at_end = at_end && partition->position >= high;
    }
  *is_at_end = at_end;

  return TRUE;
}
