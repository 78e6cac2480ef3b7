/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <qsource.h>

#include <glib/gstdio.h>
#include <string.h>

/* Records of a run. */
#define LAST 20

/* Sends 1, 2, ..., LAST, and keeps which was the last; what it does wrong is a property. */
G_DECLARE_FINAL_TYPE (TestCounter, test_counter, TEST, COUNTER, QsStatefulSource)
struct _TestCounter
{
  QsStatefulSource parent_instance;
  char            *fault;
  char            *path; /* of a file for its position, if it keeps it there */
};
G_DEFINE_FINAL_TYPE (TestCounter, test_counter, QS_TYPE_STATEFUL_SOURCE)

enum
{
  PROP_FAULT = 1,
  PROP_PATH,
  PROP_PLAIN
};

static gboolean
has_fault (TestCounter *self, const char *fault)
{
  return g_strcmp0 (self->fault, fault) == 0;
}

/* Where it was; 0: nowhere. */
static gint64
read_position (TestCounter *self, QsState *state)
{
  g_autofree char *text = NULL;

  if (!has_fault (self, "own-file"))
    return qs_state_get_int64 (state, "current", 0, NULL);

  return g_file_get_contents (self->path, &text, NULL, NULL) ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static gboolean
keep_position (TestCounter *self, gint64 number, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  if (has_fault (self, "forgets"))
    return TRUE;
  if (has_fault (self, "own-file"))
    return g_file_set_contents (self->path, text, -1, error);
  if (has_fault (self, "counts-one-more"))
    number++;

  return state != NULL && qs_state_set (state, "current", g_variant_new_int64 (number), error);
}

/* After it had to wait, it is in such a hurry that it doesn't look whether it is to stop. */
static gboolean
send_and_catch_up (TestCounter *self, gint64 value, GError **error)
{
  QsSource *source = QS_SOURCE (self);
  gint64    start = g_get_monotonic_time ();
  gboolean  ok = qs_source_produce_value (source, NULL, g_variant_new_int64 (value), error);

  while (!qs_source_get_running (source) && g_get_monotonic_time () - start > 0.2 * G_USEC_PER_SEC)
    g_usleep (1000); /* Sleeps: that is what is wrong with it */

  return ok;
}

static gboolean
send (TestCounter *self, gint64 number, GError **error)
{
  gint64 value = has_fault (self, "clock") ? g_get_real_time () : number;

  if (has_fault (self, "catches-up"))
    return send_and_catch_up (self, value, error);

  return has_fault (self, "mute") ||
         qs_source_produce_value (QS_SOURCE (self), NULL, g_variant_new_int64 (value), error);
}

/* Waits for the flush bit by bit, so that a machine that is slow as a whole is none that is slow to
 * answer. */
static gboolean
flush_in_a_hurry (QsSource *source, GError **error)
{
  for (guint i = 0; i < 15; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (qs_source_flush (source, 0.1, &local_error))
        return TRUE;
      if (!g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT))
        return g_propagate_error (error, g_steal_pointer (&local_error)), FALSE;
    }

  g_set_error_literal (
      error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT, "It does not wait for longer than 1.5 s");

  return FALSE;
}

/* Sends one number, and keeps that it did: both are safe afterwards, or neither is. */
static gboolean
send_number (TestCounter *self, gint64 number, GError **error)
{
  QsSource *source = QS_SOURCE (self);

  if (has_fault (self, "commits-first"))
    {
      if (!keep_position (self, number, error) || !qs_source_flush (source, -1, error))
        return FALSE;
      qs_base_source_wait (QS_BASE_SOURCE (self), 0.05);
      return send (self, number, error);
    }

  if (has_fault (self, "swallows"))
    {
      if (keep_position (self, number, NULL) && send (self, number, NULL))
        qs_source_flush (source, -1, NULL);
      return TRUE;
    }

  return send (self, number, error) && keep_position (self, number, error) &&
         (has_fault (self, "impatient") ? flush_in_a_hurry (source, error)
                                        : qs_source_flush (source, -1, error));
}

