/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-kafka-error.h"

G_BEGIN_DECLS

/* Sets @error from librdkafka's @code. @what says what was attempted and on
 * what ("Cannot produce to topic 'x'"); @detail (nullable) is librdkafka's own
 * text where it has more than the code's. Always returns FALSE.
 *
 * Context: any.   Locks: none. */
gboolean qs_kafka_error_set (GError              **error,
                             rd_kafka_resp_err_t   code,
                             const char           *what,
                             const char           *detail);

/* The operations of Kafka's access control on a topic. */
#define QS_KAFKA_RIGHT_CREATE           "Create"
#define QS_KAFKA_RIGHT_DELETE           "Delete"
#define QS_KAFKA_RIGHT_DESCRIBE         "Describe"
#define QS_KAFKA_RIGHT_DESCRIBE_CONFIGS "DescribeConfigs"
#define QS_KAFKA_RIGHT_READ             "Read"
#define QS_KAFKA_RIGHT_WRITE            "Write"

/* The same of what was done to a topic, which needed the right to @operation.
 *
 * Context: any.   Locks: none. */
gboolean qs_kafka_error_set_for_topic (GError              **error,
                                       rd_kafka_resp_err_t   code,
                                       const char           *what,
                                       const char           *detail,
                                       const char           *operation);

/* Whether an error event of librdkafka means that the cluster refuses us (our
 * credentials or certificate, or we its certificate), so that trying again is
 * in vain. A connection that ends in mid-handshake is not one: that is what a
 * broker that restarts does.
 *
 * Context: any.   Locks: none. */
gboolean qs_kafka_error_refuses_admission (rd_kafka_resp_err_t  code,
                                           const char          *reason);

/* Whether an error event looks as if the listener spoke another protocol, though
 * once it may also come from a broker that restarts.
 *
 * Context: any.   Locks: none. */
gboolean qs_kafka_error_is_suspicious (const char          *reason);

/* Whether a consumer tries again by itself after @code.
 *
 * Context: any.   Locks: none. */
gboolean qs_kafka_error_is_passing (rd_kafka_resp_err_t   code);

/* Removes from librdkafka's message the part of a sasl.oauthbearer.config that it cannot
 * parse, which is secret.
 *
 * Context: any.   Locks: none. */
char    *qs_kafka_error_dup_public  (const char           *text);

/* Removes the times and counts from the end of an error event's message.
 *
 * Context: any.   Locks: none. */
char    *qs_kafka_error_dup_cause   (const char           *reason);

/* "a record to topic 'x', partition 3, key 'k'"; @partition -1 is not decided yet,
 * @key NULL is none.
 *
 * Context: any.   Locks: none. */
char    *qs_kafka_error_describe_record (rd_kafka_topic_t *topic,
                                         int               partition,
                                         const guint8     *key,
                                         gsize             key_length);

G_END_DECLS
