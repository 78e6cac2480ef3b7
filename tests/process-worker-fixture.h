/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qs-process-worker-private.h"
#include "qs-source-error.h"
#include "qs-worker-child-private.h"
#include "qs-worker-protocol-private.h"
#include "remove-tree.h"
#include "wait-for.h"
#include "worker-fixture.h"

/* The program that the tests of process workers are: its own worker, whose
 * source does what its name says. */

#define APPLICATION 3
/* Of a source that doesn't end by itself. */
#define SHUTDOWN_TIMEOUT 0.4

/* Where worker and test leave each other files. */
#define DIR_VARIABLE "TEST_PROCESS_WORKER_DIR"

static inline char *
dup_mark_path (const char *mark)
{
  return g_build_filename (g_getenv (DIR_VARIABLE), mark, NULL);
}

static inline void
leave_mark (const char *mark, const char *text)
{
  g_autofree char *path = dup_mark_path (mark);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A source whose name says what it does. */

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource parent_instance;

  GThread *main_thread;
  int      stop_called; /* atomic */
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

static inline gboolean
fail (GError **error, const char *domain, int code, const char *message)
{
  g_set_error_literal (error, g_quark_from_string (domain), code, message);
  return FALSE;
}

static inline gboolean
fail_huge (QsBaseSource *base, GError **error)
{
  g_autofree char *huge = g_strnfill (10 * 1024 * 1024, 'x');

  qs_base_source_set_error_detail (base, huge);
  return fail (error, "test-error", 1, huge);
}

static inline void
die_by (int number)
{
  /* No dump, and no sanitizer that makes something else of it. */
  setrlimit (RLIMIT_CORE, &(struct rlimit){ 0, 0 });
  signal (number, SIG_DFL);
  raise (number);
}

/* A child that holds all that it inherited, until end_child(). */
static inline void
leave_child (void)
{
  g_autofree char *text = NULL;
  pid_t            pid = fork ();

  if (pid == 0)
    {
      /* Sleeps: whoever is left behind does, until it is ended. */
      sleep (60);
      _exit (0);
    }

  text = g_strdup_printf ("%d", (int) pid);
  leave_mark ("child", text);
}

static inline void
write_noise (void)
{
  for (guint i = 0; i < 200; i++)
    printf ("# what looks like something else: Hello {1: <'x'>}\n");
}

static inline gboolean
produce_until_refused (QsSource *source, GError **error)
{
  for (guint i = 0;; i++)
    {
      if (i == 10)
        leave_mark ("full", "");
      if (!qs_source_produce_data (source, NULL, 0, (const guint8 *) "x", 1, 0, error))
        return FALSE;
    }
}

/* What a worker must have so that what it starts is as started by a shell. */
static inline gboolean
check_child (GError **error)
{
  g_autofree char *out = NULL;
  int              status = 0;

  if (!g_spawn_command_line_sync ("sh -c 'kill -INT $$; exit 9'", &out, NULL, &status, error))
    return FALSE;
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGINT);

  if (system ("kill -HUP $$") == 0 || system ("kill -PIPE $$") == 0 || system ("kill $$") == 0)
    return fail (error, "test-error", 1, "a child ignores a signal");

  return TRUE;
}

/* A forked child that returns is nobody; its parent goes on. */
static inline gboolean
return_twice (void)
{
  int   status = -1;
  pid_t pid = fork ();

  if (pid != 0)
    g_assert_true (waitpid (pid, &status, 0) == pid && WIFEXITED (status));

  return TRUE;
}

static inline void
at_exit (void)
{
  leave_mark ("at-exit", "");
}

