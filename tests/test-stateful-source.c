/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include <signal.h>
#include <string.h>

#define PROGRAM "QSOURCE_TEST_PROGRAM"
#define N_PARTITIONS 3

/* 20 MiB and some more. */
#define N_BLOBS 210
#define BLOB_SIZE 102400
#define LAST_BEFORE_KILL 180

/* Sends "PARTITION:N" with the next N of its partition, and ends. */
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
  QsStatefulSource *self = QS_STATEFUL_SOURCE (source);
  int               partition = qs_stateful_source_get_partition (self);
  g_autoptr (QsState) state = qs_stateful_source_get_state (self, error);
  g_autofree char *text = NULL;
  gint64           n = 0;

  if (state == NULL)
    return FALSE;

  n = qs_state_get_int64 (state, "n", 0, NULL);
  text = g_strdup_printf ("%d:%d", partition, (int) n);
  if (g_strcmp0 (g_getenv (PROGRAM), "fail") == 0 && n == 1)
    {
      /* All of it is in vain. */
      qs_state_set (state, "n", g_variant_new_int64 (99), NULL);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "as it was told");
      return FALSE;
    }

  return qs_state_set (state, "n", g_variant_new_int64 (n + 1), error) &&
         qs_source_produce_full (source,
                                 (const guint8 *) "k",
                                 1,
                                 (guint8 *) text,
                                 strlen (text),
                                 NULL,
                                 0,
                                 g_str_equal (g_getenv (PROGRAM), "by-key") ? -1 : partition,
                                 error);
}

/* Produces where the worker began, and how many entries are there as they were set. */
static gboolean
report_large (QsSource *source, gint64 first, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  g_autofree char *text = NULL;
  int              n_whole = 0;

  for (int i = 0; i < N_BLOBS; i++)
    {
      g_autofree char *key = g_strdup_printf ("blob %d", i);
      g_autofree char *value = qs_state_get_string (state, key, "", NULL);

      n_whole += value != NULL && strlen (value) == BLOB_SIZE;
    }
  text = g_strdup_printf ("from %d, %d whole", (int) first, n_whole);

  return qs_source_produce_data (source, NULL, 0, (guint8 *) text, strlen (text), 0, error);
}

/* Commits N_BLOBS entries that are more than an embedded broker keeps; the first
 * worker ends as by kill -9 before it is through. */
static gboolean
run_large (QsSource *source, GError **error)
{
  g_autofree char *blob = g_strnfill (BLOB_SIZE, 'x');
  gint64           first = -1;

  for (gint64 n = 0; n < N_BLOBS; n++)
    {
      g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
      g_autofree char *key = NULL;

      if (state == NULL)
        return FALSE;
      if (first < 0)
        first = n = qs_state_get_int64 (state, "n", 0, NULL);
      key = g_strdup_printf ("blob %d", (int) n);
      if (!qs_state_set (state, key, g_variant_new_string (blob), error) ||
          !qs_state_set (state, "n", g_variant_new_int64 (n + 1), error) ||
          !qs_source_flush (source, -1, error))
        return FALSE;
      if (first == 0 && n == LAST_BEFORE_KILL)
        raise (SIGKILL);
    }

  return report_large (source, first, error);
}

static void
test_source_class_init (TestSourceClass *klass)
{
  if (g_strcmp0 (g_getenv (PROGRAM), "large") == 0)
    QS_SOURCE_CLASS (klass)->run = run_large;
  else
    QS_SOURCE_CLASS (klass)->run = test_source_run;
}

static void
test_source_init (TestSource *self)
{
}

static void
started_cb (QsApplication *app, QsBaseSource *source, int pid, guint *n_started)
{
  *n_started += 1;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Prints all records, sorted, with the partitions in which they are. */
static void
print_records (QsApplication *app, QsTopic *topic)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  messages = qs_embedded_broker_dup_messages (
      qs_application_get_embedded_broker (app), qs_topic_get_name (topic), 100, NULL);
  for (guint i = 0; messages != NULL && i < messages->len; i++)
    {
      QsMessage    *message = g_ptr_array_index (messages, i);
      gsize         length = 0;
      gconstpointer data = g_bytes_get_data (qs_message_get_value (message), &length);

      g_ptr_array_add (
          texts,
          g_strdup_printf (
              "%d=%.*s", qs_message_get_partition (message), (int) length, (const char *) data));
    }
  g_ptr_array_sort (texts, compare_texts);
  for (guint i = 0; i < texts->len; i++)
    g_print ("%s ", (char *) g_ptr_array_index (texts, i));
}

