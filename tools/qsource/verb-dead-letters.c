/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs `dead-letters …`: looking at records that could not be delivered, and what
 * becomes of them. */

#include <stdio.h>
#include <string.h>

#include "qsc-applications.h"
#include "qsc-grid.h"
#include "qsc-letters.h"
#include "qsc-print.h"
#include "qsc-progress.h"
#include "qsc-run.h"
#include "qsc-text.h"

/* Columns of a key in the list. */
#define KEY_WIDTH 24

/* Microseconds between two looks at what has arrived. */
#define ARRIVAL_INTERVAL (G_USEC_PER_SEC / 20)

/* Microseconds without a record that arrives, after which the bar stands still. */
#define MAX_STANDSTILL (10 * G_USEC_PER_SEC)

typedef struct
{
  GVariant *settings; /* owned */
  char    **topics;   /* owned */
} Place;

static void
place_clear (Place *self)
{
  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_pointer (&self->topics, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

/* The dead-letter topics of a file's sources, or of the one that is named. */
static char **
read_topics (QscConfig *config, const char *only)
{
  g_auto (GStrv) names = qsc_config_dup_sources (config);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (char **name = names; *name != NULL; name++)
    {
      g_autofree char *group = g_strconcat ("source ", *name, NULL);
      g_autofree char *own = g_key_file_get_string (config->file, group, "dead-letter-topic", NULL);
      g_autofree char *topic = g_key_file_get_string (config->file, group, "topic", NULL);
      g_autofree char *made = topic != NULL ? g_strconcat ("dead-letter__", topic, NULL)
                                            : g_strconcat ("dead-letter__source__", *name, NULL);

      if (only == NULL || g_str_equal (only, *name))
        g_strv_builder_add (builder, own != NULL ? own : made);
    }

  return g_strv_builder_end (builder);
}

static gboolean
find_place (Place *self, QscCall *call, GError **error)
{
  g_autoptr (QscConfig) config = NULL;
  const char *topic = qsc_call_get (call, "topic");

  if (!qsc_call_load_config (call, &config, error))
    return FALSE;
  self->settings = qsc_settings_read (call, config, error);
  if (self->settings == NULL)
    return FALSE;

  if (topic != NULL)
    {
      self->topics = g_new0 (char *, 2);
      self->topics[0] = g_strdup (topic);
    }
  else if (config != NULL)
    {
      self->topics = read_topics (config, qsc_call_get (call, "name"));
    }
  if (self->topics != NULL && self->topics[0] != NULL)
    return TRUE;

  g_set_error_literal (error,
                       QSC_ERROR,
                       QSC_USAGE,
                       "No topic was named. Set --topic (-t) to the topic of the dead letters, "
                       "such as dead-letter__TOPIC, or --config to the configuration file");
  return FALSE;
}

/* Whether @text is what is asked for: the same, or with '*' and '?' in it. */
static gboolean
matches (const char *pattern, const char *text)
{
  return text != NULL && g_pattern_match_simple (pattern, text);
}

static gboolean
is_named (QscLetter *letter, char **words)
{
  g_autofree char *id = g_strdup_printf ("%d:%" G_GINT64_FORMAT, letter->partition, letter->offset);

  return words[0] == NULL || g_strv_contains ((const char *const *) words, id);
}

/* Whether it is one of those that the words and --where choose. */
static gboolean
is_chosen (QscLetter *letter, QscCall *call)
{
  GPtrArray *wheres = qsc_call_get_all (call, "where");

  for (guint i = 0; wheres != NULL && i < wheres->len; i++)
    {
      g_auto (GStrv) parts = g_strsplit (wheres->pdata[i], "=", 2);
      g_autofree char *text = qsc_letter_dup_header (letter, parts[0]);

      if (!matches (parts[1], text))
        return FALSE;
    }

  return is_named (letter, call->words);
}

static gboolean
check_choice (QscCall *call, gboolean needs_one, GError **error)
{
  GPtrArray *wheres = qsc_call_get_all (call, "where");

  for (guint i = 0; wheres != NULL && i < wheres->len; i++)
    if (strchr (wheres->pdata[i], '=') == NULL)
      {
        g_set_error (error,
                     QSC_ERROR,
                     QSC_USAGE,
                     "'%s' is not a value of '--where': it is HEADER=TEXT, as "
                     "error.message='*not a number*'",
                     (char *) wheres->pdata[i]);
        return FALSE;
      }
  for (char **word = call->words; *word != NULL; word++)
    if (!g_regex_match_simple ("^[0-9]+:[0-9]+$", *word, 0, 0))
      {
        g_set_error (error,
                     QSC_ERROR,
                     QSC_USAGE,
                     "'%s' is not a dead letter: they are named PARTITION:OFFSET, as 'dead-letters "
                     "ls' shows them",
                     *word);
        return FALSE;
      }

  if (!needs_one || wheres != NULL || call->words[0] != NULL || qsc_call_has (call, "all"))
    return TRUE;

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "No dead letters were named. Name them as 'dead-letters ls' does, select them with "
               "--where, or set --all");
  return FALSE;
}

/* The chosen ones of @topic; *@n_all: how many there are. */
static GPtrArray *
read_chosen (Place *place, QscCall *call, const char *topic, guint *n_all, GError **error)
{
  GPtrArray *letters = qsc_letters_read (place->settings, topic, error);

  if (letters == NULL)
    return NULL;

  *n_all = letters->len;
  for (guint i = letters->len; i > 0; i--)
    if (!is_chosen (letters->pdata[i - 1], call))
      g_ptr_array_remove_index (letters, i - 1);

  return letters;
}

static GVariant *
to_json (GBytes *bytes)
{
  g_autoptr (GVariant) value =
      bytes != NULL
          ? g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE))
          : NULL;

  return qsc_value_to_json (value);
}

