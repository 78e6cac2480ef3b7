/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-group-error-private.h"

#include "qs-kafka-error-private.h"

static gboolean
is_gone (rd_kafka_resp_err_t code)
{
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

GError *
qs_group_error_new (rd_kafka_message_t *message, const char *group)
{
  const char      *detail = rd_kafka_message_errstr (message);
  g_autofree char *what = NULL;
  GError          *error = NULL;

  /* It was there: the application begins with that. */
  if (message->rkt != NULL && is_gone (message->err))
    {
      what = g_strdup_printf ("Cannot read topic '%s'", rd_kafka_topic_name (message->rkt));
      qs_kafka_error_set_for_topic (
          &error,
          RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
          what,
          "the topic is gone: somebody has deleted it since the application started; create it "
          "again, or let auto-create-topics do so when the application starts again",
          QS_KAFKA_RIGHT_READ);
      return error;
    }

  if (message->rkt != NULL && message->partition >= 0)
    what = g_strdup_printf ("Cannot read topic '%s', partition %d",
                            rd_kafka_topic_name (message->rkt),
                            (int) message->partition);
  else if (message->rkt != NULL)
    what = g_strdup_printf ("Cannot read topic '%s'", rd_kafka_topic_name (message->rkt));
  else
    what = g_strdup_printf ("Cannot read as group '%s'", group);
  qs_kafka_error_set_for_topic (&error, message->err, what, detail, QS_KAFKA_RIGHT_READ);

  return error;
}

GError *
qs_group_error_new_fatal (rd_kafka_t *client, rd_kafka_resp_err_t code, const char *reason)
{
  g_autofree char *cause = qs_kafka_error_dup_cause (reason);
  char             fatal[512] = "";
  GError          *error = NULL;

  if (code == RD_KAFKA_RESP_ERR__FATAL)
    qs_kafka_error_set (&error,
                        rd_kafka_fatal_error (client, fatal, sizeof fatal),
                        "Cannot continue reading",
                        fatal);
  else if (qs_kafka_error_refuses_admission (code, reason))
    qs_kafka_error_set (&error, RD_KAFKA_RESP_ERR__AUTHENTICATION, "Cannot read", cause);

  return error;
}
