/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include <glib/gstdio.h>
#include <string.h>

#define PROGRAM "QSOURCE_TEST_PROGRAM"

/* Where program and workers leave each other files. */
#define DIR "QSOURCE_TEST_DIR"

#define API_END_TXN 26
#define INVALID_TXN_STATE 48
#define PRODUCER_FENCED 90

#define DEADLINE 60

static char *
dup_path (const char *name)
{
  return g_build_filename (g_getenv (DIR), name, NULL);
}

static gboolean
has_file (const char *name)
{
  g_autofree char *path = dup_path (name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
leave_file (const char *name)
{
  g_autofree char *path = dup_path (name);

  g_assert_true (g_file_set_contents (path, "", -1, NULL));
}

/* Commits again and again until the program has seen enough. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsStatefulSource)

struct _TestSource
{
  QsStatefulSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_STATEFUL_SOURCE)

static gboolean
test_source_run (QsSource *source, GError **error)
{
  while (qs_source_get_running (source) && !has_file ("enough"))
    {
      g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
      gint64 n = state != NULL ? qs_state_get_int64 (state, "n", 0, NULL) : 0;

      if (state == NULL || !qs_state_set (state, "n", g_variant_new_int64 (n + 1), error) ||
          !qs_source_flush (source, -1, error))
        return FALSE;
      qs_base_source_wait (QS_BASE_SOURCE (source), 0.05);
    }

  return TRUE;
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

/* Another source, which leaves a file if it was not stopped. */
#define TEST_TYPE_OTHER (test_other_get_type ())
G_DECLARE_FINAL_TYPE (TestOther, test_other, TEST, OTHER, QsSource)

struct _TestOther
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestOther, test_other, QS_TYPE_SOURCE)

static gboolean
test_other_run (QsSource *source, GError **error)
{
  while (qs_source_get_running (source) && !has_file ("enough"))
    qs_base_source_wait (QS_BASE_SOURCE (source), 0.02);

  if (qs_source_get_running (source))
    leave_file ("unstopped");

  return TRUE;
}

static void
test_other_class_init (TestOtherClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = test_other_run;
}

static void
test_other_init (TestOther *self)
{
}

/* What the program does, and has seen. */
typedef struct
{
  QsApplication *app;
  const char    *mode;
  guint          n_started;
  guint          n_verdicts; /* commits that it has made fail */
  guint64        n_flushes;  /* before the last start */
} Program;

/* Has the next @n commits end with @code. */
static void
fail_commits (Program *program, int code, gsize n)
{
  int codes[2] = { code, code };

  qs_embedded_broker_push_error (
      qs_application_get_embedded_broker (program->app), API_END_TXN, codes, n);
  program->n_verdicts += n;
}

static void
started_cb (QsApplication *app, QsBaseSource *source, int pid, Program *program)
{
  if (!TEST_IS_SOURCE (source))
    return;

  program->n_started++;
  program->n_flushes = qs_source_stats_get_n_flushes (qs_base_source_get_stats (source));
  if (g_str_equal (program->mode, "fenced"))
    fail_commits (program, PRODUCER_FENCED, 1);
  else if (g_str_equal (program->mode, "twice") && program->n_started == 1)
    fail_commits (program, INVALID_TXN_STATE, 2);
  else if (g_str_equal (program->mode, "apart") && program->n_started == 1)
    fail_commits (program, INVALID_TXN_STATE, 1);
  else if (program->n_started == 3)
    leave_file ("enough");
}

/* The second worker, too, once it has committed something. */
static void
stats_cb (QsApplication *app, QsBaseSource *source, GVariant *stats, Program *program)
{
  guint64 n_flushes = 0;

  if (g_str_equal (program->mode, "apart") && program->n_started == 2 && program->n_verdicts == 1 &&
      g_variant_lookup (stats, "n-flushes", "t", &n_flushes) && n_flushes > program->n_flushes)
    fail_commits (program, INVALID_TXN_STATE, 1);
}

static gboolean
enough_cb (gpointer user_data)
{
  leave_file ("enough");

  return G_SOURCE_REMOVE;
}

static gboolean
failed_cb (QsApplication *app, QsBaseSource *source, GError *error, Program *program)
{
  /* Time for the other one to be stopped, if it should be. */
  if (g_str_equal (program->mode, "fenced"))
    g_timeout_add (1000, enough_cb, NULL);

  return FALSE;
}

/* The program that the tests run, and its workers. */
static int
program_main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, "name", "s", NULL);
  g_autoptr (TestOther) other = g_object_new (TEST_TYPE_OTHER, "name", "other", NULL);
  g_autoptr (GError) error = NULL;
  Program program = { .app = app, .mode = g_getenv (PROGRAM) };

  /* No restart but the free ones. */
  g_object_set (app,
                "max-restarts",
                0,
                "restart-backoff",
                0.0,
                "run-timeout",
                (double) DEADLINE,
                "processing-guarantee",
                g_getenv ("QSOURCE_TEST_EXACTLY_ONCE") != NULL
                    ? QS_PROCESSING_GUARANTEE_EXACTLY_ONCE
                    : QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
                NULL);
  qs_application_add_source (app, QS_BASE_SOURCE (source), NULL, NULL);
  if (g_str_equal (program.mode, "fenced"))
    qs_application_add_source (app, QS_BASE_SOURCE (other), NULL, NULL);
  g_signal_connect (app, "source-started", G_CALLBACK (started_cb), &program);
  g_signal_connect (app, "source-stats", G_CALLBACK (stats_cb), &program);
  g_signal_connect (app, "source-failed", G_CALLBACK (failed_cb), &program);

  if (!qs_application_run (app, NULL, &error))
    g_print ("%s ",
             strstr (error->message, "has taken over") != NULL      ? "fenced"
             : strstr (error->message, "Cannot commit the") != NULL ? "unknown"
                                                                    : error->message);
  g_print ("started %u%s\n", program.n_started, has_file ("unstopped") ? " other unstopped" : "");

  return 0;
}

