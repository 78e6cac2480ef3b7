/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qs-kafka-conf-private.h"

#include "qs-client-threads-private.h"
#include "qs-kafka-error-private.h"
#include "qs-kafka-secrets-private.h"
#include "qs-log-private.h"

/* How long to wait for the id of a cluster that has answered before. */
#define CLUSTER_ID_MS 1000

#define INTERNAL "it is for programs that call librdkafka themselves"

typedef struct
{
  const char *key;
  const char *value;
} Setting;

/* Keys with which a user could undo what this library promises, and where he
 * finds what he may want. */
static const struct
{
  const char *key;
  const char *reason;
} refused[] = {
  { "acks", "a record counts as delivered only when all replicas have it" },
  { "request.required.acks", "a record counts as delivered only when all replicas have it" },
  { "enable.idempotence", "it is always on" },
  { "message.timeout.ms",
    "the library limits how long records wait: use broker-availability-timeout" },
  { "delivery.timeout.ms",
    "the library limits how long records wait: use broker-availability-timeout" },
  { "retries", "the library limits how long records wait: use broker-availability-timeout" },
  { "message.send.max.retries",
    "the library limits how long records wait: use broker-availability-timeout" },
  { "delivery.report.only.error", "every record's delivery is counted" },
  { "transactional.id", "it is made from the name of the topic" },
  { "transaction.timeout.ms", "use transaction-timeout" },
  { "isolation.level", "it follows from the processing guarantee" },
  { "bootstrap.servers", "use broker-address" },
  { "metadata.broker.list", "use broker-address" },
  { "group.id", "use consumer-group" },
  { "auto.offset.reset", "use auto-offset-reset" },
  { "enable.auto.commit",
    "offsets are committed when their records were processed: use commit-interval" },
  { "auto.commit.enable",
    "offsets are committed when their records were processed: use commit-interval" },
  { "enable.auto.offset.store", "offsets are committed when their records were processed" },
  { "test.mock.num.brokers", "use broker-address 'embedded'" },
  { "enabled_events", INTERNAL },
  { "log.queue", INTERNAL },
  { "opaque", INTERNAL },
  { "default_topic_conf", INTERNAL },
  { "interceptors", INTERNAL },
  { "msg_order_cmp", INTERNAL },
  { "ssl_key", "use ssl.key.location or ssl.key.pem" },
  { "ssl_certificate", "use ssl.certificate.location or ssl.certificate.pem" },
  { "ssl_ca", "use ssl.ca.location or ssl.ca.pem" },
  { "ssl_engine_callback_data", INTERNAL },
};

static const Setting client_defaults[] = {
  { "client.id", "qsource" },
  /* Nagle's algorithm costs 44 ms a round trip, and the default back-off can
   * leave a broker that is back unnoticed for 10 s. */
  { "socket.nagle.disable", "true" },
  { "reconnect.backoff.max.ms", "1000" },
};

static const Setting producer_defaults[] = {
  { "enable.idempotence", "true" },
  { "acks", "all" },
  { "message.timeout.ms", "0" },
  /* The partitioner of the Java clients. */
  { "partitioner", "murmur2_random" },
  /* Enough to keep the brokers busy, little enough for a small process. */
  { "queue.buffering.max.messages", "50000" },
  { "queue.buffering.max.kbytes", "16384" },
};

static const Setting consumer_defaults[] = {
  { "enable.auto.commit", "false" },
  { "enable.auto.offset.store", "false" },
  { "auto.offset.reset", "error" },
};

static const Setting group_defaults[] = {
  /* Above it fetching pauses for a second, in which a fast dataframe would wait. */
  { "queued.min.messages", "500000" },
  /* Limits the size of the queue in bytes; one more answer can exceed it. */
  { "queued.max.messages.kbytes", "65536" },
  { "fetch.max.bytes", "16777216" },
  /* A rebalance doesn't stop what stays. */
  { "partition.assignment.strategy", "cooperative-sticky" },
  /* A member learns by it that another one has come, for which that one waits. */
  { "heartbeat.interval.ms", "1000" },
};

