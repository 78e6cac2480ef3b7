/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-source.h"

#include <glob.h>
#include <sys/resource.h>

#include "qs-enum-types.h"
#include "qs-file-follow-private.h"
#include "qs-log-private.h"
#include "qs-serializer.h"
#include "qs-source-description.h"
#include "qs-source-error.h"
#include "qs-topic.h"

/**
 * QsFileSource:
 *
 * A source of the lines of files that other programs write, such as logs.
 *
 * It reads the files that [property@FileSource:path] names, continues when something is
 * appended, finds new files, and follows a log through its rotation. It recognizes a file
 * by its identity rather than its name, so that it reads the file to its end under its new
 * name (`app.log.1`, `app.log-20260101`, `app.log.1.gz`), and then the next file. The value
 * of a record is the bytes of a line, without the newline.
 *
 * ```sh
 * qsource run file path=/var/log/syslog path=/var/log/app.log
 * ```
 *
 * ## Promise
 *
 * With [property@Application:processing-guarantee] `exactly-once`, each line is produced
 * exactly once, even if processes are killed and the log is rotated any number of times,
 * also while the source is not running. The position in a file is kept in the state and
 * committed with the records. It consists of the file's device, inode and time of birth,
 * the offset, and a hash of the bytes before the offset. The hash detects a file that was
 * truncated or rewritten, even if it has grown past the offset.
 *
 * With rotation by copy and truncation (logrotate's `copytruncate`) the promise is *at
 * least once*. Lines that are written between the copy and the truncation are lost for
 * every reader.
 *
 * A file that was rotated and then removed, or compressed by anything but gzip, before it
 * was read cannot be read any more. The source logs a warning.
 *
 * ## Thread safety
 *
 * As [class@Source].
 */

struct _QsFileSource
{
  QsStatefulSource parent_instance;

  /* Set before the source is started, then only read. Owned. */
  char **path;
  char  *multiline_start;

  QsFileStart from;
  QsFileKey   key;
  gboolean    follow;
  double      rotate_wait;
  double      multiline_timeout;
  double      commit_interval;
  guint       max_line_length;
};

enum
{
  PROP_PATH = 1,
  PROP_FROM,
  PROP_FOLLOW,
  PROP_ROTATE_WAIT,
  PROP_MAX_LINE_LENGTH,
  PROP_MULTILINE_START,
  PROP_MULTILINE_TIMEOUT,
  PROP_KEY,
  PROP_COMMIT_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsFileSource, qs_file_source, QS_TYPE_STATEFUL_SOURCE)

static QsTopic *
qs_file_source_default_topic (QsBaseSource *source)
{
  QsTopic *topic = qs_topic_new (qs_base_source_get_name (source));
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);

  qs_topic_set_value_serializer (topic, bytes);

  return topic;
}

static GRegex *
compile (QsFileSource *self, GError **error)
{
  GRegex *regex = g_regex_new (self->multiline_start, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, error);

  if (regex == NULL)
    g_prefix_error (error, "Cannot use '%s' as multiline-start: ", self->multiline_start);

  return regex;
}

/* Warns of patterns without files: later files are read, too, but a name might be misspelt. */
static void
tell_unmatched (QsFileSource *self)
{
  const char *name = qs_base_source_get_name (QS_BASE_SOURCE (self));

  if (qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (self)) != 0)
    return;

  for (char **pattern = self->path; *pattern != NULL; pattern++)
    {
      glob_t found = { 0 };

      if (glob (*pattern, GLOB_BRACE | GLOB_TILDE, NULL, &found) == GLOB_NOMATCH && self->follow)
        qs_log_message (name, NULL, "No file matches '%s' yet; waiting for one", *pattern);
      else if (found.gl_pathc == 0)
        qs_log_warning (name, NULL, "There is no file '%s' to read", *pattern);
      globfree (&found);
    }
}

static gboolean
qs_file_source_setup (QsBaseSource *source, GError **error)
{
  QsFileSource *self = QS_FILE_SOURCE (source);
  struct rlimit limit;
  g_autoptr (GRegex) regex = NULL;

  if (self->path == NULL || self->path[0] == NULL)
    {
      g_set_error_literal (error,
                           QS_SOURCE_ERROR,
                           QS_SOURCE_ERROR_INVALID_PROPERTY,
                           "Cannot read files without a path: set the property path to a file, "
                           "or to a pattern such as /var/log/*.log");
      return FALSE;
    }

  if (self->multiline_start != NULL && (regex = compile (self, error)) == NULL)
    return FALSE;

  /* Each file stays open, so that it can be read to its end when it has lost its name. */
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }

  tell_unmatched (self);

  return QS_BASE_SOURCE_CLASS (qs_file_source_parent_class)->setup (source, error);
}

