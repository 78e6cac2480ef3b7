/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-csv-source.h"

#include <string.h>

#include "qs-csv-values-private.h"
#include "qs-enum-types.h"
#include "qs-file-tail-private.h"
#include "qs-log-private.h"
#include "qs-message.h"
#include "qs-serializer.h"
#include "qs-source-description.h"
#include "qs-source-error.h"
#include "qs-state.h"
#include "qs-topic.h"

/**
 * QsCsvSource:
 *
 * A source of the rows of a CSV file.
 *
 * The value of a record is a row as an object: its columns by their names. Rows are read as
 * Python's csv module reads them, with newlines in quotes.
 *
 * ```
 * qsource run csv path=orders.csv key-column=id timestamp-column=time
 * ```
 *
 * ## Promise
 *
 * With [property@Application:processing-guarantee] `exactly-once`, each row is produced
 * exactly once, whatever is killed. The offset of the next row is kept in the state and
 * committed with the records. A file that was written anew, under the same name, is read
 * from its beginning.
 *
 * ## Thread safety
 *
 * As [class@Source].
 */

#define BOM "\xef\xbb\xbf"

/* The longest row: beyond it a quote that is never closed is more likely. */
#define MAX_ROW (64 << 20)

/* How often the end of a file is looked at. */
#define FOLLOW_SECONDS 0.5

struct _QsCsvSource
{
  QsStatefulSource parent_instance;

  /* Set before the source is started, then only read. Owned. */
  char *path;
  char *delimiter;
  char *header;
  char *key_column;
  char *timestamp_column;
  char *timestamp_format;
  char *encoding;

  QsCsvTypes types;
  gboolean   follow;
  double     delay;
  double     commit_interval;

  /* Of run(). Owned. */
  QsFilePosition *position;
  QsFileTail     *tail;
  QsCsvRow       *row;
  char          **columns;
  guint64         n_rows;       /* since the file was opened, for messages */
  gint64          last_time;    /* of the last record, milliseconds since 1970; 0 = none */
  gint64          committed_at; /* monotonic */
  gboolean        is_dirty;
};

enum
{
  PROP_PATH = 1,
  PROP_DELIMITER,
  PROP_HEADER,
  PROP_KEY_COLUMN,
  PROP_TIMESTAMP_COLUMN,
  PROP_TIMESTAMP_FORMAT,
  PROP_ENCODING,
  PROP_TYPES,
  PROP_FOLLOW,
  PROP_DELAY,
  PROP_COMMIT_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsCsvSource, qs_csv_source, QS_TYPE_STATEFUL_SOURCE)