/* The lines of librdkafka are for those who look for them: whatever a person must act on is an
 * error, or is logged by the client that waits for a broker. */
static void
log_cb (const rd_kafka_t *client, int level, const char *facility, const char *text)
{
  g_autofree char *shown = qs_kafka_error_dup_public (text);

  if (level <= 5)
    qs_log_info (NULL, NULL, "librdkafka: %s: %s", facility, shown);
  else
    qs_log_debug (NULL, NULL, "librdkafka: %s: %s", facility, shown);
}

static const char *
refusal_for_key (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      if (g_str_equal (refused[i].key, key))
        return refused[i].reason;
    }

  /* librdkafka would take the value's address for the function's. */
  if (g_str_has_suffix (key, "_cb"))
    return INTERNAL;

  return NULL;
}

/* Finds the clients that a key is for: "C", "P" or "*". librdkafka has it only in its
 * documentation, which it can print. */
static GHashTable *
read_scopes (void)
{
  g_autoptr (GHashTable) scopes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = NULL;
  char  *text = NULL;
  size_t length = 0;
  FILE  *stream = open_memstream (&text, &length);

  g_assert (stream != NULL);
  rd_kafka_conf_properties_show (stream);
  fclose (stream);
  lines = g_strsplit (text, "\n", -1);
  free (text);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) columns = g_strsplit (lines[i], "|", 3);

      if (g_strv_length (columns) == 3)
        g_hash_table_insert (
            scopes, g_strdup (g_strstrip (columns[0])), g_strdup (g_strstrip (columns[1])));
    }

  return g_steal_pointer (&scopes);
}

/* The map in which @key belongs, or NULL if any does. */
static const char *
map_for_key (const char *key)
{
  static GHashTable *scopes = NULL;
  const char        *scope = NULL;

  if (g_once_init_enter (&scopes))
    g_once_init_leave (&scopes, read_scopes ());

  scope = g_hash_table_lookup (scopes, key);
  if (g_strcmp0 (scope, "C") == 0)
    return "consumer-config";
  if (g_strcmp0 (scope, "P") == 0)
    return "producer-config";

  return NULL;
}

static gboolean
check_key (const char *map, const char *key, GError **error)
{
  const char *refusal = refusal_for_key (key);
  const char *home = map_for_key (key);

  if (refusal != NULL)
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_INVALID_CONFIG,
                   "Cannot set '%s' in %s: %s",
                   key,
                   map,
                   refusal);
      return FALSE;
    }

  if (home != NULL && !g_str_equal (home, map))
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_INVALID_CONFIG,
                   "Cannot set '%s' in %s: it belongs in %s",
                   key,
                   map,
                   home);
      return FALSE;
    }

  return TRUE;
}

static gboolean
set_key (rd_kafka_conf_t *conf, const char *map, const char *key, const char *value, GError **error)
{
  char                reason[512];
  rd_kafka_conf_res_t result;

  if (!check_key (map, key, error))
    return FALSE;

  if (qs_kafka_secrets_is_one (key) && g_str_equal (value, QS_KAFKA_REDACTED))
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_INVALID_CONFIG,
                   "Cannot set '%s' in %s: its value was read from the property of another "
                   "application, which does not show its secrets; set the secret itself",
                   key,
                   map);
      return FALSE;
    }

  result = rd_kafka_conf_set (conf, key, value, reason, sizeof reason);
  if (result == RD_KAFKA_CONF_OK)
    return TRUE;

  if (result == RD_KAFKA_CONF_UNKNOWN)
    g_set_error (error,
                 QS_KAFKA_ERROR,
                 QS_KAFKA_ERROR_INVALID_CONFIG,
                 "Cannot set '%s' in %s: librdkafka %s knows no such key",
                 key,
                 map,
                 rd_kafka_version_str ());
  else if (qs_kafka_secrets_is_one (key))
    g_set_error (error,
                 QS_KAFKA_ERROR,
                 QS_KAFKA_ERROR_INVALID_CONFIG,
                 "Cannot set '%s' in %s: its value, which is a secret, is not accepted",
                 key,
                 map);
  else
    g_set_error (error,
                 QS_KAFKA_ERROR,
                 QS_KAFKA_ERROR_INVALID_CONFIG,
                 "Cannot set '%s' to '%s' in %s: %s",
                 key,
                 value,
                 map,
                 reason);

  return FALSE;
}

