/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-claim-conf-private.h"

#include "qs-kafka-conf-private.h"
#include "qs-kafka-error-private.h"
#include "qs-kill-point-private.h"

/* How soon a member learns that another one has come or gone, for which that one waits. */
#define HEARTBEAT "300"

/* Milliseconds for which a claim may go without being served. */
#define POLL_INTERVAL 300000

rd_kafka_conf_t *
qs_claim_conf_new (const QsClaimSettings *settings, GError **error)
{
  const int        session = (int) CLAMP (settings->session_timeout * 1000, 1, G_MAXINT);
  g_autofree char *session_text = g_strdup_printf ("%d", session);
  /* librdkafka takes no shorter one than the session. */
  g_autofree char *interval_text = g_strdup_printf ("%d", MAX (POLL_INTERVAL, session));
  rd_kafka_conf_t *conf = qs_kafka_conf_new (QS_KAFKA_ROLE_GROUP,
                                             settings->config->bootstrap_servers,
                                             settings->config->client_config,
                                             NULL,
                                             error);

  if (conf == NULL)
    return NULL;

  qs_kafka_conf_set_own (conf, "group.id", settings->group);
  if (!QS_IS_MUTANT ("dynamic-member"))
    qs_kafka_conf_set_own (conf, "group.instance.id", settings->instance_id);
  qs_kafka_conf_set_own (conf, "session.timeout.ms", session_text);
  qs_kafka_conf_set_own (conf, "heartbeat.interval.ms", HEARTBEAT);
  qs_kafka_conf_set_own (conf, "max.poll.interval.ms", interval_text);
  qs_kafka_conf_set_own (conf, "partition.assignment.strategy", "cooperative-sticky");

  return conf;
}

GError *
qs_claim_conf_new_error (const QsClaimSettings *settings, int code, const char *reason)
{
  g_autofree char *what =
      g_strdup_printf ("Cannot share the partitions of topic '%s' as instance '%s'",
                       settings->topic,
                       settings->instance_id);
  g_autofree char *detail = NULL;
  GError          *error = NULL;

  if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
    detail = g_strdup ("another process has joined with the same instance-id; give each instance "
                       "an instance-id, or a state-dir, of its own");
  else if (code == RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT)
    detail =
        g_strdup_printf ("the brokers do not accept a session-timeout of %g s; their limits are "
                         "group.min.session.timeout.ms and group.max.session.timeout.ms",
                         settings->session_timeout);
  qs_kafka_error_set_for_topic (
      &error, code, what, detail != NULL ? detail : reason, QS_KAFKA_RIGHT_READ);

  return error;
}
