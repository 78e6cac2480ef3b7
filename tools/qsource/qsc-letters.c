/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qsc-letters.h"

#include "qsc-progress.h"

#include <string.h>

#define PREFIX "__qsource.errors."
#define MARKER "__qsource.handled"

static void
letter_free (gpointer data)
{
  QscLetter *self = data;

  g_clear_pointer (&self->key, g_bytes_unref);
  g_clear_pointer (&self->value, g_bytes_unref);
  qs_headers_free (self->headers);
  g_free (self);
}

static char *
dup_text (GBytes *bytes)
{
  gsize       length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  return g_utf8_make_valid (data != NULL ? data : "", (gssize) length);
}

static char *
find_header (QsHeaders *headers, const char *name)
{
  for (guint i = 0; headers != NULL && i < qs_headers_get_length (headers); i++)
    if (g_str_equal (qs_headers_get_name (headers, i), name))
      return dup_text (qs_headers_get_value (headers, i));

  return NULL;
}

char *
qsc_letter_dup_header (QscLetter *self, const char *name)
{
  g_autofree char *whole = g_strconcat (PREFIX, name, NULL);
  char            *text = find_header (self->headers, name);

  return text != NULL ? text : find_header (self->headers, whole);
}

typedef struct
{
  GPtrArray   *letters;
  GHashTable  *handled; /* "PARTITION:OFFSET" */
  QscProgress *progress;
  guint        n;
  guint        n_others; /* records that are no dead letters */
} Reading;

static GBytes *
dup_bytes (GVariant *value)
{
  return value != NULL ? g_variant_get_data_as_bytes (value) : NULL;
}

/* Whether a record is a dead letter, by its headers. */
static gboolean
is_letter (QsHeaders *headers)
{
  for (guint i = 0; headers != NULL && i < qs_headers_get_length (headers); i++)
    if (g_str_has_prefix (qs_headers_get_name (headers, i), PREFIX))
      return TRUE;

  return FALSE;
}

static gboolean
record_cb (GVariant *value, QsRecord *record, gpointer user_data, GError **error)
{
  Reading         *reading = user_data;
  QsHeaders       *headers = qs_record_get_headers (record);
  g_autofree char *handled = find_header (headers, MARKER);
  QscLetter       *letter = NULL;

  qsc_progress_set (reading->progress, "Reading dead letters", ++reading->n, 0);
  if (handled != NULL)
    {
      g_hash_table_add (reading->handled, g_steal_pointer (&handled));
      return TRUE;
    }

  if (!is_letter (headers))
    {
      reading->n_others++;
      return TRUE;
    }

  letter = g_new0 (QscLetter, 1);
  letter->partition = qs_record_get_partition (record);
  letter->offset = qs_record_get_offset (record);
  letter->timestamp = qs_record_get_timestamp (record);
  letter->key = dup_bytes (qs_record_get_key (record));
  letter->value = dup_bytes (qs_record_get_value (record));
  letter->headers = headers != NULL ? qs_headers_copy (headers) : qs_headers_new ();
  g_ptr_array_add (reading->letters, letter);

  return TRUE;
}

/* Nothing is created, and no group of the application's is touched. */
static QsApplication *
make_reader (GVariant *settings, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (settings);
  g_autofree char *id = g_uuid_string_random ();
  g_autofree char *group = NULL;
  const char      *own = NULL;

  if (!g_variant_dict_lookup (&dict, "consumer-group", "&s", &own))
    own = "qsource";
  group = g_strconcat (own, ".dead-letters.", id, NULL);
  g_variant_dict_insert (&dict, "consumer-group", "s", group);
  g_variant_dict_insert (&dict, "auto-create-topics", "b", FALSE);
  g_variant_dict_insert (&dict, "auto-offset-reset", "s", "earliest");
  g_variant_dict_insert (&dict, "drain", "b", TRUE);
  g_variant_dict_remove (&dict, "monitor-address");
  g_variant_dict_remove (&dict, "bus-name");

  return qs_application_make (g_variant_dict_end (&dict), error);
}

static int
compare_letters (gconstpointer a, gconstpointer b)
{
  const QscLetter *one = *(const QscLetter *const *) a;
  const QscLetter *other = *(const QscLetter *const *) b;

  if (one->partition != other->partition)
    return one->partition < other->partition ? -1 : 1;

  return one->offset < other->offset ? -1 : one->offset > other->offset;
}

