/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/*
 * Makes a client of librdkafka from settings: our defaults, the keys that users can set and
 * those that they must not, and where its log lines go.
 *
 * Context: any.   Locks: none.
 */

typedef enum
{
  QS_KAFKA_ROLE_PRODUCER,
  QS_KAFKA_ROLE_CONSUMER,
  QS_KAFKA_ROLE_GROUP,      /* a consumer that is a member of a group */
  QS_KAFKA_ROLE_ADMIN,      /* a consumer of librdkafka, for which no lookup creates a topic */
} QsKafkaRole;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (rd_kafka_conf_t, rd_kafka_conf_destroy)

/* Makes the configuration of librdkafka for a client of @role. NULL @bootstrap_servers: it will
 * connect to nothing. @client_config and @role_config: a{ss}, nullable; one of their keys that is
 * unknown, has a bad value, belongs elsewhere or would undo a promise is an error that names map,
 * key and value, but never the value of a secret. */
rd_kafka_conf_t *qs_kafka_conf_new    (QsKafkaRole       role,
                                       const char       *bootstrap_servers,
                                       GVariant         *client_config,
                                       GVariant         *role_config,
                                       GError          **error);

/* Sets what the library itself decides, which can't fail. */
void             qs_kafka_conf_set_own (rd_kafka_conf_t *conf,
                                        const char      *key,
                                        const char      *value);

/* The client itself; takes @conf. */
rd_kafka_t      *qs_kafka_conf_create (rd_kafka_conf_t  *conf,
                                       QsKafkaRole       role,
                                       GError          **error);

/* Whether it talks to an embedded broker, of this process or another: such a one never answers
 * a question for settings. */
gboolean qs_kafka_conf_is_mock (rd_kafka_t *client);

G_END_DECLS
