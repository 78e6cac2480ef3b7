/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-command-source.h"

#include <string.h>

#include "qs-command-child-private.h"
#include "qs-deadline-private.h"
#include "qs-enum-types.h"
#include "qs-log-private.h"
#include "qs-serializer.h"
#include "qs-source-description.h"
#include "qs-source-error.h"
#include "qs-state.h"
#include "qs-topic.h"
#include "qs-wait-status-private.h"

/**
 * QsCommandSource:
 *
 * A source of the lines that a command writes to its standard output.
 *
 * The value of a record is the bytes of a line, without the newline. The command's standard
 * input is empty. When the source ends, it ends the command and all processes that the
 * command has started: by SIGTERM, and by SIGKILL if they do not end within half of the
 * [property@BaseSource:shutdown-timeout].
 *
 * ```sh
 * qsource run command argv=ping argv=-D argv=localhost
 * qsource run command shell='vmstat 1 | tail -n +3'
 * ```
 *
 * ## Promise
 *
 * *At least once*, within the limits of the command: its output waits in a pipe while
 * nobody reads it, but output from times at which the command was not running does not
 * exist. A command that writes the same output each time it is started is read exactly once
 * with [property@CommandSource:skip-known] and the processing guarantee `exactly-once`: the
 * source skips as many lines as were committed.
 *
 * ## Thread safety
 *
 * As [class@Source].
 */

#define MAX_BACKOFF 60.0
#define LINES_KEY "command:lines"
#define MAX_STDERR_LINE 4096

struct _QsCommandSource
{
  QsStatefulSource parent_instance;

  /* Set before the source is started, then only read. Owned. */
  char           **argv;
  char            *shell;
  QsCommandRestart restart;
  QsCommandStderr  stderr_to;
  gboolean         skip_known;
  double           restart_backoff;
  double           commit_interval;

  /* Of run(). */
  GByteArray *output;       /* what isn't a whole line yet. Owned. */
  gsize       searched;     /* of it: there is no newline in that */
  GByteArray *errors;       /* likewise. Owned. */
  gint64      n_lines;      /* of the command that runs */
  gint64      n_known;      /* were committed before, and are left out */
  gint64      committed_at; /* monotonic */
  gboolean    is_dirty;
};

enum
{
  PROP_ARGV = 1,
  PROP_SHELL,
  PROP_RESTART,
  PROP_RESTART_BACKOFF,
  PROP_STDERR,
  PROP_SKIP_KNOWN,
  PROP_COMMIT_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsCommandSource, qs_command_source, QS_TYPE_STATEFUL_SOURCE)

static const char *
get_name (QsCommandSource *self)
{
  return qs_base_source_get_name (QS_BASE_SOURCE (self));
}

static QsTopic *
qs_command_source_default_topic (QsBaseSource *source)
{
  QsTopic *topic = qs_topic_new (qs_base_source_get_name (source));
  g_autoptr (QsSerializer) bytes = qs_serializer_for_name ("bytes", NULL);

  qs_topic_set_value_serializer (topic, bytes);

  return topic;
}

static gboolean
commit (QsCommandSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);

  if (state == NULL)
    return FALSE;

  self->is_dirty = FALSE;
  self->committed_at = g_get_monotonic_time ();

  return qs_state_set (state, LINES_KEY, g_variant_new_int64 (self->n_lines), error) &&
         qs_source_flush (QS_SOURCE (self), -1, error);
}

