/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-info-private.h"

#include "qs-kafka-error-private.h"

rd_kafka_resp_err_t
qs_topic_info_read (QsTopicInfo                    *info,
                    const struct rd_kafka_metadata *metadata,
                    const char                     *name,
                    int                            *n_led)
{
  for (int i = 0; i < metadata->topic_cnt; i++)
    {
      const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];

      if (!g_str_equal (topic->topic, name))
        continue;
      if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
          topic->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        return topic->err;

      info->n_partitions = topic->partition_cnt;
      info->replication_factor = 0;
      *n_led = 0;
      for (int j = 0; j < topic->partition_cnt; j++)
        {
          info->replication_factor =
              MAX (info->replication_factor, topic->partitions[j].replica_cnt);
          if (topic->partitions[j].leader >= 0)
            (*n_led)++;
        }
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    }

  return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

rd_kafka_NewTopic_t *
qs_topic_info_new_topic (const char *name,
                         int         n_partitions,
                         int         replication_factor,
                         GVariant   *config,
                         const char *what,
                         GError    **error)
{
  g_autoptr (rd_kafka_NewTopic_t) topic = NULL;
  char         reason[512] = "";
  GVariantIter iter;
  const char  *key = NULL;
  const char  *value = NULL;

  topic = rd_kafka_NewTopic_new (name, n_partitions, replication_factor, reason, sizeof reason);
  if (topic == NULL)
    {
      qs_kafka_error_set (error, RD_KAFKA_RESP_ERR_INVALID_CONFIG, what, reason);
      return NULL;
    }

  if (config != NULL)
    {
      g_variant_iter_init (&iter, config);
      while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
        rd_kafka_NewTopic_set_config (topic, key, value);
    }

  return g_steal_pointer (&topic);
}
