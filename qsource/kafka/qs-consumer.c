/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-consumer-private.h"

#include "qs-kafka-conf-private.h"
#include "qs-kafka-error-private.h"
#include "qs-received-private.h"

struct _QsConsumer
{
  GObject parent_instance;

  QsKafkaConfig    *config;   /* owned */
  rd_kafka_t       *client;   /* owned */
  rd_kafka_topic_t *topic;    /* owned; `NULL`: nothing is read */
  rd_kafka_queue_t *messages; /* owned; of what is read */
  int               partition;
};

G_DEFINE_FINAL_TYPE (QsConsumer, qs_consumer, G_TYPE_OBJECT)

static void
stop_reading (QsConsumer *self)
{
  if (self->topic != NULL)
    rd_kafka_consume_stop (self->topic, self->partition);

  g_clear_pointer (&self->messages, rd_kafka_queue_destroy);
  g_clear_pointer (&self->topic, rd_kafka_topic_destroy);
}

static int
request_timeout_ms (QsConsumer *self)
{
  double seconds = self->config->request_timeout;

  return seconds >= 0 && seconds < G_MAXINT / 1000 ? (int) (seconds * 1000) : G_MAXINT;
}

static void
qs_consumer_finalize (GObject *object)
{
  QsConsumer *self = QS_CONSUMER (object);

  stop_reading (self);
  g_clear_pointer (&self->client, rd_kafka_destroy);
  g_clear_pointer (&self->config, qs_kafka_config_unref);

  G_OBJECT_CLASS (qs_consumer_parent_class)->finalize (object);
}

static void
qs_consumer_class_init (QsConsumerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_consumer_finalize;
}

static void
qs_consumer_init (QsConsumer *self)
{
}

QsConsumer *
qs_consumer_new (QsKafkaConfig *config, GError **error)
{
  g_autoptr (QsConsumer) self = g_object_new (QS_TYPE_CONSUMER, NULL);
  rd_kafka_conf_t *conf = NULL;

  self->config = qs_kafka_config_ref (config);
  conf = qs_kafka_conf_new (QS_KAFKA_ROLE_CONSUMER,
                            config->bootstrap_servers,
                            config->client_config,
                            config->consumer_config,
                            error);
  if (conf == NULL)
    return NULL;

  self->client = qs_kafka_conf_create (conf, QS_KAFKA_ROLE_CONSUMER, error);
  if (self->client == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

gboolean
qs_consumer_get_n_partitions (QsConsumer *self,
                              const char *topic,
                              int        *n_partitions,
                              GError    **error)
{
  g_autofree char                *what = g_strdup_printf ("Cannot look up topic '%s'", topic);
  const struct rd_kafka_metadata *metadata = NULL;
  rd_kafka_resp_err_t             code;

  /* Asked for one topic by name, an embedded broker would create it. */
  code = rd_kafka_metadata (self->client, 1, NULL, &metadata, request_timeout_ms (self));
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

gboolean
qs_consumer_get_watermarks (QsConsumer *self,
                            const char *topic,
                            int         partition,
                            gint64     *low,
                            gint64     *high,
                            GError    **error)
{
  g_autofree char    *what = NULL;
  rd_kafka_resp_err_t code;

  code = rd_kafka_query_watermark_offsets (
      self->client, topic, partition, low, high, request_timeout_ms (self));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return TRUE;

  what =
      g_strdup_printf ("Cannot ask for the offsets of topic '%s', partition %d", topic, partition);

  return qs_kafka_error_set (error, code, what, NULL);
}

gboolean
qs_consumer_assign (QsConsumer *self,
                    const char *topic,
                    int         partition,
                    gint64      offset,
                    GError    **error)
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

QsMessage *
qs_consumer_poll (QsConsumer *self, int timeout_ms, GError **error)
{
  rd_kafka_message_t *message = NULL;
  QsMessage          *converted = NULL;

  rd_kafka_poll (self->client, 0);
  if (self->messages == NULL)
    return NULL;

  message = rd_kafka_consume_queue (self->messages, timeout_ms);
  if (message == NULL)
    return NULL;

  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      converted = qs_message_new_from_kafka (message);
    }
  else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
    {
      g_autofree char *what = NULL;

      what = g_strdup_printf ("Cannot read topic '%s', partition %d",
                              rd_kafka_topic_name (self->topic),
                              self->partition);
      qs_kafka_error_set (error, message->err, what, rd_kafka_message_errstr (message));
    }
  rd_kafka_message_destroy (message);

  return converted;
}
