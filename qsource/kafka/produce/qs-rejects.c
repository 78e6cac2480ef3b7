/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-rejects-private.h"

#include <stdatomic.h>
#include <string.h>

#include "qs-bytes-private.h"
#include "qs-kafka-error-private.h"
#include "qs-log-private.h"
#include "qs-message-private.h"

/* Before the names of all headers of a dead letter. */
#define PREFIX QS_MESSAGE_ERROR_HEADER_PREFIX

/* Bytes of an error's text in a header, and of what is too large for any record. */
#define MAX_TEXT 4096
#define MAX_CUT 4096

/* After the first of these, only every thousandth is logged. */
#define MAX_TOLD 10
#define TELL_EVERY 1000

typedef struct
{
  GBytes    *key;   /* owned; nullable */
  GBytes    *value; /* owned; nullable */
  QsHeaders *headers;
  gint64     timestamp;
  gboolean   is_cut;
} DeadLetter;

struct _QsRejects
{
  QsErrorHandling   handling;
  char             *source;
  rd_kafka_t       *client; /* not owned */
  rd_kafka_topic_t *topic;  /* not owned; nullable */

  _Atomic guint64 n_skipped;
  _Atomic guint64 n_buried;
  _Atomic guint   n_pending;

  GMutex lock;
  GQueue pending; /* DeadLetter */
};

static void
dead_letter_free (DeadLetter *letter)
{
  g_clear_pointer (&letter->key, g_bytes_unref);
  g_clear_pointer (&letter->value, g_bytes_unref);
  qs_headers_free (letter->headers);
  g_free (letter);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeadLetter, dead_letter_free)

static void
append_text (QsHeaders *headers, const char *name, const char *text)
{
  gsize            length = strlen (text);
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) MIN (length, MAX_TEXT));
  g_autoptr (GBytes) value = g_bytes_new (valid, strlen (valid));

  qs_headers_append (headers, name, value);
}

static void
append_number (QsHeaders *headers, const char *name, gint64 number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  append_text (headers, name, text);
}

/* The record's own headers, and where it comes from and why. */
static QsHeaders *
make_headers (QsRejects *self, const QsOutgoing *record, const char *stage, const GError *why)
{
  QsHeaders *headers =
      record->headers != NULL ? qs_headers_copy (record->headers) : qs_headers_new ();

  append_text (headers, PREFIX "source.name", self->source);
  append_text (headers, PREFIX "topic", rd_kafka_topic_name (record->topic));
  append_number (headers, PREFIX "partition", record->partition);
  append_text (headers, PREFIX "stage", stage);
  append_text (headers, PREFIX "error.domain", g_quark_to_string (why->domain));
  append_number (headers, PREFIX "error.code", why->code);
  append_text (headers, PREFIX "error.message", why->message);

  return headers;
}

/* Shortens @bytes, and says in @headers how long it was. */
static void
cut_part (GBytes **bytes, QsHeaders *headers, const char *name)
{
  GBytes *whole = *bytes;

  if (whole == NULL || g_bytes_get_size (whole) <= MAX_CUT)
    return;

  append_number (headers, name, (gint64) g_bytes_get_size (whole));
  *bytes = g_bytes_new_from_bytes (whole, 0, MAX_CUT);
  g_bytes_unref (whole);
}

static rd_kafka_resp_err_t
enqueue (QsRejects *self, DeadLetter *letter)
{
  gsize               key_length = 0;
  gsize               value_length = 0;
  const guint8       *key = qs_bytes_get_data (letter->key, &key_length);
  const guint8       *value = qs_bytes_get_data (letter->value, &value_length);
  rd_kafka_resp_err_t code;
  QsOutgoing          record = {
             .topic = self->topic,
             .key = key,
             .key_length = key_length,
             .value = value,
             .value_length = value_length,
             .headers = letter->headers,
             .timestamp = letter->timestamp,
             .partition = -1,
  };

  code = qs_outgoing_enqueue (&record, self->client);
  if (code != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || letter->is_cut)
    return code;

  /* Shorten it: a part that is too large for a record is too large for a dead letter. */
  letter->is_cut = TRUE;
  cut_part (&letter->key, letter->headers, PREFIX "key.length");
  cut_part (&letter->value, letter->headers, PREFIX "value.length");

  return enqueue (self, letter);
}

