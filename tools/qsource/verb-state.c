/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs `state …`: reading and changing the state of a source. */

#include <stdio.h>
#include <string.h>

#include "qs-nearest-private.h"
#include "qsc-print.h"
#include "qsc-progress.h"
#include "qsc-run.h"
#include "qsc-state.h"

/* The number of entries that an import writes at once, so that no transaction gets too large. */
#define IMPORT_BATCH 10000

/* Entries between two looks at the clock. */
#define PROGRESS_EVERY 1000

/* The store-name that a file gives to @source, or NULL with *@error if it has no such source;
 * transfer full, and NULL if it gives none. */
static char *
read_store_name (QscConfig *config, const char *source, GError **error)
{
  g_auto (GStrv) names = qsc_config_dup_sources (config);
  g_autofree char *group = g_strconcat ("source ", source, NULL);
  g_autofree char *hint = qs_nearest_hint (source, (const char *const *) names);

  if (g_strv_contains ((const char *const *) names, source))
    return g_key_file_get_string (config->file, group, "store-name", NULL);

  g_set_error (error, QSC_ERROR, QSC_USAGE, "%s has no [source %s]%s", config->path, source, hint);
  return NULL;
}

static void
records_read_cb (QsStateAdmin *admin, guint64 done, guint64 total, QscProgress *progress)
{
  if (done < total)
    qsc_progress_set (progress, "Reading the changelog", (double) done, (double) total);
  else
    qsc_progress_clear (progress);
}

/* How far it is while it reads. */
static void
show_progress (QsStateAdmin *admin)
{
  QscProgress *progress = qsc_progress_new ();

  g_object_set_data_full (
      G_OBJECT (admin), "progress", progress, (GDestroyNotify) qsc_progress_free);
  g_signal_connect (admin, "records-read", G_CALLBACK (records_read_cb), progress);
}

