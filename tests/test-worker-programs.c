/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <qsource.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "remove-tree.h"

/* Whole programs, as users write them: with PROGRAM NAME this is one of them. */
#define PROGRAM "--program"
#define DIR_VARIABLE "TEST_WORKER_PROGRAMS_DIR"

#define TEST_DEADLINE 20.0
#define SHUTDOWN_TIMEOUT 10.0

/* No test needs as many processes; a program that multiplies ends by itself. */
#define MAX_STARTS 10

/* One line more in the file @mark; returns which one it is, from 1. */
static int
leave_mark (const char *mark)
{
  g_autofree char *path = g_build_filename (g_getenv (DIR_VARIABLE), mark, NULL);
  g_autofree char *line = g_strdup_printf ("%7d\n", (int) getpid ());
  int              fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  off_t            end;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, line, strlen (line)), ==, (gssize) strlen (line));
  end = lseek (fd, 0, SEEK_CUR);
  close (fd);

  return (int) end / (int) strlen (line);
}

static char **
read_marks (const char *mark)
{
  g_autofree char *path = g_build_filename (g_getenv (DIR_VARIABLE), mark, NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_new0 (char *, 1);

  return g_strsplit (g_strchomp (text), "\n", -1);
}

/* A source whose name says what it does. */

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

/* Leaves what the first descriptors are of. */
static void
describe_descriptors (void)
{
  g_autofree char *path = g_build_filename (g_getenv (DIR_VARIABLE), "descriptors", NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (int fd = 0; fd <= STDERR_FILENO; fd++)
    {
      g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
      g_autofree char *target = g_file_read_link (link, NULL);

      g_string_append_printf (text, "%s\n", target != NULL ? target : "closed");
    }
  g_assert_true (g_file_set_contents (path, text->str, -1, NULL));
}

static gboolean
test_source_run (QsSource *source, GError **error)
{
  QsBaseSource *base = QS_BASE_SOURCE (source);
  const char   *name = qs_base_source_get_name (base);
  int           n_runs = leave_mark ("run");

  if (g_str_equal (name, "bare"))
    describe_descriptors ();
  if (g_str_equal (name, "wait"))
    qs_base_source_wait (base, -1);
  if (g_str_equal (name, "stuck"))
    for (;;)
      ;
  if (g_str_equal (name, "rejects"))
    {
      g_autoptr (QsMessage) rejected = qs_message_new_rejected (NULL, NULL, NULL, 0, "no good");

      if (!qs_source_produce (source, rejected, error))
        return FALSE;
    }
  if (g_str_equal (name, "dies") || (g_str_equal (name, "dies-once") && n_runs == 1))
    raise (SIGKILL);

  return qs_source_produce_data (source, NULL, 0, (const guint8 *) "x", 1, 0, error);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_source_run;
}

static void
test_source_init (TestSource *self)
{
}

static QsApplication *
make_application (const char *source_name)
{
  QsApplication *app = qs_application_new ("embedded");

  if (source_name != NULL)
    {
      g_autoptr (QsBaseSource) source = g_object_new (
          TEST_TYPE_SOURCE, "name", source_name, "shutdown-timeout", SHUTDOWN_TIMEOUT, NULL);

      g_assert_nonnull (qs_application_add_source (app, source, NULL, NULL));
    }

  return app;
}

static int
run (QsApplication *app)
{
  g_autoptr (GError) error = NULL;

  if (qs_application_run (app, NULL, &error))
    return 0;

  g_printerr ("run() failed: %s\n", error->message);
  return 3;
}

static guint
count_messages (QsApplication *app, const char *topic)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (app), topic, G_MAXUINT, &error);
  g_assert_no_error (error);

  return messages->len;
}

/* Its topics are named anew each time that main() runs. */
static int
run_renamed (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autofree char *topic_name = g_strdup_printf ("topic-%d", (int) getpid ());
  g_autofree char *dead_name = g_strdup_printf ("dead-%d", (int) getpid ());
  g_autoptr (QsTopic) topic = qs_topic_new (topic_name);
  g_autoptr (QsTopic) dead_letters = qs_topic_new (dead_name);
  g_autoptr (QsBaseSource) source = g_object_new (TEST_TYPE_SOURCE,
                                                  "name",
                                                  "rejects",
                                                  "errors",
                                                  QS_ERROR_HANDLING_DEAD_LETTER,
                                                  "dead-letter-topic",
                                                  dead_letters,
                                                  NULL);

  g_assert_nonnull (qs_application_add_source (app, source, topic, NULL));
  if (run (app) != 0)
    return 3;

  g_assert_cmpuint (count_messages (app, topic_name), ==, 1);
  g_assert_cmpuint (count_messages (app, dead_name), ==, 1);
  return 0;
}