/* Not by itself, so that it is still there when it is looked for. */
static void
pause_briefly (TestCounter *self)
{
  if (has_fault (self, "deaf"))
    g_usleep (1000); /* Sleeps: it is deaf to what would wake it */
  else
    qs_base_source_wait (QS_BASE_SOURCE (self), 0.001);
}

static gboolean
test_counter_run (QsSource *source, GError **error)
{
  TestCounter *self = TEST_COUNTER (source);
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  gint64   number = 0;
  gboolean is_endless = has_fault (self, "deaf") || has_fault (self, "swallows");

  if (state == NULL)
    return FALSE;

  if (has_fault (self, "counts-starts") &&
      !qs_state_set (state,
                     "starts",
                     g_variant_new_int64 (qs_state_get_int64 (state, "starts", 0, NULL) + 1),
                     error))
    return FALSE;

  for (number = read_position (self, state) + 1; number <= LAST || is_endless; number++)
    {
      if (!has_fault (self, "deaf") && !qs_source_get_running (source))
        return TRUE;
      if (!send_number (self, number, error))
        return FALSE;
      pause_briefly (self);
    }

  return TRUE;
}

static void
test_counter_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  TestCounter *self = TEST_COUNTER (object);

  if (id == PROP_FAULT)
    {
      g_free (self->fault);
      self->fault = g_value_dup_string (value);
    }
  else if (id == PROP_PATH)
    {
      g_free (self->path);
      self->path = g_value_dup_string (value);
    }
}

static void
test_counter_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TestCounter *self = TEST_COUNTER (object);

  if (id != PROP_PLAIN)
    g_value_set_string (value, id == PROP_FAULT ? self->fault : self->path);
}

static void
test_counter_finalize (GObject *object)
{
  TestCounter *self = TEST_COUNTER (object);

  g_free (self->fault);
  g_free (self->path);

  G_OBJECT_CLASS (test_counter_parent_class)->finalize (object);
}

static void
test_counter_class_init (TestCounterClass *klass)
{
  GObjectClass     *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  QS_SOURCE_CLASS (klass)->run = test_counter_run;
  object_class->set_property = test_counter_set_property;
  object_class->get_property = test_counter_get_property;
  object_class->finalize = test_counter_finalize;
  g_object_class_install_property (
      object_class,
      PROP_FAULT,
      g_param_spec_string ("fault", NULL, "What it does wrong", NULL, flags));
  g_object_class_install_property (
      object_class,
      PROP_PATH,
      g_param_spec_string ("path", NULL, "File of its position", NULL, flags));
}

static void
test_counter_init (TestCounter *self)
{
}

/* The same, with a property that nobody has described. */
G_DECLARE_FINAL_TYPE (TestObscure, test_obscure, TEST, OBSCURE, QsSource)
struct _TestObscure
{
  QsSource parent_instance;
};
G_DEFINE_FINAL_TYPE (TestObscure, test_obscure, QS_TYPE_SOURCE)

static gboolean
test_obscure_run (QsSource *source, GError **error)
{
  return qs_source_produce_value (source, NULL, g_variant_new_int64 (1), error);
}

static void
test_obscure_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
}

static void
test_obscure_class_init (TestObscureClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = test_obscure_get_property;
  QS_SOURCE_CLASS (klass)->run = test_obscure_run;
  g_object_class_install_property (
      G_OBJECT_CLASS (klass),
      PROP_PLAIN,
      g_param_spec_int ("plain", NULL, NULL, 0, 9, 0, G_PARAM_READABLE));
}

static void
test_obscure_init (TestObscure *self)
{
}

/* What is wrong, the one rule that finds it, and whether all others are tried as well. */
static const struct
{
  const char *fault;
  const char *rule; /* NULL: none */
  gboolean    is_alone;
  guint       n_kills;
} faults[] = {
  { "none", NULL, TRUE, 6 },
  { "deaf", "stop", TRUE, 2 },
  { "swallows", "errors", TRUE, 2 },
  { "counts-one-more", "restart", TRUE, 2 },
  { "own-file", "clear", TRUE, 2 },
  { "impatient", "outage", TRUE, 2 },
  { "commits-first", "kill", TRUE, 60 },
  { "mute", "first-record", FALSE, 2 },
  { "catches-up", "stop-blocked", FALSE, 2 },
  { "clock", "repeatable", FALSE, 2 },
  { "forgets", "restart", FALSE, 2 },
  { "counts-starts", "state", FALSE, 4 },
};