QsStateAdmin *
qsc_state_admin_new (QscCall *call, GError **error)
{
  const char *source = qsc_call_get (call, "name");
  const char *partition = qsc_call_get (call, "partition");
  const char *given = qsc_call_get (call, "store-name");
  g_autoptr (GError) local_error = NULL;
  g_autofree char *store_name = g_strdup (given);
  gint64           number = 0;
  g_autoptr (QscConfig) config = NULL;
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (QsApplication) application = NULL;
  QsStateAdmin *admin = NULL;

  if (source == NULL)
    {
      g_set_error_literal (error,
                           QSC_ERROR,
                           QSC_USAGE,
                           "No source was named. Set --name (-n) to its name, and -g to its "
                           "application's consumer-group");
      return NULL;
    }
  if (partition != NULL && !g_ascii_string_to_signed (partition, 10, 0, 9999, &number, NULL))
    {
      g_set_error (error,
                   QSC_ERROR,
                   QSC_USAGE,
                   "'%s' is not a value of '--partition': it is an integer from 0 to 9999",
                   partition);
      return NULL;
    }

  if (!qsc_call_load_config (call, &config, error))
    return NULL;
  if (config != NULL && given == NULL)
    store_name = read_store_name (config, source, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  properties = qsc_settings_read (call, config, error);
  if (properties == NULL)
    return NULL;
  application = qsc_application_make (properties, config, error);
  if (application == NULL)
    return NULL;

  admin = g_object_new (QS_TYPE_STATE_ADMIN,
                        "application",
                        application,
                        "source-name",
                        source,
                        "store-name",
                        store_name,
                        "partition",
                        (int) number,
                        NULL);
  show_progress (admin);

  return admin;
}

int
qsc_state_fail (QscCall *call, const GError *error)
{
  if (!g_error_matches (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC))
    return qsc_fail_error (error);

  return qsc_fail (QSC_BROKER,
                   "A source by the name of '%s' has no state on this broker, or in another "
                   "consumer group: check --name (-n) and --consumer-group (-g), or --config",
                   qsc_call_get (call, "name"));
}

/* Reads what --from names; without it, what was committed. */
static QsStateSnapshot *
read_snapshot (QscCall *call, QsStateAdmin *admin, GError **error)
{
  const char *from = qsc_call_get (call, "from");

  if (from == NULL)
    return qs_state_admin_read (admin, error);
  if (g_str_equal (from, "store"))
    return qs_state_admin_read_store (admin, error);
  if (g_str_equal (from, "changelog"))
    return qs_state_admin_read_changelog (admin, -1, -1, error);

  g_set_error (error,
               QSC_ERROR,
               QSC_USAGE,
               "'%s' is not a value of '--from': it is one of store, changelog",
               from);
  return NULL;
}

static void
append_string (GString *out, GBytes *text)
{
  gsize       length = 0;
  const char *data = g_bytes_get_data (text, &length);

  g_string_append_c (out, '"');
  for (gsize i = 0; i < length; i++)
    {
      if (data[i] == '"' || data[i] == '\\')
        g_string_append_printf (out, "\\%c", data[i]);
      else if ((guchar) data[i] < 0x20)
        g_string_append_printf (out, "\\u%04x", (guint) data[i]);
      else
        g_string_append_c (out, data[i]);
    }
  g_string_append_c (out, '"');
}

/* Whether @value is JSON, so that it may stand in a line as it is. */
static gboolean
is_json (GBytes *value)
{
  gsize            length = 0;
  const char      *data = g_bytes_get_data (value, &length);
  g_autofree char *text = g_strndup (data != NULL ? data : "", length);
  g_autoptr (GVariant) parsed = NULL;

  /* Text with NUL is JSON, too, and no GVariant: its escape is taken for another. */
  for (char *nul = text; (nul = strstr (nul, "\\u0000")) != NULL;)
    nul[5] = '1';
  parsed = strlen (text) == length ? qs_json_from_string (text, NULL) : NULL;

  return parsed != NULL && memchr (text, '\n', length) == NULL;
}

static void
append_base64 (GString *out, const char *name, GBytes *bytes)
{
  g_autofree char *text =
      g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  g_string_append_printf (out, "\"%s\":\"%s\"", name, text);
}

void
qsc_state_print_entry (QsStateSnapshot *snapshot, guint index)
{
  g_autoptr (GString) out = g_string_new ("{");
  g_autoptr (GBytes) key = qs_state_snapshot_dup_key (snapshot, index);
  g_autoptr (GBytes) value = qs_state_snapshot_dup_value (snapshot, index);
  gint64 expires = qs_state_snapshot_get_expires (snapshot, index);

  if (qs_state_snapshot_is_text_key (snapshot, index))
    {
      g_string_append (out, "\"key\":");
      append_string (out, key);
    }
  else
    {
      append_base64 (out, "raw-key", key);
    }
  g_string_append_c (out, ',');
  if (is_json (value))
    {
      g_string_append (out, "\"value\":");
      g_string_append_len (out, g_bytes_get_data (value, NULL), (gssize) g_bytes_get_size (value));
    }
  else
    {
      append_base64 (out, "bytes", value);
    }
  if (expires != 0)
    g_string_append_printf (out, ",\"expires\":%" G_GINT64_FORMAT, expires);
  g_string_append (out, "}\n");
  fwrite (out->str, 1, out->len, stdout);
}

void
qsc_state_print_key (GBytes *key)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *printable = qsc_make_printable (valid);

  printf ("%s\n", printable);
}

static gboolean
has_prefix (GBytes *key, const char *prefix)
{
  gsize length = strlen (prefix);

  return g_bytes_get_size (key) >= length &&
         memcmp (g_bytes_get_data (key, NULL), prefix, length) == 0;
}

int
qsc_verb_state_ls (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = qsc_state_admin_new (call, &error);
  g_autoptr (QsStateSnapshot) snapshot = NULL;
  const char *prefix = call->words[0] != NULL ? call->words[0] : "";

  if (admin != NULL)
    snapshot = read_snapshot (call, admin, &error);
  if (snapshot == NULL)
    return qsc_state_fail (call, error);

  for (guint i = 0; i < qs_state_snapshot_get_n_entries (snapshot); i++)
    {
      g_autoptr (GBytes) key = qs_state_snapshot_dup_key (snapshot, i);

      if (!has_prefix (key, prefix))
        continue;
      if (qsc_call_has (call, "json"))
        qsc_state_print_entry (snapshot, i);
      else
        qsc_state_print_key (key);
    }

  return QSC_DONE;
}

int
qsc_verb_state_get (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsStateSnapshot) snapshot = NULL;
  g_autoptr (GBytes) value = NULL;
  const char *key = call->words[0];
  int         index = 0;

  if (key == NULL || call->words[1] != NULL)
    return qsc_fail (QSC_USAGE, "'state get' needs one key");

  admin = qsc_state_admin_new (call, &error);
  if (admin != NULL)
    snapshot = read_snapshot (call, admin, &error);
  if (snapshot == NULL)
    return qsc_state_fail (call, error);

  index = qs_state_snapshot_find (snapshot, (const guint8 *) key, strlen (key));
  if (index < 0)
    return qsc_fail (QSC_NOT_WELL, "There is no entry '%s'", key);

  if (qsc_call_has (call, "json"))
    {
      qsc_state_print_entry (snapshot, (guint) index);
      return QSC_DONE;
    }
  value = qs_state_snapshot_dup_value (snapshot, (guint) index);
  fwrite (g_bytes_get_data (value, NULL), 1, g_bytes_get_size (value), stdout);
  if (is_json (value))
    putchar ('\n');

  return QSC_DONE;
}

