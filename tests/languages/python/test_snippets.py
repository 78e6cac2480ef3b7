# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the documentation shows is part of a program that runs. Programs that are whole run as
they stand, in test_docs.py; what is missing around the others is here."""

import re

from qs_testing import ROOT, ProgramCase
from test_docs import programs

BROKER = 'localhost:9092'

# What stands before each of them; what they call runs for two seconds.
PYTHON = '''
import json, os, pathlib, sys
import gi
gi.require_version("Qs", "1")
from gi.repository import GLib, Qs

class Orders(Qs.Source):
    def run(self):
        while self.running:
            self.produce(value="nut;what?;3")
            self.wait(0.1)
'''
# Calls of an application that runs, which ends by them. They wait until the source has produced.
ACT = '''app.add_source(source)
acted = []
def act(*arguments):
    if not acted:
        acted.append(True)
        {0}
        app.resume_source(source)
        app.stop_source(source)
app.connect('source-stats', act)
app.run()
assert acted
'''
APP = 'app = Qs.Application("embedded", run_timeout=20)\nsource = Orders("orders")\n'
TIMED = 'class Application(Qs.Application):\n' \
    '    def __init__(self, *args, **named):\n' \
    '        super().__init__(*args, run_timeout=2, **named)\n' \
    'Qs.Application = Application\n'
DEVICES = 'os.listdir = lambda path: ["a", "b"]\n'
ADDED = 'app.add_source(Orders("orders"))\napp.run()\n'

# A line of the snippet: the page, what comes before and after it, and what stands in for some
# of its words.
SNIPPETS = {
    'class Range(Qs.StatefulSource)': ('README.md', TIMED, '', {}),
    'source = Orders("orders", errors="dead-letter")': (
        'README.md', APP, '', {'app.pause_source(source)': ACT.format('app.pause_source(source)')}),
    'def show(app, source, stats)': ('doc/operations.md', APP, ACT.format('pass'), {}),
    'app.pause_source(source)\n': ('doc/operations.md', APP, '', {
        'app.pause_source(source)': ACT.format('app.pause_source(source)')}),
    "letters = app.topic('bad-orders'": ('doc/operations.md', '', '', {}),
    'app.add_source(Devices(': ('doc/scaling.md', TIMED + DEVICES + '@Devices', '', {}),
    'class Devices(Qs.SplitSource)': (
        'doc/scaling.md', TIMED + DEVICES, 'app = Qs.Application("embedded")\n'
        'app.add_source(Devices(name="devices"))\napp.run()\n', {}),
    'standby_replicas=-1': ('doc/scaling.md', TIMED, ADDED, {}),
    '"sasl.mechanism": "PLAIN"': (
        'doc/security.md', '', 'assert "secret" not in repr(app.client_config)\n',
        {'/run/secrets/kafka': 'secret.txt'}),
    'topic.value_serializer = Qs.AvroSerializer(': ('doc/schemas.md', '', '', {}),
    'topic.value_serializer = Qs.JsonSchemaSerializer(': ('doc/schemas.md', '', '', {}),
    'topic.value_serializer = Qs.ProtobufSerializer(': ('doc/schemas.md', '', '', {}),
    'NEWER = {': ('doc/schemas.md', '', '', {}),
    'registry=registry, references=[': ('doc/schemas.md', '', '', {}),
}

C = '''
#include <qsource/qsource.h>
#include <string.h>
'''
C_MAIN = '''
int
main (void)
{{
  g_autoptr (GError) error = NULL;
  {0}
  if (error != NULL)
    g_error ("%s", error->message);
  return 0;
}}
'''
# A class of sources.
C_SOURCE = '''
G_DECLARE_FINAL_TYPE ({0}, {1}, MY, {2}, Qs{3})
struct _{0} {{ Qs{3} parent_instance; }};
G_DEFINE_FINAL_TYPE ({0}, {1}, QS_TYPE_{4})
static void {1}_class_init ({0}Class *klass) {{ QS_SOURCE_CLASS (klass)->run = {5}; }}
static void {1}_init ({0} *self) {{ }}
'''
NUMBERS = '''
static gboolean
numbers_run (QsSource *self, GError **error)
{
  for (int i = 0; i < 10; i++)
    if (!qs_source_produce_value (self, NULL, g_variant_new_int64 (i), error))
      return FALSE;
  return TRUE;
}
''' + C_SOURCE.format('Numbers', 'numbers', 'NUMBERS', 'Source', 'SOURCE', 'numbers_run')
# The first of its numbers is 1.
COUNTED = '#define MY_TYPE_NUMBERS (numbers_get_type ())' + NUMBERS.replace('int i = 0', 'int i = 1')
STEPS = '''
static QsVerdict
is_even (GVariant *value, QsRecord *record, gpointer data, GError **error)
{
  return g_variant_get_int64 (value) % 2 == 0 ? QS_VERDICT_KEEP : QS_VERDICT_DROP;
}
static GVariant *
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
RUN = '''g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) source = g_object_new ({0}_get_type (), "name", "{0}", NULL);
  g_object_set (app, "run-timeout", 2.0, NULL);
  qs_application_add_source (app, source, NULL, &error);
  qs_application_run (app, NULL, &error);'''
OPTIONS = '''g_auto (GVariantBuilder) options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{{ss}}"));
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  {0}
  g_object_set (app, "rocksdb-options", g_variant_builder_end (&options), NULL);'''
FRAME = '''g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) source = g_object_new (numbers_get_type (), "name", "numbers", NULL);
  QsDataframe *dataframe, *even, *squares;
  g_object_set (app, "drain", TRUE, "auto-offset-reset", QS_AUTO_OFFSET_RESET_EARLIEST, NULL);
  {0}
  qs_application_run (app, NULL, &error);'''
APPLICATION = '''g_autoptr (QsBaseSource) source = g_object_new (numbers_get_type (), "name", "numbers", NULL);
  {0}'''
# A line of the snippet: the page, and what makes the program of it.
C_SNIPPETS = {
    'sensor_run (QsSource *source': ('doc/overview.md', lambda text: SENSOR + text + C_SOURCE.format(
        'Sensor', 'sensor', 'SENSOR', 'Source', 'SOURCE', 'sensor_run')
        + C_MAIN.format(RUN.format('sensor'))),
    'qs_application_add_source (app, source, NULL, &error);': (
        'doc/overview.md', lambda text: NUMBERS + C_MAIN.format(APPLICATION.format(text))),
    'send_next (QsStatefulSource *self': ('doc/state.md', lambda text: text + C_SOURCE.format(
        'Range', 'range', 'RANGE', 'StatefulSource', 'STATEFUL_SOURCE', 'range_run')
        + C_MAIN.format(RUN.format('range'))),
    'g_variant_builder_add (&options': (
        'doc/state.md', lambda text: C_MAIN.format(OPTIONS.format(text))),
    'dataframe = qs_application_dataframe': (
        'doc/dataframe.md', lambda text: NUMBERS + STEPS + C_MAIN.format(FRAME.format(text))),
    'qs_conform_add_tests (conform': ('doc/testing.md', lambda text: COUNTED + text),
    'const GType *qsource_module_get_types': (
        'doc/command.md', lambda text: NUMBERS + text + '''
const GType *
qsource_module_get_types (gsize *n)
{
  static GType types[1];
  types[0] = numbers_get_type ();
  *n = 1;
  return types;
}
''' + C_MAIN.format('gsize n = 0; g_assert_true (qsource_module_get_types (&n) && n == 1);')),
}
# What the rules are is tested elsewhere.
C_ARGUMENTS = {'qs_conform_add_tests (conform': ('-p', '/numbers/first', '-p', '/numbers/properties')}

# The whole programs of these run in test_docs.py, and in test-install.py (the C of the README).
WHOLE = {'README.md', 'doc/python.md', 'doc/coming-from-quix-streams.md', 'doc/testing.md',
         'doc/c.md', 'doc/events.md', 'doc/systemd-python.md'}
# Their programs need a class of sources.
PARTS = {('doc/testing.md', 'c')}


def blocks(language):
    """The page and the text of each block of code."""
    for path in sorted([*ROOT.glob('*.md'), *(ROOT / 'doc').rglob('*.md')]):
        page = str(path.relative_to(ROOT))
        whole = programs(page, language) if page in WHOLE and (page, language) not in PARTS else []
        for text in re.findall(f'^```{language}\n(.*?)^```', path.read_text(), re.M | re.S):
            if text not in whole:
                yield page, text


def matching(language, snippets):
    """Each block, and its entry in @snippets; an error without one."""
    found = {}
    for page, text in blocks(language):
        mine = [line for line, entry in snippets.items() if entry[0] == page and line in text
                and line not in found]
        assert mine, f'{page}: no test runs this:\n{text}'
        found[mine[0]] = text
    assert set(found) == set(snippets), set(snippets) - set(found)
    return found


class TestSnippets(ProgramCase):
    def test_python(self):
        """Each piece of Python in the pages runs in a program"""
        found = matching('python', SNIPPETS)
        (self.directory / 'secret.txt').write_text('secret\n')
        for line, text in found.items():
            _, before, after, others = SNIPPETS[line]
            for words, instead in {**others, BROKER: 'embedded'}.items():
                text = text.replace(words, instead)
            before = before.replace('@Devices', found['class Devices(Qs.SplitSource)'])
            with self.subTest(line):
                result = self.run_program(PYTHON + before + text + after)
                self.assertEqual(result.status, 0, result.out + result.err)
                self.assertNotIn('Traceback', result.err)

    def test_c(self):
        """Each piece of C in the pages runs in a program"""
        for line, text in matching('c', C_SNIPPETS).items():
            text = C_SNIPPETS[line][1](text).replace(BROKER, 'embedded')
            with self.subTest(line):
                result = self.execute(self.compile_c(C + text), *C_ARGUMENTS.get(line, ()))
                self.assertEqual(result.status, 0, result.out + result.err)
