# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same behaviours in every language.

The programs do what their argument names on an embedded broker, print what
happens, and last what arrived. QSOURCE_CONFORMANCE is a list of LANGUAGE=COMMAND,
separated by semicolons. With --table FILE it writes the table of a page instead,
which the tests of the documentation compare."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 40

# What not every language can do, and the error that says so.
EXCEPTIONS = json.loads((HERE / 'exceptions.json').read_text())

DELIVERED = ["message 'k' 'v0'", "message 'k' 'v1'", "message 'k' 'v2'"]

# Name: what it promises, and lines of the output, in order; a /text/ is searched.
BEHAVIOURS = {
    'deliver': ('what run() produces arrives, in order',
                ['running true', 'cleanup false', *DELIVERED]),
    'serialize': ('plain values are serialized as JSON',
                  ["""message 'k' '{"a":[1,null,2.5,"ü",true,1099511627776]}'"""]),
    'custom-serializer': ('a serializer of the language serializes', ["message null '<x>'"]),
    'headers': ('headers keep their order, repeat and may be null',
                ["message null 'v' a='1' b=null a='2'"]),
    'null-and-empty': ('null is null and empty is empty', ["message null ''", "message '' null"]),
    'state': ('the state is there in the next run', ["message null '1'", "message null '2'"]),
    'flush': ('after flush() all is acknowledged', ['acknowledged 3', *DELIVERED]),
    'expiry': ('a value of the state expires', ['before 1', 'after n(one|ull|il)']),
    'error-configure': ('an error of configure() reaches the parent', ['/broken in configure/']),
    'error-setup': ('an error of setup() reaches the parent', ['cleanup true', '/broken in setup/']),
    'error-run': ('an error of run() reaches the parent', ['cleanup true', '/broken in run/']),
    'error-cleanup': ('an error of cleanup() reaches the parent',
                      ['cleanup false', '/broken in cleanup/']),
    'error-flush': ('an error of flush() reaches the parent', ['/broken in flush/']),
    'error-serialize': ('an error of a serializer reaches the parent', ['/broken in serialize/']),
    'stop-in-run': ('a source can stop itself', ['running true', 'running false']),
    'kill': ('kill -9 of the worker is told', ['/ended by signal 9/']),
    'restart': ('a dead source is started again', DELIVERED),
    'connect-success': ('the parent hears of a connection', ['connected conf', *DELIVERED]),
    'connect-failure': ('the parent hears of a failed connection',
                        ['/connect failed: .*no client/', '/error: .*no client/']),
    'exactly-once': ('records are written in transactions', DELIVERED),
    'dataframe': ('a dataframe filters and changes what a source has produced', ['20', '40']),
    'error-dataframe': ('an error of a function of a dataframe ends run()',
                        ['/broken in dataframe/']),
    'isolation-thread': ('a source runs in a thread of the program', DELIVERED),
}


def languages():
    pairs = (pair.partition('=') for pair in os.environ.get('QSOURCE_CONFORMANCE', '').split(';')
             if pair)
    return {name: shlex.split(command) for name, _, command in pairs}


def run(command, behaviour):
    with tempfile.TemporaryDirectory(prefix='qsource-conformance-') as directory:
        process = subprocess.run([*command, behaviour], stdin=subprocess.DEVNULL, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=directory,
                                 env={**os.environ, 'LC_ALL': 'C.UTF-8'}, timeout=SECONDS)
    return process.stdout, process.stderr


def missing(output, expected):
    """The first of the expected lines that isn't there after the one before it."""
    lines = iter(output.splitlines())
    for want in expected:
        pattern = want.strip('/')
        if want.startswith('/'):
            found = any(re.search(pattern, line) for line in lines)
        else:
            found = any(line == want or want.startswith('after ') and re.fullmatch(want, line)
                        for line in lines)
        if not found:
            return want
    return None


class TestConformance(unittest.TestCase):
    """Filled below: one case for each language and behaviour."""


def make_case(language, command, behaviour):
    summary, expected = BEHAVIOURS[behaviour]
    exception = EXCEPTIONS.get(language, {}).get(behaviour)

    def case(self):
        out, err = run(command, behaviour)
        want = [f"/{exception['error']}/"] if exception else expected
        gap = missing(out, want)
        self.assertIsNone(gap, f'{gap!r} is not in the output:\n{out}\nstderr:\n{err}')

    case.__doc__ = f"refused: {exception['reason']}" if exception else summary
    return case


def table(names):
    yield '| behaviour | ' + ' | '.join(names) + ' |'
    yield '|---' * (len(names) + 1) + '|'
    for behaviour, (summary, _) in BEHAVIOURS.items():
        cells = [f"refused: {EXCEPTIONS[name][behaviour]['reason']}"
                 if behaviour in EXCEPTIONS.get(name, {}) else 'yes' for name in names]
        yield f'| {behaviour}: {summary} | ' + ' | '.join(cells) + ' |'


def page_table():
    return '\n'.join(table(['c', 'vala', 'python', 'gjs', 'lua']))


def write_table(path):
    """Puts the table between the marks of the page."""
    page = pathlib.Path(path)
    text = page_table()
    page.write_text(re.sub('(<!-- conformance -->\n).*(<!-- end -->)',
                           lambda match: f'{match[1]}\n{text}\n\n{match[2]}', page.read_text(),
                           flags=re.S))


if __name__ == '__main__':
    write_table(sys.argv[sys.argv.index('--table') + 1])
else:
    for _language, _command in languages().items():
        for _number, _behaviour in enumerate(BEHAVIOURS):
            setattr(TestConformance, f'test_{_language}_{_number:02}_{_behaviour}',
                    make_case(_language, _command, _behaviour))
