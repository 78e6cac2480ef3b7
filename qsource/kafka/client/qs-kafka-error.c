/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-error-private.h"

#include "qs-quark-private.h"

/**
 * qs_kafka_error_quark:
 *
 * Gets the error domain of the Kafka client.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
/* clang-format off */
QS_DEFINE_QUARK ("qs-kafka-error-quark", qs_kafka_error)
/* clang-format on */

/* The first librdkafka whose SCRAM a broker of Kafka 4 accepts. */
#define FIXED_SCRAM_VERSION 0x020601ff

/* Of a key, in an error. */
#define MAX_KEY_LENGTH 64

static const struct
{
  rd_kafka_resp_err_t code;
  QsKafkaError        error;
} mapping[] = {
  { RD_KAFKA_RESP_ERR__AUTHENTICATION, QS_KAFKA_ERROR_AUTHENTICATION },
  { RD_KAFKA_RESP_ERR__SSL, QS_KAFKA_ERROR_AUTHENTICATION },
  { RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, QS_KAFKA_ERROR_AUTHENTICATION },
  { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { RD_KAFKA_RESP_ERR__TRANSPORT, QS_KAFKA_ERROR_UNAVAILABLE },
  { RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, QS_KAFKA_ERROR_UNAVAILABLE },
  { RD_KAFKA_RESP_ERR__RESOLVE, QS_KAFKA_ERROR_UNAVAILABLE },
  { RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, QS_KAFKA_ERROR_UNAVAILABLE },
  { RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, QS_KAFKA_ERROR_UNAVAILABLE },
  { RD_KAFKA_RESP_ERR__TIMED_OUT, QS_KAFKA_ERROR_TIMED_OUT },
  { RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, QS_KAFKA_ERROR_TIMED_OUT },
  { RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, QS_KAFKA_ERROR_TIMED_OUT },
  { RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, QS_KAFKA_ERROR_TIMED_OUT },
  { RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, QS_KAFKA_ERROR_INVALID_STATE },
  { RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, QS_KAFKA_ERROR_INVALID_STATE },
  { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE },
  { RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE },
  { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, QS_KAFKA_ERROR_UNKNOWN_TOPIC },
  { RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, QS_KAFKA_ERROR_UNKNOWN_TOPIC },
  { RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, QS_KAFKA_ERROR_UNKNOWN_TOPIC },
  { RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, QS_KAFKA_ERROR_TOPIC_EXISTS },
  { RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, QS_KAFKA_ERROR_INVALID_TOPIC },
  { RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, QS_KAFKA_ERROR_INVALID_CONFIG },
  { RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, QS_KAFKA_ERROR_INVALID_CONFIG },
  { RD_KAFKA_RESP_ERR_INVALID_CONFIG, QS_KAFKA_ERROR_INVALID_CONFIG },
  { RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, QS_KAFKA_ERROR_INVALID_CONFIG },
  { RD_KAFKA_RESP_ERR__FENCED, QS_KAFKA_ERROR_FENCED },
  { RD_KAFKA_RESP_ERR_PRODUCER_FENCED, QS_KAFKA_ERROR_FENCED },
  { RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, QS_KAFKA_ERROR_FENCED },
  { RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, QS_KAFKA_ERROR_FENCED },
  { RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, QS_KAFKA_ERROR_INVALID_CONFIG },
  { RD_KAFKA_RESP_ERR__STATE, QS_KAFKA_ERROR_INVALID_STATE },
};

static QsKafkaError
error_for_code (rd_kafka_resp_err_t code)
{
  for (guint i = 0; i < G_N_ELEMENTS (mapping); i++)
    {
      if (mapping[i].code == code)
        return mapping[i].error;
    }

  return QS_KAFKA_ERROR_FAILED;
}

/* Explains refused credentials or certificates; @reason is librdkafka's. */
static const char *
advice_for_admission (const char *reason)
{
  if (strstr (reason, "verify failed") != NULL)
    return " (the broker's certificate must be signed by what ssl.ca.location in client-config "
           "names, be in date, and be for the host in broker-address)";
  if (strstr (reason, "alert") != NULL && strstr (reason, "certificate") != NULL)
    return " (the broker requires a client certificate, or another one: see "
           "ssl.certificate.location and ssl.key.location in client-config)";
  if (qs_kafka_error_is_suspicious (reason) || strstr (reason, "SASL state") != NULL)
    return " (security.protocol in client-config must be that of the listener: plaintext, which "
           "is the default, ssl, sasl_plaintext or sasl_ssl)";
  if (strstr (reason, "Unsupported SASL mechanism") != NULL)
    return " (set sasl.mechanism in client-config to one that the listener supports)";
  if (strstr (reason, "SCRAM") != NULL && rd_kafka_version () < FIXED_SCRAM_VERSION)
    return " (check sasl.username and sasl.password in client-config; but SCRAM of librdkafka "
           "before 2.6.1 is refused by Kafka 4.0 and later even with the right ones: use a newer "
           "librdkafka or another mechanism)";
  if (strstr (reason, "SSL routines") != NULL)
    return " (check the ssl.* keys in client-config)";
  if (strstr (reason, "OAUTHBEARER") != NULL)
    return " (check the sasl.oauthbearer keys in client-config)";

  return " (check sasl.mechanism, sasl.username and sasl.password in client-config)";
}

/* Names the missing permission; for a topic, the caller knows it. */
static const char *
advice_for_denial (rd_kafka_resp_err_t code)
{
  if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
    return " (grant the user of this program Read on that group)";
  if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    return " (grant the user of this program Write on that transactional id)";
  if (code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
    return " (grant the user of this program Write on the topic, or IdempotentWrite on the "
           "cluster if its brokers are older than 3.0)";

  return "";
}

/* Returns advice for the reader of the error; "" if the cause says it. */
static const char *
advice_for_error (QsKafkaError error, rd_kafka_resp_err_t code, const char *reason)
{
  if (error == QS_KAFKA_ERROR_AUTHENTICATION)
    return advice_for_admission (reason);
  if (error == QS_KAFKA_ERROR_NOT_AUTHORIZED)
    return advice_for_denial (code);
  if (error == QS_KAFKA_ERROR_UNAVAILABLE)
    return " (check broker-address, and that the cluster runs)";
  if (error == QS_KAFKA_ERROR_MESSAGE_TOO_LARGE)
    return " (make it smaller, or raise message.max.bytes in producer-config and "
           "max.message.bytes of the topic; a broker measures whole batches, so if the records "
           "are small, lower batch.size in producer-config)";
  if (code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
    return " (a timestamp is milliseconds since 1970 UTC, never negative, 0 is now; the topic may "
           "refuse one far from its broker's time: see message.timestamp.difference.max.ms, or "
           "message.timestamp.before.max.ms and message.timestamp.after.max.ms)";
  if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    return " (the topic has fewer partitions: add some to it, or name another one)";

  return "";
}

gboolean
qs_kafka_error_set (GError **error, rd_kafka_resp_err_t code, const char *what, const char *detail)
{
  const char  *reason = detail != NULL ? detail : rd_kafka_err2str (code);
  QsKafkaError kafka_error = error_for_code (code);

  g_set_error (error,
               QS_KAFKA_ERROR,
               kafka_error,
               "%s: %s%s",
               what,
               reason,
               advice_for_error (kafka_error, code, reason));

  return FALSE;
}

gboolean
qs_kafka_error_set_for_topic (GError            **error,
                              rd_kafka_resp_err_t code,
                              const char         *what,
                              const char         *detail,
                              const char         *operation)
{
  g_autofree char *reason = NULL;

  if (code != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    return qs_kafka_error_set (error, code, what, detail);

  reason = g_strdup_printf ("%s (grant the user of this program %s on that topic)",
                            detail != NULL ? detail : rd_kafka_err2str (code),
                            operation);

  return qs_kafka_error_set (error, code, what, reason);
}

gboolean
qs_kafka_error_refuses_admission (rd_kafka_resp_err_t code, const char *reason)
{
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
    return TRUE;

  /* After the handshake OpenSSL's errors come as those of the connection. */
  return (code == RD_KAFKA_RESP_ERR__SSL ||
          (code == RD_KAFKA_RESP_ERR__TRANSPORT && strstr (reason, "SSL routines") != NULL)) &&
         (strstr (reason, "certificate") != NULL || strstr (reason, "alert") != NULL);
}

/* How librdkafka words the end of a connection that was made. Which of the last
 * three it is depends on who was faster: a broker that closes with unread bytes
 * resets, and what is sent after that breaks the pipe. */
static const char *const ended_early[] = {
  "security.protocol", "PLAINTEXT broker listener", "wrong version number",
  "unexpected eof",    "Connection reset by peer",  "Broken pipe",
};

gboolean
qs_kafka_error_is_suspicious (const char *reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (ended_early); i++)
    {
      if (strstr (reason, ended_early[i]) != NULL)
        return TRUE;
    }

  return FALSE;
}

char *
qs_kafka_error_dup_public (const char *text)
{
  const char *end = strstr (text, " beginning at: ");

  return end != NULL ? g_strndup (text, end - text) : g_strdup (text);
}

char *
qs_kafka_error_dup_cause (const char *reason)
{
  const char *end = strstr (reason, " (after ");

  return end != NULL ? g_strndup (reason, end - reason) : qs_kafka_error_dup_public (reason);
}

static void
append_key (GString *text, const guint8 *key, gsize length)
{
  g_string_append (text, "key '");
  for (gsize i = 0; i < MIN (length, MAX_KEY_LENGTH); i++)
    {
      if (g_ascii_isprint (key[i]) && key[i] != '\'' && key[i] != '\\')
        g_string_append_c (text, key[i]);
      else
        g_string_append_printf (text, "\\x%02x", key[i]);
    }
  g_string_append (text, length > MAX_KEY_LENGTH ? "...'" : "'");
}

char *
qs_kafka_error_describe_record (rd_kafka_topic_t *topic,
                                int               partition,
                                const guint8     *key,
                                gsize             key_length)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "a record to topic '%s', ", rd_kafka_topic_name (topic));
  if (partition >= 0)
    g_string_append_printf (text, "partition %d, ", partition);
  if (key != NULL)
    append_key (text, key, key_length);
  else
    g_string_append (text, "no key");

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Registered, so that introspection finds the domain of the enumeration. */
G_DEFINE_ENUM_TYPE (QsKafkaError,
                    qs_kafka_error,
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_INVALID_CONFIG, "invalid-config"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_UNAVAILABLE, "unavailable"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_AUTHENTICATION, "authentication"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_NOT_AUTHORIZED, "not-authorized"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_TIMED_OUT, "timed-out"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_DELIVERY, "delivery"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_MESSAGE_TOO_LARGE, "message-too-large"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_UNKNOWN_TOPIC, "unknown-topic"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_TOPIC_EXISTS, "topic-exists"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_INVALID_TOPIC, "invalid-topic"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_TOPIC_MISMATCH, "topic-mismatch"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_FENCED, "fenced"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_INVALID_STATE, "invalid-state"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_TRANSACTION, "transaction"),
                    G_DEFINE_ENUM_VALUE (QS_KAFKA_ERROR_REJECTED, "rejected"))

/* The errors after which librdkafka tries again by itself. */
static const rd_kafka_resp_err_t passing[] = {
  RD_KAFKA_RESP_ERR__TRANSPORT,
  RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
  RD_KAFKA_RESP_ERR__RESOLVE,
  RD_KAFKA_RESP_ERR__TIMED_OUT,
  RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
  RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
  RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
  RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
  RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
  RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
  RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
};

gboolean
qs_kafka_error_is_passing (rd_kafka_resp_err_t code)
{
  for (guint i = 0; i < G_N_ELEMENTS (passing); i++)
    {
      if (passing[i] == code)
        return TRUE;
    }

  return FALSE;
}
