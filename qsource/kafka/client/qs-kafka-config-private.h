/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The kind of broker. An embedded one lives in the parent, as do its records, and knows no
 * transactions. */
typedef enum
{
  QS_BROKER_CLUSTER,
  QS_BROKER_EMBEDDED,
  QS_BROKER_OWN,      /* the application's own embedded one: nobody else is in its groups */
} QsBrokerKind;

/*
 * The settings of an application for its cluster: plain data, filled in before they are
 * used, and only read after that. They travel from parent to worker as a GVariant (over
 * their private socket: they hold secrets).
 *
 * Context: any; whoever fills them in does so before sharing them.
 */
typedef struct
{
  char     *bootstrap_servers;             /* "host:port,..." */
  QsBrokerKind broker;
  GVariant *client_config;                 /* a{ss}, librdkafka's keys for every client; nullable */
  GVariant *producer_config;               /* a{ss}; nullable */
  GVariant *consumer_config;               /* a{ss}; nullable */
  double    request_timeout;               /* seconds */
  double    topic_create_timeout;          /* seconds */
  double    broker_availability_timeout;   /* seconds, -1 = without end */
  double    transaction_timeout;           /* seconds */
  double    id_lifetime;                   /* of a transactional id that rests, in seconds */
  int       max_batch_size;                /* bytes that all topics take; 0 = as librdkafka has it */
} QsKafkaConfig;

QsKafkaConfig *qs_kafka_config_new              (const char           *bootstrap_servers);
QsKafkaConfig *qs_kafka_config_ref              (QsKafkaConfig        *self);
void           qs_kafka_config_unref            (QsKafkaConfig        *self);

gboolean       qs_kafka_config_is_embedded      (const QsKafkaConfig  *self);

/* a{sv}, floating; and the way back, which accepts what this version wrote. */
GVariant      *qs_kafka_config_to_variant       (QsKafkaConfig        *self);
QsKafkaConfig *qs_kafka_config_new_from_variant (GVariant             *variant);

/* Tries every key and value on librdkafka without connecting: an unknown or
 * bad one, and one that would undo a promise of ours, is an
 * QS_KAFKA_ERROR_INVALID_CONFIG that names it. */
gboolean       qs_kafka_config_check            (QsKafkaConfig        *self,
                                                 GError              **error);

/* Brokers refuse whole batches: one with several records must not be larger than its
 * topic takes, so that nothing is refused but for its own size. */
struct rd_kafka_conf_s;
void           qs_kafka_config_limit_batches (const QsKafkaConfig    *config,
                                              struct rd_kafka_conf_s *conf);

/* The version of librdkafka that runs.
 *
 * Context: any.   Locks: none. */
const char    *qs_kafka_config_get_version (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsKafkaConfig, qs_kafka_config_unref)

G_END_DECLS
