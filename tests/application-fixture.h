/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib/gstdio.h>
#include <qsource.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run-application.h"
#include "slowness.h"

/* What the tests of QsApplication share. The program is its own worker: see
 * worker_main(). */

/* Far above what anything here takes, below Meson's. */
#define TEST_DEADLINE (25 * slowness ())

/* Nobody listens here. */
#define NO_BROKER "127.0.0.1:1"

/* Of each `count` and how many `finish` produces. */
#define N_RECORDS 10

/* Seconds that the stop of a `slow` takes. */
#define SLOW_STOP (1.5 * slowness ())

/* Where workers leave marks. */
#define DIR_VARIABLE "TEST_APPLICATION_DIR"

/* A source whose name, up to the first '-', says what it does. */

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

static inline gboolean
is_a (QsBaseSource *source, const char *what)
{
  const char *name = qs_base_source_get_name (source);
  gsize       length = strlen (what);

  return strncmp (name, what, length) == 0 && (name[length] == '\0' || name[length] == '-');
}

static inline gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, g_quark_from_string ("test-error"), 42, message);
  return FALSE;
}

/* Leaves a mark of this try, and returns which one it is, from 1 on. */
static inline int
count_try (QsBaseSource *source)
{
  g_autofree char *path =
      g_build_filename (g_getenv (DIR_VARIABLE), qs_base_source_get_name (source), NULL);
  g_autofree char *text = NULL;
  g_autofree char *more = NULL;
  gsize length = 0;

  g_file_get_contents (path, &text, &length, NULL);
  more = g_strconcat (text != NULL ? text : "", ".", NULL);
  g_assert_true (g_file_set_contents (path, more, -1, NULL));

  return (int) length + 1;
}

/* A `fail-after-NAME` fails only when source NAME runs, and leaves marks. */
static inline void
wait_for_other (QsBaseSource *source)
{
  const char      *name = qs_base_source_get_name (source);
  const char      *other = g_str_has_prefix (name, "fail-after-") ? name + 11 : name;
  g_autofree char *path = g_build_filename (g_getenv (DIR_VARIABLE), other, NULL);

  while (other != name && !g_file_test (path, G_FILE_TEST_EXISTS))
    g_assert_true (qs_base_source_wait (source, 0.005));
}

static inline gboolean
produce_numbers (QsSource *source, GError **error)
{
  for (int i = 0; i < N_RECORDS; i++)
    {
      char value = (char) ('0' + i);

      if (!qs_source_produce_data (
              source, (const guint8 *) "key", 3, (const guint8 *) &value, 1, 0, error))
        return FALSE;
    }

  return TRUE;
}

static inline gboolean
test_source_run (QsSource *source, GError **error)
{
  QsBaseSource *base = QS_BASE_SOURCE (source);

  if (is_a (base, "finish"))
    return produce_numbers (source, error);
  if (is_a (base, "fail"))
    {
      wait_for_other (base);
      qs_base_source_set_error_detail (base, "Traceback:\n  line 1");
      return fail (error, "it was not there");
    }
  if (is_a (base, "once") && count_try (base) > 1)
    return produce_numbers (source, error);
  if (is_a (base, "once"))
    return fail (error, "not the first time");
  if (is_a (base, "third"))
    return count_try (base) >= 3 || fail (error, "too early");
  if (is_a (base, "dies") && count_try (base) == 1)
    _exit (3);
  if (is_a (base, "stuck"))
    for (;;)
      g_usleep (10000);

  /* The rest waits to be stopped. */
  if (is_a (base, "wait") || is_a (base, "late"))
    count_try (base);
  if (is_a (base, "wait") || is_a (base, "slow") || is_a (base, "late"))
    qs_base_source_wait (base, -1);
  if (is_a (base, "slow"))
    g_usleep ((gulong) (SLOW_STOP * G_USEC_PER_SEC)); /* Sleeps: as a slow end does. */
  if (is_a (base, "late"))
    return fail (error, "came too late");

  return TRUE;
}

static inline gboolean
test_source_setup (QsBaseSource *base, GError **error)
{
  return !is_a (base, "setup") || fail (error, "no such host");
}

static inline void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
  QS_BASE_SOURCE_CLASS (klass)->setup = test_source_setup;
}

static inline void
test_source_init (TestSource *self)
{
}

