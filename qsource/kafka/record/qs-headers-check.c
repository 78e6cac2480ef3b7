/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-headers-private.h"

#include <string.h>

#include "qs-kafka-error.h"

/* Checks whether librdkafka's headers are what they seem. It returns names as C strings, so a
 * name with a NUL looks like another, shorter one. */

/* A step is a comparison of one name, or of so many of its bytes. */
#define MAX_STEPS 10000000
#define STEP_SIZE 32

/* librdkafka keeps a value behind its name's end. Elsewhere, or where there is no value,
 * this proves nothing. */
static gboolean
is_whole_by_place (const char *name, const void *value)
{
  return value == name + strlen (name) + 1;
}

/* librdkafka compares with the true length: it finds fewer than seem to be there. */
static gboolean
is_whole_by_count (rd_kafka_headers_t *list, const char *name)
{
  const char *other = NULL;
  const void *value = NULL;
  gsize       size = 0;
  gsize       n = 0;

  for (gsize i = 0;
       rd_kafka_header_get_all (list, i, &other, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       i++)
    n += strcmp (other, name) == 0;

  return rd_kafka_header_get (list, n - 1, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static gboolean
refuse (rd_kafka_message_t *message, const char *what, const char *name, GError **error)
{
  g_autofree char *shown = name != NULL ? g_utf8_make_valid (name, strnlen (name, 100)) : NULL;

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_REJECTED,
               "Cannot read the headers of the message in topic '%s', partition %d, offset "
               "%" G_GINT64_FORMAT ": %s%s%s%s",
               rd_kafka_topic_name (message->rkt),
               message->partition,
               message->offset,
               what,
               shown != NULL ? " '" : "",
               shown != NULL ? shown : "",
               shown != NULL ? "'" : "");
  return FALSE;
}

gboolean
qs_headers_check_kafka (rd_kafka_message_t *message, GError **error)
{
  rd_kafka_headers_t *list = NULL;
  rd_kafka_resp_err_t code = rd_kafka_message_headers (message, &list);
  const char         *name = NULL;
  const void         *value = NULL;
  gsize               size = 0;
  gsize               n_headers;
  gsize               n_steps = 0;

  if (code == RD_KAFKA_RESP_ERR__NOENT)
    return TRUE;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return refuse (message, "they are not in Kafka's format", NULL, error);

  n_headers = rd_kafka_header_cnt (list);
  for (gsize i = 0;
       rd_kafka_header_get_all (list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       i++)
    {
      if (is_whole_by_place (name, value))
        continue;

      n_steps += n_headers * (1 + strlen (name) / STEP_SIZE);
      if (n_steps > MAX_STEPS)
        return refuse (message, "too many have no value", NULL, error);
      if (!is_whole_by_count (list, name))
        return refuse (message, "there is a NUL in the name that begins with", name, error);
    }

  return TRUE;
}