/* The state, opened to be changed. */
static QsState *
open_state (QsStateAdmin *admin, GError **error)
{
  return admin != NULL && qs_state_admin_open (admin, error)
             ? qs_state_admin_get_state (admin, error)
             : NULL;
}

static gboolean
set_json (QsState *state, GBytes *key, GBytes *json, double ttl, GError **error)
{
  return qs_state_set_json (state,
                            g_bytes_get_data (key, NULL),
                            g_bytes_get_size (key),
                            g_bytes_get_data (json, NULL),
                            g_bytes_get_size (json),
                            ttl,
                            error);
}

int
qsc_verb_state_set (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsState) state = NULL;
  g_autoptr (GBytes) key = NULL;
  g_autoptr (GBytes) json = NULL;

  if (g_strv_length (call->words) != 2)
    return qsc_fail (QSC_USAGE,
                     "'state set' needs a key and a value, which is JSON: 5, '\"text\"'");

  key = g_bytes_new_static (call->words[0], strlen (call->words[0]));
  json = g_bytes_new_static (call->words[1], strlen (call->words[1]));
  admin = qsc_state_admin_new (call, &error);
  state = open_state (admin, &error);
  if (state == NULL || !set_json (state, key, json, -1, &error) ||
      !qs_state_admin_commit (admin, &error))
    return qsc_state_fail (call, error);

  return QSC_DONE;
}

int
qsc_verb_state_rm (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsState) state = NULL;

  if (call->words[0] == NULL)
    return qsc_fail (QSC_USAGE, "'state rm' needs at least one key; 'state reset' removes all");

  admin = qsc_state_admin_new (call, &error);
  state = open_state (admin, &error);
  if (state == NULL)
    return qsc_state_fail (call, error);
  for (char **word = call->words; *word != NULL; word++)
    {
      if (!qs_state_contains (state, *word, &error))
        return error != NULL
                   ? qsc_state_fail (call, error)
                   : qsc_fail (QSC_NOT_WELL, "There is no entry '%s'; nothing was removed", *word);
      if (!qs_state_remove (state, *word, &error))
        return qsc_state_fail (call, error);
    }

  return qs_state_admin_commit (admin, &error) ? QSC_DONE : qsc_state_fail (call, error);
}

char *
qsc_state_count_entries (guint64 number)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", number, number == 1 ? "entry" : "entries");
}

int
qsc_verb_state_export (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = qsc_state_admin_new (call, &error);
  g_autoptr (QsStateSnapshot) snapshot = NULL;
  g_autofree char *entries = NULL;
  QscProgress     *progress = NULL;

  if (admin != NULL)
    snapshot = read_snapshot (call, admin, &error);
  if (snapshot == NULL)
    return qsc_state_fail (call, error);

  progress = g_object_get_data (G_OBJECT (admin), "progress");
  qsc_progress_clear (progress);
  for (guint i = 0; i < qs_state_snapshot_get_n_entries (snapshot); i++)
    {
      if (i % PROGRESS_EVERY == 0)
        qsc_progress_set (progress, "Exporting", i, qs_state_snapshot_get_n_entries (snapshot));
      qsc_state_print_entry (snapshot, i);
    }
  qsc_progress_clear (progress);
  entries = qsc_state_count_entries (qs_state_snapshot_get_n_entries (snapshot));
  fprintf (stderr,
           "%s, up to offset %" G_GINT64_FORMAT " of the changelog\n",
           entries,
           qs_state_snapshot_get_offset (snapshot));

  return QSC_DONE;
}

/* The text of a member of a line that export wrote: what is between @name and @end. */
static GBytes *
cut (const char *line, const char *start, const char *end)
{
  const char *from = strstr (line, start);
  const char *to = from != NULL ? (end != NULL ? end : line + strlen (line)) : NULL;

  return from != NULL ? g_bytes_new (from + strlen (start), (gsize) (to - from) - strlen (start))
                      : NULL;
}

