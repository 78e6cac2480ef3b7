/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-csv-source.h"

#include <string.h>

#include "qs-csv-reader-private.h"
#include "qs-csv-values-private.h"
#include "qs-enum-types.h"
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
 * The value of a record is an object: the columns of a row by their names. Rows are parsed
 * as Python's csv module does; fields in quotes can contain newlines.
 *
 * ```sh
 * qsource run csv path=orders.csv key-column=id timestamp-column=time
 * ```
 *
 * ## Promise
 *
 * With [property@Application:processing-guarantee] `exactly-once`, each row is produced
 * exactly once, even if processes are killed. The offset of the next row is kept in the
 * state and committed with the records. A file that was replaced by a new one of the same
 * name is read from its beginning.
 *
 * ## Thread safety
 *
 * As [class@Source].
 */

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
  QsCsvReader reader;
  gint64      last_time;    /* of the last record, milliseconds since 1970; 0 = none */
  gint64      committed_at; /* monotonic */
  gboolean    is_dirty;
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
  if (!qs_csv_reader_get_field (
          &self->reader, "timestamp-column", self->timestamp_column, &column, error))
    return FALSE;

  text = qs_csv_row_get (self->reader.row, (guint) column, &length);
  if (qs_csv_parse_time (text, self->timestamp_format, time))
    {
      pace (self, *time);
      return TRUE;
    }

  why = g_strdup_printf ("'%s' in '%s' is not a time%s%s",
                         text,
                         self->timestamp_column,
                         self->timestamp_format != NULL ? " of the form " : "",
                         self->timestamp_format != NULL ? self->timestamp_format : "");
  return qs_csv_reader_fail (&self->reader, error, why);
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
      if (!qs_csv_reader_get_field (&self->reader, "key-column", self->key_column, &column, error))
        return FALSE;
      key = qs_csv_value_new (self->reader.row, (guint) column, FALSE);
    }

  message = qs_source_serialize (
      QS_SOURCE (self),
      key,
      qs_csv_row_to_object (self->reader.row, (const char *const *) self->reader.columns, infer),
      NULL,
      time,
      error);

  return message != NULL && qs_source_produce (QS_SOURCE (self), message, error);
}

static gboolean
commit (QsCsvSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  if (state == NULL)
    return FALSE;

  qs_file_tail_update (self->reader.tail);
  self->reader.position->time = g_get_real_time () / 1000;
  self->is_dirty = FALSE;
  self->committed_at = g_get_monotonic_time ();
  if (!qs_file_tail_is_compressed (self->reader.tail))
    qs_source_report_progress (QS_SOURCE (self),
                               (double) qs_file_tail_get_offset (self->reader.tail),
                               (double) qs_file_tail_get_size (self->reader.tail));

  return qs_state_set (state,
                       self->reader.position->key,
                       qs_file_position_to_variant (self->reader.position),
                       error) &&
         qs_source_flush (QS_SOURCE (self), -1, error);
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

      if (!qs_csv_reader_next (&self->reader, at_end, &found, &taken, error))
        return FALSE;
      if (!found)
        return TRUE;

      if (qs_csv_row_get_length (self->reader.row) > 0)
        {
          if (!produce_row (self, error))
            return FALSE;
          if (!qs_source_get_running (QS_SOURCE (self)) && self->delay > 0)
            return TRUE;
        }
      qs_file_tail_take (self->reader.tail, taken);
      self->reader.n_rows++;
      self->is_dirty = TRUE;
      if (g_get_monotonic_time () >= self->committed_at + interval && !commit (self, error))
        return FALSE;
    }

  return TRUE;
}

/* Until the file ends, and is not followed. */
static gboolean
read_file (QsCsvSource *self, gboolean *again, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  *again = FALSE;
  if (state == NULL || !qs_csv_reader_open (&self->reader, state, error))
    return FALSE;
  g_clear_object (&state);

  while (qs_source_get_running (QS_SOURCE (self)))
    {
      QsFileFill fill = QS_FILE_FILL_END;

      if (self->reader.columns == NULL && !qs_csv_reader_read_header (&self->reader, error))
        return FALSE;
      fill = qs_file_tail_fill (self->reader.tail, error);
      if (fill == QS_FILE_FILL_FAILED)
        return FALSE;
      if (fill == QS_FILE_FILL_TRUNCATED)
        {
          qs_csv_reader_rewind (&self->reader);
          continue;
        }
      if (self->reader.columns != NULL &&
          !produce_rows (self, fill != QS_FILE_FILL_DATA && !self->follow, error))
        return FALSE;
      if (fill == QS_FILE_FILL_DATA)
        continue;

      if (self->is_dirty && !commit (self, error))
        return FALSE;
      if (!self->follow)
        return TRUE;
      *again = qs_csv_reader_is_replaced (&self->reader);
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

  self->reader = (QsCsvReader){
    .name = qs_base_source_get_name (QS_BASE_SOURCE (self)),
    .path = self->path,
    .delimiter = self->delimiter,
    .encoding = self->encoding,
    .header = self->header,
    .follow = self->follow,
  };
  self->committed_at = g_get_monotonic_time ();
  while (ok && again && qs_source_get_running (source))
    {
      ok = read_file (self, &again, error);
      qs_csv_reader_close (&self->reader);
    }

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
                   "Cannot use '%s' as delimiter: it must be one ASCII character, and neither a "
                   "quote nor a newline",
                   self->delimiter != NULL ? self->delimiter : "");
      return FALSE;
    }

  if (self->encoding == NULL || !qs_csv_is_encoding (self->encoding))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_PROPERTY,
                   "Cannot use '%s' as encoding: iconv does not know it, or its bytes for quotes "
                   "and newlines differ from ASCII; convert the file to UTF-8",
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

