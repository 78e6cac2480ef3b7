/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include <glib/gstdio.h>
#include <string.h>

#include "qs-murmur2-private.h"

/* The program, in both of its processes: how it behaves, and the file that lists its
 * splits, one a line. */
#define PROGRAM "QSOURCE_TEST_PROGRAM"
#define SPLITS "QSOURCE_TEST_SPLITS"
#define N_PARTITIONS 3

/* Produces "PARTITION SPLIT N" with the next N of that split, for each of its own. */
#define TEST_TYPE_SPLITS (test_splits_get_type ())
G_DECLARE_FINAL_TYPE (TestSplits, test_splits, TEST, SPLITS, QsSplitSource)

struct _TestSplits
{
  QsSplitSource parent_instance;
};

G_DEFINE_FINAL_TYPE (TestSplits, test_splits, QS_TYPE_SPLIT_SOURCE)

static gboolean
is_program (const char *name)
{
  return g_strcmp0 (g_getenv (PROGRAM), name) == 0;
}

static gboolean
say (QsSource *source, const char *what, const char *split, gint64 n, GError **error)
{
  int              partition = qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (source));
  g_autofree char *text = g_strdup_printf ("%d %s %s %" G_GINT64_FORMAT, partition, what, split, n);

  return qs_source_produce_data (source, NULL, 0, (const guint8 *) text, strlen (text), 0, error);
}

static gboolean
count (QsSplitSource *self, const char *split, GError **error)
{
  g_autoptr (QsState) state = qs_split_source_get_split_state (self, split, error);
  g_auto (GStrv) keys = NULL;
  gint64 n = 0;

  if (state == NULL)
    return FALSE;

  n = qs_state_get_int64 (state, "n", 0, NULL) + 1;
  if (!qs_state_set (state, "n", g_variant_new_int64 (n), error))
    return FALSE;
  keys = qs_state_keys (state, NULL, error);
  g_assert_cmpuint (g_strv_length (keys), ==, 1);
  g_assert_cmpstr (keys[0], ==, "n");

  return say (QS_SOURCE (self), "read", split, n, error);
}

static char **
test_splits_list_splits (QsSplitSource *self, GError **error)
{
  g_autofree char *text = NULL;

  if (is_program ("nothing"))
    return NULL;
  if (!g_file_get_contents (g_getenv (SPLITS), &text, NULL, error))
    return NULL;

  return g_strsplit (g_strstrip (text), "\n", -1);
}

static int
test_splits_partition_for_split (QsSplitSource *self, const char *split, int n_partitions)
{
  if (is_program ("nowhere"))
    return n_partitions;
  if (is_program ("by-length"))
    return (int) strlen (split) % n_partitions;

  return QS_SPLIT_SOURCE_CLASS (test_splits_parent_class)
      ->partition_for_split (self, split, n_partitions);
}

static gboolean
test_splits_run_splits (QsSplitSource *self, GError **error)
{
  for (int i = 0; i < 2; i++)
    {
      g_auto (GStrv) splits = qs_split_source_get_splits (self);

      for (guint j = 0; splits[j] != NULL; j++)
        {
          if (!count (self, splits[j], error))
            return FALSE;
        }
      if (!qs_source_flush (QS_SOURCE (self), -1, error))
        return FALSE;
    }

  return TRUE;
}

/* Of the partition that has one: changes what there is, and waits to be told. */
static gboolean
run_changes (TestSplits *self, GError **error)
{
  QsSplitSource *source = QS_SPLIT_SOURCE (self);
  g_auto (GStrv) first = qs_split_source_get_splits (source);
  g_auto (GStrv) second = NULL;

  g_assert_cmpuint (g_strv_length (first), ==, 2);
  g_file_set_contents (g_getenv (SPLITS), "a\nc\nc\n", -1, NULL);
  qs_split_source_splits_changed (source);
  second = qs_split_source_get_splits (source);
  g_assert_cmpstr (second[0], ==, "a");
  g_assert_cmpstr (second[1], ==, "c");
  g_assert_null (second[2]);

  /* What can't be listed changes nothing. */
  g_remove (g_getenv (SPLITS));
  qs_split_source_splits_changed (source);
  g_strfreev (second);
  second = qs_split_source_get_splits (source);
  g_assert_cmpuint (g_strv_length (second), ==, 2);

  /* By itself, in the main context. */
  g_file_set_contents (g_getenv (SPLITS), "d\n", -1, NULL);
  qs_split_source_splits_changed (source);
  while (g_main_context_iteration (g_main_context_get_thread_default (), FALSE))
    ;

  return TRUE;
}

static gboolean
test_splits_run (QsSource *source, GError **error)
{
  if (is_program ("changes"))
    return run_changes (TEST_SPLITS (source), error);

  return QS_SOURCE_CLASS (test_splits_parent_class)->run (source, error);
}

static void
added_cb (TestSplits *self, const char *split)
{
  if (is_program ("changes"))
    say (QS_SOURCE (self), "added", split, 0, NULL);
}

static void
removed_cb (TestSplits *self, const char *split)
{
  say (QS_SOURCE (self), "removed", split, 0, NULL);
}

static void
test_splits_class_init (TestSplitsClass *klass)
{
  QsSplitSourceClass *split_class = QS_SPLIT_SOURCE_CLASS (klass);

  split_class->list_splits = test_splits_list_splits;
  split_class->partition_for_split = test_splits_partition_for_split;
  split_class->run_splits = test_splits_run_splits;
  QS_SOURCE_CLASS (klass)->run = test_splits_run;
}

