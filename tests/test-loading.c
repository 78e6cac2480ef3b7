/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource/qsource.h>
#include <string.h>

/* What a process loads. */

G_DECLARE_FINAL_TYPE (PlainSource, plain_source, PLAIN, SOURCE, QsSource)
struct _PlainSource
{
  QsSource parent_instance;
};
G_DEFINE_FINAL_TYPE (PlainSource, plain_source, QS_TYPE_SOURCE)

G_DECLARE_FINAL_TYPE (KeepingSource, keeping_source, KEEPING, SOURCE, QsStatefulSource)
struct _KeepingSource
{
  QsStatefulSource parent_instance;
};
G_DEFINE_FINAL_TYPE (KeepingSource, keeping_source, QS_TYPE_STATEFUL_SOURCE)

static gboolean
produce_one (QsSource *source, GError **error)
{
  return qs_source_produce_data (source, NULL, 0, (const guint8 *) "x", 1, 0, error);
}

static void
plain_source_class_init (PlainSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = produce_one;
}

static void
plain_source_init (PlainSource *self)
{
}

static void
keeping_source_class_init (KeepingSourceClass *klass)
{
  QS_SOURCE_CLASS (klass)->run = produce_one;
}

static void
keeping_source_init (KeepingSource *self)
{
}

static gboolean
is_loaded (const char *library)
{
  g_autofree char *maps = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents ("/proc/self/maps", &maps, NULL, &error);
  g_assert_no_error (error);

  return strstr (maps, library) != NULL;
}

static void
run_source (GType type, const char *state_dir)
{
  g_autoptr (QsApplication) app = NULL;
  g_autoptr (QsBaseSource) source = g_object_new (type, "name", "source", NULL);
  g_autoptr (GError) error = NULL;

  app = g_object_new (QS_TYPE_APPLICATION,
                      "broker-address",
                      "embedded",
                      "isolation",
                      QS_ISOLATION_THREAD,
                      "state-dir",
                      state_dir,
                      NULL);
  qs_application_add_source (app, source, NULL, &error);
  g_assert_no_error (error);
  qs_application_run (app, NULL, &error);
  g_assert_no_error (error);
}

static void
test_libraries (void)
{
  g_autofree char *state_dir = g_dir_make_tmp ("qsource-XXXXXX", NULL);
  g_autofree char *command = g_strconcat ("rm -r ", state_dir, NULL);

  g_test_summary (
      "Only a source with a state has RocksDB be loaded, and no source libsoup or libprotobuf");

  /* What a state is warned of at an embedded broker. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  run_source (plain_source_get_type (), state_dir);
  g_assert_true (is_loaded ("librdkafka"));
  g_assert_false (is_loaded ("librocksdb"));

  run_source (keeping_source_get_type (), state_dir);
  g_assert_true (is_loaded ("librocksdb"));
  g_assert_false (is_loaded ("libsoup"));
  g_assert_false (is_loaded ("libprotobuf"));
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/loading/libraries", test_libraries);

  return g_test_run ();
}