/* Returns the place of a string property; NULL for another one. */
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
   * The file to read; it is decompressed if its name ends in `.gz`.
   */
  props[PROP_PATH] = g_param_spec_string ("path", NULL, "CSV file to read", NULL, flags);

  /**
   * QsCsvSource:delimiter:
   *
   * The separator between two fields: one ASCII character.
   */
  props[PROP_DELIMITER] =
      g_param_spec_string ("delimiter", NULL, "Character between two fields", ",", flags);

  /**
   * QsCsvSource:encoding:
   *
   * The encoding of the file, by a name that iconv knows. It must encode ASCII characters
   * as ASCII bytes, as UTF-8, ISO-8859-15 and WINDOWS-1252 do. A row that is not valid in
   * the encoding fails the source; no character is replaced.
   */
  props[PROP_ENCODING] = g_param_spec_string (
      "encoding", NULL, "Encoding of the file, such as UTF-8 or WINDOWS-1252", "UTF-8", flags);

  /**
   * QsCsvSource:header:
   *
   * The names of the columns: `auto` reads them from the first row; `none` numbers the
   * columns from 1; any other value is the list of names, separated by commas, for a file
   * without a header. Where a name occurs again, the number of the column is appended:
   * `a,b,a` is read as `a,b,a_3`.
   */
  props[PROP_HEADER] = g_param_spec_string (
      "header",
      NULL,
      "Names of the columns: auto = the first row, none, or a list with commas",
      "auto",
      flags);
}

static void
make_run_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsCsvSource:follow:
   *
   * Whether the source waits for more rows at the end of the file; if false, the default,
   * it ends there.
   */
  props[PROP_FOLLOW] = g_param_spec_boolean (
      "follow", NULL, "Whether to wait for more rows at the end of the file", FALSE, flags);

  /**
   * QsCsvSource:delay:
   *
   * How long to wait between two records, as a multiple of the time between their
   * timestamps, 0 to 1000; 0, the default, does not wait, 1 repeats the original pace, and
   * 0.1 is ten times as fast. It needs a [property@CsvSource:timestamp-column].
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
   * How often the records and the position in the file are committed, in seconds, 0 to
   * 3600; 1 by default.
   */
  props[PROP_COMMIT_INTERVAL] =
      g_param_spec_double ("commit-interval",
                           NULL,
                           "Seconds between two commits of records and position",
                           0,
                           3600,
                           1,
                           flags);
}

static void
make_record_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsCsvSource:key-column:
   *
   * The name or number of the column whose text is the key of a record.
   */
  props[PROP_KEY_COLUMN] = g_param_spec_string (
      "key-column", NULL, "Column that is the key of a record; unset = no key", NULL, flags);

  /**
   * QsCsvSource:timestamp-column:
   *
   * The name or number of the column with the timestamp of a record.
   */
  props[PROP_TIMESTAMP_COLUMN] =
      g_param_spec_string ("timestamp-column",
                           NULL,
                           "Column with the timestamp of a record; unset = when it is produced",
                           NULL,
                           flags);

  /**
   * QsCsvSource:timestamp-format:
   *
   * The format of timestamps, as for strptime(). `NULL` = ISO 8601, or seconds or
   * milliseconds since 1970; timestamps without a time zone are in UTC.
   */
  props[PROP_TIMESTAMP_FORMAT] =
      g_param_spec_string ("timestamp-format",
                           NULL,
                           "Format of timestamps, as for strptime(); unset = ISO 8601 or numbers",
                           NULL,
                           flags);

  /**
   * QsCsvSource:types:
   *
   * Whether fields that look like numbers, `true` or `false` become these, and empty fields
   * become null, which is the default. A field in quotes is always a string, and so is a number
   * such as `007`.
   */
  props[PROP_TYPES] = g_param_spec_enum ("types",
                                         NULL,
                                         "Whether numbers and booleans are recognized",
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
  make_run_properties ();
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
