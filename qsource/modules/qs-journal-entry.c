/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-journal-entry-private.h"

#include <string.h>

#define BOOT_ID "_BOOT_ID"

/* The parts of a field in the data read from an entry. */
typedef struct
{
  gsize    name, name_length;
  gsize    value, value_length; /* as JSON */
  gboolean is_written;
} Field;

struct _QsJournalEntry
{
  GString *json;
  GString *parts;  /* names and values, one after the other */
  GArray  *fields; /* Field, in the order of the journal */
};

QsJournalEntry *
qs_journal_entry_new (void)
{
  QsJournalEntry *self = g_new (QsJournalEntry, 1);

  self->json = g_string_new (NULL);
  self->parts = g_string_new (NULL);
  self->fields = g_array_new (FALSE, FALSE, sizeof (Field));

  return self;
}

void
qs_journal_entry_free (QsJournalEntry *self)
{
  g_string_free (self->json, TRUE);
  g_string_free (self->parts, TRUE);
  g_array_unref (self->fields);
  g_free (self);
}

/* As much of @text as needs no escape. */
static gsize
find_escape (const char *text, gsize length)
{
  gsize n = 0;

  while (n < length && (guchar) text[n] >= 0x20 && text[n] != '"' && text[n] != '\\')
    n++;

  return n;
}

static void
append_string (GString *out, const char *text, gsize length)
{
  static const char letters[0x20] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
  };

  g_string_append_c (out, '"');
  for (gsize n = find_escape (text, length); n < length; n = find_escape (text, length))
    {
      guchar c = (guchar) text[n];

      g_string_append_len (out, text, (gssize) n);
      if (c >= 0x20)
        g_string_append_printf (out, "\\%c", c);
      else if (letters[c] != 0)
        g_string_append_printf (out, "\\%c", letters[c]);
      else
        g_string_append_printf (out, "\\u%04x", c);
      text += n + 1;
      length -= n + 1;
    }
  g_string_append_len (out, text, (gssize) length);
  g_string_append_c (out, '"');
}

/* A text, or the numbers of the bytes of what isn't one. */
static void
append_value (GString *out, const char *bytes, gsize length)
{
  if (g_utf8_validate_len (bytes, length, NULL))
    {
      append_string (out, bytes, length);
      return;
    }

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (out, "%c%d", i == 0 ? '[' : ',', (guchar) bytes[i]);
  g_string_append_c (out, ']');
}

static gboolean
is_wanted (const char *const *wanted, const char *name, gsize length)
{
  for (gsize i = 0; wanted != NULL && wanted[i] != NULL; i++)
    if (strncmp (wanted[i], name, length) == 0 && wanted[i][length] == '\0')
      return TRUE;

  return wanted == NULL;
}

/* Copies the fields: libsystemd's data is only valid until the next field. */
static int
read_fields (QsJournalEntry *self, sd_journal *journal, const char *const *wanted)
{
  const void *data = NULL;
  size_t      length = 0;
  int         code = 0;

  g_string_truncate (self->parts, 0);
  g_array_set_size (self->fields, 0);
  sd_journal_restart_data (journal);
  while ((code = sd_journal_enumerate_available_data (journal, &data, &length)) > 0)
    {
      const char *text = data;
      const char *equals = memchr (data, '=', length);
      Field       field = { .name = self->parts->len };

      if (equals == NULL)
        continue;
      field.name_length = (gsize) (equals - text);
      /* The one of the entry itself is already there. */
      if (!is_wanted (wanted, text, field.name_length) ||
          (field.name_length == strlen (BOOT_ID) && memcmp (text, BOOT_ID, strlen (BOOT_ID)) == 0))
        continue;

      g_string_append_len (self->parts, text, (gssize) field.name_length);
      field.value = self->parts->len;
      append_value (self->parts, equals + 1, length - field.name_length - 1);
      field.value_length = self->parts->len - field.value;
      g_array_append_val (self->fields, field);
    }

  return code;
}