static gboolean
fail_row (QsCsvSource *self, GError **error, const char *why)
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
load_position (QsCsvSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *key = NULL;
  QsFileIdentity   identity;

  if (state == NULL || !qs_file_identity_read_path (&identity, self->path, error))
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

static gboolean
open_file (QsCsvSource *self, GError **error)
{
  gboolean changed = FALSE;

  if (!load_position (self, error))
    return FALSE;

  self->tail = qs_file_tail_open (self->path, self->position, &changed, error);
  if (self->tail == NULL && changed)
    {
      qs_log_message (qs_base_source_get_name (QS_BASE_SOURCE (self)),
                      NULL,
                      "'%s' was rewritten since it was read; reading it from its beginning",
                      self->path);
      self->position->offset = 0;
      self->position->head_length = self->position->tail_length = 0;
      self->tail = qs_file_tail_open (self->path, self->position, &changed, error);
    }
  if (self->tail == NULL && error != NULL && *error == NULL)
    g_set_error (
        error, G_FILE_ERROR, G_FILE_ERROR_AGAIN, "'%s' changes while it is opened", self->path);

  return self->tail != NULL;
}

/* Nothing is replaced: what comes out is what the file says. */
static gboolean
decode_row (QsCsvSource *self, GError **error)
{
  guint            column = 0;
  const char      *name = NULL;
  g_autofree char *why = NULL;

  if (qs_csv_row_decode (self->row, self->encoding, &column))
    return TRUE;

  if (self->columns != NULL && column < g_strv_length (self->columns))
    name = self->columns[column];
  why = g_strdup_printf ("the text of column %u%s%s%s is not %s; set the property encoding to what "
                         "it is, such as ISO-8859-1 or WINDOWS-1252",
                         column + 1,
                         name != NULL ? ", '" : "",
                         name != NULL ? name : "",
                         name != NULL ? "'," : "",
                         self->encoding);
  return fail_row (self, error, why);
}

/* Parses the next row of @tail; *found is whether there was one. */
static gboolean
next_row (QsCsvSource *self,
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
    return fail_row (self, error, "it has no end within 64 MiB; is a quote not closed?");

  return !*found || decode_row (self, error);
}

/* The names that the first row gives. (nullable): none yet */
static gboolean
read_header (QsCsvSource *self, GError **error)
{
  g_autoptr (QsFilePosition) start = qs_file_position_new (self->position->key, self->path);
  g_autoptr (QsFileTail) tail = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean changed = FALSE, found = FALSE;
  gsize    taken = 0;

  if (self->header != NULL && g_str_equal (self->header, "none"))
    {
      self->columns = g_new0 (char *, 1);
      return TRUE;
    }
  if (self->header != NULL && !g_str_equal (self->header, "auto"))
    {
      self->columns = g_strsplit (self->header, ",", -1);
      return TRUE;
    }

  tail = qs_file_tail_open (self->path, start, &changed, error);
  if (tail == NULL)
    return changed;

  self->n_rows = 0;
  while (!found)
    {
      QsFileFill fill = qs_file_tail_fill (tail, error);

      if (fill == QS_FILE_FILL_FAILED ||
          !next_row (self, tail, fill == QS_FILE_FILL_END && !self->follow, &found, &taken, error))
        return FALSE;
      if (!found && fill != QS_FILE_FILL_DATA)
        return TRUE;
      /* Empty lines before it don't count. */
      if (found && qs_csv_row_get_length (self->row) == 0)
        {
          qs_file_tail_take (tail, taken);
          found = FALSE;
        }
    }

  for (guint i = 0; i < qs_csv_row_get_length (self->row); i++)
    {
      gsize       length = 0;
      const char *text = qs_csv_row_get (self->row, i, &length);

      g_strv_builder_add (builder, text);
    }
  self->columns = g_strv_builder_end (builder);

  /* It isn't a row, where nothing was read before. */
  if (self->position->offset == 0)
    {
      gsize length = 0;

      qs_file_tail_take (tail, taken);
      qs_file_tail_update (tail);
      taken = (gsize) start->offset;
      while (qs_file_tail_peek (self->tail, &length), length < taken)
        if (qs_file_tail_fill (self->tail, error) != QS_FILE_FILL_DATA)
          return FALSE;
      qs_file_tail_take (self->tail, taken);
    }

  return TRUE;
}

static int
find_column (QsCsvSource *self, const char *name)
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

static gboolean
get_field (QsCsvSource *self, const char *property, const char *name, int *column, GError **error)
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
  return fail_row (self, error, why);
}

/* Waits as long as the timestamps lie apart. */
static void
pace (QsCsvSource *self, gint64 time)
{
  if (self->delay > 0 && self->last_time != 0 && time > self->last_time)
    qs_base_source_wait (QS_BASE_SOURCE (self),
                         (double) (time - self->last_time) / 1000 * self->delay);
  self->last_time = time;
}

static gboolean
get_time (QsCsvSource *self, gint64 *time, GError **error)
{
  gsize            length = 0;
  int              column = -1;
  const char      *text = NULL;
  g_autofree char *why = NULL;

  *time = 0;
  if (self->timestamp_column == NULL)
    return TRUE;
  if (!get_field (self, "timestamp-column", self->timestamp_column, &column, error))
    return FALSE;

  text = qs_csv_row_get (self->row, (guint) column, &length);
  if (qs_csv_parse_time (text, self->timestamp_format, time))
    {
      pace (self, *time);
      return TRUE;
    }

  why = g_strdup_printf ("'%s' in '%s' is no time%s%s",
                         text,
                         self->timestamp_column,
                         self->timestamp_format != NULL ? " of the form " : "",
                         self->timestamp_format != NULL ? self->timestamp_format : "");
  return fail_row (self, error, why);
}

static gboolean
produce_row (QsCsvSource *self, GError **error)
{
  g_autoptr (QsMessage) message = NULL;
  gboolean  infer = self->types == QS_CSV_TYPES_INFER;
  GVariant *key = NULL;
  gint64    time = 0;
  int       column = -1;

  if (!get_time (self, &time, error))
    return FALSE;
  /* It waited, and was stopped. */
  if (!qs_source_get_running (QS_SOURCE (self)))
    return TRUE;

  if (self->key_column != NULL)
    {
      if (!get_field (self, "key-column", self->key_column, &column, error))
        return FALSE;
      key = qs_csv_value_new (self->row, (guint) column, FALSE);
    }

  message = qs_source_serialize (
      QS_SOURCE (self),
      key,
      qs_csv_row_to_object (self->row, (const char *const *) self->columns, infer),
      NULL,
      time,
      error);

  return message != NULL && qs_source_produce (QS_SOURCE (self), message, error);
}