static void
print_json (const char *topic, QscLetter *letter)
{
  g_autoptr (GVariant) key = to_json (letter->key);
  g_autoptr (GVariant) value = to_json (letter->value);
  GVariantBuilder dict, headers;

  g_variant_builder_init (&headers, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < qs_headers_get_length (letter->headers); i++)
    {
      GBytes *bytes = qs_headers_get_value (letter->headers, i);
      g_autoptr (GVariant) text = to_json (bytes);

      g_variant_builder_add (&headers, "{sv}", qs_headers_get_name (letter->headers, i), text);
    }
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "topic", g_variant_new_string (topic));
  g_variant_builder_add (&dict, "{sv}", "partition", g_variant_new_int32 (letter->partition));
  g_variant_builder_add (&dict, "{sv}", "offset", g_variant_new_int64 (letter->offset));
  g_variant_builder_add (&dict, "{sv}", "timestamp", g_variant_new_int64 (letter->timestamp));
  g_variant_builder_add (&dict, "{sv}", "key", key);
  g_variant_builder_add (&dict, "{sv}", "value", value);
  g_variant_builder_add (&dict, "{sv}", "headers", g_variant_builder_end (&headers));
  qsc_print_json (g_variant_builder_end (&dict));
}

static char *
to_text (GBytes *bytes)
{
  g_autoptr (GVariant) json = to_json (bytes);

  return g_variant_is_of_type (json, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (json, NULL)
                                                            : qs_json_to_string (json, NULL);
}

static void
add_row (QscGrid *grid, QscLetter *letter)
{
  g_autofree char *source = qsc_letter_dup_header (letter, "source.name");
  g_autofree char *stage = qsc_letter_dup_header (letter, "stage");
  g_autofree char *message = qsc_letter_dup_header (letter, "error.message");
  g_autofree char *key = to_text (letter->key);
  g_autofree char *short_key = qsc_text_cut (key, KEY_WIDTH);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (letter->timestamp / 1000);
  g_autofree char *clock = time != NULL ? g_date_time_format (time, "%F %T") : g_strdup ("?");

  qsc_grid_add (grid, 0, "%d:%" G_GINT64_FORMAT, letter->partition, letter->offset);
  qsc_grid_add (grid, 0, "%s", clock);
  qsc_grid_add (grid, 0, "%s", source != NULL ? source : "-");
  qsc_grid_add (grid, 0, "%s", stage != NULL ? stage : "-");
  qsc_grid_add (grid, 0, "%s", short_key);
  qsc_grid_add (grid, 0, "%s", message != NULL ? message : "-");
}

static void
print_table (GPtrArray *letters)
{
  const char *const headings[] = { "LETTER", "3TIME", "2SOURCE", "1STAGE", "4KEY", "ERROR", NULL };
  g_autoptr (QscGrid) grid = qsc_grid_new (headings);
  g_autofree char *text = NULL;

  for (guint i = 0; i < letters->len; i++)
    add_row (grid, letters->pdata[i]);
  text = qsc_grid_to_text (grid, "", qsc_has_colour (), qsc_text_get_columns ());
  g_print ("%s", text);
}

/* One in full, for a person. */
static void
print_letter (const char *topic, QscLetter *letter)
{
  g_autofree char *key = to_text (letter->key);
  g_autofree char *value = to_text (letter->value);

  g_print ("Letter     %d:%" G_GINT64_FORMAT " of %s\n", letter->partition, letter->offset, topic);
  for (guint i = 0; i < qs_headers_get_length (letter->headers); i++)
    {
      g_autofree char *text = to_text (qs_headers_get_value (letter->headers, i));
      g_autofree char *printable = qsc_make_printable (text);

      g_print ("Header     %s: %s\n", qs_headers_get_name (letter->headers, i), printable);
    }
  g_print ("Key        %s\nValue      %s\n\n", key, value);
}

static int
fail_choice (guint n_all, const char *topic)
{
  if (n_all == 0)
    return qsc_fail (QSC_NOT_WELL,
                     "There are no dead letters in %s but those that were replayed or dropped",
                     topic);

  return qsc_fail (QSC_NOT_WELL,
                   "None of the %u dead letters of %s is selected; 'dead-letters ls' lists them, "
                   "without those that were replayed or dropped",
                   n_all,
                   topic);
}

/* @show: the whole letter rather than a line. */
static int
look (QscCall *call, gboolean show)
{
  g_auto (Place) place = { 0 };
  g_autoptr (GError) error = NULL;

  if (!check_choice (call, show, &error) || !find_place (&place, call, &error))
    return qsc_fail_error (error);

  qsc_log_limit (G_LOG_LEVEL_WARNING);
  for (char **topic = place.topics; *topic != NULL; topic++)
    {
      guint n_all = 0;
      g_autoptr (GPtrArray) letters = read_chosen (&place, call, *topic, &n_all, &error);

      if (letters == NULL)
        return qsc_fail_error (error);
      if (show && letters->len == 0)
        return fail_choice (n_all, *topic);
      if (!show && !qsc_call_has (call, "json") && letters->len > 0)
        print_table (letters);
      for (guint i = 0; i < letters->len && (show || qsc_call_has (call, "json")); i++)
        if (qsc_call_has (call, "json"))
          print_json (*topic, letters->pdata[i]);
        else
          print_letter (*topic, letters->pdata[i]);
      qsc_flush_output ();
      g_printerr ("%u of %u dead letters of %s\n", letters->len, n_all, *topic);
    }

  return QSC_DONE;
}

int
qsc_verb_dead_letters_ls (QscCall *call)
{
  return look (call, FALSE);
}

int
qsc_verb_dead_letters_show (QscCall *call)
{
  return look (call, TRUE);
}

/* Sends the record to where it was to go. A topic that is gone isn't made again. */
static gboolean
replay_letter (QsApplication *application,
               QsProducer    *producer,
               GHashTable    *topics,
               QscLetter     *letter,
               GError       **error)
{
  g_autofree char *name = qsc_letter_dup_header (letter, "topic");
  g_autoptr (QsMessage) message = NULL;
  QsTopic *topic = NULL;

  if (name == NULL)
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_NOT_WELL,
                   "Record %d:%" G_GINT64_FORMAT
                   " is not a dead letter: it does not name its original topic",
                   letter->partition,
                   letter->offset);
      return FALSE;
    }

  message = qsc_letter_to_message (letter, error);
  if (message == NULL)
    return FALSE;
  topic = g_hash_table_lookup (topics, name);
  if (topic == NULL)
    {
      topic = qs_topic_new (name);
      g_hash_table_insert (topics, g_strdup (name), topic);
      if (!qs_application_create_topic (application, topic, error))
        return FALSE;
    }

  return qs_producer_produce (producer, topic, message, error);
}

