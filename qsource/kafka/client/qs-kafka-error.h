/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QS_KAFKA_ERROR:
 *
 * Error domain for errors of a Kafka cluster and of connections to it.
 *
 * Errors in this domain are from the [error@KafkaError] enumeration.
 */
#define QS_KAFKA_ERROR (qs_kafka_error_quark ())

/**
 * QsKafkaError:
 * @QS_KAFKA_ERROR_FAILED: any other failure; the message says more
 * @QS_KAFKA_ERROR_INVALID_CONFIG: a configuration key is unknown, has an invalid value, or
 *   would break a guarantee of this library
 * @QS_KAFKA_ERROR_UNAVAILABLE: no broker was reached in time
 * @QS_KAFKA_ERROR_AUTHENTICATION: credentials, a certificate or the security protocol were refused
 * @QS_KAFKA_ERROR_NOT_AUTHORIZED: the user is not permitted to do this to this resource
 * @QS_KAFKA_ERROR_TIMED_OUT: the operation did not end before its deadline
 * @QS_KAFKA_ERROR_DELIVERY: a record could not be delivered
 * @QS_KAFKA_ERROR_MESSAGE_TOO_LARGE: a record is larger than the client or the topic
 *   accepts
 * @QS_KAFKA_ERROR_UNKNOWN_TOPIC: the topic or partition does not exist
 * @QS_KAFKA_ERROR_TOPIC_EXISTS: the topic exists already
 * @QS_KAFKA_ERROR_INVALID_TOPIC: the topic's name is not valid
 * @QS_KAFKA_ERROR_TOPIC_MISMATCH: the topic exists with other settings
 * @QS_KAFKA_ERROR_FENCED: another instance has taken over
 * @QS_KAFKA_ERROR_INVALID_STATE: this cannot be done now
 * @QS_KAFKA_ERROR_TRANSACTION: a transaction failed, or its outcome is unknown
 * @QS_KAFKA_ERROR_REJECTED: a record was rejected before it was produced
 *
 * Error codes of the Kafka client.
 *
 * New codes may be added; treat an unknown code as [error@Qs.KafkaError.FAILED].
 */
typedef enum
{
  QS_KAFKA_ERROR_FAILED,
  QS_KAFKA_ERROR_INVALID_CONFIG,
  QS_KAFKA_ERROR_UNAVAILABLE,
  QS_KAFKA_ERROR_AUTHENTICATION,
  QS_KAFKA_ERROR_NOT_AUTHORIZED,
  QS_KAFKA_ERROR_TIMED_OUT,
  QS_KAFKA_ERROR_DELIVERY,
  QS_KAFKA_ERROR_MESSAGE_TOO_LARGE,
  QS_KAFKA_ERROR_UNKNOWN_TOPIC,
  QS_KAFKA_ERROR_TOPIC_EXISTS,
  QS_KAFKA_ERROR_INVALID_TOPIC,
  QS_KAFKA_ERROR_TOPIC_MISMATCH,
  QS_KAFKA_ERROR_FENCED,
  QS_KAFKA_ERROR_INVALID_STATE,
  QS_KAFKA_ERROR_TRANSACTION,
  QS_KAFKA_ERROR_REJECTED,
} QsKafkaError;

#define QS_TYPE_KAFKA_ERROR (qs_kafka_error_get_type ())

QS_AVAILABLE_IN_ALL
GType  qs_kafka_error_get_type (void) G_GNUC_CONST;

QS_AVAILABLE_IN_ALL
GQuark qs_kafka_error_quark    (void);

G_END_DECLS