static gboolean
load (QsCommandSource *self, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autoptr (GError) local_error = NULL;

  if (state == NULL)
    return FALSE;

  self->n_known = self->skip_known ? qs_state_get_int64 (state, LINES_KEY, 0, &local_error) : 0;
  if (local_error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
spawn (QsCommandSource *self, QsCommandChild *child, GError **error)
{
  const char *const shell[] = { "/bin/sh", "-c", self->shell, NULL };
  char            **argv = self->shell != NULL ? (char **) shell : self->argv;

  g_byte_array_set_size (self->output, 0);
  g_byte_array_set_size (self->errors, 0);
  self->searched = 0;
  self->n_lines = 0;

  return qs_command_child_spawn (child, argv, self->stderr_to == QS_COMMAND_STDERR_LOG, error);
}

static gboolean
produce_line (QsCommandSource *self, const guint8 *line, gsize length, GError **error)
{
  self->n_lines++;
  if (self->n_lines <= self->n_known)
    return TRUE;

  self->is_dirty = TRUE;
  /* No line is no value, an empty one is one. */
  return qs_source_produce_data (
      QS_SOURCE (self), NULL, 0, length > 0 ? line : (const guint8 *) "", length, 0, error);
}

/* Produces the lines that are whole until the source is stopped; @all: and what is left. */
static gboolean
produce_lines (QsCommandSource *self, gboolean all, GError **error)
{
  const guint8 *data = self->output->data;
  gsize         length = self->output->len;
  gsize         start = 0;

  while (qs_source_get_running (QS_SOURCE (self)))
    {
      gsize         from = MAX (start, self->searched);
      const guint8 *end = from < length ? memchr (data + from, '\n', length - from) : NULL;

      if (end == NULL)
        break;
      if (!produce_line (self, data + start, (gsize) (end - data) - start, error))
        return FALSE;
      start = (gsize) (end - data) + 1;
    }

  if (all && start < length && qs_source_get_running (QS_SOURCE (self)))
    {
      if (!produce_line (self, data + start, length - start, error))
        return FALSE;
      start = length;
    }
  if (start > 0)
    g_byte_array_remove_range (self->output, 0, (guint) start);
  self->searched = self->output->len;

  return TRUE;
}

static void
log_errors (QsCommandSource *self, gboolean all)
{
  for (;;)
    {
      const guint8 *end =
          self->errors->len > 0 ? memchr (self->errors->data, '\n', self->errors->len) : NULL;
      gsize length = end != NULL ? (gsize) (end - self->errors->data) : self->errors->len;
      g_autofree char *line = NULL;

      if (self->errors->len == 0 || (end == NULL && !all && length < MAX_STDERR_LINE))
        return;
      line = g_utf8_make_valid ((const char *) self->errors->data, (gssize) length);
      qs_log_message (get_name (self), NULL, "%s", line);
      g_byte_array_remove_range (self->errors, 0, (guint) (end != NULL ? length + 1 : length));
    }
}

/* Reads what the command writes until it has closed its output, or the source is stopped. */
static gboolean
read_output (QsCommandSource *self, QsCommandChild *child, GError **error)
{
  while (child->output >= 0 && qs_source_get_running (QS_SOURCE (self)))
    {
      gint64 commit_at = self->committed_at + (gint64) (self->commit_interval * G_USEC_PER_SEC);

      /* No longer than until it is time to commit. */
      qs_command_child_wait (child,
                             qs_base_source_get_cancellable (QS_BASE_SOURCE (self)),
                             self->is_dirty ? qs_deadline_slice (commit_at, G_MAXINT) : -1,
                             self->output,
                             self->errors);
      log_errors (self, child->errors < 0);
      if (!produce_lines (self, child->output < 0, error))
        return FALSE;
      if (self->is_dirty && g_get_monotonic_time () >= commit_at && !commit (self, error))
        return FALSE;
    }

  if (child->output < 0)
    qs_command_child_read_errors (child, self->errors);
  log_errors (self, TRUE);

  return !self->is_dirty || commit (self, error);
}

/* One run of the command. *@failed: it has. */
static gboolean
run_once (QsCommandSource *self, gboolean *failed, GError **failure, GError **error)
{
  QsCommandChild child;
  int            status = 0;
  gboolean       ok = FALSE;
  gboolean       is_over = FALSE;

  *failed = FALSE;
  if (!spawn (self, &child, error))
    return FALSE;

  ok = read_output (self, &child, error);
  is_over = ok && child.output < 0;
  status = qs_command_child_reap (
      &child, is_over, qs_base_source_get_shutdown_timeout (QS_BASE_SOURCE (self)) / 2);
  if (!ok || !is_over)
    return ok;

  *failed = status != 0;
  if (*failed)
    {
      g_autofree char *fate = qs_wait_status_describe (status);

      g_set_error (failure,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_FAILED,
                   "The command '%s' %s",
                   self->shell != NULL ? self->shell : self->argv[0],
                   fate);
    }

  return TRUE;
}

static gboolean
run_again_and_again (QsCommandSource *self, GError **error)
{
  double backoff = self->restart_backoff;

  while (qs_source_get_running (QS_SOURCE (self)))
    {
      g_autoptr (GError) failure = NULL;
      gint64   started_at = g_get_monotonic_time ();
      gboolean failed = FALSE;

      if (!run_once (self, &failed, &failure, error))
        return FALSE;
      if (!qs_source_get_running (QS_SOURCE (self)))
        return TRUE;

      if (failed && self->restart == QS_COMMAND_RESTART_NEVER)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (self->restart == QS_COMMAND_RESTART_NEVER ||
          (!failed && self->restart == QS_COMMAND_RESTART_ON_FAILURE))
        return TRUE;

      /* It begins anew, and so does what it writes. */
      self->n_known = self->skip_known ? MAX (self->n_known, self->n_lines) : 0;
      if (g_get_monotonic_time () - started_at > MAX_BACKOFF * G_USEC_PER_SEC)
        backoff = self->restart_backoff;
      qs_log_message (get_name (self),
                      NULL,
                      "%s; starting it again in %g s",
                      failed ? failure->message : "The command ended",
                      backoff);
      qs_base_source_wait (QS_BASE_SOURCE (self), backoff);
      backoff = failed ? MIN (MAX (backoff, 0.1) * 2, MAX_BACKOFF) : self->restart_backoff;
    }

  return TRUE;
}

static gboolean
qs_command_source_run (QsSource *source, GError **error)
{
  QsCommandSource *self = QS_COMMAND_SOURCE (source);
  gboolean         ok = FALSE;

  self->output = g_byte_array_new ();
  self->errors = g_byte_array_new ();
  self->committed_at = g_get_monotonic_time ();
  self->is_dirty = FALSE;
  ok = load (self, error) && run_again_and_again (self, error);
  g_clear_pointer (&self->output, g_byte_array_unref);
  g_clear_pointer (&self->errors, g_byte_array_unref);

  return ok;
}

static gboolean
qs_command_source_setup (QsBaseSource *source, GError **error)
{
  QsCommandSource *self = QS_COMMAND_SOURCE (source);
  gboolean         has_argv = self->argv != NULL && self->argv[0] != NULL;

  if (has_argv == (self->shell != NULL))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_PROPERTY,
                   "Cannot run a command: %s",
                   has_argv ? "both argv and shell are set; set only one of them"
                            : "none is set; set argv, once for each word, or shell");
      return FALSE;
    }

  return QS_BASE_SOURCE_CLASS (qs_command_source_parent_class)->setup (source, error);
}

