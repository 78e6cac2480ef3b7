/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-outage-private.h"

/* Milliseconds. */
#define REQUEST_TIME 1000

static char *
dup_partition_cause (const char *topic, const struct rd_kafka_metadata_partition *partition)
{
  if (partition->leader < 0)
    return g_strdup_printf ("topic '%s', partition %d, has no leader: see which of its %d replicas "
                            "are down",
                            topic,
                            (int) partition->id,
                            partition->replica_cnt);
  if (partition->isr_cnt < partition->replica_cnt)
    return g_strdup_printf ("topic '%s', partition %d, has %d of %d replicas in sync, which might "
                            "be less than its min.insync.replicas",
                            topic,
                            (int) partition->id,
                            partition->isr_cnt,
                            partition->replica_cnt);

  return NULL;
}

static char *
dup_topic_cause (const struct rd_kafka_metadata_topic *topic)
{
  char *cause = NULL;

  if (topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    return g_strdup_printf ("topic '%s' is gone: somebody has deleted it", topic->topic);
  if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
      topic->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
    return g_strdup_printf ("topic '%s': %s", topic->topic, rd_kafka_err2str (topic->err));

  for (int i = 0; i < topic->partition_cnt && cause == NULL; i++)
    cause = dup_partition_cause (topic->topic, &topic->partitions[i]);

  return cause;
}

char *
qs_outage_dup_cause (rd_kafka_t *client, const char *cause)
{
  const struct rd_kafka_metadata *metadata = NULL;
  char                           *found = NULL;

  if (rd_kafka_metadata (client, 0, NULL, &metadata, REQUEST_TIME) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return g_strdup (cause != NULL ? cause : "they do not answer");

  for (int i = 0; i < metadata->topic_cnt && found == NULL; i++)
    found = dup_topic_cause (&metadata->topics[i]);
  rd_kafka_metadata_destroy (metadata);

  return found != NULL ? found : g_strdup ("they can be reached, but do not answer such requests");
}
