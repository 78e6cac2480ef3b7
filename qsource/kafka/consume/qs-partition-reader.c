/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-partition-reader-private.h"

#include "qs-admission-private.h"
#include "qs-deadline-private.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-end-private.h"
#include "qs-kafka-error-private.h"
#include "qs-kafka-offsets-private.h"
#include "qs-received-private.h"

/* So many records are taken from librdkafka at once. */
#define BATCH_SIZE 1000

/* So many records, or KiB of their values, librdkafka has ready at most; each
 * takes some 400 bytes beside. */
#define QUEUED_RECORDS 40000
#define QUEUED_KBYTES 4096

/* Milliseconds, twice as many each next time: refused credentials are seen in between. */
#define FIRST_WAIT 500

struct _QsPartitionReader
{
  GObject parent_instance;

  QsKafkaConfig    *config;   /* owned */
  rd_kafka_t       *client;   /* owned */
  rd_kafka_topic_t *topic;    /* owned; `NULL`: nothing is read */
  rd_kafka_queue_t *messages; /* owned; of what is read */
  int               partition;
  QsAdmission       admission;

  /* For qs_partition_reader_read(); kept from call to call. Owned, nullable. */
  rd_kafka_message_t **batch;
  gboolean             must_wake; /* see wake_fetching() */
  gsize                n_taken;   /* records and bytes of values, since it was called */
  gsize                size_taken;
  GArray              *headers; /* QsHeaderView, of the record that is passed on */
};

G_DEFINE_FINAL_TYPE (QsPartitionReader, qs_partition_reader, G_TYPE_OBJECT)

/* Runs in the caller's thread, in rd_kafka_poll(). */
static void
error_cb (rd_kafka_t *client, int code, const char *reason, void *user_data)
{
  QsPartitionReader *self = user_data;

  qs_admission_note (&self->admission, code, reason);
}

static gboolean
check_going (QsPartitionReader *self, GError **error)
{
  rd_kafka_poll (self->client, 0);

  return qs_admission_check (&self->admission, error);
}

static void
stop_reading (QsPartitionReader *self)
{
  if (self->topic != NULL)
    rd_kafka_consume_stop (self->topic, self->partition);

  g_clear_pointer (&self->messages, rd_kafka_queue_destroy);
  g_clear_pointer (&self->topic, rd_kafka_topic_destroy);
}

/* For one question. */
static gint64
cut_deadline (QsPartitionReader *self, gint64 deadline)
{
  return MIN (deadline, qs_deadline_after (self->config->request_timeout));
}

static void
qs_partition_reader_finalize (GObject *object)
{
  QsPartitionReader *self = QS_PARTITION_READER (object);

  stop_reading (self);
  g_clear_pointer (&self->batch, g_free);
  g_clear_pointer (&self->headers, g_array_unref);
  g_clear_pointer (&self->client, qs_kafka_end_client);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  qs_admission_clear (&self->admission);

  G_OBJECT_CLASS (qs_partition_reader_parent_class)->finalize (object);
}

static void
qs_partition_reader_class_init (QsPartitionReaderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_partition_reader_finalize;
}

static void
qs_partition_reader_init (QsPartitionReader *self)
{
}

/* Returns whether this librdkafka must be woken. */
static gboolean
set_bulk_conf (rd_kafka_conf_t *conf, gboolean committed)
{
  char reason[512] = "";

  qs_kafka_conf_set_own (
      conf, "isolation.level", committed ? "read_committed" : "read_uncommitted");
  qs_kafka_conf_set_own (conf, "queued.min.messages", G_STRINGIFY (QUEUED_RECORDS));
  qs_kafka_conf_set_own (conf, "queued.max.messages.kbytes", G_STRINGIFY (QUEUED_KBYTES));
  /* Reports where control records end; and at the end, soon. */
  qs_kafka_conf_set_own (conf, "enable.partition.eof", "true");
  qs_kafka_conf_set_own (conf, "fetch.wait.max.ms", "10");

  /* From 2.2 on. */
  return rd_kafka_conf_set (conf, "fetch.queue.backoff.ms", "10", reason, sizeof reason) ==
         RD_KAFKA_CONF_UNKNOWN;
}