/* Has what was replayed or dropped be no dead letter any more. */
static gboolean
mark (QsProducer *producer,
      GPtrArray  *letters,
      const char *topic_name,
      const char *how,
      GError    **error)
{
  g_autoptr (QsTopic) topic = qs_topic_new (topic_name);

  for (guint i = 0; i < letters->len; i++)
    {
      g_autoptr (QsMessage) marker = qsc_letter_make_marker (letters->pdata[i], how);

      if (!qs_producer_produce (producer, topic, marker, error))
        return FALSE;
    }

  return qs_producer_flush (producer, -1, error);
}

static QsApplication *
make_sender (Place *place, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (place->settings);

  g_variant_dict_insert (&dict, "auto-create-topics", "b", FALSE);

  return qs_application_make (g_variant_dict_end (&dict), error);
}

/* Shows how many records have arrived until none is on its way any more, or none arrives any
 * more: why, the flush after it says. */
static void
show_arrivals (QsProducer *producer, QscProgress *progress, guint n_letters)
{
  guint64 n_arrived = 0;
  gint64  end = g_get_monotonic_time () + MAX_STANDSTILL;

  while (qs_producer_get_n_in_flight (producer) > 0 && g_get_monotonic_time () < end)
    {
      guint64 n_now = qs_producer_get_n_acknowledged (producer);

      if (n_now != n_arrived)
        end = g_get_monotonic_time () + MAX_STANDSTILL;
      n_arrived = n_now;
      qsc_progress_set (progress, "Replaying", (double) n_now, n_letters);
      g_usleep (ARRIVAL_INTERVAL);
    }
}