/* Undoes append_string(): the key behind {"key":", and in *@rest what follows it. */
static GBytes *
read_key (const char *line, const char **rest)
{
  g_autoptr (GByteArray) key = g_byte_array_new ();
  const char *c = line + strlen ("{\"key\":\"");

  if (!g_str_has_prefix (line, "{\"key\":\""))
    return NULL;

  for (; *c != '\0' && *c != '"'; c++)
    {
      guint8 byte = (guint8) *c;

      if (*c == '\\' && c[1] == 'u')
        {
          char digits[5] = "";

          g_strlcpy (digits, c + 2, sizeof digits);
          byte = (guint8) g_ascii_strtoull (digits, NULL, 16);
          if (strlen (digits) != 4)
            return NULL;
          c += 5;
        }
      else if (*c == '\\')
        {
          byte = (guint8) * ++c;
          if (byte == '\0')
            return NULL;
        }
      g_byte_array_append (key, &byte, 1);
    }
  if (*c != '"')
    return NULL;
  *rest = c + 1;

  return g_byte_array_free_to_bytes (g_steal_pointer (&key));
}

/* Seconds that are left of an entry's life; -1 = without end. Its member is cut off. */
static double
take_ttl (char *rest)
{
  char  *expires = g_strrstr (rest, ",\"expires\":");
  char  *end = NULL;
  gint64 time = 0;

  if (expires == NULL)
    return -1;

  time = g_ascii_strtoll (expires + strlen (",\"expires\":"), &end, 10);
  if (strcmp (end, "}") != 0)
    return -1;
  strcpy (expires, "}");

  return MAX ((double) (time - g_get_real_time () / 1000) / 1000, 0);
}

static gboolean
import_line (QsState *state, char *line, GError **error)
{
  const char *rest = NULL;
  g_autoptr (GBytes) key = read_key (line, &rest);
  g_autoptr (GBytes) value = NULL;
  double ttl = 0;
  gsize  length = 0;

  if (key != NULL)
    {
      ttl = take_ttl ((char *) rest);
      length = strlen (rest);
    }
  if (key != NULL && length > 0 && rest[length - 1] == '}')
    {
      if (g_str_has_prefix (rest, ",\"value\":"))
        {
          value = cut (rest, ",\"value\":", rest + length - 1);
          return set_json (state, key, value, ttl, error);
        }
      if (g_str_has_prefix (rest, ",\"bytes\":\"") && g_str_has_suffix (rest, "\"}"))
        {
          g_autofree char   *text = g_strndup (rest + 10, length - 12);
          gsize              size = 0;
          g_autofree guchar *data = g_base64_decode (text, &size);

          return qs_state_set_data (
              state, g_bytes_get_data (key, NULL), g_bytes_get_size (key), data, size, ttl, error);
        }
    }

  g_set_error_literal (
      error,
      QSC_ERROR,
      QSC_USAGE,
      "it does not have the form of 'state export': {\"key\":\"...\",\"value\":...}");
  return FALSE;
}

static int
fail_line (guint64 number, const GError *error)
{
  g_autoptr (GError) whole = g_error_copy (error);

  g_prefix_error (&whole,
                  "Cannot import line %" G_GUINT64_FORMAT
                  "; all lines before it up to the last report are written: ",
                  number);

  return qsc_fail_error (whole);
}

static void
print_written (guint64 number)
{
  g_autofree char *entries = qsc_state_count_entries (number);

  fprintf (stderr, "Wrote %s\n", entries);
}

int
qsc_verb_state_import (QscCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsStateAdmin) admin = qsc_state_admin_new (call, &error);
  g_autoptr (QsState) state = open_state (admin, &error);
  g_autofree char *line = NULL;
  size_t           size = 0;
  ssize_t          length = 0;
  guint64          number = 0;

  if (state == NULL)
    return qsc_state_fail (call, error);

  while ((length = getline (&line, &size, stdin)) > 0)
    {
      number++;
      if (line[length - 1] == '\n')
        line[--length] = '\0';
      if (strlen (line) != (gsize) length || !import_line (state, line, &error))
        return error != NULL ? fail_line (number, error)
                             : qsc_fail (QSC_USAGE, "Line %" G_GUINT64_FORMAT " has a NUL", number);
      if (number % IMPORT_BATCH == 0)
        {
          if (!qs_state_admin_commit (admin, &error))
            return fail_line (number, error);
          print_written (number);
          g_object_unref (state);
          state = qs_state_admin_get_state (admin, &error);
          if (state == NULL)
            return fail_line (number, error);
        }
    }
  if (!qs_state_admin_commit (admin, &error))
    return fail_line (number, error);
  print_written (number);

  return QSC_DONE;
}