/* A program of one worker that is killed once. */
static int
large_main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (TestSource) source = g_object_new (TEST_TYPE_SOURCE, "name", "s", NULL);
  g_autoptr (QsTopic) topic = qs_topic_new ("data");
  g_autoptr (GError) error = NULL;
  guint n_started = 0;

  g_object_set (app, "max-restarts", 1, "restart-backoff", 0.0, NULL);
  qs_application_add_source (app, QS_BASE_SOURCE (source), topic, NULL);
  g_signal_connect (app, "source-started", G_CALLBACK (started_cb), &n_started);
  if (!qs_application_run (app, NULL, &error))
    g_print ("%s ", error->message);

  print_records (app, topic);
  g_print ("started %u\n", n_started);

  return 0;
}

/* The program that the tests run, and its workers. */
static int
program_main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (TestSource) source =
      g_object_new (TEST_TYPE_SOURCE, "name", "s", "n-partitions", N_PARTITIONS, NULL);
  g_autoptr (QsTopic) topic = qs_topic_new ("data");
  guint n_started = 0;

  if (g_strcmp0 (g_getenv (PROGRAM), "exactly-once") == 0)
    g_object_set (app, "processing-guarantee", QS_PROCESSING_GUARANTEE_EXACTLY_ONCE, NULL);
  qs_application_add_source (app, QS_BASE_SOURCE (source), topic, NULL);
  g_signal_connect (app, "source-started", G_CALLBACK (started_cb), &n_started);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!qs_application_run (app, NULL, &error))
        g_print ("%s ", strstr (error->message, "as it was told") ? "failed" : error->message);
    }

  print_records (app, topic);
  g_print ("started %u\n", n_started);

  return 0;
}

static char *
run_program (const char *which)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GSubprocess) program = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  g_subprocess_launcher_setenv (launcher, PROGRAM, which, TRUE);
  program = g_subprocess_launcher_spawn (launcher, &error, self, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (program, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (program));

  return output;
}

static void
test_partitions (gconstpointer user_data)
{
  g_autofree char *output = run_program (user_data);

  g_test_summary (
      "Each partition has a worker, a state of its own, which lasts, and the partition of "
      "the topic that it names");

  g_assert_cmpstr (output, ==, "0=0:0 0=0:1 0=0:2 1=1:0 1=1:1 1=1:2 2=2:0 2=2:1 2=2:2 started 9\n");
}

static void
test_by_key (void)
{
  g_autofree char *output = run_program ("by-key");

  g_test_summary ("Records go where their keys say, whichever worker produces them");

  g_assert_cmpstr (output, ==, "2=0:0 2=0:1 2=0:2 2=1:0 2=1:1 2=1:2 2=2:0 2=2:1 2=2:2 started 9\n");
}

static void
test_failure (void)
{
  g_autofree char *output = run_program ("fail");

  g_test_summary ("What a run that fails has changed is not committed by its end");

  /* Whoever comes second and third is stopped in time, or fails alike. */
  g_assert_true (g_str_has_prefix (output, "failed failed 0=0:0 1=1:0 2=2:0 started "));
}

static void
test_large (void)
{
  g_autofree char *output = run_program ("large");

  g_test_summary ("A killed worker goes on where it was, with more state than the broker keeps");

  g_assert_cmpstr (output, ==, "0=from 181, 210 whole started 2\n");
}

int
main (int argc, char *argv[])
{
  if (g_strcmp0 (g_getenv (PROGRAM), "large") == 0)
    return large_main ();
  if (g_getenv (PROGRAM) != NULL)
    return program_main ();

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/stateful-source/partitions/at-least-once", "alo", test_partitions);
  g_test_add_func ("/stateful-source/by-key", test_by_key);
  g_test_add_data_func (
      "/stateful-source/partitions/exactly-once", "exactly-once", test_partitions);
  g_test_add_func ("/stateful-source/failure", test_failure);
  g_test_add_func ("/stateful-source/large", test_large);

  return g_test_run ();
}
