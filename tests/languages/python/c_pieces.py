# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs around the pieces of C in the documentation."""

# Stands for the piece in the program that it is part of.
PIECE = '@piece@'


def in_main(body):
    """A program that does @body and fails if that sets the error."""
    return f'''
int
main (int argc, char **argv)
{{
  g_autoptr (GError) error = NULL;
  {body}
  if (error != NULL)
    g_error ("%s", error->message);
  return 0;
}}
'''


def declare(name, run, parent='Source'):
    """A class of sources of the name @name, in lower case, with the function @run."""
    title = name.title()
    cast = {'Source': 'SOURCE', 'StatefulSource': 'STATEFUL_SOURCE'}[parent]
    return f'''
G_DECLARE_FINAL_TYPE ({title}, {name}, MY, {name.upper()}, Qs{parent})
struct _{title} {{ Qs{parent} parent_instance; }};
G_DEFINE_FINAL_TYPE ({title}, {name}, QS_TYPE_{cast})
static void {name}_class_init ({title}Class *klass) {{ QS_SOURCE_CLASS (klass)->run = {run}; }}
static void {name}_init ({title} *self) {{ }}
'''


def run(name, settings=''):
    """Runs a source of the class @name for at most two seconds."""
    return f'''g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) source = g_object_new ({name}_get_type (), "name", "{name}", NULL);
  g_object_set (app, "run-timeout", 2.0, NULL);
  {settings}
  qs_application_add_source (app, source, NULL, &error);
  qs_application_run (app, NULL, &error);'''


SOURCE = 'g_autoptr (QsBaseSource) source = g_object_new (MY_TYPE_SOURCE, "name", "mine", NULL);\n'
# Produces the numbers from 1 to 10.
NUMBERS = '''
static gboolean
numbers_run (QsSource *self, GError **error)
{
  for (int i = 1; i <= 10; i++)
    if (!qs_source_produce_value (self, NULL, g_variant_new_int64 (i), error))
      return FALSE;
  return TRUE;
}
#define MY_TYPE_NUMBERS (numbers_get_type ())
#define MY_TYPE_SOURCE (numbers_get_type ())
''' + declare('numbers', 'numbers_run')
STEPS = '''
static QsVerdict
is_even (GVariant *value, QsRecord *record, gpointer data, GError **error)
{
  return g_variant_get_int64 (value) % 2 == 0 ? QS_VERDICT_KEEP : QS_VERDICT_DROP;
}
#define is_large is_even
G_GNUC_UNUSED static GVariant *
square (GVariant *value, QsRecord *record, gpointer data, GError **error)
{
  return g_variant_new_int64 (g_variant_get_int64 (value) * g_variant_get_int64 (value));
}
'''
SENSOR = '''
static char *
read_sensor (GError **error)
{
  return g_strdup ("21.5");
}
'''
# Keeps the last number in its state, as a piece.
COUNTER = f'''
static gboolean
counter_run (QsSource *source, GError **error)
{{
  QsStatefulSource *self = QS_STATEFUL_SOURCE (source);
  gint64 last = 0;
  {PIECE}
  return TRUE;
}}
''' + declare('counter', 'counter_run', 'StatefulSource')
KEEPER = COUNTER.replace(PIECE, '''g_autoptr (QsState) state = qs_stateful_source_get_state (self, error);
  return state && qs_state_set (state, "last", g_variant_new_int64 (last), error);''')
OPTIONS = f'''g_auto (GVariantBuilder) options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{{ss}}"));
  {PIECE}
  g_object_set (app, "rocksdb-options", g_variant_builder_end (&options), NULL);'''


def frame(before=''):
    """An application with dataframes of the numbers."""
    return f'''g_autoptr (QsApplication) app = qs_application_new ("embedded");
  {SOURCE}
  QsDataframe *dataframe;
  {before}
  g_object_set (app, "drain", TRUE, "auto-offset-reset", QS_AUTO_OFFSET_RESET_EARLIEST, NULL);
  {PIECE}
  qs_application_run (app, NULL, &error);'''


MODULE = '''
const GType *
qsource_module_get_types (gsize *n)
{
  static GType types[1];
  types[0] = numbers_get_type ();
  *n = 1;
  return types;
}
''' + in_main('gsize n = 0; g_assert_true (qsource_module_get_types (&n) && n == 1);')
WEB_SERVER = '''
static int n_started;
static void
start_web_server (void)
{
  n_started++;
}
''' + in_main(PIECE + 'g_assert_cmpint (n_started, ==, 1);')
HARNESS = SOURCE + f'''
  g_autoptr (QsRecord) record = NULL;
  qs_harness_serve (source);
  {PIECE}'''
TEST_FIRST = '''
static void
test_first (void)
{
}
'''
TEST_RULES = '''
int
main (int argc, char **argv)
{
  g_autoptr (QsBaseSource) source = g_object_new (MY_TYPE_SOURCE, "name", "mine", NULL);
  qs_harness_serve (source);
  test_rules ();
  return 0;
}
'''

# Some words of a piece: its page, and the program around it.
PIECES = {
    'sensor_run (QsSource *source': (
        'doc/overview.md', SENSOR + PIECE + declare('sensor', 'sensor_run') + in_main(run('sensor'))),
    'qs_application_add_source (app, source, NULL, &error);': (
        'doc/overview.md', NUMBERS + in_main(SOURCE + PIECE)),
    'send_next (QsStatefulSource *self': (
        'doc/state.md', PIECE + declare('range', 'range_run', 'StatefulSource') + in_main(run('range'))),
    'g_variant_builder_add (&options': ('doc/state.md', KEEPER + in_main(run('counter', OPTIONS))),
    'even = qs_dataframe_filter': (
        'doc/dataframe.md', NUMBERS + STEPS + in_main(frame('QsDataframe *even, *squares;'))),
    'large = qs_dataframe_filter': (
        'qsource/stream/qs-dataframe.c', NUMBERS + STEPS + in_main(frame(
            'QsDataframe *large; g_autoptr (QsTopic) alerts = qs_topic_new ("alerts");'))),
    'qs_conform_add_tests (conform': ('doc/testing.md', NUMBERS + PIECE),
    'const GType *qsource_module_get_types': ('doc/command.md', NUMBERS + PIECE + MODULE),
    '*qsource_module_get_types (gsize': ('qsource/sources/qs-source-make.c', NUMBERS + PIECE + MODULE),
    'i % 10 == 0 && !qs_source_flush': (
        'qsource/source/qs-stateful-source.c', COUNTER + in_main(run('counter'))),
    'if (!qs_is_worker ())': ('qsource/worker/qs-worker-child.c', WEB_SERVER),
    'qs_harness_restart (harness': ('qsource/testing/qs-harness.c', NUMBERS + in_main(HARNESS)),
    'g_test_add_func ("/mine/first"': (
        'qsource/testing/qs-harness-worker.c', NUMBERS + TEST_FIRST + PIECE),
    'qs_conform_run (conform': ('qsource/testing/qs-conform.c', NUMBERS + PIECE + TEST_RULES),
}
# What the rules are is tested elsewhere.
ARGUMENTS = {'qs_conform_add_tests (conform': ('-p', '/numbers/first', '-p', '/numbers/properties')}