static void
append_member (QsJournalEntry *self, const char *name, const char *value)
{
  g_string_append (self->json, self->json->len == 0 ? "{\"" : ",\"");
  g_string_append (self->json, name);
  g_string_append (self->json, "\":\"");
  g_string_append (self->json, value);
  g_string_append_c (self->json, '"');
}

/* The fields that journald knows of the entry itself. */
static int
read_address (QsJournalEntry *self, sd_journal *journal, gint64 *time, char **cursor)
{
  char       number[32];
  guint64    real_us = 0, monotonic_us = 0;
  sd_id128_t boot;
  char       boot_id[SD_ID128_STRING_MAX];
  char      *own = NULL;
  int        code = sd_journal_get_cursor (journal, &own);

  if (code >= 0)
    code = sd_journal_get_realtime_usec (journal, &real_us);
  if (code >= 0)
    code = sd_journal_get_monotonic_usec (journal, &monotonic_us, &boot);
  if (code < 0)
    {
      free (own);
      return code;
    }

  *cursor = g_strdup (own);
  free (own);
  *time = (gint64) (real_us / 1000);
  g_string_truncate (self->json, 0);
  append_member (self, "__CURSOR", *cursor);
  g_snprintf (number, sizeof number, "%" G_GUINT64_FORMAT, real_us);
  append_member (self, "__REALTIME_TIMESTAMP", number);
  g_snprintf (number, sizeof number, "%" G_GUINT64_FORMAT, monotonic_us);
  append_member (self, "__MONOTONIC_TIMESTAMP", number);
  append_member (self, BOOT_ID, sd_id128_to_string (boot, boot_id));

  return 0;
}

/* The next field after @i that has the name of it; the number of fields if there is none. */
static guint
find_same (QsJournalEntry *self, guint i)
{
  const Field *fields = &g_array_index (self->fields, Field, 0);
  guint        j = i + 1;

  while (j < self->fields->len && (fields[j].name_length != fields[i].name_length ||
                                   memcmp (self->parts->str + fields[j].name,
                                           self->parts->str + fields[i].name,
                                           fields[i].name_length) != 0))
    j++;

  return j;
}

/* A field that is there more than once is an array. */
static void
append_field (QsJournalEntry *self, guint first)
{
  Field *fields = &g_array_index (self->fields, Field, 0);
  guint  n = 0;

  g_string_append_c (self->json, ',');
  append_string (self->json, self->parts->str + fields[first].name, fields[first].name_length);
  g_string_append_c (self->json, ':');

  if (find_same (self, first) == self->fields->len)
    {
      g_string_append_len (
          self->json, self->parts->str + fields[first].value, (gssize) fields[first].value_length);
      return;
    }

  for (guint i = first; i < self->fields->len; i = find_same (self, i))
    {
      g_string_append_c (self->json, n++ == 0 ? '[' : ',');
      g_string_append_len (
          self->json, self->parts->str + fields[i].value, (gssize) fields[i].value_length);
      fields[i].is_written = TRUE;
    }
  g_string_append_c (self->json, ']');
}

const char *
qs_journal_entry_read (QsJournalEntry    *self,
                       sd_journal        *journal,
                       const char *const *fields,
                       gsize             *length,
                       gint64            *time,
                       char             **cursor,
                       int               *code)
{
  *cursor = NULL;
  *code = read_address (self, journal, time, cursor);
  if (*code >= 0)
    *code = read_fields (self, journal, fields);
  if (*code < 0)
    {
      g_clear_pointer (cursor, g_free);
      return NULL;
    }

  for (guint i = 0; i < self->fields->len; i++)
    if (!g_array_index (self->fields, Field, i).is_written)
      append_field (self, i);
  g_string_append_c (self->json, '}');
  *length = self->json->len;

  return self->json->str;
}