/* A directory for the files of the sources. */
static char *directory;

static QsHarness *
make_harness (gpointer user_data, GError **error)
{
  static guint     n_made;
  g_autofree char *name = g_strdup_printf ("position-%u", n_made++);
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (QsBaseSource) source = g_object_new (
      test_counter_get_type (),
      "name",
      "counter",
      "fault",
      user_data,
      "path",
      path,
      "shutdown-timeout",
      g_str_equal (user_data, "deaf") || g_str_equal (user_data, "catches-up") ? 3.0 : 10.0,
      NULL);

  return qs_harness_new (source);
}

static QsHarness *
make_obscure (gpointer user_data, GError **error)
{
  g_autoptr (QsBaseSource) source =
      g_object_new (test_obscure_get_type (), "name", "obscure", NULL);

  return qs_harness_new (source);
}

static QsConform *
make_conform (guint i)
{
  QsConform *conform = qs_conform_new (make_harness, (gpointer) faults[i].fault, NULL);
  g_autoptr (GError) error = NULL;

  qs_conform_set_seed (conform, 1);
  qs_conform_set_kills (conform, faults[i].n_kills);
  if (faults[i].rule == NULL || g_str_equal (faults[i].rule, "outage"))
    return conform;

  qs_conform_skip_rule (
      conform, "outage", "It takes its time, and is tried without a fault", &error);
  g_assert_no_error (error);
  /* The only one that is waited for in vain. */
  if (g_str_equal (faults[i].fault, "swallows") && qs_conform_check (conform, "stop", NULL))
    {
      qs_conform_set_timeout (conform, 2);
      qs_conform_check (conform, "errors", NULL);
      qs_conform_set_timeout (conform, 30);
    }

  return conform;
}

/* Which rules failed, with why. transfer full */
static char *
list_failures (QsReport *report)
{
  g_auto (GStrv) rules = qs_report_dup_rules (report);
  GString *failures = g_string_new (NULL);

  for (guint i = 0; rules[i] != NULL; i++)
    {
      g_test_message ("%s: %d %s",
                      rules[i],
                      (int) qs_report_get_result (report, rules[i]),
                      qs_report_get_message (report, rules[i]));
      if (qs_report_get_result (report, rules[i]) == QS_RULE_RESULT_FAILED)
        g_string_append_printf (failures, "%s ", rules[i]);
    }

  return g_string_free (failures, FALSE);
}

static void
test_fault (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (QsConform) conform = make_conform (i);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsReport) report = NULL;
  g_autofree char *failures = NULL;
  g_autofree char *expected =
      faults[i].rule != NULL ? g_strconcat (faults[i].rule, " ", NULL) : g_strdup ("");

  g_test_summary ("Each fault has the source fail the one rule that is about it");

  if (!faults[i].is_alone)
    {
      g_assert_false (qs_conform_check (conform, faults[i].rule, &error));
      g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
      report = g_object_ref (qs_conform_get_report (conform));
    }
  else
    {
      report = qs_conform_run (conform, &error);
      g_assert_no_error (error);
    }

  failures = list_failures (report);
  g_assert_cmpstr (failures, ==, expected);
  g_assert_cmpint (qs_report_get_passed (report), ==, faults[i].rule == NULL);
}

static void
test_counts (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_harness, (gpointer) "none", NULL);
  g_autoptr (GError) error = NULL;
  QsReport *report = qs_conform_get_report (conform);

  g_test_summary ("The report has as many kills as were asked for, and what became of records");

  qs_conform_set_kills (conform, 3);
  g_assert_true (qs_conform_check (conform, "kill", &error));
  g_assert_no_error (error);
  g_assert_cmpint (qs_report_get_result (report, "kill"), ==, QS_RULE_RESULT_PASSED);
  g_assert_cmpuint (qs_report_get_kills (report), ==, 3);
  g_assert_cmpuint (qs_report_get_records (report), >=, LAST);
  g_assert_cmpuint (qs_report_get_lost (report), ==, 0);
}