static gboolean
commit (QsCsvSource *self, GError **error)
{
  QsBaseSource *base = QS_BASE_SOURCE (self);
  double        timeout =
      qs_base_source_is_stopping (base) ? qs_base_source_get_shutdown_timeout (base) / 2 : -1;
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  if (state == NULL)
    return FALSE;

  qs_file_tail_update (self->tail);
  self->position->time = g_get_real_time () / 1000;
  self->is_dirty = FALSE;
  self->committed_at = g_get_monotonic_time ();

  return qs_state_set (
             state, self->position->key, qs_file_position_to_variant (self->position), error) &&
         qs_source_flush (QS_SOURCE (self), timeout, error);
}

/* The rows that are read. */
static gboolean
produce_rows (QsCsvSource *self, gboolean at_end, GError **error)
{
  gint64 interval = (gint64) (self->commit_interval * G_USEC_PER_SEC);

  while (qs_source_get_running (QS_SOURCE (self)))
    {
      gboolean found = FALSE;
      gsize    taken = 0;

      if (!next_row (self, self->tail, at_end, &found, &taken, error))
        return FALSE;
      if (!found)
        return TRUE;

      if (qs_csv_row_get_length (self->row) > 0)
        {
          if (!produce_row (self, error))
            return FALSE;
          if (!qs_source_get_running (QS_SOURCE (self)) && self->delay > 0)
            return TRUE;
        }
      qs_file_tail_take (self->tail, taken);
      self->n_rows++;
      self->is_dirty = TRUE;
      if (g_get_monotonic_time () >= self->committed_at + interval && !commit (self, error))
        return FALSE;
    }

  return TRUE;
}

static void
close_file (QsCsvSource *self)
{
  g_clear_pointer (&self->tail, qs_file_tail_free);
  g_clear_pointer (&self->position, qs_file_position_free);
  g_clear_pointer (&self->columns, g_strfreev);
}

/* Whether the path is another file's by now. */
static gboolean
is_replaced (QsCsvSource *self)
{
  QsFileIdentity   identity;
  g_autofree char *key = NULL;

  if (!qs_file_identity_read_path (&identity, self->path, NULL))
    return FALSE;

  key = qs_file_identity_to_key (&identity);
  return !g_str_equal (key, self->position->key);
}

/* Until the file ends, and is not followed. */
static gboolean
read_file (QsCsvSource *self, gboolean *again, GError **error)
{
  *again = FALSE;
  if (!open_file (self, error))
    return FALSE;

  while (qs_source_get_running (QS_SOURCE (self)))
    {
      QsFileFill fill = QS_FILE_FILL_END;

      if (self->columns == NULL && !read_header (self, error))
        return FALSE;
      fill = qs_file_tail_fill (self->tail, error);
      if (fill == QS_FILE_FILL_FAILED)
        return FALSE;
      if (fill == QS_FILE_FILL_TRUNCATED)
        {
          qs_file_tail_rewind (self->tail);
          g_clear_pointer (&self->columns, g_strfreev);
          self->n_rows = 0;
          continue;
        }
      if (self->columns != NULL &&
          !produce_rows (self, fill != QS_FILE_FILL_DATA && !self->follow, error))
        return FALSE;
      if (fill == QS_FILE_FILL_DATA)
        continue;

      if (self->is_dirty && !commit (self, error))
        return FALSE;
      if (!self->follow)
        return TRUE;
      *again = is_replaced (self);
      if (*again)
        return TRUE;
      qs_base_source_wait (QS_BASE_SOURCE (self), FOLLOW_SECONDS);
    }

  return !self->is_dirty || commit (self, error);
}

static gboolean
qs_csv_source_run (QsSource *source, GError **error)
{
  QsCsvSource *self = QS_CSV_SOURCE (source);
  gboolean     again = TRUE, ok = TRUE;

  self->row = qs_csv_row_new ();
  self->committed_at = g_get_monotonic_time ();
  while (ok && again && qs_source_get_running (source))
    {
      self->n_rows = 0;
      ok = read_file (self, &again, error);
      close_file (self);
    }
  g_clear_pointer (&self->row, qs_csv_row_free);

  return ok;
}