static inline gboolean
test_source_run (QsSource *source, GError **error)
{
  QsBaseSource    *base = QS_BASE_SOURCE (source);
  const char      *name = qs_base_source_get_name (base);
  g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());

  leave_mark ("run", pid);

  if (g_str_equal (name, "error"))
    {
      qs_base_source_set_error_detail (base, "Traceback:\n  line 1\n");
      return fail (error, "test-error", 42, "it was not there");
    }
  if (g_str_equal (name, "huge"))
    return fail_huge (base, error);
  if (g_str_equal (name, "invalid"))
    return fail (error, "test-error", 1, "caf\351");
  if (g_str_equal (name, "segv"))
    die_by (SIGSEGV);
  if (g_str_equal (name, "abort"))
    die_by (SIGABRT);
  if (g_str_equal (name, "kill"))
    die_by (SIGKILL);
  if (g_str_equal (name, "exit"))
    exit (7);
  if (g_str_equal (name, "fork"))
    {
      leave_child ();
      _exit (9);
    }
  if (g_str_equal (name, "noise"))
    write_noise ();
  if (g_str_equal (name, "again"))
    qs_worker_child_run (base, qs_base_source_get_topic (base));
  if (g_str_equal (name, "env"))
    return g_getenv ("QSOURCE_WORKER") == NULL;
  if (g_str_equal (name, "child"))
    return check_child (error);
  if (g_str_equal (name, "fork-returns"))
    return return_twice ();
  if (g_str_equal (name, "at-exit"))
    atexit (at_exit);
  if (g_str_equal (name, "stdin"))
    {
      char byte;

      g_assert_cmpint (read (0, &byte, 1), ==, -1);
      g_assert_cmpint (open ("/dev/stdin", O_RDONLY), ==, -1);
    }
  if (g_str_equal (name, "stuck"))
    for (;;)
      ;
  if (g_str_equal (name, "frozen"))
    raise (SIGSTOP);
  if (g_str_equal (name, "full"))
    return produce_until_refused (source, error);
  if (g_str_equal (name, "wait"))
    qs_base_source_wait (base, -1);
  if (g_str_equal (name, "unflushed") || g_str_equal (name, "lost"))
    {
      gboolean ok = qs_source_produce_data (source, NULL, 0, (const guint8 *) "x", 1, 0, error);

      leave_mark ("produced", "");
      return ok;
    }
  if (g_str_equal (name, "stop"))
    WAIT_FOR (g_atomic_int_get (&TEST_SOURCE (source)->stop_called));

  return TRUE;
}

static inline gboolean
test_source_setup (QsBaseSource *base, GError **error)
{
  const char *name = qs_base_source_get_name (base);

  leave_mark ("setup", "");

  if (g_str_equal (name, "setup-fails"))
    return fail (error, "test-error", 5, "no such host");

  if (g_str_equal (name, "setup-waits"))
    {
      qs_base_source_wait (base, -1);
      return !g_cancellable_set_error_if_cancelled (qs_base_source_get_cancellable (base), error);
    }

  return TRUE;
}

static inline void
test_source_stop (QsBaseSource *base)
{
  TestSource *self = TEST_SOURCE (base);

  leave_mark ("stop", g_thread_self () == self->main_thread ? "main thread" : "other thread");
  g_atomic_int_set (&self->stop_called, TRUE);
}

static inline void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
  QS_BASE_SOURCE_CLASS (klass)->setup = test_source_setup;
  QS_BASE_SOURCE_CLASS (klass)->stop = test_source_stop;
}

static inline void
test_source_init (TestSource *self)
{
  self->main_thread = g_thread_self ();
}

static inline QsBaseSource *
make_source (const char *name)
{
  static const char *const never_ending[] = { "frozen", "stuck", "unflushed", NULL };
  gboolean                 is_ending = !g_strv_contains (never_ending, name);

  return g_object_new (TEST_TYPE_SOURCE,
                       "name",
                       name,
                       "shutdown-timeout",
                       is_ending ? TEST_DEADLINE : SHUTDOWN_TIMEOUT,
                       NULL);
}

/* Says Hello as long as there is a parent, and without waiting for an answer. */
static inline void
flood (void)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (QS_WORKER_FD, NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GDBusConnection) connection = NULL;

  /* As in run(): an answer doesn't end this process. */
  fcntl (QS_WORKER_FD, F_SETFL, fcntl (QS_WORKER_FD, F_GETFL) & ~O_ASYNC);
  g_unix_connection_send_credentials (G_UNIX_CONNECTION (stream), NULL, NULL);
  connection = g_dbus_connection_new_sync (
      G_IO_STREAM (stream), NULL, G_DBUS_CONNECTION_FLAGS_NONE, NULL, NULL, NULL);
  /* A test that fails leaves nobody behind. */
  for (guint i = 1; !g_dbus_connection_is_closed (connection); i++)
    {
      g_autoptr (GDBusMessage) hello =
          g_dbus_message_new_method_call (NULL, QS_WORKER_PATH, "org.qsource.Parent1", "Hello");

      g_dbus_message_set_body (hello, g_variant_new ("(s)", "1"));
      g_dbus_connection_send_message (
          connection, hello, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
      /* Not more than the connection takes. */
      if (i % 64 == 0)
        g_dbus_connection_flush_sync (connection, NULL, NULL);
    }
}

