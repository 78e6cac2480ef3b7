/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-csv-reader-private.h"

#include <string.h>

#include "qs-log-private.h"
#include "qs-source-error.h"

#define BOM "\xef\xbb\xbf"

/* The longest row: beyond it a quote that is never closed is more likely. */
#define MAX_ROW (64 << 20)

gboolean
qs_csv_reader_fail (QsCsvReader *self, GError **error, const char *why)
{
  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_FAILED,
               "Cannot use the row at byte %" G_GINT64_FORMAT " of '%s': %s",
               qs_file_tail_get_offset (self->tail),
               self->path,
               why);
  return FALSE;
}

/* The position of the file that has the path now, and of no other one. */
static gboolean
load_position (QsCsvReader *self, QsState *state, GError **error)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *key = NULL;
  QsFileIdentity   identity;

  if (!qs_file_identity_read_path (&identity, self->path, error))
    return FALSE;

  key = qs_file_identity_to_key (&identity);
  value = qs_state_get (state, key, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  self->position = value != NULL ? qs_file_position_from_variant (key, value) : NULL;
  if (self->position == NULL)
    self->position = qs_file_position_new (key, self->path);

  return TRUE;
}

gboolean
qs_csv_reader_open (QsCsvReader *self, QsState *state, GError **error)
{
  QsFileChange change = QS_FILE_UNCHANGED;

  if (!load_position (self, state, error))
    return FALSE;

  self->row = qs_csv_row_new ();
  self->n_rows = 0;
  self->tail = qs_file_tail_open (self->path, self->position, &change, error);
  if (self->tail == NULL && change != QS_FILE_UNCHANGED)
    {
      qs_log_message (self->name,
                      NULL,
                      "'%s' was rewritten since it was read; reading it from its beginning",
                      self->path);
      self->position->offset = 0;
      self->position->head_length = self->position->tail_length = 0;
      self->tail = qs_file_tail_open (self->path, self->position, &change, error);
    }
  if (self->tail == NULL && error != NULL && *error == NULL)
    g_set_error (
        error, G_FILE_ERROR, G_FILE_ERROR_AGAIN, "'%s' changes while it is opened", self->path);

  return self->tail != NULL;
}

/* Nothing is replaced: what comes out is what the file says. */
static gboolean
decode_row (QsCsvReader *self, GError **error)
{
  guint            column = 0;
  const char      *name = NULL;
  g_autofree char *why = NULL;

  if (qs_csv_row_decode (self->row, self->encoding, &column))
    return TRUE;

  if (self->columns != NULL && column < g_strv_length (self->columns))
    name = self->columns[column];
  why = g_strdup_printf ("the text of column %u%s%s%s is not %s; set the property encoding to that "
                         "of the file, such as ISO-8859-1 or WINDOWS-1252",
                         column + 1,
                         name != NULL ? ", '" : "",
                         name != NULL ? name : "",
                         name != NULL ? "'," : "",
                         self->encoding);
  return qs_csv_reader_fail (self, error, why);
}

/* Parses the next row of @tail; *found is whether there was one. */
static gboolean
next_row (QsCsvReader *self,
          QsFileTail  *tail,
          gboolean     at_end,
          gboolean    *found,
          gsize       *taken,
          GError     **error)
{
  gsize       length = 0;
  const char *data = qs_file_tail_peek (tail, &length);
  gsize       skip = 0;

  if (self->n_rows == 0 && qs_file_tail_get_position (tail)->offset == 0 &&
      length >= strlen (BOM) && memcmp (data, BOM, strlen (BOM)) == 0)
    skip = strlen (BOM);

  *found =
      qs_csv_row_parse (self->row, data + skip, length - skip, self->delimiter[0], at_end, taken);
  *taken += skip;
  if (!*found && length > MAX_ROW)
    return qs_csv_reader_fail (
        self, error, "it does not end within 64 MiB; check whether a quote is not closed");

  return !*found || decode_row (self, error);
}

/* Of two values of one name a record could hold only the last: a later column gets its number
 * behind its name. */
static void
tell_columns_apart (char **columns)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; columns[i] != NULL; i++)
    {
      while (g_hash_table_contains (seen, columns[i]))
        {
          char *name = g_strdup_printf ("%s_%u", columns[i], i + 1);

          g_free (columns[i]);
          columns[i] = name;
        }
      g_hash_table_add (seen, columns[i]);
    }
}

/* Whether the user has said what the columns are called. */
static gboolean
take_given_header (QsCsvReader *self)
{
  if (self->header == NULL || g_str_equal (self->header, "auto"))
    return FALSE;

  self->columns =
      g_str_equal (self->header, "none") ? g_new0 (char *, 1) : g_strsplit (self->header, ",", -1);
  tell_columns_apart (self->columns);

  return TRUE;
}

