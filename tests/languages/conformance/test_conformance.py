# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same behaviours in every language.

The programs do what their argument names, print what happens, and last what
arrived. QSOURCE_CONFORMANCE is a list of LANGUAGE=COMMAND, separated by
semicolons. With QSOURCE_CONFORMANCE_KAFKA set, the broker is the real one of
QSOURCE_TEST_BROKER, with what matters there.

At its end a run prints what it came to as a table, which the documentation has, too:

  test_conformance.py PAGE RESULTS    puts the RESULTS of a run into the PAGE
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import programs  # noqa: E402

N_AT_ONCE = 2
PAGE = HERE.parents[2] / 'doc/languages.md'
RESULTS = 'conformance-results.json'
LANGUAGES = ['c', 'vala', 'python', 'gjs', 'lua']

# What not every language can do, and the error that says so.
EXCEPTIONS = json.loads((HERE / 'exceptions.json').read_text())

DELIVERED = ["message 'k' 'v0'", "message 'k' 'v1'", "message 'k' 'v2'"]

# Name: what it promises, and lines of the output, in order; a /text/ is searched.
BEHAVIOURS = {
    'deliver': ('everything that run() produces arrives, in order',
                ['running true', 'cleanup false', *DELIVERED]),
    'serialize': ('plain values are serialized as JSON',
                  ["""message 'k' '{"a":[1,null,2.5,"ü",true,1099511627776]}'"""]),
    'custom-serializer': ('a serializer in the language serializes', ["message null '<x>'"]),
    'headers': ('headers keep their order, can repeat and can be null',
                ["message null 'v' a='1' b=null a='2'"]),
    'null-and-empty': ('null is null and empty is empty', ["message null ''", "message '' null"]),
    'state': ('the next run finds the state', ["message null '1'", "message null '2'"]),
    'flush': ('flush() returns after every record is acknowledged', ['acknowledged 3', *DELIVERED]),
    'splits': ('a source with splits has a state for each of them',
               ["message null 'a 1 of 1'", "message null 'b 1 of 1'"]),
    'sharing': ('plain values set how partitions are shared, -1 for all standbys',
                ['sharing -1 one true', *DELIVERED]),
    'expiry': ('a value of the state expires', ['before 1', '/^after n(one|ull|il)$/']),
    'exact': ('text with a NUL and large integers come back equal, as record, key and state',
              ['keys 1 2', 'exact true',
               # In whatever order a language has the members of an object.
               r"""/message 'a%0b' '\{("t":"a\\u0000b",?|"n":9007199254740993,?){2}\}'/"""]),
    'keys': ('a state lists its keys, including those with a NUL', ['keys k%0a k%0b']),
    'own-values': ('a serializer in the language gets and returns values of the language',
                   ['own true']),
    'stored-null': ('a stored null is read as null, not as the fallback of get()',
                    ['/^stored n(one|ull|il)$/', 'there true']),
    'refused': ('a value that JSON cannot express is refused, and the error names it',
                ['/^refused: .*(ay|object|Set|function)/', *DELIVERED]),
    'too-deep': ('a value that is nested too deep to be read is refused',
                 ['/^refused: .*(lie in each other|deep)/', *DELIVERED]),
    'skip': ("errors=skip skips a value that cannot be serialized", DELIVERED),
    'dead-letter': ("errors=dead-letter keeps a value that cannot be serialized",
                    [*DELIVERED, 'dead letters 1']),
    'error-default-topic': ('an error of default_topic() is raised in the parent',
                            ["/error: .*default_topic/"]),
    'error-configure': ('an error of configure() reaches the parent', ['/broken in configure/']),
    'error-start': ('an error of start() reaches the parent', ['/broken in start/']),
    'error-setup': ('an error of setup() reaches the parent',
                    ['cleanup true', '/broken in setup/']),
    'error-run': ('an error of run() reaches the parent', ['cleanup true', '/broken in run/']),
    'error-cleanup': ('an error of cleanup() reaches the parent',
                      ['cleanup false', '/broken in cleanup/']),
    'error-flush': ('an error of flush() reaches the parent', ['/broken in flush/']),
    'error-serialize': ('an error of a serializer reaches the parent', ['/broken in serialize/']),
    'error-domain': ("an error of GLib keeps its domain and code",
                     ['failed g-io-error-quark 1', '/error: .*it is gone/']),
    'nothing': ('a filter that returns nothing is an error',
                ['/^error: .*in step 1/']),
    'handlers': ('a source can consist of handlers that setup() connects', DELIVERED),
    'fail': ('fail() in a callback ends the source', ['/^error: .*broken in a callback/']),
    'async': ('the main context keeps running during run_async()', ['turn', 'done', *DELIVERED]),
    'stop-in-run': ('a source can stop itself', ['running true', 'running false']),
    'kill': ('a worker that is killed by kill -9 is reported', ['waiting', '/ended by signal 9/']),
    'restart': ('a worker that was killed is restarted', ['waiting', *DELIVERED]),
    'connect-success': ('the parent reports a connection', ['connected conf', *DELIVERED]),
    'connect-failure': ('the parent reports a failed connection',
                        ['/connect failed: .*no client/', '/error: .*no client/']),
    'exactly-once': ('records are written in transactions', DELIVERED),
    'dataframe': ('a dataframe filters and changes the records of a source', ['20', '40']),
    'error-dataframe': ('an error in a step of a dataframe ends run()',
                        ['/broken in dataframe/']),
    'isolation-thread': ('a source runs in a thread of the program', DELIVERED),
}

