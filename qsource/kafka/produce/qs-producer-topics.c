/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-producer-topics-private.h"

#include "qs-deadline-private.h"
#include "qs-kafka-error-private.h"
#include "qs-kafka-offsets-private.h"
#include "qs-log-private.h"

/* Milliseconds. */
#define METADATA_WAIT 1000

struct _QsProducerTopics
{
  rd_kafka_t *client; /* not owned */

  GMutex      lock;
  GHashTable *topics; /* name → QsProducerTopic; both owned */

  /* The last look. */
  QsProducerTopic *seen; /* not owned */
  gint64           seen_at;
  int              n_seen;
};

/* Without it, the first record of a topic can take a second longer. Brokers
 * that can't be reached now are no error: the records wait for them. */
static gboolean
fetch_metadata (QsProducerTopics *self, QsProducerTopic *topic, guint *n_partitions, GError **error)
{
  const struct rd_kafka_metadata *metadata = NULL;
  g_autofree char                *what = NULL;
  rd_kafka_resp_err_t             code;

  code = rd_kafka_metadata (self->client, 0, topic, &metadata, METADATA_WAIT);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      qs_log_info (NULL,
                   rd_kafka_topic_name (topic),
                   "Cannot look up topic '%s' yet: %s",
                   rd_kafka_topic_name (topic),
                   rd_kafka_err2str (code));
      return TRUE;
    }

  code = metadata->topic_cnt > 0 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
  if (n_partitions != NULL && metadata->topic_cnt > 0)
    *n_partitions = (guint) metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy (metadata);
  if (code != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED &&
      code != RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION)
    return TRUE;

  what = g_strdup_printf ("Cannot produce to topic '%s'", rd_kafka_topic_name (topic));

  return qs_kafka_error_set_for_topic (error, code, what, NULL, QS_KAFKA_RIGHT_WRITE);
}

QsProducerTopics *
qs_producer_topics_new (rd_kafka_t *client)
{
  QsProducerTopics *self = g_new0 (QsProducerTopics, 1);

  self->client = client;
  g_mutex_init (&self->lock);
  self->topics = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) rd_kafka_topic_destroy);

  return self;
}

void
qs_producer_topics_free (QsProducerTopics *self)
{
  g_hash_table_unref (self->topics);
  g_mutex_clear (&self->lock);
  g_free (self);
}

QsProducerTopic *
qs_producer_topics_open (QsProducerTopics *self,
                         const char       *name,
                         guint            *n_partitions,
                         GError          **error)
{
  QsProducerTopic *topic = NULL;
  gboolean         is_new = FALSE;
  g_autofree char *what = NULL;

  g_mutex_lock (&self->lock);
  topic = g_hash_table_lookup (self->topics, name);
  is_new = topic == NULL;
  if (is_new)
    topic = rd_kafka_topic_new (self->client, name, NULL);
  if (is_new && topic != NULL)
    g_hash_table_insert (self->topics, g_strdup (name), topic);
  g_mutex_unlock (&self->lock);

  if (topic == NULL)
    {
      what = g_strdup_printf ("Cannot produce to topic '%s'", name);
      qs_kafka_error_set (error, rd_kafka_last_error (), what, NULL);
      return NULL;
    }
  if (is_new && !fetch_metadata (self, topic, n_partitions, error))
    return NULL;

  return topic;
}

static int
count_partitions (QsProducerTopics *self, QsProducerTopic *topic)
{
  const struct rd_kafka_metadata *metadata = NULL;
  int                             n_partitions = 0;

  if (rd_kafka_metadata (self->client, 0, topic, &metadata, METADATA_WAIT) !=
      RD_KAFKA_RESP_ERR_NO_ERROR)
    return -1;

  if (metadata->topic_cnt > 0 && metadata->topics[0].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    n_partitions = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy (metadata);

  return n_partitions;
}

int
qs_producer_topics_look (QsProducerTopics *self, QsProducerTopic *topic)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  if (self->seen != topic || g_get_monotonic_time () - self->seen_at > METADATA_WAIT * 1000)
    {
      self->n_seen = count_partitions (self, topic);
      self->seen = topic;
      self->seen_at = g_get_monotonic_time ();
    }

  return self->n_seen;
}

gboolean
qs_producer_topics_get_watermarks (QsProducerTopics *self,
                                   const char       *topic,
                                   int               partition,
                                   gint64            deadline,
                                   gint64           *low,
                                   gint64           *high,
                                   GError          **error)
{
  g_autofree char    *what = NULL;
  rd_kafka_resp_err_t code = qs_kafka_query_offsets (
      self->client, topic, partition, qs_deadline_slice (deadline, G_MAXINT), low, high);

  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return TRUE;

  what =
      g_strdup_printf ("Cannot ask for the offsets of topic '%s', partition %d", topic, partition);

  return qs_kafka_error_set_for_topic (error, code, what, NULL, QS_KAFKA_RIGHT_READ);
}