static inline QsBaseSource *
make_source (const char *name)
{
  return g_object_new (TEST_TYPE_SOURCE, "name", name, NULL);
}

/* What the library has logged as a warning, in this process; a line each. */
static struct
{
  GMutex   lock;
  GString *text;
} warnings;

static inline GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields && (level & G_LOG_LEVEL_WARNING) != 0; i++)
    {
      if (!g_str_equal (fields[i].key, "MESSAGE"))
        continue;

      g_mutex_lock (&warnings.lock);
      g_string_append_printf (warnings.text, "%s\n", (const char *) fields[i].value);
      g_mutex_unlock (&warnings.lock);
    }

  return g_log_writer_default (level, fields, n_fields, user_data);
}

/* For all tests that don't read back: its end often takes a second. */
static QsEmbeddedBroker *shared_broker;

/* Called by main(), before there are threads. */
static inline void
fixture_init (int *argc, char ***argv)
{
  g_autofree char *dir = g_dir_make_tmp ("qsource-application-XXXXXX", NULL);

  g_setenv (DIR_VARIABLE, dir, TRUE);
  warnings.text = g_string_new (NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  g_test_init (argc, argv, NULL);

  /* Many tests are about failures, which are warned of. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
}

static inline int
fixture_run (void)
{
  int status = 0;

  shared_broker = qs_embedded_broker_new (1);
  g_assert_true (qs_embedded_broker_start (shared_broker, NULL));
  status = g_test_run ();
  g_assert_finalize_object (shared_broker);

  g_assert_cmpint (g_rmdir (g_getenv (DIR_VARIABLE)), ==, 0);
  g_string_free (warnings.text, TRUE);
  return status;
}

/* An application, its sources, and what it tells. */
typedef struct
{
  QsApplication *app;
  GPtrArray     *sources;

  GString *story;    /* the signals, as "failed NAME\n" */
  GString *statuses; /* of all sources, as "NAME running\n" */
  int      pid;      /* the last that was told */
  gboolean handles_failures;

  /* Once the story has the line @act_at, @act is called. */
  const char *act_at; /* nullable */
  void      (*act)    (gpointer fixture);
  gint64      acted_at; /* monotonic, microseconds */
  int         n_restarts; /* of @act's own */

  GHashTable *stats; /* the last of each source, by its name */
  GError     *error; /* of run() */
} Fixture;

static inline void
tell (Fixture *self, const char *what, QsBaseSource *source)
{
  g_autofree char *line = g_strdup_printf ("%s %s\n", what, qs_base_source_get_name (source));

  g_string_append (self->story, line);
  if (self->act_at == NULL || strstr (line, self->act_at) == NULL)
    return;

  self->act_at = NULL;
  self->acted_at = g_get_monotonic_time ();
  self->act (self);
}

static inline void
started_cb (QsApplication *app, QsBaseSource *source, int pid, Fixture *self)
{
  self->pid = pid;
  tell (self, "started", source);
}

static inline void
connected_cb (QsApplication *app, QsBaseSource *source, Fixture *self)
{
  tell (self, "connected", source);
}

static inline void
connect_failed_cb (QsApplication *app, QsBaseSource *source, const GError *error, Fixture *self)
{
  g_assert_cmpstr (error->message, ==, "no such host");
  tell (self, "connect-failed", source);
}

static inline void
finished_cb (QsApplication *app, QsBaseSource *source, Fixture *self)
{
  tell (self, "finished", source);
}

static inline gboolean
failed_cb (QsApplication *app, QsBaseSource *source, const GError *error, Fixture *self)
{
  g_autoptr (GError) kept = qs_base_source_dup_error (source);

  g_assert_error (kept, error->domain, error->code);
  g_assert_cmpstr (kept->message, ==, error->message);
  tell (self, "failed", source);

  return self->handles_failures;
}

static inline void
stats_cb (QsApplication *app, QsBaseSource *source, GVariant *stats, Fixture *self)
{
  g_hash_table_replace (
      self->stats, g_strdup (qs_base_source_get_name (source)), g_variant_ref (stats));
}

static inline void
status_cb (QsBaseSource *source, GParamSpec *pspec, Fixture *self)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (QS_TYPE_SOURCE_STATUS);
  GEnumValue *value = g_enum_get_value (klass, (int) qs_base_source_get_status (source));

  g_string_append_printf (
      self->statuses, "%s %s\n", qs_base_source_get_name (source), value->value_nick);
}

static inline void
connect_signals (Fixture *self)
{
  g_signal_connect (self->app, "source-started", G_CALLBACK (started_cb), self);
  g_signal_connect (self->app, "source-connected", G_CALLBACK (connected_cb), self);
  g_signal_connect (self->app, "source-connect-failed", G_CALLBACK (connect_failed_cb), self);
  g_signal_connect (self->app, "source-finished", G_CALLBACK (finished_cb), self);
  g_signal_connect (self->app, "source-failed", G_CALLBACK (failed_cb), self);
  g_signal_connect (self->app, "source-stats", G_CALLBACK (stats_cb), self);
}

/* The fixtures' data is the isolation. */
static inline void
fixture_set_up (Fixture *self, gconstpointer isolation)
{
  *self = (Fixture){ 0 };
  self->app = qs_application_new (qs_embedded_broker_get_address (shared_broker));
  g_object_set (self->app, "isolation", GPOINTER_TO_INT (isolation), NULL);
  self->sources = g_ptr_array_new ();
  self->story = g_string_new (NULL);
  self->statuses = g_string_new (NULL);
  self->stats =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  connect_signals (self);

  g_string_truncate (warnings.text, 0);
}

static inline void
remove_marks (void)
{
  const char *path = g_getenv (DIR_VARIABLE);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_unlink (file);
    }
}