static gboolean
apply_map (rd_kafka_conf_t *conf, const char *map, GVariant *settings, GError **error)
{
  GVariantIter iter;
  const char  *key = NULL;
  const char  *value = NULL;

  if (settings == NULL)
    return TRUE;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    {
      if (!set_key (conf, map, key, value, error))
        return FALSE;
    }

  return TRUE;
}

void
qs_kafka_conf_set_own (rd_kafka_conf_t *conf, const char *key, const char *value)
{
  char                       reason[512] = "";
  rd_kafka_conf_res_t result G_GNUC_UNUSED;

  result = rd_kafka_conf_set (conf, key, value, reason, sizeof reason);
  g_assert (result == RD_KAFKA_CONF_OK);
}

/* Since 2.5 a client sends a cluster its metrics on request, and waits at its end for up to a
 * second, also for a cluster that never asked: only those who want it pay. */
static void
push_no_metrics (rd_kafka_conf_t *conf)
{
  char reason[512] = "";

  rd_kafka_conf_set (conf, "enable.metrics.push", "false", reason, sizeof reason);
}

static void
apply_own (rd_kafka_conf_t *conf, const Setting *settings, guint n_settings)
{
  for (guint i = 0; i < n_settings; i++)
    qs_kafka_conf_set_own (conf, settings[i].key, settings[i].value);
}

static gboolean
has_value (rd_kafka_conf_t *conf, const char *key, const char *value)
{
  char   found[64] = "";
  size_t size = sizeof found;

  return rd_kafka_conf_get (conf, key, found, &size) == RD_KAFKA_CONF_OK &&
         g_ascii_strcasecmp (found, value) == 0;
}

static gboolean
uses_tokens (rd_kafka_conf_t *conf)
{
  return has_value (conf, "sasl.mechanisms", "OAUTHBEARER");
}

/* Whether there is a way to come by the tokens that are asked for: librdkafka would
 * wait for a program that brings them. */
static gboolean
check_tokens (rd_kafka_conf_t *conf, GError **error)
{
  if (!uses_tokens (conf) || has_value (conf, "sasl.oauthbearer.method", "oidc") ||
      has_value (conf, "enable.sasl.oauthbearer.unsecure.jwt", "true"))
    return TRUE;

  g_set_error_literal (
      error,
      QS_KAFKA_ERROR,
      QS_KAFKA_ERROR_INVALID_CONFIG,
      "Cannot use sasl.mechanism OAUTHBEARER: the source of its tokens is not configured; set "
      "sasl.oauthbearer.method to 'oidc' in client-config, or, for "
      "tests only, enable.sasl.oauthbearer.unsecure.jwt to 'true'");
  return FALSE;
}

rd_kafka_conf_t *
qs_kafka_conf_new (QsKafkaRole role,
                   const char *bootstrap_servers,
                   GVariant   *client_config,
                   GVariant   *role_config,
                   GError    **error)
{
  g_autoptr (rd_kafka_conf_t) conf = rd_kafka_conf_new ();
  const Setting last[] = {
    { "bootstrap.servers", bootstrap_servers },
    { "allow.auto.create.topics", "false" },
  };

  rd_kafka_conf_set_log_cb (conf, log_cb);
  qs_client_threads_configure (conf);
  push_no_metrics (conf);
  apply_own (conf, client_defaults, G_N_ELEMENTS (client_defaults));
  if (role == QS_KAFKA_ROLE_PRODUCER)
    apply_own (conf, producer_defaults, G_N_ELEMENTS (producer_defaults));
  else
    apply_own (conf, consumer_defaults, G_N_ELEMENTS (consumer_defaults));
  if (role == QS_KAFKA_ROLE_GROUP)
    apply_own (conf, group_defaults, G_N_ELEMENTS (group_defaults));

  if (!apply_map (conf, "client-config", client_config, error))
    return NULL;
  if (role == QS_KAFKA_ROLE_PRODUCER && !apply_map (conf, "producer-config", role_config, error))
    return NULL;
  if ((role == QS_KAFKA_ROLE_CONSUMER || role == QS_KAFKA_ROLE_GROUP) &&
      !apply_map (conf, "consumer-config", role_config, error))
    return NULL;

  if (!check_tokens (conf, error))
    return NULL;

  if (bootstrap_servers != NULL)
    apply_own (conf, last, 1);
  if (role == QS_KAFKA_ROLE_ADMIN)
    apply_own (conf, last + 1, 1);

  return g_steal_pointer (&conf);
}