static void
test_splits_init (TestSplits *self)
{
  g_signal_connect (self, "split-added", G_CALLBACK (added_cb), NULL);
  g_signal_connect (self, "split-removed", G_CALLBACK (removed_cb), NULL);
}

static QsApplication *
make_application (QsTopic **topic, int n_partitions)
{
  QsApplication *app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) source =
      g_object_new (TEST_TYPE_SPLITS, "name", "splits", "n-partitions", n_partitions, NULL);
  g_autoptr (QsTopic) made = qs_topic_new ("splits");
  g_autoptr (GError) error = NULL;

  qs_application_add_source (app, source, made, &error);
  g_assert_no_error (error);
  if (topic != NULL)
    *topic = g_steal_pointer (&made);

  return app;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Runs @program on @splits; returns the texts of its records, sorted unless there is one
 * partition, by lines. */
static char *
run (const char *program, const char *splits, int n_partitions, GError **error)
{
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = NULL;

  g_close (g_file_open_tmp ("qsource-splits-XXXXXX", &path, NULL), NULL);
  g_file_set_contents (path, splits, -1, NULL);
  g_setenv (PROGRAM, program, TRUE);
  g_setenv (SPLITS, path, TRUE);

  app = make_application (NULL, n_partitions);
  qs_application_run (app, NULL, error);
  messages =
      qs_embedded_broker_dup_messages (qs_application_get_embedded_broker (app), "splits", 0, NULL);
  for (guint i = 0; messages != NULL && i < messages->len; i++)
    {
      GBytes       *value = qs_message_get_value (messages->pdata[i]);
      gsize         length = 0;
      gconstpointer data = g_bytes_get_data (value, &length);

      g_ptr_array_add (texts, g_strndup (data, length));
    }
  if (n_partitions > 1)
    g_ptr_array_sort (texts, compare_texts);
  g_ptr_array_add (texts, NULL);
  g_remove (path);

  return g_strjoinv ("\n", (char **) texts->pdata);
}

static void
test_hash (void)
{
  static const struct
  {
    const char *text;
    gint32      hash;
  } known[] = {
    { "21", -973932308 },
    { "foobar", -790332482 },
    { "a-little-bit-long-string", -985981536 },
    { "a-little-bit-longer-string", -1486304829 },
    { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
    { "abc", 479470107 },
  };

  g_test_summary ("The hash is the one of Kafka's own clients");

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_cmpint ((gint32) qs_murmur2 ((const guint8 *) known[i].text, strlen (known[i].text)),
                     ==,
                     known[i].hash);
}

static void
test_all (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  g_autofree char *wanted = NULL;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  g_test_summary ("All partitions together read each split, each the ones of its hash, with a "
                  "state for each");

  found = run ("splits", "a\nab\nabc\nb\nd", N_PARTITIONS, &error);
  g_assert_no_error (error);

  for (const char *const *split = (const char *[]){ "a", "ab", "abc", "b", "d", NULL };
       *split != NULL;
       split++)
    for (int n = 1; n <= 2; n++)
      g_ptr_array_add (
          lines,
          g_strdup_printf (
              "%d read %s %d", qs_murmur2_get_partition (*split, N_PARTITIONS), *split, n));
  g_ptr_array_sort (lines, compare_texts);
  g_ptr_array_add (lines, NULL);
  wanted = g_strjoinv ("\n", (char **) lines->pdata);
  g_assert_cmpstr (found, ==, wanted);
}

static void
test_own_choice (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  g_test_summary ("A class can say to which partition a split belongs");

  found = run ("by-length", "a\nab\nabc", N_PARTITIONS, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (
      found, ==, "0 read abc 1\n0 read abc 2\n1 read a 1\n1 read a 2\n2 read ab 1\n2 read ab 2");
}

static void
test_changes (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  g_test_summary ("Splits that come and go are told, what has gone first");

  found = run ("changes", "a\nb\n", 1, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found,
                   ==,
                   "0 added a 0\n0 added b 0\n0 removed b 0\n0 added c 0\n0 removed a 0\n"
                   "0 removed c 0\n0 added d 0");
}

static void
test_failures (void)
{
  static const char *const programs[][2] = {
    { "nothing", "list_splits() of its class TestSplits returned nothing" },
    { "nowhere", "returned 3, which is not from 0 to 2" },
  };

  g_test_summary ("What makes no sense of a class's is an error that names it");

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *found = run (programs[i][0], "a", N_PARTITIONS, &error);

      g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, programs[i][1]));
    }
}

int
main (int argc, char **argv)
{
  /* Which of the applications a worker belongs to is known by how many were made. */
  for (int i = 0; qs_is_worker () && i < 10; i++)
    {
      g_autoptr (QsApplication) app =
          make_application (NULL, is_program ("changes") ? 1 : N_PARTITIONS);

      g_assert_true (qs_application_run (app, NULL, NULL));
    }

  g_test_init (&argc, &argv, NULL);
  /* Warnings are expected. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  g_test_add_func ("/split-source/hash", test_hash);
  g_test_add_func ("/split-source/all", test_all);
  g_test_add_func ("/split-source/own-choice", test_own_choice);
  g_test_add_func ("/split-source/changes", test_changes);
  g_test_add_func ("/split-source/failures", test_failures);

  return g_test_run ();
}