static QsPartitionReader *
new_reader (QsKafkaConfig *config, gboolean bulk, gboolean committed, GError **error)
{
  g_autoptr (QsPartitionReader) self = g_object_new (QS_TYPE_PARTITION_READER, NULL);
  rd_kafka_conf_t *conf = NULL;

  self->config = qs_kafka_config_ref (config);
  qs_admission_init (&self->admission, "Cannot read", config->request_timeout);
  /* The brokers have answered when the topics were made, so they speak our protocol. */
  qs_admission_prove (&self->admission);
  conf = qs_kafka_conf_new (QS_KAFKA_ROLE_CONSUMER,
                            config->bootstrap_servers,
                            config->client_config,
                            config->consumer_config,
                            error);
  if (conf == NULL)
    return NULL;

  if (bulk)
    {
      self->must_wake = set_bulk_conf (conf, committed);
      self->batch = g_new0 (rd_kafka_message_t *, BATCH_SIZE);
      self->headers = g_array_new (FALSE, FALSE, sizeof (QsHeaderView));
    }

  rd_kafka_conf_set_opaque (conf, self);
  rd_kafka_conf_set_error_cb (conf, error_cb);
  self->client = qs_kafka_conf_create (conf, QS_KAFKA_ROLE_CONSUMER, error);
  if (self->client == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

QsPartitionReader *
qs_partition_reader_new (QsKafkaConfig *config, GError **error)
{
  return new_reader (config, FALSE, FALSE, error);
}

QsPartitionReader *
qs_partition_reader_new_bulk (QsKafkaConfig *config, gboolean committed, GError **error)
{
  return new_reader (config, TRUE, committed, error);
}

char *
qs_partition_reader_dup_cluster_id (QsPartitionReader *self, gint64 deadline)
{
  int   rest = qs_deadline_slice (cut_deadline (self, deadline), G_MAXINT);
  char *id = rd_kafka_clusterid (self->client, rest);
  char *copy = g_strdup (id);

  if (id != NULL)
    rd_kafka_mem_free (self->client, id);

  return copy;
}

gboolean
qs_partition_reader_get_n_partitions (QsPartitionReader *self,
                                      const char        *topic,
                                      gint64             deadline,
                                      int               *n_partitions,
                                      GError           **error)
{
  g_autofree char                *what = g_strdup_printf ("Cannot look up topic '%s'", topic);
  const struct rd_kafka_metadata *metadata = NULL;
  int                 rest = qs_deadline_slice (cut_deadline (self, deadline), G_MAXINT);
  rd_kafka_resp_err_t code;

  /* Asked for one topic by name, an embedded broker would create it. */
  code = rd_kafka_metadata (self->client, 1, NULL, &metadata, rest);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return qs_kafka_error_set (error, code, what, NULL);

  code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  for (int i = 0; i < metadata->topic_cnt; i++)
    {
      if (!g_str_equal (metadata->topics[i].topic, topic))
        continue;

      code = metadata->topics[i].err;
      *n_partitions = metadata->topics[i].partition_cnt;
    }
  rd_kafka_metadata_destroy (metadata);

  return code == RD_KAFKA_RESP_ERR_NO_ERROR || qs_kafka_error_set (error, code, what, NULL);
}

/* Whether asking again is in vain. */
static gboolean
is_final (rd_kafka_resp_err_t code, gint64 deadline)
{
  return qs_deadline_passed (deadline) ||
         (!qs_kafka_offsets_is_passing (code) && code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
}

gboolean
qs_partition_reader_get_watermarks (QsPartitionReader *self,
                                    const char        *topic,
                                    int                partition,
                                    gint64             deadline,
                                    gint64            *low,
                                    gint64            *high,
                                    GError           **error)
{
  g_autofree char    *what = NULL;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

  deadline = cut_deadline (self, deadline);
  for (int wait = FIRST_WAIT; !is_final (code, deadline); wait *= 2)
    {
      code = qs_kafka_query_offsets (
          self->client, topic, partition, qs_deadline_slice (deadline, wait), low, high);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return TRUE;
      if (!check_going (self, error))
        return FALSE;
    }

  what =
      g_strdup_printf ("Cannot ask for the offsets of topic '%s', partition %d", topic, partition);

  return qs_kafka_error_set_for_topic (error, code, what, NULL, QS_KAFKA_RIGHT_READ);
}

gboolean
qs_partition_reader_assign (QsPartitionReader *self,
                            const char        *topic,
                            int                partition,
                            gint64             offset,
                            GError           **error)
{
  g_autofree char *what = NULL;

  stop_reading (self);

  self->topic = rd_kafka_topic_new (self->client, topic, NULL);
  self->messages = rd_kafka_queue_new (self->client);
  self->partition = partition;
  if (self->topic != NULL &&
      rd_kafka_consume_start_queue (self->topic, partition, offset, self->messages) == 0)
    return TRUE;

  what = g_strdup_printf ("Cannot read topic '%s', partition %d", topic, partition);
  qs_kafka_error_set (error, rd_kafka_last_error (), what, NULL);
  g_clear_pointer (&self->messages, rd_kafka_queue_destroy);
  g_clear_pointer (&self->topic, rd_kafka_topic_destroy);

  return FALSE;
}

void
qs_partition_reader_rest (QsPartitionReader *self)
{
  stop_reading (self);
}

QsMessage *
qs_partition_reader_poll (QsPartitionReader *self, int timeout_ms, GError **error)
{
  rd_kafka_message_t *message = NULL;
  QsMessage          *converted = NULL;

  if (!check_going (self, error) || self->messages == NULL)
    return NULL;

  message = rd_kafka_consume_queue (self->messages, timeout_ms);
  if (message == NULL)
    return NULL;

  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      QsReceived received;
      g_autoptr (GRefString) topic = g_ref_string_new (rd_kafka_topic_name (message->rkt));

      qs_received_init (&received, message, topic);
      converted = qs_received_new_message (&received);
    }
  else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
    {
      g_autofree char *what = NULL;

      what = g_strdup_printf ("Cannot read topic '%s', partition %d",
                              rd_kafka_topic_name (self->topic),
                              self->partition);
      qs_kafka_error_set_for_topic (
          error, message->err, what, rd_kafka_message_errstr (message), QS_KAFKA_RIGHT_READ);
    }
  rd_kafka_message_destroy (message);

  return converted;
}

/* Fills as many of @headers, which only grow, as @message has. */
static guint
fill_headers (QsPartitionReader *self, rd_kafka_message_t *message)
{
  rd_kafka_headers_t *headers = NULL;
  guint               n_headers;

  if (rd_kafka_message_headers (message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return 0;

  n_headers = (guint) rd_kafka_header_cnt (headers);
  if (n_headers > self->headers->len)
    g_array_set_size (self->headers, n_headers);
  for (guint i = 0; i < n_headers; i++)
    {
      QsHeaderView *view = &g_array_index (self->headers, QsHeaderView, i);
      const void   *value = NULL;

      rd_kafka_header_get_all (headers, i, &view->name, &value, &view->length);
      view->value = value;
    }

  return n_headers;
}

static gboolean
pass_record (QsPartitionReader    *self,
             rd_kafka_message_t   *message,
             QsPartitionReaderFunc func,
             gpointer              user_data,
             GError              **error)
{
  QsRecordView view = {
    .partition = message->partition,
    .offset = message->offset,
    .key = message->key,
    .key_length = message->key_len,
    .value = message->payload,
    .value_length = message->len,
  };

  view.timestamp = rd_kafka_message_timestamp (message, NULL);
  view.n_headers = fill_headers (self, message);
  view.headers = (const QsHeaderView *) (gpointer) self->headers->data;

  return func (&view, user_data, error);
}

static gboolean
deal_with (QsPartitionReader    *self,
           rd_kafka_message_t   *message,
           QsPartitionReaderFunc func,
           gpointer              user_data,
           gint64               *position,
           GError              **error)
{
  g_autofree char *what = NULL;

  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      if (!pass_record (self, message, func, user_data, error))
        return FALSE;
      *position = message->offset + 1;
      return TRUE;
    }
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
    {
      *position = message->offset;
      return TRUE;
    }

  what = g_strdup_printf (
      "Cannot read topic '%s', partition %d", rd_kafka_topic_name (self->topic), self->partition);

  return qs_kafka_error_set_for_topic (
      error, message->err, what, rd_kafka_message_errstr (message), QS_KAFKA_RIGHT_READ);
}

/* Once librdkafka has as much as it may, it looks only each second whether some of
 * it was taken, unless something else makes it look: such as a question for the
 * broker that it reads from. Asked when nothing is left, this costs the least. */
static void
wake_fetching (QsPartitionReader *self, int timeout_ms)
{
  gint64 low = 0;

  if (!self->must_wake ||
      (self->n_taken < QUEUED_RECORDS / 2 && self->size_taken < QUEUED_KBYTES * 1024 / 2))
    return;

  qs_kafka_query_offsets (
      self->client, rd_kafka_topic_name (self->topic), self->partition, timeout_ms, &low, NULL);
  self->n_taken = 0;
  self->size_taken = 0;
}

/* Returns the number of messages that are in @batch now. */
static gsize
take_messages (QsPartitionReader *self, int timeout_ms)
{
  ssize_t n_more;
  gsize   n_messages;

  /* Asked for many, librdkafka waits until there are as many. */
  self->batch[0] = rd_kafka_consume_queue (self->messages, timeout_ms);
  if (self->batch[0] == NULL)
    return 0;

  n_more = rd_kafka_consume_batch_queue (self->messages, 0, self->batch + 1, BATCH_SIZE - 1);
  n_messages = 1 + (gsize) MAX (n_more, 0);
  self->n_taken += n_messages;
  for (gsize i = 0; i < n_messages; i++)
    self->size_taken += self->batch[i]->len;

  return n_messages;
}

gboolean
qs_partition_reader_read (QsPartitionReader    *self,
                          int                   timeout_ms,
                          QsPartitionReaderFunc func,
                          gpointer              user_data,
                          gint64               *position,
                          GError              **error)
{
  gboolean ok = TRUE;
  gsize    n_messages = 0;

  g_assert (self->batch != NULL && self->messages != NULL);

  if (!check_going (self, error))
    return FALSE;

  n_messages = take_messages (self, 0);
  if (n_messages < BATCH_SIZE)
    wake_fetching (self, timeout_ms);
  if (n_messages == 0)
    n_messages = take_messages (self, timeout_ms);
  for (gsize i = 0; i < n_messages; i++)
    {
      ok = ok && deal_with (self, self->batch[i], func, user_data, position, error);
      rd_kafka_message_destroy (self->batch[i]);
    }

  return ok;
}