static inline void
fixture_tear_down (Fixture *self, gconstpointer isolation)
{
  /* What run() borrowed it gives back: nothing keeps the application. */
  g_assert_finalize_object (self->app);
  for (guint i = 0; i < self->sources->len; i++)
    g_assert_finalize_object (G_OBJECT (self->sources->pdata[i]));

  remove_marks ();
  g_ptr_array_unref (self->sources);
  g_string_free (self->story, TRUE);
  g_string_free (self->statuses, TRUE);
  g_hash_table_unref (self->stats);
  g_clear_error (&self->error);
}

static inline QsBaseSource *
add_source (Fixture *self, const char *name)
{
  QsBaseSource *source = make_source (name);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (qs_application_add_source (self->app, source, NULL, &error));
  g_assert_no_error (error);
  g_signal_connect (source, "notify::status", G_CALLBACK (status_cb), self);
  g_ptr_array_add (self->sources, source);

  return source;
}

/* Runs the application; its error is kept. */
static inline gboolean
run (Fixture *self, GCancellable *cancellable)
{
  return run_application (self->app, cancellable, TEST_DEADLINE, &self->error);
}

static inline void
run_well (Fixture *self)
{
  run (self, NULL);
  g_assert_no_error (self->error);
}

static inline double
seconds_since (gint64 monotonic)
{
  return (double) (g_get_monotonic_time () - monotonic) / G_USEC_PER_SEC;
}

/* Has @act be called when the story has the line @line. */
static inline void
act_at (Fixture *self, const char *line, void (*act) (gpointer fixture))
{
  self->act_at = line;
  self->act = act;
}

static inline void
stop_application (gpointer fixture)
{
  qs_application_stop (((Fixture *) fixture)->app);
}

/* The values of what has arrived in @topic of the application's own broker, as one
 * string. */
static inline char *
read_values (QsApplication *app, const char *topic)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (app), topic, 10000, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < messages->len; i++)
    {
      GBytes *value = qs_message_get_value (messages->pdata[i]);

      g_string_append_len (text, g_bytes_get_data (value, NULL), (gssize) g_bytes_get_size (value));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Adds a test that has sources run as @isolation says; and one that is run in either
 * way. Whoever includes this defines TEST_PATH. */
#define ADD(path, isolation, func)                                                                 \
  g_test_add (TEST_PATH path,                                                                      \
              Fixture,                                                                             \
              GINT_TO_POINTER (QS_ISOLATION_##isolation),                                          \
              fixture_set_up,                                                                      \
              func,                                                                                \
              fixture_tear_down)
#define ADD_BOTH(path, func)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    ADD (path "/process", PROCESS, func);                                                          \
    ADD (path "/thread", THREAD, func);                                                            \
  }                                                                                                \
  G_STMT_END