static gboolean
qs_csv_source_setup (QsBaseSource *source, GError **error)
{
  QsCsvSource *self = QS_CSV_SOURCE (source);

  if (self->path == NULL)
    {
      g_set_error_literal (error,
                           QS_SOURCE_ERROR,
                           QS_SOURCE_ERROR_INVALID_PROPERTY,
                           "Cannot read rows without a path: set the property path to a CSV file");
      return FALSE;
    }
  if (self->delimiter == NULL || strlen (self->delimiter) != 1 ||
      strchr ("\"\r\n", self->delimiter[0]) != NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_PROPERTY,
                   "Cannot use '%s' as delimiter: it is one ASCII character, and neither a quote "
                   "nor a newline",
                   self->delimiter != NULL ? self->delimiter : "");
      return FALSE;
    }

  if (self->encoding == NULL || !qs_csv_is_encoding (self->encoding))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_PROPERTY,
                   "Cannot use '%s' as encoding: it is not known to iconv, or has other bytes for "
                   "quotes and newlines than ASCII has; convert the file to UTF-8",
                   self->encoding != NULL ? self->encoding : "");
      return FALSE;
    }

  return QS_BASE_SOURCE_CLASS (qs_csv_source_parent_class)->setup (source, error);
}

static void
qs_csv_source_finalize (GObject *object)
{
  QsCsvSource *self = QS_CSV_SOURCE (object);

  g_free (self->path);
  g_free (self->delimiter);
  g_free (self->header);
  g_free (self->key_column);
  g_free (self->timestamp_column);
  g_free (self->timestamp_format);
  g_free (self->encoding);

  G_OBJECT_CLASS (qs_csv_source_parent_class)->finalize (object);
}

/* Where a property of a string is kept; NULL for another one. */
static char **
get_string (QsCsvSource *self, guint prop_id)
{
  switch (prop_id)
    {
    case PROP_PATH:
      return &self->path;
    case PROP_DELIMITER:
      return &self->delimiter;
    case PROP_HEADER:
      return &self->header;
    case PROP_KEY_COLUMN:
      return &self->key_column;
    case PROP_TIMESTAMP_COLUMN:
      return &self->timestamp_column;
    case PROP_TIMESTAMP_FORMAT:
      return &self->timestamp_format;
    case PROP_ENCODING:
      return &self->encoding;
    default:
      return NULL;
    }
}

static void
qs_csv_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsCsvSource *self = QS_CSV_SOURCE (object);

  if (get_string (self, prop_id) != NULL)
    g_value_set_string (value, *get_string (self, prop_id));
  else if (prop_id == PROP_TYPES)
    g_value_set_enum (value, self->types);
  else if (prop_id == PROP_FOLLOW)
    g_value_set_boolean (value, self->follow);
  else if (prop_id == PROP_DELAY)
    g_value_set_double (value, self->delay);
  else if (prop_id == PROP_COMMIT_INTERVAL)
    g_value_set_double (value, self->commit_interval);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
