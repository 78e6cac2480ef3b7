/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include "run-application.h"

/* What is done to a single source while the application runs. The program is its
 * own worker. */

#define TEST_DEADLINE 40.0

/* Seconds between two records. */
#define PACE 0.002

/* A source that counts until it is stopped, one called `one` produces only one
 * record, `fails` fails at once unless it is mended, and `sore` when it is stopped. */

#define MENDED "TEST_SOURCE_CONTROL_MENDED"

#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, QsSource)

struct _TestSource
{
  QsSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSource, test_source, QS_TYPE_SOURCE)

/* Always returns FALSE. */
static gboolean
fail (GError **error)
{
  g_set_error_literal (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED, "as it must");
  return FALSE;
}

static gboolean
test_source_run (QsSource *source, GError **error)
{
  const char *name = qs_base_source_get_name (QS_BASE_SOURCE (source));

  if (g_str_equal (name, "fails"))
    return g_getenv (MENDED) != NULL || fail (error);

  do
    {
      if (!qs_source_produce_data (source, (const guint8 *) "k", 1, NULL, 0, 0, error))
        return FALSE;
    }
  while (!g_str_equal (name, "one") && qs_base_source_wait (QS_BASE_SOURCE (source), PACE));

  return g_str_equal (name, "sore") ? fail (error) : TRUE;
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

static QsBaseSource *
make_source (const char *name)
{
  return g_object_new (TEST_TYPE_SOURCE, "name", name, NULL);
}

typedef struct
{
  QsApplication *app;
  GAsyncResult  *result; /* of the run that is over; nullable */
  GHashTable    *stats;  /* the last of each source, by its name */
  GString       *story;  /* "started NAME " and so on */
  int            pid;    /* the last that was told */
} Fixture;

static void
stats_cb (QsApplication *app, QsBaseSource *source, GVariant *stats, Fixture *self)
{
  g_hash_table_replace (
      self->stats, g_strdup (qs_base_source_get_name (source)), g_variant_ref (stats));
}

static void
started_cb (QsApplication *app, QsBaseSource *source, int pid, Fixture *self)
{
  self->pid = pid;
  g_string_append_printf (self->story, "started %s ", qs_base_source_get_name (source));
}

static void
finished_cb (QsApplication *app, QsBaseSource *source, Fixture *self)
{
  g_string_append_printf (self->story, "finished %s ", qs_base_source_get_name (source));
}

static gboolean
failed_cb (QsApplication *app, QsBaseSource *source, GError *error, Fixture *self)
{
  g_string_append_printf (self->story, "failed %s ", qs_base_source_get_name (source));

  return TRUE;
}

static void
fixture_set_up (Fixture *self, gconstpointer isolation)
{
  self->app = qs_application_new ("embedded");
  g_object_set (self->app, "isolation", GPOINTER_TO_INT (isolation), NULL);
  self->stats =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  self->story = g_string_new (NULL);
  g_signal_connect (self->app, "source-stats", G_CALLBACK (stats_cb), self);
  g_signal_connect (self->app, "source-started", G_CALLBACK (started_cb), self);
  g_signal_connect (self->app, "source-finished", G_CALLBACK (finished_cb), self);
  g_signal_connect (self->app, "source-failed", G_CALLBACK (failed_cb), self);
}

static void
fixture_tear_down (Fixture *self, gconstpointer isolation)
{
  g_clear_object (&self->result);
  g_assert_finalize_object (self->app);
  g_hash_table_unref (self->stats);
  g_string_free (self->story, TRUE);
}

static QsBaseSource *
add_source (Fixture *self, const char *name)
{
  g_autoptr (QsBaseSource) source = make_source (name);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (qs_application_add_source (self->app, source, NULL, &error));
  g_assert_no_error (error);

  /* The application keeps it. */
  return source;
}

static void
done_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  ((Fixture *) user_data)->result = g_object_ref (result);
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Iterates the main context until @condition is so. */
#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 end = g_get_monotonic_time () + (gint64) (TEST_DEADLINE * G_USEC_PER_SEC);              \
    guint  tick = g_timeout_add (5, tick_cb, NULL);                                                \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (g_get_monotonic_time () > end)                                                         \
          g_error ("not within %g s: %s", TEST_DEADLINE, #condition);                              \
        g_main_context_iteration (NULL, TRUE);                                                     \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

static void
start (Fixture *self)
{
  qs_application_run_async (self->app, NULL, done_cb, self);
}

static void
finish (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  wait_until (self->result != NULL);
  qs_application_run_finish (self->app, self->result, &error);
  g_assert_no_error (error);
  g_clear_object (&self->result);
}

static void
stop (Fixture *self)
{
  qs_application_stop (self->app);
  finish (self);
}

/* How many records the broker has of a source. */
static guint
count_records (Fixture *self, const char *name)
{
  QsEmbeddedBroker *broker = qs_application_get_embedded_broker (self->app);
  g_autofree char  *topic = g_strconcat ("source__", name, NULL);
  g_autoptr (GPtrArray) messages = NULL;

  if (broker == NULL)
    return 0;

  messages = qs_embedded_broker_dup_messages (broker, topic, 0, NULL);

  return messages != NULL ? messages->len : 0;
}

static guint64
get_stat (Fixture *self, const char *name, const char *key)
{
  GVariant *stats = g_hash_table_lookup (self->stats, name);
  guint64   value = G_MAXUINT64;

  if (stats != NULL)
    g_variant_lookup (stats, key, "t", &value);

  return value;
}

static QsSourceStatus
get_status (QsBaseSource *source)
{
  return qs_base_source_get_status (source);
}

/* Microseconds in which what was under way when a source was paused is delivered. */
#define UNDER_WAY (200 * 1000)

/* Whether all that was produced is delivered. The statistics can be those from before the pause,
 * so nothing must have come for a while; @n_records and @since: what has come until when. */
static gboolean
has_settled (Fixture *self, const char *name, guint *n_records, gint64 *since)
{
  guint  n = count_records (self, name);
  gint64 now = g_get_monotonic_time ();

  if (n != *n_records)
    *since = now;
  *n_records = n;

  return now - *since > UNDER_WAY && get_stat (self, name, "n-in-flight") == 0 &&
         get_stat (self, name, "n-acknowledged") == n;
}

/* Waits until a source that is paused has nothing in flight; returns how many
 * records it has delivered. */
static guint
settle (Fixture *self, const char *name)
{
  guint  n_records = 0;
  gint64 since = g_get_monotonic_time ();

  wait_until (has_settled (self, name, &n_records, &since));

  return n_records;
}

static void
assert_error_code (gboolean ok, GError **error, int code)
{
  g_assert_false (ok);
  g_assert_error (*error, QS_APPLICATION_ERROR, code);
  g_clear_error (error);
}

static void
test_pause (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *paused = add_source (self, "paused");
  QsBaseSource *other = add_source (self, "other");
  g_autoptr (GError) error = NULL;
  guint n_paused = 0;
  guint n_other = 0;

  g_test_summary ("A paused source produces nothing while another does, and goes on when resumed");

  start (self);
  wait_until (count_records (self, "paused") > 0 && count_records (self, "other") > 0);
  wait_until (get_status (other) == QS_SOURCE_STATUS_RUNNING);
  g_assert_true (qs_application_pause_source (self->app, paused, &error));
  g_assert_no_error (error);
  wait_until (get_status (paused) == QS_SOURCE_STATUS_PAUSED);
  g_assert_cmpint (get_status (other), ==, QS_SOURCE_STATUS_RUNNING);

  n_paused = settle (self, "paused");
  n_other = count_records (self, "other");
  wait_until (count_records (self, "other") > n_other + 50);
  g_assert_cmpuint (count_records (self, "paused"), ==, n_paused);
  g_assert_true (qs_application_pause_source (self->app, paused, &error));

  g_assert_true (qs_application_resume_source (self->app, paused, &error));
  g_assert_true (qs_application_resume_source (self->app, other, &error));
  wait_until (count_records (self, "paused") > n_paused + 10);
  wait_until (get_status (paused) == QS_SOURCE_STATUS_RUNNING);

  stop (self);
  g_assert_cmpint (get_status (paused), ==, QS_SOURCE_STATUS_FINISHED);
}

static void
test_stop_paused (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *source = add_source (self, "paused");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A paused source stops in order");

  start (self);
  wait_until (get_status (source) == QS_SOURCE_STATUS_RUNNING);
  g_assert_true (qs_application_pause_source (self->app, source, &error));
  wait_until (get_status (source) == QS_SOURCE_STATUS_PAUSED);

  stop (self);
  g_assert_cmpint (get_status (source), ==, QS_SOURCE_STATUS_FINISHED);

  /* Of the next run the pause is no part. */
  start (self);
  wait_until (get_status (source) == QS_SOURCE_STATUS_RUNNING);
  stop (self);
}

static void
test_pause_lasts (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *source = add_source (self, "paused");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A pause outlasts the restart of the source");

  start (self);
  wait_until (self->story->len > 0);
  g_assert_true (qs_application_pause_source (self->app, source, &error));
  wait_until (get_status (source) == QS_SOURCE_STATUS_PAUSED);
  g_assert_true (qs_application_restart_source (self->app, source, &error));
  wait_until (g_str_equal (self->story->str, "started paused started paused "));
  wait_until (get_status (source) == QS_SOURCE_STATUS_PAUSED);

  stop (self);
}

static void
test_restart (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *source = add_source (self, "counter");
  g_autoptr (GError) error = NULL;
  guint n_records = 0;
  int   pid = 0;

  g_test_summary ("A restarted source is stopped and started, which isn't its end");

  start (self);
  wait_until (count_records (self, "counter") > 0);
  pid = self->pid;
  g_assert_true (qs_application_restart_source (self->app, source, &error));
  g_assert_no_error (error);
  wait_until (g_str_equal (self->story->str, "started counter started counter "));
  if (GPOINTER_TO_INT (isolation) == QS_ISOLATION_PROCESS)
    g_assert_cmpint (self->pid, !=, pid);

  n_records = count_records (self, "counter");
  wait_until (count_records (self, "counter") > n_records);
  stop (self);
  g_assert_cmpstr (self->story->str, ==, "started counter started counter finished counter ");
}

static void
test_restart_ended (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *one = add_source (self, "one");
  QsBaseSource *fails = add_source (self, "fails");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that has finished or failed is started again");

  add_source (self, "counter");
  start (self);
  wait_until (get_status (one) == QS_SOURCE_STATUS_FINISHED &&
              get_status (fails) == QS_SOURCE_STATUS_FAILED);
  g_string_truncate (self->story, 0);

  g_assert_true (qs_application_restart_source (self->app, one, &error));
  wait_until (g_str_has_suffix (self->story->str, "finished one "));
  g_assert_cmpuint (count_records (self, "one"), ==, 2);

  g_assert_true (qs_application_restart_source (self->app, fails, &error));
  wait_until (g_str_has_suffix (self->story->str, "started fails failed fails "));

  /* Of one that has failed before it is told, too, when it ends well. */
  g_setenv (MENDED, "1", TRUE);
  g_assert_true (qs_application_restart_source (self->app, fails, &error));
  wait_until (g_str_has_suffix (self->story->str, "started fails finished fails "));
  g_unsetenv (MENDED);

  stop (self);
}

static void
test_stop (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *first = add_source (self, "first");
  QsBaseSource *second = add_source (self, "second");
  g_autoptr (GError) error = NULL;
  guint n_records = 0;

  g_test_summary ("A source is stopped alone; with the last one, run() ends");

  start (self);
  wait_until (count_records (self, "first") > 0 && count_records (self, "second") > 0);
  g_assert_true (qs_application_stop_source (self->app, first, &error));
  g_assert_no_error (error);
  wait_until (get_status (first) == QS_SOURCE_STATUS_FINISHED);
  n_records = count_records (self, "second");
  wait_until (count_records (self, "second") > n_records);

  g_assert_true (qs_application_stop_source (self->app, first, &error));
  g_assert_true (qs_application_stop_source (self->app, second, &error));
  finish (self);
}

static void
test_stop_due (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *source = add_source (self, "fails");
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "A source is stopped while its restart is due: that doesn't come, and run() ends");

  g_object_set (self->app, "max-restarts", -1, "restart-backoff", 60.0, NULL);
  start (self);
  wait_until (get_status (source) == QS_SOURCE_STATUS_FAILED);
  g_assert_true (qs_application_stop_source (self->app, source, &error));
  finish (self);
  g_assert_cmpstr (self->story->str, ==, "started fails ");
}

static void
test_stop_failing (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *source = add_source (self, "sore");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A source that fails when it is stopped for a restart is started again, and is "
                  "not when it is stopped for good");

  /* To be asked for doesn't count. */
  g_object_set (self->app, "max-restarts", 1, "restart-backoff", 0.0, NULL);
  start (self);
  wait_until (count_records (self, "sore") > 0 && self->story->len > 0);
  for (guint i = 0; i < 2; i++)
    {
      g_string_truncate (self->story, 0);
      g_assert_true (qs_application_restart_source (self->app, source, &error));
      wait_until (g_str_equal (self->story->str, "started sore ") &&
                  get_status (source) == QS_SOURCE_STATUS_RUNNING);
    }
  g_assert_true (qs_application_stop_source (self->app, source, &error));
  finish (self);
  g_assert_cmpstr (self->story->str, ==, "started sore failed sore ");
}