static char *
run_program (const char *mode, const char *guarantee)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = g_dir_make_tmp ("qs-restart-XXXXXX", NULL);
  g_autofree char *enough = g_build_filename (dir, "enough", NULL);
  g_autofree char *unstopped = g_build_filename (dir, "unstopped", NULL);
  g_autoptr (GSubprocess) program = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  g_subprocess_launcher_setenv (launcher, PROGRAM, mode, TRUE);
  g_subprocess_launcher_setenv (launcher, DIR, dir, TRUE);
  if (g_str_equal (guarantee, "exactly-once"))
    g_subprocess_launcher_setenv (launcher, "QSOURCE_TEST_EXACTLY_ONCE", "1", TRUE);
  program = g_subprocess_launcher_spawn (launcher, &error, self, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (program, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (program));
  g_remove (enough);
  g_remove (unstopped);
  g_rmdir (dir);

  return output;
}

static void
test_apart (gconstpointer guarantee)
{
  g_autofree char *output = run_program ("apart", guarantee);

  g_test_summary ("A restart to learn what became of a commit is free, and each time that one "
                  "succeeded in between");

  g_assert_cmpstr (output, ==, "started 3\n");
}

static void
test_twice (gconstpointer guarantee)
{
  g_autofree char *output = run_program ("twice", guarantee);

  g_test_summary ("A second such restart without a successful flush is not free");

  g_assert_cmpstr (output, ==, "unknown started 2\n");
}

static void
test_fenced (gconstpointer guarantee)
{
  g_autofree char *output = run_program ("fenced", guarantee);

  g_test_summary ("A source that was fenced isn't started again, the others go on, and run() "
                  "says so at its end");

  g_assert_cmpstr (output, ==, "fenced started 1 other unstopped\n");
}

#define ADD(path, function)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_test_add_data_func ("/stateful-restart/at-least-once/" path, "at-least-once", function);     \
    g_test_add_data_func ("/stateful-restart/exactly-once/" path, "exactly-once", function);       \
  }                                                                                                \
  G_STMT_END

int
main (int argc, char *argv[])
{
  if (g_getenv (PROGRAM) != NULL)
    return program_main ();

  g_test_init (&argc, &argv, NULL);
  ADD ("apart", test_apart);
  ADD ("twice", test_twice);
  ADD ("fenced", test_fenced);

  return g_test_run ();
}