qs_csv_source_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsCsvSource *self = QS_CSV_SOURCE (object);

  if (get_string (self, prop_id) != NULL)
    {
      g_free (*get_string (self, prop_id));
      *get_string (self, prop_id) = g_value_dup_string (value);
    }
  else if (prop_id == PROP_TYPES)
    self->types = g_value_get_enum (value);
  else if (prop_id == PROP_FOLLOW)
    self->follow = g_value_get_boolean (value);
  else if (prop_id == PROP_DELAY)
    self->delay = g_value_get_double (value);
  else if (prop_id == PROP_COMMIT_INTERVAL)
    self->commit_interval = g_value_get_double (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
make_file_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsCsvSource:path:
   *
   * The file to read; one whose name ends in `.gz` is decompressed.
   */
  props[PROP_PATH] = g_param_spec_string ("path", NULL, "CSV file to read", NULL, flags);

  /**
   * QsCsvSource:delimiter:
   *
   * What stands between two fields: one ASCII character.
   */
  props[PROP_DELIMITER] =
      g_param_spec_string ("delimiter", NULL, "Character between two fields", ",", flags);

  /**
   * QsCsvSource:encoding:
   *
   * The encoding of the file, by a name that iconv knows: one that has ASCII's bytes for
   * ASCII's characters, as UTF-8, ISO-8859-15 and WINDOWS-1252. A row that isn't that fails
   * the source; nothing is replaced.
   */
  props[PROP_ENCODING] = g_param_spec_string (
      "encoding", NULL, "Encoding of the file, such as UTF-8 or WINDOWS-1252", "UTF-8", flags);

  /**
   * QsCsvSource:header:
   *
   * The names of the columns: `auto` = the first row has them; `none` = they are numbers,
   * from 1 on; else the names themselves, with commas, for a file without a header.
   */
  props[PROP_HEADER] =
      g_param_spec_string ("header",
                           NULL,
                           "Names of the columns: auto = the first row, none, or a list by commas",
                           "auto",
                           flags);

  /**
   * QsCsvSource:follow:
   *
   * Whether the source waits for more rows at the end of the file. If not, it ends there.
   */
  props[PROP_FOLLOW] = g_param_spec_boolean (
      "follow", NULL, "Whether to wait for more rows at the end of the file", FALSE, flags);

  /**
   * QsCsvSource:delay:
   *
   * How long to wait between two records, as a multiple of the time between their
   * timestamps: 0 = not at all, 1 = as long as it was, 0.1 = ten times as fast. It needs a
   * [property@CsvSource:timestamp-column].
   */
  props[PROP_DELAY] = g_param_spec_double (
      "delay",
      NULL,
      "Pace by the timestamps: 0 = none, 1 = as it was, 0.1 = ten times as fast",
      0,
      1000,
      0,
      flags);

  /**
   * QsCsvSource:commit-interval:
   *
   * How often, in seconds, the records and how far they go in the file are committed.
   */
  props[PROP_COMMIT_INTERVAL] = g_param_spec_double (
      "commit-interval", NULL, "Seconds between two commits of what was read", 0, 3600, 1, flags);
}

static void
make_record_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsCsvSource:key-column:
   *
   * The column whose text is the key of a record, by its name or number.
   */
  props[PROP_KEY_COLUMN] = g_param_spec_string (
      "key-column", NULL, "Column that is the key of a record; unset = no key", NULL, flags);

  /**
   * QsCsvSource:timestamp-column:
   *
   * The column that has the timestamp of a record, by its name or number.
   */
  props[PROP_TIMESTAMP_COLUMN] =
      g_param_spec_string ("timestamp-column",
                           NULL,
                           "Column that has the timestamp of a record; unset = when it is produced",
                           NULL,
                           flags);

  /**
   * QsCsvSource:timestamp-format:
   *
   * The form of timestamps, as strptime() takes it. `NULL` = ISO 8601, or seconds or
   * milliseconds since 1970; UTC unless they say otherwise.
   */
  props[PROP_TIMESTAMP_FORMAT] =
      g_param_spec_string ("timestamp-format",
                           NULL,
                           "Form of timestamps as strptime() has it; unset = ISO 8601 or numbers",
                           NULL,
                           flags);

  /**
   * QsCsvSource:types:
   *
   * Whether fields that look like numbers, `true` or `false` are that, and empty ones null.
   * A field in quotes is always a text, and so is a number such as `007`.
   */
  props[PROP_TYPES] = g_param_spec_enum ("types",
                                         NULL,
                                         "Whether numbers and booleans are told from texts",
                                         QS_TYPE_CSV_TYPES,
                                         QS_CSV_TYPES_INFER,
                                         flags);
}

static void
qs_csv_source_class_init (QsCsvSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_csv_source_finalize;
  object_class->get_property = qs_csv_source_get_property;
  object_class->set_property = qs_csv_source_set_property;
  QS_BASE_SOURCE_CLASS (klass)->setup = qs_csv_source_setup;
  QS_SOURCE_CLASS (klass)->run = qs_csv_source_run;

  qs_source_describe_type (G_TYPE_FROM_CLASS (klass),
                           "Rows of a CSV file, as objects",
                           "exactly-once",
                           "path=orders.csv key-column=id");
  make_file_properties ();
  make_record_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_csv_source_init (QsCsvSource *self)
{
}

/**
 * qs_csv_source_new:
 * @name: the name of the source, see [property@BaseSource:name]
 * @path: (nullable): the file to read
 *
 * Makes a source of the rows of a CSV file.
 *
 * Returns: (transfer full): a new source
 */
QsCsvSource *
qs_csv_source_new (const char *name, const char *path)
{
  return g_object_new (QS_TYPE_CSV_SOURCE, "name", name, "path", path, NULL);
}