static gboolean
qs_file_source_run (QsSource *source, GError **error)
{
  QsFileSource     *self = QS_FILE_SOURCE (source);
  QsStatefulSource *stateful = QS_STATEFUL_SOURCE (source);
  g_autoptr (GRegex) multiline_start = NULL;
  QsFileFollowSettings settings = {
    .rules = {
      .name = qs_base_source_get_name (QS_BASE_SOURCE (source)),
      .patterns = (const char *const *) self->path,
      .from_end = self->from == QS_FILE_START_END,
      .rotate_wait = self->rotate_wait,
      .partition = qs_stateful_source_get_partition (stateful),
      .n_partitions = qs_stateful_source_get_n_partitions (stateful),
    },
    .follow = self->follow,
    .key = self->key,
    .max_line_length = self->max_line_length,
    .multiline_timeout = self->multiline_timeout,
    .commit_interval = self->commit_interval,
  };

  if (self->multiline_start != NULL)
    {
      multiline_start = compile (self, error);
      if (multiline_start == NULL)
        return FALSE;
      settings.multiline_start = multiline_start;
    }

  return qs_file_follow_run (stateful, &settings, error);
}

static void
qs_file_source_finalize (GObject *object)
{
  QsFileSource *self = QS_FILE_SOURCE (object);

  g_strfreev (self->path);
  g_free (self->multiline_start);

  G_OBJECT_CLASS (qs_file_source_parent_class)->finalize (object);
}