/* main() of the program @name, in the parent and again in each worker. */
static int
program_main (const char *name)
{
  int      n_starts = leave_mark ("main");
  gboolean is_first = n_starts == 1;
  g_autoptr (QsApplication) app = NULL;

  if (n_starts > MAX_STARTS)
    return 99;

  if (g_str_equal (name, "two"))
    {
      g_autoptr (QsApplication) other = make_application ("second");

      app = make_application ("first");
      return run (app) + run (other) + run (app);
    }

  if (g_str_equal (name, "unsteady"))
    {
      app = make_application (is_first ? "steady" : "other");
      return run (app);
    }

  if (g_str_equal (name, "renamed"))
    return run_renamed ();

  if (g_str_equal (name, "exits") && !is_first)
    return 5;

  if (g_str_equal (name, "slow") && !is_first)
    g_usleep (G_USEC_PER_SEC / 2); /* Sleeps: as a slow start does. */

  app = make_application (g_str_equal (name, "slow") ? "wait" : name);
  if (g_str_equal (name, "dies-once"))
    g_object_set (app, "max-restarts", 1, "restart-backoff", 0.01, NULL);

  return run (app);
}

typedef struct
{
  char *dir;
  pid_t pid;    /* of the program, which leads a process group; 0 = none */
  int   status; /* as from waitpid() */
  char *errors; /* what it wrote to stderr */
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->dir = g_dir_make_tmp ("qsource-programs-XXXXXX", NULL);
  g_setenv (DIR_VARIABLE, fixture->dir, TRUE);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  remove_tree (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->errors);
}

typedef enum
{
  INHERITS_USUAL,
  INHERITS_NO_DESCRIPTORS,
  INHERITS_NO_SIGCHLD,
} Inherits;

/* In the program, before it is one. */
static void
set_up_child (gpointer data)
{
  setpgid (0, 0);

  if (GPOINTER_TO_INT (data) == INHERITS_NO_SIGCHLD)
    signal (SIGCHLD, SIG_IGN);
  for (int fd = 0; fd <= STDERR_FILENO && GPOINTER_TO_INT (data) == INHERITS_NO_DESCRIPTORS; fd++)
    close (fd);
}

static char *
dup_errors_path (Fixture *fixture)
{
  return g_build_filename (fixture->dir, "stderr", NULL);
}

static void
start_with (Fixture *fixture, const char *name, Inherits inherits)
{
  g_autofree char *path = dup_errors_path (fixture);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL); /* valgrind reads it only */
  const char      *argv[] = { self, PROGRAM, name, NULL };
  int              fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  g_autoptr (GError) error = NULL;

  g_spawn_async_with_fds (NULL,
                          (char **) argv,
                          NULL,
                          G_SPAWN_DO_NOT_REAP_CHILD,
                          set_up_child,
                          GINT_TO_POINTER (inherits),
                          &fixture->pid,
                          -1,
                          fd,
                          fd,
                          &error);
  g_assert_no_error (error);
  close (fd);
}

static void
start (Fixture *fixture, const char *name)
{
  start_with (fixture, name, INHERITS_USUAL);
}

/* Waits until @n processes have left @mark, and returns the pid of the last. */
static int
wait_for_mark (const char *mark, guint n)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) (TEST_DEADLINE * G_USEC_PER_SEC);

  for (;;)
    {
      g_auto (GStrv) marks = read_marks (mark);

      if (g_strv_length (marks) >= n)
        return atoi (marks[n - 1]);

      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (2000);
    }
}

static void
wait_until_gone (pid_t pid, int *status)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) (TEST_DEADLINE * G_USEC_PER_SEC);

  while (waitpid (pid, status, WNOHANG) != pid)
    {
      /* Not our child, and not even there. */
      if (kill (pid, 0) != 0)
        return;

      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (2000);
    }
}

static void
finish (Fixture *fixture)
{
  g_autofree char *path = dup_errors_path (fixture);

  wait_until_gone (fixture->pid, &fixture->status);
  g_assert_true (g_file_get_contents (path, &fixture->errors, NULL, NULL));
  g_test_message ("%s", fixture->errors);
}

static void
assert_exited (Fixture *fixture, int status, guint n_starts)
{
  g_auto (GStrv) starts = read_marks ("main");

  g_assert_true (WIFEXITED (fixture->status));
  g_assert_cmpint (WEXITSTATUS (fixture->status), ==, status);
  g_assert_cmpuint (g_strv_length (starts), ==, n_starts);
}