/* Suggests no creation of the topic, unlike the error of a producer. */
static void
fail_topic (const char *name, GError **error)
{
  if (!g_error_matches (*error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC))
    return;

  g_clear_error (error);
  g_set_error (error,
               QSC_ERROR,
               QSC_BROKER,
               "There is no topic '%s' on this broker. Dead letters of a topic are in "
               "'dead-letter__TOPIC', which is created when its source, with errors=dead-letter, "
               "runs",
               name);
}

GPtrArray *
qsc_letters_read (GVariant *settings, const char *topic_name, GError **error)
{
  g_autoptr (QsApplication) application = make_reader (settings, error);
  g_autoptr (QsTopic) topic = qs_topic_new (topic_name);
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);
  g_autoptr (QsDataframe) frame = NULL;
  g_autoptr (GPtrArray) letters = g_ptr_array_new_with_free_func (letter_free);
  g_autoptr (GHashTable) handled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (QscProgress) progress = qsc_progress_new ();
  g_autoptr (GError) local_error = NULL;
  Reading reading = { letters, handled, progress, 0, 0 };

  if (application == NULL)
    return NULL;

  qs_topic_set_key_serializer (topic, bytes);
  qs_topic_set_value_serializer (topic, bytes);
  frame = qs_application_dataframe (application, topic, NULL, error);
  if (frame == NULL)
    return NULL;
  qs_dataframe_sink (frame, record_cb, &reading, NULL);
  if (!qs_application_run (application, NULL, &local_error))
    {
      fail_topic (topic_name, &local_error);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (letters->len == 0 && reading.n_others > 0)
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_USAGE,
                   "None of the %u records of topic '%s' is a dead letter: those of a topic are in "
                   "'dead-letter__TOPIC', unless its source has another dead-letter-topic",
                   reading.n_others,
                   topic_name);
      return NULL;
    }

  for (guint i = letters->len; i > 0; i--)
    {
      QscLetter       *letter = letters->pdata[i - 1];
      g_autofree char *id =
          g_strdup_printf ("%d:%" G_GINT64_FORMAT, letter->partition, letter->offset);

      if (g_hash_table_contains (handled, id))
        g_ptr_array_remove_index (letters, i - 1);
    }
  g_ptr_array_sort (letters, compare_letters);

  return g_steal_pointer (&letters);
}

/* Whether the bytes are those of the record: not what a serializer didn't take, nor cut. */
static gboolean
check_whole (QscLetter *self, GError **error)
{
  const char *const names[] = { "key.format", "value.format", "key.length", "value.length", NULL };

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autofree char *text = qsc_letter_dup_header (self, names[i]);

      if (text == NULL || g_str_equal (text, "bytes") || g_str_equal (text, "text"))
        continue;
      g_set_error (error,
                   QSC_ERROR,
                   QSC_NOT_WELL,
                   "Dead letter %d:%" G_GINT64_FORMAT
                   " cannot be restored (%s is '%s'): repair it with a program, as the page "
                   "'Operations' of the documentation shows",
                   self->partition,
                   self->offset,
                   names[i],
                   text);
      return FALSE;
    }

  return TRUE;
}

QsMessage *
qsc_letter_to_message (QscLetter *self, GError **error)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autofree char *partition = qsc_letter_dup_header (self, "partition");

  if (!check_whole (self, error))
    return NULL;

  for (guint i = 0; i < qs_headers_get_length (self->headers); i++)
    if (!g_str_has_prefix (qs_headers_get_name (self->headers, i), PREFIX))
      qs_headers_append (
          headers, qs_headers_get_name (self->headers, i), qs_headers_get_value (self->headers, i));

  return qs_message_new (self->key,
                         self->value,
                         headers,
                         MAX (self->timestamp, 0),
                         partition != NULL ? atoi (partition) : -1);
}

QsMessage *
qsc_letter_make_marker (QscLetter *self, const char *how)
{
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autofree char *id = g_strdup_printf ("%d:%" G_GINT64_FORMAT, self->partition, self->offset);
  g_autoptr (GBytes) where = g_bytes_new (id, strlen (id));
  g_autoptr (GBytes) what = g_bytes_new (how, strlen (how));

  qs_headers_append (headers, MARKER, where);
  qs_headers_append (headers, MARKER ".how", what);

  return qs_message_new (NULL, NULL, headers, 0, self->partition);
}
