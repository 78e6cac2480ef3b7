/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-group-conf-private.h"

#include "qs-kafka-conf-private.h"

rd_kafka_conf_t *
qs_group_conf_new (const QsKafkaConfig *config, const char *group, gboolean alone, GError **error)
{
  rd_kafka_conf_t *conf = NULL;

  conf = qs_kafka_conf_new (QS_KAFKA_ROLE_GROUP,
                            config->bootstrap_servers,
                            config->client_config,
                            config->consumer_config,
                            error);
  if (conf == NULL)
    return NULL;

  qs_kafka_conf_set_own (conf, "group.id", group);
  /* The start is looked up beforehand. Handle a missing offset here, because librdkafka's
   * `latest` would skip all remaining records. */
  qs_kafka_conf_set_own (conf, "auto.offset.reset", "error");
  qs_kafka_conf_set_own (conf, "enable.partition.eof", "true");

  /* Such a broker answers a fetch only when this has passed. */
  if (alone && (config->consumer_config == NULL ||
                !g_variant_lookup (config->consumer_config, "fetch.wait.max.ms", "&s", NULL)))
    qs_kafka_conf_set_own (conf, "fetch.wait.max.ms", "10");

  return conf;
}