static gboolean
check_name (QsHarness *harness, gpointer user_data, GError **error)
{
  const char *name = qs_base_source_get_name (qs_harness_get_source (harness));

  if (g_str_equal (name, user_data))
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Its name is %s", name);

  return FALSE;
}

static void
test_rules (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_obscure, NULL, NULL);
  g_autoptr (GError) error = NULL;
  QsReport *report = qs_conform_get_report (conform);

  g_test_summary ("Rules can be added and skipped, and say why they fail");

  g_assert_false (qs_conform_check (conform, "properties", &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "'plain'"));
  g_clear_error (&error);

  qs_conform_add_rule (conform, "obscure", check_name, g_strdup ("obscure"), g_free);
  g_assert_true (qs_conform_check (conform, "obscure", &error));
  g_assert_no_error (error);
  g_assert_cmpint (qs_report_get_result (report, "obscure"), ==, QS_RULE_RESULT_PASSED);
  qs_conform_add_rule (conform, "clear-name", check_name, (gpointer) "clear", NULL);
  g_assert_false (qs_conform_check (conform, "clear-name", &error));
  g_assert_nonnull (strstr (error->message, "Its name is obscure"));
  g_clear_error (&error);

  g_assert_false (qs_conform_skip_rule (conform, "kil", "no matter", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "'kill'"));
  g_clear_error (&error);
  g_assert_true (qs_conform_skip_rule (conform, "stop", "it is deaf by design", &error));
  g_assert_true (qs_conform_check (conform, "stop", &error));
  g_assert_cmpint (qs_report_get_result (report, "stop"), ==, QS_RULE_RESULT_SKIPPED);
  g_assert_cmpstr (qs_report_get_message (report, "stop"), ==, "it is deaf by design");
}

static void
test_not_tested (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_obscure, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) json = NULL;
  g_autoptr (GVariant) rules = NULL;
  g_autofree char *text = NULL;
  QsReport        *report = qs_conform_get_report (conform);
  const char      *name = NULL;

  g_test_summary ("What needs a state is skipped without one, and the report has the reason");

  g_assert_true (qs_conform_check (conform, "kill", &error));
  g_assert_no_error (error);
  g_assert_cmpint (qs_report_get_result (report, "repeatable"), ==, QS_RULE_RESULT_SKIPPED);
  g_assert_cmpint (qs_report_get_result (report, "kill"), ==, QS_RULE_RESULT_SKIPPED);
  g_assert_nonnull (strstr (qs_report_get_message (report, "kill"), "has no state"));

  text = qs_report_to_json (report);
  json = qs_json_from_string (text, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (json, "source", "&s", &name));
  g_assert_cmpstr (name, ==, "obscure");
  rules = g_variant_lookup_value (json, "rules", NULL);
  g_assert_cmpuint (g_variant_n_children (rules), ==, 6);
}

static QsHarness *
make_nothing (gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "There is no door");

  return NULL;
}

static void
test_no_harness (void)
{
  g_autoptr (QsConform) conform = qs_conform_new (make_nothing, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A factory that fails is an error, and no source that failed");

  g_assert_null (qs_conform_run (conform, &error));
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "There is no door"));
}

static void
remove_directory (void)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      g_remove (path);
    }
  g_rmdir (directory);
  g_clear_pointer (&directory, g_free);
}

int
main (int argc, char **argv)
{
  g_autoptr (QsBaseSource) counter =
      g_object_new (test_counter_get_type (), "name", "counter", NULL);
  g_autoptr (QsBaseSource) obscure =
      g_object_new (test_obscure_get_type (), "name", "obscure", NULL);
  int status = 0;

  qs_harness_serve (counter);
  qs_harness_serve (obscure);

  g_test_init (&argc, &argv, NULL);
  directory = g_dir_make_tmp ("test-conform-XXXXXX", NULL);
  g_assert_nonnull (directory);

  g_test_add_func ("/conform/rules", test_rules);
  g_test_add_func ("/conform/not-tested", test_not_tested);
  g_test_add_func ("/conform/no-harness", test_no_harness);
  g_test_add_func ("/conform/counts", test_counts);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strconcat ("/conform/faults/", faults[i].fault, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_fault);
    }

  status = g_test_run ();
  remove_directory ();

  return status;
}