static void
test_stats (Fixture *self, gconstpointer isolation)
{
  QsBaseSource  *source = add_source (self, "counter");
  QsSourceStats *stats = qs_base_source_get_stats (source);
  g_autoptr (GError) error = NULL;
  gint64 started_at = g_get_real_time () / 1000;

  g_test_summary ("Statistics add up over restarts, and the signal tells the same");

  start (self);
  wait_until (count_records (self, "counter") > 0);
  g_assert_true (qs_application_restart_source (self->app, source, &error));
  wait_until (g_str_equal (self->story->str, "started counter started counter "));
  g_assert_cmpuint (qs_source_stats_get_n_restarts (stats), ==, 1);
  stop (self);

  g_assert_cmpuint (
      qs_source_stats_get_n_acknowledged (stats), ==, count_records (self, "counter"));
  g_assert_cmpuint (
      get_stat (self, "counter", "n-acknowledged"), ==, qs_source_stats_get_n_acknowledged (stats));
  g_assert_cmpuint (qs_source_stats_get_bytes_acknowledged (stats),
                    ==,
                    qs_source_stats_get_n_acknowledged (stats));
  g_assert_cmpuint (qs_source_stats_get_n_in_flight (stats), ==, 0);
  g_assert_cmpuint (qs_source_stats_get_n_flushes (stats), >=, 2);
  g_assert_cmpint (qs_source_stats_get_last_flush_time (stats), >=, started_at);

  /* The next run begins to count anew. */
  start (self);
  wait_until (get_status (source) == QS_SOURCE_STATUS_RUNNING);
  g_assert_cmpuint (qs_source_stats_get_n_restarts (stats), ==, 0);
  stop (self);
}