static gboolean
is_told (guint64 n)
{
  return n <= MAX_TOLD || n % TELL_EVERY == 0;
}

QsRejects *
qs_rejects_new (QsErrorHandling   handling,
                const char       *source,
                rd_kafka_t       *client,
                rd_kafka_topic_t *topic)
{
  QsRejects *self = g_new0 (QsRejects, 1);

  self->handling = handling;
  self->source = g_strdup (source);
  self->client = client;
  self->topic = topic;
  g_mutex_init (&self->lock);
  g_queue_init (&self->pending);

  return self;
}

void
qs_rejects_free (QsRejects *self)
{
  g_queue_clear_full (&self->pending, (GDestroyNotify) dead_letter_free);
  g_mutex_clear (&self->lock);
  g_free (self->source);
  g_free (self);
}

QsErrorHandling
qs_rejects_get_handling (QsRejects *self)
{
  return self->handling;
}

guint64
qs_rejects_get_n_skipped (QsRejects *self)
{
  return atomic_load (&self->n_skipped);
}

gboolean
qs_rejects_is_dead_letter (QsRejects *self, const rd_kafka_message_t *report)
{
  return self->topic != NULL &&
         strcmp (rd_kafka_topic_name (report->rkt), rd_kafka_topic_name (self->topic)) == 0;
}

gboolean
qs_rejects_is_about_record (rd_kafka_resp_err_t code)
{
  static const rd_kafka_resp_err_t codes[] = {
    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
    RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
    RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
    RD_KAFKA_RESP_ERR_INVALID_RECORD,
    RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
#if RD_KAFKA_VERSION >= 0x020400ff
    RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD,
#endif
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      if (codes[i] == code)
        return TRUE;
    }

  return FALSE;
}

void
qs_rejects_skip (QsRejects *self, const QsOutgoing *record, const GError *why)
{
  guint64 n_skipped = atomic_fetch_add (&self->n_skipped, 1) + 1;

  if (is_told (n_skipped))
    qs_log_warning (self->source,
                    rd_kafka_topic_name (record->topic),
                    "Skipped record %" G_GUINT64_FORMAT ": %s",
                    n_skipped,
                    why->message);
}

void
qs_rejects_bury (QsRejects *self, const QsOutgoing *record, const char *stage, const GError *why)
{
  DeadLetter *letter = g_new0 (DeadLetter, 1);
  guint64     n_buried = atomic_fetch_add (&self->n_buried, 1) + 1;

  letter->key = record->key != NULL ? g_bytes_new (record->key, record->key_length) : NULL;
  letter->value = record->value != NULL ? g_bytes_new (record->value, record->value_length) : NULL;
  letter->headers = make_headers (self, record, stage, why);
  /* librdkafka does not report it for a record that was not delivered. */
  letter->timestamp = MAX (record->timestamp, 0);

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->pending, letter);
  atomic_fetch_add (&self->n_pending, 1);
  g_mutex_unlock (&self->lock);

  if (is_told (n_buried))
    qs_log_warning (self->source,
                    rd_kafka_topic_name (record->topic),
                    "Dead letter %" G_GUINT64_FORMAT " goes to topic '%s': %s",
                    n_buried,
                    rd_kafka_topic_name (self->topic),
                    why->message);
}

gboolean
qs_rejects_send (QsRejects *self, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = NULL;

  if (G_LIKELY (atomic_load (&self->n_pending) == 0))
    return TRUE;

  locker = g_mutex_locker_new (&self->lock);
  while (!g_queue_is_empty (&self->pending))
    {
      g_autoptr (DeadLetter) letter = g_queue_pop_head (&self->pending);
      g_autofree char    *what = NULL;
      rd_kafka_resp_err_t code = enqueue (self, letter);

      if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        {
          g_queue_push_head (&self->pending, g_steal_pointer (&letter));
          break;
        }

      atomic_fetch_sub (&self->n_pending, 1);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        continue;

      what = g_strdup_printf ("Cannot produce a dead letter of source '%s' to topic '%s'",
                              self->source,
                              rd_kafka_topic_name (self->topic));
      return qs_kafka_error_set (error, code, what, NULL);
    }

  return TRUE;
}

gboolean
qs_rejects_has_pending (QsRejects *self)
{
  return atomic_load (&self->n_pending) > 0;
}