# On the real broker; there each run takes some seconds.
ON_KAFKA = ['deliver', 'headers', 'null-and-empty', 'state', 'flush', 'error-run', 'kill',
            'restart', 'exactly-once', 'dataframe']


def commands():
    pairs = [pair.partition('=') for pair in os.environ.get('QSOURCE_CONFORMANCE', '').split(';')
             if pair]
    return {name: shlex.split(command) for name, _, command in pairs}


def missing(output, expected):
    """The first of the expected lines that isn't there after the one before it."""
    lines = iter(output.splitlines())
    for want in expected:
        if want.startswith('/'):
            found = any(re.search(want.strip('/'), line) for line in lines)
        else:
            found = any(line == want for line in lines)
        if not found:
            return want
    return None


def page_table(results):
    """@results: of each behaviour, of each language."""
    names = [name for name in LANGUAGES if name in results]
    yield '| behavior | ' + ' | '.join(names) + ' |'
    yield '|---' * (len(names) + 1) + '|'
    for behaviour in results[names[0]]:
        cells = (results[name][behaviour] for name in names)
        yield f'| {behaviour}: {BEHAVIOURS[behaviour][0]} | ' + ' | '.join(cells) + ' |'


class TestConformance(unittest.TestCase):
    """Its cases, one for each language and behaviour, are made below."""

    results = {}

    @classmethod
    def setUpClass(cls):
        cls.broker = os.environ['QSOURCE_TEST_BROKER'] if KAFKA else 'embedded'
        cls.pool = concurrent.futures.ThreadPoolExecutor(N_AT_ONCE)
        cls.addClassCleanup(cls.pool.shutdown, cancel_futures=True)
        cls.runs = {
            (language, behaviour): cls.pool.submit(programs.run, command, behaviour, cls.broker)
            for language, command in commands().items() for behaviour in names()}

    @classmethod
    def tearDownClass(cls):
        for line in page_table(cls.results):
            print(f'# {line}')
        if not KAFKA:
            pathlib.Path(RESULTS).write_text(json.dumps(cls.results))

    def check(self, language, behaviour):
        exception = EXCEPTIONS.get(language, {}).get(behaviour)
        results = self.results.setdefault(language, {})
        results[behaviour] = 'no'
        output, log = self.runs[language, behaviour].result()
        expected = [f"/{exception['error']}/"] if exception else BEHAVIOURS[behaviour][1]
        gap = missing(output, expected)
        self.assertIsNone(gap, f'{gap!r} is not in the output:\n{output}\nlog:\n{log}')
        results[behaviour] = f"refused: {exception['reason']}" if exception else 'yes'

    def check_page(self):
        """The table in the documentation is what this run came to"""
        if set(self.results) != set(LANGUAGES):
            self.skipTest('not all languages are installed')
        self.assertIn('\n'.join(page_table(self.results)), PAGE.read_text(),
                      f'see {pathlib.Path(__file__).name}, which puts {RESULTS} there')


KAFKA = 'QSOURCE_CONFORMANCE_KAFKA' in os.environ


def names():
    return ON_KAFKA if KAFKA else BEHAVIOURS


def add_case(language, behaviour):
    def case(self):
        self.check(language, behaviour)

    exception = EXCEPTIONS.get(language, {}).get(behaviour)
    case.__doc__ = f"refused: {exception['reason']}" if exception else BEHAVIOURS[behaviour][0]
    name = f'test_{language}_{behaviour}'
    setattr(TestConformance, name, case)
    return TestConformance(name)


def load_tests(loader, _tests, _pattern):
    """In the order of the table."""
    suite = unittest.TestSuite()
    if KAFKA and not (os.environ.get('QSOURCE_TEST_BROKER') and shutil.which('kcat')):
        print('1..0 # SKIP there is no broker (QSOURCE_TEST_BROKER), or no kcat')
        sys.exit(0)
    suite.addTests(add_case(language, behaviour)
                   for language in commands() for behaviour in names())
    if not KAFKA:
        suite.addTest(TestConformance('check_page'))
    return suite


def write_page(page, results):
    """Puts the table between the marks of the page."""
    page = pathlib.Path(page)
    table = '\n'.join(page_table(json.loads(pathlib.Path(results).read_text())))
    page.write_text(re.sub('(<!-- conformance -->\n).*(<!-- end -->)',
                           lambda match: f'{match[1]}\n{table}\n\n{match[2]}', page.read_text(),
                           flags=re.S))


if __name__ == '__main__':
    write_page(*sys.argv[1:])