/* Parses the first row of @tail that isn't an empty line; *found is whether it is there. */
static gboolean
find_first_row (QsCsvReader *self, QsFileTail *tail, gboolean *found, gsize *taken, GError **error)
{
  *found = FALSE;
  self->n_rows = 0;
  while (!*found)
    {
      QsFileFill fill = qs_file_tail_fill (tail, error);

      if (fill == QS_FILE_FILL_FAILED ||
          !next_row (self, tail, fill == QS_FILE_FILL_END && !self->follow, found, taken, error))
        return FALSE;
      if (!*found && fill != QS_FILE_FILL_DATA)
        return TRUE;
      if (*found && qs_csv_row_get_length (self->row) == 0)
        {
          qs_file_tail_take (tail, *taken);
          *found = FALSE;
        }
    }

  return TRUE;
}

static void
take_columns (QsCsvReader *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < qs_csv_row_get_length (self->row); i++)
    {
      gsize       length = 0;
      const char *text = qs_csv_row_get (self->row, i, &length);

      g_strv_builder_add (builder, text);
    }
  self->columns = g_strv_builder_end (builder);
  tell_columns_apart (self->columns);
}

/* Reads on at @start, behind the header. */
static gboolean
skip_header (QsCsvReader *self, const QsFilePosition *start, GError **error)
{
  gsize taken = (gsize) start->offset;
  gsize length = 0;

  while (qs_file_tail_peek (self->tail, &length), length < taken)
    if (qs_file_tail_fill (self->tail, error) != QS_FILE_FILL_DATA)
      return FALSE;
  qs_file_tail_take (self->tail, taken);

  return TRUE;
}

gboolean
qs_csv_reader_read_header (QsCsvReader *self, GError **error)
{
  g_autoptr (QsFilePosition) start = qs_file_position_new (self->position->key, self->path);
  g_autoptr (QsFileTail) tail = NULL;
  QsFileChange change = QS_FILE_UNCHANGED;
  gboolean     found = FALSE;
  gsize        taken = 0;

  if (take_given_header (self))
    return TRUE;

  tail = qs_file_tail_open (self->path, start, &change, error);
  if (tail == NULL)
    return change != QS_FILE_UNCHANGED;

  if (!find_first_row (self, tail, &found, &taken, error))
    return FALSE;
  if (!found)
    return TRUE;

  take_columns (self);
  if (self->position->offset > 0)
    return TRUE;

  /* It isn't a row, where nothing was read before. */
  qs_file_tail_take (tail, taken);
  qs_file_tail_update (tail);

  return skip_header (self, start, error);
}

static int
find_column (QsCsvReader *self, const char *name)
{
  guint64 number = 0;

  for (int i = 0; self->columns[i] != NULL; i++)
    if (g_str_equal (self->columns[i], name))
      return i;

  if (g_ascii_string_to_unsigned (name, 10, 1, 100000, &number, NULL) &&
      number > g_strv_length (self->columns))
    return (int) number - 1;

  return -1;
}

gboolean
qs_csv_reader_get_field (QsCsvReader *self,
                         const char  *property,
                         const char  *name,
                         int         *column,
                         GError     **error)
{
  g_autofree char *why = NULL;
  g_autofree char *all = NULL;

  *column = find_column (self, name);
  if (*column >= 0 && (guint) *column < qs_csv_row_get_length (self->row))
    return TRUE;

  all = g_strjoinv (", ", self->columns);
  why = *column >= 0 ? g_strdup_printf ("it has no column '%s', the %s", name, property)
                     : g_strdup_printf (
                           "the file has no column '%s', the %s; it has: %s", name, property, all);
  return qs_csv_reader_fail (self, error, why);
}

void
qs_csv_reader_close (QsCsvReader *self)
{
  g_clear_pointer (&self->tail, qs_file_tail_free);
  g_clear_pointer (&self->position, qs_file_position_free);
  g_clear_pointer (&self->row, qs_csv_row_free);
  g_clear_pointer (&self->columns, g_strfreev);
}

/* Whether the path is another file's by now. */
gboolean
qs_csv_reader_is_replaced (QsCsvReader *self)
{
  QsFileIdentity   identity;
  g_autofree char *key = NULL;

  if (!qs_file_identity_read_path (&identity, self->path, NULL))
    return FALSE;

  key = qs_file_identity_to_key (&identity);
  return !g_str_equal (key, self->position->key);
}

gboolean
qs_csv_reader_next (QsCsvReader *self,
                    gboolean     at_end,
                    gboolean    *found,
                    gsize       *taken,
                    GError     **error)
{
  return next_row (self, self->tail, at_end, found, taken, error);
}

void
qs_csv_reader_rewind (QsCsvReader *self)
{
  qs_file_tail_rewind (self->tail);
  g_clear_pointer (&self->columns, g_strfreev);
  self->n_rows = 0;
}