static void
test_wrong_states (Fixture *self, gconstpointer isolation)
{
  QsBaseSource *source = add_source (self, "one");
  QsBaseSource *counter = add_source (self, "counter");
  g_autoptr (QsBaseSource) foreign = make_source ("foreign");
  g_autoptr (GError) error = NULL;
  const int not_running = QS_APPLICATION_ERROR_NOT_RUNNING;

  g_test_summary ("What can't be done to a source now, or not here, is an error");

  assert_error_code (qs_application_pause_source (self->app, source, &error), &error, not_running);
  assert_error_code (qs_application_stop_source (self->app, source, &error), &error, not_running);

  start (self);
  wait_until (get_status (source) == QS_SOURCE_STATUS_FINISHED);
  assert_error_code (qs_application_pause_source (self->app, source, &error), &error, not_running);
  assert_error_code (qs_application_resume_source (self->app, source, &error), &error, not_running);
  g_assert_true (qs_application_stop_source (self->app, source, &error));
  assert_error_code (qs_application_restart_source (self->app, foreign, &error),
                     &error,
                     QS_APPLICATION_ERROR_NOT_FOUND);

  wait_until (get_status (counter) == QS_SOURCE_STATUS_RUNNING);
  g_assert_true (qs_application_stop_source (self->app, counter, &error));
  assert_error_code (qs_application_pause_source (self->app, counter, &error), &error, not_running);
  finish (self);
  assert_error_code (
      qs_application_restart_source (self->app, source, &error), &error, not_running);
}

