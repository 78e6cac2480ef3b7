# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a program's user reads on stderr: each thing once, and with what belongs to it."""

import re
import unittest

from qs_testing import ProgramCase

START = '''
import os, signal, sys
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Some(Qs.Source):
    def do_run(self):
        for number in range(3):
            self.produce(value='1234')
        self.flush()
        WHAT

app = Qs.Application('embedded', consumer_group='output', max_restarts=RESTARTS,
                     restart_backoff=0.01)
app.add_source(Some(name='vessel'))
'''

ENDS = {
    'raise': "raise ValueError('sorry')",
    'kill': 'os.kill(os.getpid(), signal.SIGKILL)',
    'exit': 'os._exit(7)',
    'well': 'pass',
}


class TestOutput(ProgramCase):
    def go(self, what, rest='app.run()', restarts=0, **variables):
        text = START.replace('WHAT', ENDS[what]).replace('RESTARTS', str(restarts))
        return self.run_program(text + rest, **variables)

    def last_line(self, result):
        """The last one of the log."""
        return [line for line in result.err.splitlines() if 'QSource-' in line][-1]

    def test_failure_once(self):
        """A failure is printed once, with its source and its process once"""
        for what, cause in {'raise': 'ValueError: sorry', 'kill': 'SIGKILL', 'exit': 'status 7'}.items():
            with self.subTest(end=what):
                result = self.go(what, """
try:
    app.run()
except Exception as error:
    print(str(error).splitlines()[0], file=sys.stderr)
""")
                # The traceback of a Python program has it as well, and is left out here.
                lines = [line for line in result.err.splitlines() if cause in line]
                self.assertEqual(len(lines), 1, result.err)
                self.assertEqual(lines[0].count('vessel'), 1, lines[0])
                self.assertRegex(lines[0], r"^source 'vessel' \(pid \d+\): ")
                self.assertEqual(lines[0].count('pid'), 1, lines[0])

    def test_restart_once(self):
        """So is one after which the source is started again"""
        result = self.go('kill', restarts=1)
        lines = [line for line in result.err.splitlines() if 'restart 1 in' in line]
        self.assertEqual(len(lines), 1, result.err)
        self.assertEqual(lines[0].count('vessel'), 1, lines[0])
        self.assertIn('SIGKILL', lines[0])

    def test_handled_once(self):
        """One that the application goes on without is logged, as nobody returns it"""
        result = self.go('raise', "app.connect('source-failed', lambda *_: True)\napp.run()")
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(result.err.count('sorry'), 1, result.err)
        self.assertIn('continues without it', result.err)

    def test_counts(self):
        """The last line of a source has its counts, however it has ended"""
        line = self.last_line(self.go('well'))
        self.assertIn('[vessel] Source finished: 3 records (12 bytes) acknowledged, 0 failed', line)
        line = self.last_line(self.go('raise'))
        self.assertIn('[vessel] Source failed: 3 records (12 bytes) acknowledged, 0 failed', line)
        line = self.last_line(self.go('raise', restarts=2))
        self.assertIn('[vessel] Source failed: 9 records (36 bytes) acknowledged', line)
        self.assertIn('2 restarts', line)

    def test_time(self):
        """Lines have a date where the environment asks for it"""
        result = self.go('well', QSOURCE_LOG_TIME='utc')
        lines = [line for line in result.err.splitlines() if 'QSource-' in line]
        for line in lines:
            self.assertRegex(line, r': \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ')
        result = self.go('well', QSOURCE_LOG_TIME='local', TZ='America/New_York')
        self.assertRegex(result.err, r': \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} Starting')
        self.assertIsNone(re.search(r': \d{4}-', self.go('well').err))

    def test_connected(self):
        """A source is said to be connected only if it has a setup() of its own"""
        self.assertNotIn('Connected', self.go('well').err)
        result = self.go('well', "Some.do_setup = lambda self: None\napp.run()")
        self.assertNotIn('Connected', result.err)       # set too late to be one
        text = START.replace('WHAT', 'pass').replace('RESTARTS', '0') + 'app.run()'
        result = self.run_program(text.replace('    def do_run', '    def do_setup(self): pass\n'
                                               '    def do_run'))
        self.assertEqual(result.err.count('Connected'), 1, result.err)

    def test_unheeded(self):
        """A failure of which the program takes no error is logged, once"""
        result = self.go('raise', """
import ctypes
run = ctypes.CDLL('libqsource-1.so.0').qs_application_run
run.argtypes = [ctypes.c_void_p] * 3
run(hash(app), None, None)
""")
        self.assertEqual(len([line for line in result.err.splitlines()
                              if "vessel' (pid" in line and 'sorry' in line]), 1, result.err)


if __name__ == '__main__':
    unittest.main()