static gboolean
deal_with (Place *place, GPtrArray *letters, const char *topic, gboolean replays, GError **error)
{
  g_autoptr (QscProgress) progress = qsc_progress_new ();
  g_autoptr (QsApplication) application = make_sender (place, error);
  g_autoptr (QsProducer) producer = NULL;
  g_autoptr (GHashTable) topics =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);

  if (application != NULL)
    producer = qs_application_get_producer (application, error);
  if (producer == NULL)
    return FALSE;

  for (guint i = 0; replays && i < letters->len; i++)
    {
      qsc_progress_set (
          progress, "Replaying", (double) qs_producer_get_n_acknowledged (producer), letters->len);
      if (!replay_letter (application, producer, topics, letters->pdata[i], error))
        return FALSE;
    }
  show_arrivals (producer, progress, letters->len);
  qsc_progress_clear (progress);

  /* Only what has arrived is done with. */
  return (!replays || qs_producer_flush (producer, -1, error)) &&
         mark (producer, letters, topic, replays ? "replayed" : "dropped", error);
}

static int
change (QscCall *call, gboolean replays)
{
  g_auto (Place) place = { 0 };
  g_autoptr (GError) error = NULL;

  if (!check_choice (call, TRUE, &error) || !find_place (&place, call, &error))
    return qsc_fail_error (error);

  qsc_log_limit (G_LOG_LEVEL_WARNING);
  for (char **topic = place.topics; *topic != NULL; topic++)
    {
      guint n_all = 0;
      g_autoptr (GPtrArray) letters = read_chosen (&place, call, *topic, &n_all, &error);

      if (letters == NULL)
        return qsc_fail_error (error);
      if (letters->len == 0)
        return fail_choice (n_all, *topic);
      if (!qsc_call_has (call, "dry-run") && !deal_with (&place, letters, *topic, replays, &error))
        return qsc_fail_error (error);
      g_print ("%s%s %u of %u dead letters of %s\n",
               qsc_call_has (call, "dry-run") ? "Would have " : "",
               replays ? "replayed" : "dropped",
               letters->len,
               n_all,
               *topic);
    }

  return QSC_DONE;
}

int
qsc_verb_dead_letters_replay (QscCall *call)
{
  return change (call, TRUE);
}

int
qsc_verb_dead_letters_drop (QscCall *call)
{
  return change (call, FALSE);
}