int
main (int argc, char **argv)
{
  if (qs_worker_child_is_active ())
    worker_main (make_source, NULL);

  g_test_init (&argc, &argv, NULL);

  /* A failed source is warned of. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

#define add(path, func)                                                                            \
  g_test_add ("/source-control/process/" path,                                                     \
              Fixture,                                                                             \
              GINT_TO_POINTER (QS_ISOLATION_PROCESS),                                              \
              fixture_set_up,                                                                      \
              func,                                                                                \
              fixture_tear_down);                                                                  \
  g_test_add ("/source-control/thread/" path,                                                      \
              Fixture,                                                                             \
              GINT_TO_POINTER (QS_ISOLATION_THREAD),                                               \
              fixture_set_up,                                                                      \
              func,                                                                                \
              fixture_tear_down)

  add ("pause", test_pause);
  add ("stop-paused", test_stop_paused);
  add ("pause-lasts", test_pause_lasts);
  add ("restart", test_restart);
  add ("restart-ended", test_restart_ended);
  add ("stop", test_stop);
  add ("stop-failing", test_stop_failing);
  add ("stats", test_stats);
  add ("wrong-states", test_wrong_states);

  /* A source in a thread is not started again. */
  g_test_add ("/source-control/process/stop-due",
              Fixture,
              GINT_TO_POINTER (QS_ISOLATION_PROCESS),
              fixture_set_up,
              test_stop_due,
              fixture_tear_down);

  return g_test_run ();
}