/* Explains the file that @reason is about: librdkafka names only its key, and OpenSSL calls a file
 * that is missing a "system lib". "" if it is about none; transfer full */
static char *
dup_file_advice (rd_kafka_conf_t *conf, const char *reason)
{
  static const char *const keys[] = {
    "ssl.ca.location",  "ssl.certificate.location", "ssl.key.location",
    "ssl.crl.location", "ssl.keystore.location",
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      char   path[4096] = "";
      size_t size = sizeof path;
      int    fd = -1;

      if (strstr (reason, keys[i]) == NULL ||
          rd_kafka_conf_get (conf, keys[i], path, &size) != RD_KAFKA_CONF_OK)
        continue;
      fd = open (path, O_RDONLY | O_CLOEXEC);
      if (fd < 0)
        return g_strdup_printf (" (cannot open '%s': %s)", path, g_strerror (errno));
      close (fd);
      return g_strdup_printf (
          " (check the content of '%s', which must be PEM%s)", path, i == 4 ? " or PKCS#12" : "");
    }

  return g_strdup ("");
}

/* Keeps @conf for good: when rd_kafka_new() fails, librdkafka frees the interceptors, of which
 * qs_client_threads_configure() has made one, and rd_kafka_conf_destroy() would free them again. */
static void
keep_refused (rd_kafka_conf_t *conf)
{
  static GSList *kept = NULL; /* so that it is no leak */
  G_LOCK_DEFINE_STATIC (kept);

  G_LOCK (kept);
  kept = g_slist_prepend (kept, conf);
  G_UNLOCK (kept);
}

rd_kafka_t *
qs_kafka_conf_create (rd_kafka_conf_t *conf, QsKafkaRole role, GError **error)
{
  const gboolean has_tokens = uses_tokens (conf);
  char           reason[512] = "";
  rd_kafka_t    *client = NULL;

  rd_kafka_conf_enable_sasl_queue (conf, has_tokens);
  client = rd_kafka_new (role == QS_KAFKA_ROLE_PRODUCER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                         conf,
                         reason,
                         sizeof reason);
  if (client == NULL)
    {
      g_autofree char *file_advice = dup_file_advice (conf, reason);

      keep_refused (conf);
      /* If no mechanism is set, librdkafka's message is about Kerberos. */
      g_set_error (
          error,
          QS_KAFKA_ERROR,
          QS_KAFKA_ERROR_INVALID_CONFIG,
          "Cannot make a Kafka client with this client-config and %s: %s%s",
          role == QS_KAFKA_ROLE_PRODUCER ? "producer-config" : "consumer-config",
          reason,
          strstr (reason, "kerberos") != NULL || strstr (reason, "GSSAPI") != NULL
              ? " (sasl.mechanism is GSSAPI, that is Kerberos, unless client-config sets it)"
              : file_advice);
      return NULL;
    }

  /* Tokens are renewed by a thread of librdkafka: not all of our clients are served
   * all the time. */
  if (has_tokens)
    rd_kafka_error_destroy (rd_kafka_sasl_background_callbacks_enable (client));

  return client;
}

gboolean
qs_kafka_conf_is_mock (rd_kafka_t *client)
{
  char    *id = rd_kafka_clusterid (client, CLUSTER_ID_MS);
  gboolean is_mock = id != NULL && g_str_has_prefix (id, "mockCluster");

  rd_kafka_mem_free (client, id);

  return is_mock;
}