static void
qs_file_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsFileSource *self = QS_FILE_SOURCE (object);

  switch (prop_id)
    {
    case PROP_PATH:
      g_value_set_boxed (value, self->path);
      break;

    case PROP_FROM:
      g_value_set_enum (value, self->from);
      break;

    case PROP_FOLLOW:
      g_value_set_boolean (value, self->follow);
      break;

    case PROP_ROTATE_WAIT:
      g_value_set_double (value, self->rotate_wait);
      break;

    case PROP_MAX_LINE_LENGTH:
      g_value_set_uint (value, self->max_line_length);
      break;

    case PROP_MULTILINE_START:
      g_value_set_string (value, self->multiline_start);
      break;

    case PROP_MULTILINE_TIMEOUT:
      g_value_set_double (value, self->multiline_timeout);
      break;

    case PROP_KEY:
      g_value_set_enum (value, self->key);
      break;

    case PROP_COMMIT_INTERVAL:
      g_value_set_double (value, self->commit_interval);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_file_source_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsFileSource *self = QS_FILE_SOURCE (object);

  switch (prop_id)
    {
    case PROP_PATH:
      g_strfreev (self->path);
      self->path = g_value_dup_boxed (value);
      break;

    case PROP_FROM:
      self->from = g_value_get_enum (value);
      break;

    case PROP_FOLLOW:
      self->follow = g_value_get_boolean (value);
      break;

    case PROP_ROTATE_WAIT:
      self->rotate_wait = g_value_get_double (value);
      break;

    case PROP_MAX_LINE_LENGTH:
      self->max_line_length = g_value_get_uint (value);
      break;

    case PROP_MULTILINE_START:
      g_free (self->multiline_start);
      self->multiline_start = g_value_dup_string (value);
      break;

    case PROP_MULTILINE_TIMEOUT:
      self->multiline_timeout = g_value_get_double (value);
      break;

    case PROP_KEY:
      self->key = g_value_get_enum (value);
      break;

    case PROP_COMMIT_INTERVAL:
      self->commit_interval = g_value_get_double (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
make_file_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsFileSource:path: (getter get_path)
   *
   * The files to read: paths, or patterns with `*`, `?`, `[…]` and `{…,…}`. The source
   * looks for matching files all the time, so none has to exist when it starts.
   */
  props[PROP_PATH] = g_param_spec_boxed (
      "path", NULL, "Files to read: paths or patterns such as /var/log/*.log", G_TYPE_STRV, flags);

  /**
   * QsFileSource:from:
   *
   * The place where the source begins to read a file that it has not read before and that
   * exists when it starts; `start` by default. Files that appear later are always read from their
   * beginning.
   */
  props[PROP_FROM] = g_param_spec_enum ("from",
                                        NULL,
                                        "Place to begin in a file that was never read before",
                                        QS_TYPE_FILE_START,
                                        QS_FILE_START_START,
                                        flags);

  /**
   * QsFileSource:follow:
   *
   * Whether the source continues at the end of the files with appended lines and new files,
   * which is the default; if false, it ends there.
   */
  props[PROP_FOLLOW] = g_param_spec_boolean (
      "follow", NULL, "Whether to wait for more at the end of the files", TRUE, flags);

  /**
   * QsFileSource:rotate-wait:
   *
   * How long to wait for more lines in a rotated file before the next file is read, in
   * seconds, 0 to 86400; 5 by default. A program might keep writing to a rotated file for a
   * while.
   */
  props[PROP_ROTATE_WAIT] =
      g_param_spec_double ("rotate-wait",
                           NULL,
                           "Seconds to wait for more in a file that was rotated away",
                           0,
                           86400,
                           5,
                           flags);
}

static void
make_record_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsFileSource:max-line-length:
   *
   * The longest line, or event of several lines, that becomes one record, in bytes, 1 to
   * 2³⁰; 2²⁰ by default. A longer one becomes several records, with a warning.
   */
  props[PROP_MAX_LINE_LENGTH] =
      g_param_spec_uint ("max-line-length",
                         NULL,
                         "Bytes of the longest line that becomes one record; longer ones are split",
                         1,
                         1 << 30,
                         1 << 20,
                         flags);

  /**
   * QsFileSource:multiline-start:
   *
   * A regular expression that matches the first line of an event; lines that do not match
   * belong to the previous event, with the newlines in between. `NULL` = each line is an
   * event.
   *
   * For stack traces, for example, use `^\d{4}-\d\d-\d\d` if each event begins with a date.
   * The last event is produced when the next event begins, or after
   * [property@FileSource:multiline-timeout].
   */
  props[PROP_MULTILINE_START] =
      g_param_spec_string ("multiline-start",
                           NULL,
                           "Regular expression of an event's first line; unset = one line each",
                           NULL,
                           flags);

  /**
   * QsFileSource:multiline-timeout:
   *
   * How long to wait for more lines of an event, in seconds, 0 to 86400; 5 by default.
   */
  props[PROP_MULTILINE_TIMEOUT] = g_param_spec_double (
      "multiline-timeout", NULL, "Seconds to wait for more lines of an event", 0, 86400, 5, flags);
}

static void
make_run_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsFileSource:key:
   *
   * The key of the records; `path` by default. The records of a rotated file keep the key of its
   * original name.
   */
  props[PROP_KEY] = g_param_spec_enum ("key",
                                       NULL,
                                       "Key of the records: the path, its last part, or none",
                                       QS_TYPE_FILE_KEY,
                                       QS_FILE_KEY_PATH,
                                       flags);

  /**
   * QsFileSource:commit-interval:
   *
   * How often the records and the positions in the files are committed, in seconds, 0 to
   * 3600; 1 by default. Under exactly-once, readers see records with at most this delay.
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
qs_file_source_class_init (QsFileSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_file_source_finalize;
  object_class->get_property = qs_file_source_get_property;
  object_class->set_property = qs_file_source_set_property;
  QS_BASE_SOURCE_CLASS (klass)->setup = qs_file_source_setup;
  QS_BASE_SOURCE_CLASS (klass)->default_topic = qs_file_source_default_topic;
  QS_SOURCE_CLASS (klass)->run = qs_file_source_run;

  qs_source_describe_type (G_TYPE_FROM_CLASS (klass),
                           "Lines of files that other programs write, through their rotation",
                           "exactly-once; at-least-once with copytruncate",
                           "path=/var/log/syslog");

  make_file_properties ();
  make_record_properties ();
  make_run_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_file_source_init (QsFileSource *self)
{
}

/**
 * qs_file_source_new:
 * @name: the name of the source, see [property@BaseSource:name]
 * @path: (nullable) (array zero-terminated=1): the files to read
 *
 * Makes a source of the lines of files.
 *
 * Returns: (transfer full): a new source
 */
QsFileSource *
qs_file_source_new (const char *name, const char *const *path)
{
  return g_object_new (QS_TYPE_FILE_SOURCE, "name", name, "path", path, NULL);
}

/**
 * qs_file_source_get_path: (get-property path)
 * @self: a source
 *
 * Gets the files that are read.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): paths and patterns
 */
const char *const *
qs_file_source_get_path (QsFileSource *self)
{
  g_return_val_if_fail (QS_IS_FILE_SOURCE (self), NULL);

  return (const char *const *) self->path;
}