static void
qs_command_source_finalize (GObject *object)
{
  QsCommandSource *self = QS_COMMAND_SOURCE (object);

  g_strfreev (self->argv);
  g_free (self->shell);

  G_OBJECT_CLASS (qs_command_source_parent_class)->finalize (object);
}

static void
qs_command_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsCommandSource *self = QS_COMMAND_SOURCE (object);

  switch (prop_id)
    {
    case PROP_ARGV:
      g_value_set_boxed (value, self->argv);
      break;

    case PROP_SHELL:
      g_value_set_string (value, self->shell);
      break;

    case PROP_RESTART:
      g_value_set_enum (value, self->restart);
      break;

    case PROP_RESTART_BACKOFF:
      g_value_set_double (value, self->restart_backoff);
      break;

    case PROP_STDERR:
      g_value_set_enum (value, self->stderr_to);
      break;

    case PROP_SKIP_KNOWN:
      g_value_set_boolean (value, self->skip_known);
      break;

    case PROP_COMMIT_INTERVAL:
      g_value_set_double (value, self->commit_interval);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_command_source_set_property (GObject      *object,
                                guint         prop_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  QsCommandSource *self = QS_COMMAND_SOURCE (object);

  switch (prop_id)
    {
    case PROP_ARGV:
      g_strfreev (self->argv);
      self->argv = g_value_dup_boxed (value);
      break;

    case PROP_SHELL:
      g_free (self->shell);
      self->shell = g_value_dup_string (value);
      break;

    case PROP_RESTART:
      self->restart = g_value_get_enum (value);
      break;

    case PROP_RESTART_BACKOFF:
      self->restart_backoff = g_value_get_double (value);
      break;

    case PROP_STDERR:
      self->stderr_to = g_value_get_enum (value);
      break;

    case PROP_SKIP_KNOWN:
      self->skip_known = g_value_get_boolean (value);
      break;

    case PROP_COMMIT_INTERVAL:
      self->commit_interval = g_value_get_double (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
make_command_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsCommandSource:argv:
   *
   * The command and its arguments; the first word is looked up in `PATH`. No shell is
   * involved.
   */
  props[PROP_ARGV] = g_param_spec_boxed (
      "argv", NULL, "The command and its arguments, each as a word of its own", G_TYPE_STRV, flags);

  /**
   * QsCommandSource:shell:
   *
   * A command for `/bin/sh -c`, instead of [property@CommandSource:argv].
   */
  props[PROP_SHELL] =
      g_param_spec_string ("shell", NULL, "A command for the shell, instead of argv", NULL, flags);

  /**
   * QsCommandSource:stderr:
   *
   * The treatment of lines that the command writes to its standard error; `log` by default.
   */
  props[PROP_STDERR] = g_param_spec_enum ("stderr",
                                          NULL,
                                          "Treatment of the command's standard error",
                                          QS_TYPE_COMMAND_STDERR,
                                          QS_COMMAND_STDERR_LOG,
                                          flags);

  /**
   * QsCommandSource:skip-known:
   *
   * Whether the source skips as many lines as were committed, for a command that writes the
   * same output each time it is started; false by default.
   */
  props[PROP_SKIP_KNOWN] =
      g_param_spec_boolean ("skip-known",
                            NULL,
                            "Whether as many lines are skipped as were committed before",
                            FALSE,
                            flags);
}

static void
make_run_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  /**
   * QsCommandSource:restart:
   *
   * When the command is started again. With `never`, the default, the source fails if the
   * command fails.
   */
  props[PROP_RESTART] = g_param_spec_enum ("restart",
                                           NULL,
                                           "When the command is started again",
                                           QS_TYPE_COMMAND_RESTART,
                                           QS_COMMAND_RESTART_NEVER,
                                           flags);

  /**
   * QsCommandSource:restart-backoff:
   *
   * How long to wait before the command is started again, in seconds, 0 to 60; 1 by
   * default. The wait doubles after each failure in a row, up to 60 seconds.
   */
  props[PROP_RESTART_BACKOFF] =
      g_param_spec_double ("restart-backoff",
                           NULL,
                           "Seconds before the command is started again; doubled by failures",
                           0,
                           60,
                           1,
                           flags);

  /**
   * QsCommandSource:commit-interval:
   *
   * How often the records and their number are committed, in seconds, 0 to 3600; 1 by
   * default.
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
qs_command_source_class_init (QsCommandSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_command_source_finalize;
  object_class->get_property = qs_command_source_get_property;
  object_class->set_property = qs_command_source_set_property;
  QS_BASE_SOURCE_CLASS (klass)->setup = qs_command_source_setup;
  QS_BASE_SOURCE_CLASS (klass)->default_topic = qs_command_source_default_topic;
  QS_SOURCE_CLASS (klass)->run = qs_command_source_run;

  qs_source_describe_type (G_TYPE_FROM_CLASS (klass),
                           "Lines that a command writes",
                           "at-least-once; exactly-once with skip-known",
                           "argv=ping argv=localhost");
  make_command_properties ();
  make_run_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_command_source_init (QsCommandSource *self)
{
}

/**
 * qs_command_source_new:
 * @name: the name of the source, see [property@BaseSource:name]
 * @argv: (nullable) (array zero-terminated=1): the command and its arguments
 *
 * Makes a source of the lines that a command writes.
 *
 * Returns: (transfer full): a new source
 */
QsCommandSource *
qs_command_source_new (const char *name, const char *const *argv)
{
  return g_object_new (QS_TYPE_COMMAND_SOURCE, "name", name, "argv", argv, NULL);
}