static void
test_two (Fixture *fixture, gconstpointer user_data)
{
  g_auto (GStrv) runs = NULL;

  g_test_summary ("A program with two applications, one of which runs twice, starts three workers "
                  "and not one more");

  start (fixture, "two");
  finish (fixture);

  runs = read_marks ("run");
  assert_exited (fixture, 0, 1 + 3);
  g_assert_cmpuint (g_strv_length (runs), ==, 3);
}

static void
test_unsteady (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A main() that adds other sources in the worker is told so");

  start (fixture, "unsteady");
  finish (fixture);

  assert_exited (fixture, 3, 1 + 1);
  g_assert_nonnull (strstr (fixture->errors, "added no source with that name"));
}

static void
test_renamed (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A main() that names its topics anew in the worker: those of the program count");

  start (fixture, "renamed");
  finish (fixture);

  assert_exited (fixture, 0, 1 + 1);
}

static void
test_exits (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A main() that ends in the worker before run() is told so, with its command");

  start (fixture, "exits");
  finish (fixture);

  assert_exited (fixture, 3, 1 + 1);
  g_assert_nonnull (strstr (fixture->errors, "ended with status 5 before it reached run()"));
  g_assert_nonnull (strstr (fixture->errors, " --program exits."));
}

static void
test_dies (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A worker that dies ends the application, named with pid and cause");

  start (fixture, "dies");
  finish (fixture);

  assert_exited (fixture, 3, 1 + 1);
  g_assert_nonnull (strstr (fixture->errors, "was ended by signal 9 (Killed) inside run()"));
}

static void
test_ignored_sigchld (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A program that was started with SIGCHLD ignored tells how a worker has died");

  start_with (fixture, "dies", INHERITS_NO_SIGCHLD);
  finish (fixture);

  assert_exited (fixture, 3, 1 + 1);
  g_assert_nonnull (strstr (fixture->errors, "was ended by signal 9 (Killed) inside run()"));
}

static void
test_no_descriptors (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *path = g_build_filename (fixture->dir, "descriptors", NULL);
  g_autofree char *text = NULL;

  g_test_summary ("A program that was started with descriptors 0 to 2 closed has nothing else "
                  "there in its worker, into which a line could be written");

  start_with (fixture, "bare", INHERITS_NO_DESCRIPTORS);
  finish (fixture);

  assert_exited (fixture, 0, 1 + 1);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "/dev/null\n/dev/null\n/dev/null\n");
}

static void
test_dies_once (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A worker that dies is started again, if the application says so");

  start (fixture, "dies-once");
  finish (fixture);

  assert_exited (fixture, 0, 1 + 2);
}

static void
test_interrupt (Fixture *fixture, gconstpointer user_data)
{
  const char *const *words = user_data;

  g_test_summary ("Ctrl-C, which reaches parent and worker, stops both in order, early too");

  start (fixture, words[0]);
  wait_for_mark (words[1], g_str_equal (words[1], "main") ? 2 : 1);
  g_assert_cmpint (kill (-fixture->pid, SIGINT), ==, 0);
  finish (fixture);

  assert_exited (fixture, 0, 1 + 1);
}

static void
test_parent_killed (Fixture *fixture, gconstpointer user_data)
{
  int worker;

  g_test_summary ("kill -9 of the program leaves no worker behind, though its broker is gone too");

  start (fixture, user_data);
  worker = wait_for_mark ("run", 1);
  g_assert_cmpint (kill (fixture->pid, SIGKILL), ==, 0);
  finish (fixture);
  wait_until_gone (worker, NULL);
}

int
main (int argc, char **argv)
{
  static const char *const in_main[] = { "slow", "main" };
  static const char *const in_run[] = { "wait", "run" };

  if (argc == 3 && g_str_equal (argv[1], PROGRAM))
    return program_main (argv[2]);

  g_test_init (&argc, &argv, NULL);

  /* Orphans become children of ours, so that they can be waited for. */
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);

#define add(path, data, func)                                                                      \
  g_test_add ("/worker-programs/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

  add ("two-applications", NULL, test_two);
  add ("unsteady", NULL, test_unsteady);
  add ("renamed", NULL, test_renamed);
  add ("exits", NULL, test_exits);
  add ("dies", NULL, test_dies);
  add ("ignored-sigchld", NULL, test_ignored_sigchld);
  add ("no-descriptors", NULL, test_no_descriptors);
  add ("dies-once", NULL, test_dies_once);
  add ("interrupt/main", in_main, test_interrupt);
  add ("interrupt/run", in_run, test_interrupt);
  add ("parent-killed", "wait", test_parent_killed);
  add ("parent-killed/stuck", "stuck", test_parent_killed);

#undef add

  return g_test_run ();
}