/* What main() is in a worker. */
static inline int
main_of_worker (void)
{
  g_autoptr (QsBaseSource) source = NULL;
  g_autoptr (QsTopic) topic = qs_topic_new ("numbers");
  const char *name = qs_worker_child_get_source_name ();

  if (g_str_equal (name, "exits-early"))
    return 2;

  if (g_str_equal (name, "flood"))
    flood ();

  if (g_str_equal (name, "slow-main"))
    {
      g_autofree char *pid = g_strdup_printf ("%d", (int) getpid ());

      leave_mark ("pid", pid);
      for (;;)
        pause ();
    }

  g_assert_true (qs_worker_child_is_for (APPLICATION));
  g_assert_false (qs_worker_child_is_for (APPLICATION + 1));

  if (!g_str_equal (name, "nobody"))
    source = make_source (name);

  qs_worker_child_run (source, source != NULL ? topic : NULL);
  g_assert_not_reached ();
}

typedef struct
{
  char         *dir;
  QsBaseSource *source;
  QsWorkerSettings settings;
  Run              run;
} Fixture;

/* Makes the worker of source @name, which is not started. */
static inline void
make (Fixture *fixture, const char *name, const char *const *argv, double startup_timeout)
{
  QsKafkaConfig *config = make_config ();
  g_autoptr (QsTopic) topic = qs_topic_new ("numbers");

  if (g_str_equal (name, "full"))
    config->producer_config =
        g_variant_ref_sink (g_variant_new_parsed ("{'queue.buffering.max.messages': '10'}"));
  if (g_str_equal (name, "lost"))
    config->broker_availability_timeout = 0.2;

  fixture->settings = (QsWorkerSettings){
    .config = config,
    .application = APPLICATION,
    .worker_argv = argv,
    .startup_timeout = startup_timeout,
  };
  fixture->source = make_source (name);
  run_init (&fixture->run, qs_process_worker_new (fixture->source, topic, &fixture->settings));
}

static inline void
start (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;

  make (fixture, name, NULL, TEST_DEADLINE);
  g_assert_true (qs_worker_start (fixture->run.worker, &error));
  g_assert_no_error (error);
}

static inline void
finish (Fixture *fixture)
{
  iterate_until (run_has_ended, &fixture->run);
}

static inline gboolean
mark_is_there (gpointer data)
{
  g_autofree char *path = dup_mark_path (data);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static inline int
read_number (const char *mark)
{
  g_autofree char *path = dup_mark_path (mark);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));

  return atoi (text);
}

static inline void
end_child (void)
{
  g_assert_cmpint (kill (read_number ("child"), SIGKILL), ==, 0);
}

static inline gboolean
is_gone (gpointer data)
{
  int pid = GPOINTER_TO_INT (data);

  /* It may have become our child: see main(). */
  return waitpid (pid, NULL, WNOHANG) == pid || kill (pid, 0) != 0;
}

static inline void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->dir = g_dir_make_tmp ("qsource-worker-XXXXXX", NULL);
  g_setenv (DIR_VARIABLE, fixture->dir, TRUE);
}

static inline void
clear_worker (Fixture *fixture)
{
  run_clear (&fixture->run);
  g_assert_finalize_object (g_steal_pointer (&fixture->source));
  qs_kafka_config_unref (fixture->settings.config);
}

static inline void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  remove_tree (fixture->dir);
  g_free (fixture->dir);

  if (fixture->source != NULL)
    {
      clear_worker (fixture);
    }
}

static inline void
assert_failed (Fixture *fixture, QsSourceError code, const char *text)
{
  g_autoptr (GError) kept = qs_base_source_dup_error (fixture->source);
  const char      *name = qs_base_source_get_name (fixture->source);
  g_autofree char *quoted = g_strdup_printf ("source '%s'", name);
  g_autofree char *pid = g_strdup_printf ("(pid %d)", qs_worker_get_pid (fixture->run.worker));

  g_assert_error (fixture->run.error, QS_SOURCE_ERROR, (int) code);
  g_test_message ("%s", fixture->run.error->message);
  g_assert_nonnull (strstr (fixture->run.error->message, quoted));
  g_assert_nonnull (strstr (fixture->run.error->message, pid));
  g_assert_nonnull (strstr (fixture->run.error->message, text));
  g_assert_error (kept, QS_SOURCE_ERROR, (int) code);
  g_assert_cmpint (qs_base_source_get_status (fixture->source), ==, QS_SOURCE_STATUS_FAILED);
}

static inline void
assert_finished (Fixture *fixture)
{
  g_assert_no_error (fixture->run.error);
  g_assert_cmpint (qs_base_source_get_status (fixture->source), ==, QS_SOURCE_STATUS_FINISHED);
}
