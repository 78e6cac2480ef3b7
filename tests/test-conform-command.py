#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""qsource conform, and the ready-made sources that it checks.

  test-conform-command.py QSOURCE"""

import fcntl
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import time
import unittest

QSOURCE = None
SECONDS = 240
WITH_STATE = ('--rule=restart', '--rule=clear', '--rule=kill', '--rule=state')


def make_environment(**more):
    return {**{key: value for key, value in os.environ.items()
               if not key.startswith('QSOURCE_')}, **more}


def conform(*words, **more):
    return subprocess.run([QSOURCE, 'conform', *words], capture_output=True, text=True,
                          timeout=SECONDS, env=make_environment(**more))


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-conform-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path


class TestConform(Case):
    def check(self, *words, results):
        report = self.directory / 'report.json'
        result = conform(*words, '--seed=7', f'--report={report}')
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        found = json.loads(report.read_text())
        self.assertEqual({rule['name']: rule['result'] for rule in found['rules']
                          if rule['name'] in results}, results, result.stdout)
        self.assertEqual((found['seed'], found['lost'], found['passed']), (7, 0, True))
        return found, result.stdout

    def test_file(self):
        """The file source passes, and the report says how it was tried"""
        path = self.write('x.log', ''.join(f'{i}\n' for i in range(30)))
        found, text = self.check('file', f'path={path}', 'follow=no', '--kills=2', *WITH_STATE,
                                 results={'stop': 'passed', 'restart': 'passed', 'clear': 'passed',
                                          'kill': 'passed'})
        self.assertEqual((found['kills'], found['class'], found['source'], found['broker']),
                         (2, 'QsFileSource', 'file', 'embedded'))
        self.assertRegex(text, r'(?m)^kill +passed')
        self.assertRegex(text, r'2 kills, \d+ records, 0 lost, \d+ duplicated, seed 7')

    def test_csv(self):
        """The CSV source passes"""
        path = self.write('x.csv', 'a,b\n' + ''.join(f'{i},v{i}\n' for i in range(30)))
        self.check('csv', f'path={path}', '--kills=2', *WITH_STATE,
                   results={'restart': 'passed', 'clear': 'passed', 'kill': 'passed'})

    def test_command(self):
        """The command source passes, with lines left out that are known"""
        self.check('command', 'argv=seq', 'argv=1', 'argv=30', 'skip-known=yes', '--kills=2',
                   *WITH_STATE, results={'restart': 'passed', 'clear': 'passed', 'kill': 'passed',
                                         'state': 'passed'})

    def test_failure(self):
        """A source that fails a rule has the status 1, and its error is shown"""
        result = conform('file', '--rule=properties', '--rule=stop')
        self.assertEqual((result.returncode, result.stderr), (1, ''), result.stdout)
        self.assertRegex(result.stdout, r'(?m)^properties +passed')
        self.assertRegex(result.stdout, r"(?m)^stop +skipped  It depends on the rule 'first-record'")
        result = conform('file', '--rule=first-record', '--json')
        self.assertEqual(result.returncode, 1)
        self.assertIn('Cannot read files without a path',
                      json.loads(result.stdout)['rules'][0]['message'])

    def test_skip(self):
        """A rule can be left out, and exactly-once is not tested where it can't be seen"""
        path = self.write('x.log', 'one\n')
        self.check('file', f'path={path}', 'follow=no', '--rule=outage', '--rule=restart',
                   '--skip=outage', '--skip=stop', '--processing-guarantee=exactly-once',
                   results={'outage': 'skipped', 'stop': 'skipped', 'restart': 'skipped'})

    def test_usage(self):
        """What is wrong with a call is an error of usage"""
        for words, text in (
                ((), 'No source was named'),
                (('fil',), "did you mean 'file'"),
                (('file', 'pth=x'), 'path'),
                (('file', '--rule=kil'), 'the rules are properties'),
                (('file', '--skip=kil'), "did you mean 'kill'"),
                (('file', '--kills=0'), 'from 1 to 100000'),
                (('file', '--seed=x'), 'from 0 to 4294967295'),
                (('file', '--timeout=-1'), 'from 0.1'),
                (('file', '--processing-guarantee=twice'), 'at-least-once, exactly-once')):
            with self.subTest(words=words):
                result = conform(*words)
                self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
                self.assertIn(text, result.stderr)


def list_children(pid):
    """The processes that it has, and theirs."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            state, parent = path.read_text().rpartition(')')[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != 'Z':
            child = int(path.parent.name)
            found += [child, *list_children(child)]
    return found


class TestInterrupted(Case):
    """A run that never ends, in a terminal of its own."""

    def setUp(self):
        super().setUp()
        self.temporary = self.directory / 'tmp'
        self.temporary.mkdir()
        path = self.write('x.log', ''.join(f'{i}\n' for i in range(100)))
        self.terminal, tty = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        # setsid has the terminal control it, so that Ctrl-C is a signal.
        self.process = subprocess.Popen(
            ['setsid', '--ctty', QSOURCE, 'conform', 'file', f'path={path}', 'follow=no',
             '--rule=kill', '--kills=100000'],
            stdin=tty, stdout=tty, stderr=tty, env=make_environment(TMPDIR=str(self.temporary)))
        os.close(tty)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.children = []
        # A store that is open: a worker that writes.
        self.wait_for(lambda: list(self.temporary.glob('*/**/CURRENT')))
        self.wait_for(self.find_children)

    def find_children(self):
        self.children = list_children(self.process.pid)
        return self.children

    def wait_for(self, check):
        deadline = time.monotonic() + SECONDS
        while not check():
            self.assertIsNone(self.process.poll(), 'it has ended')
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def check_gone(self):
        deadline = time.monotonic() + SECONDS
        while any(os.path.exists(f'/proc/{child}') for child in self.children):
            self.assertLess(time.monotonic(), deadline, 'a worker has outlived it')
            time.sleep(0.01)

    def check_cleaned(self, number):
        self.assertEqual(self.process.wait(SECONDS), -number)
        self.check_gone()
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_keyboard(self):
        """Ctrl-C ends it as that signal does, and leaves nothing"""
        os.write(self.terminal, b'\x03')
        self.check_cleaned(signal.SIGINT)

    def test_terminated(self):
        """So does SIGTERM"""
        self.process.terminate()
        self.check_cleaned(signal.SIGTERM)

    def test_hung_up(self):
        """So does a terminal that is closed"""
        self.process.send_signal(signal.SIGHUP)
        self.check_cleaned(signal.SIGHUP)

    def test_killed(self):
        """What is left of one that was killed is removed by the next one; what lives is not"""
        self.process.kill()
        self.process.wait(SECONDS)
        self.check_gone()
        left = list(self.temporary.iterdir())
        self.assertNotEqual(left, [])
        for path in left:
            os.utime(path, (0, 0))
        other = self.temporary / 'qsource-temporary-xyzxyz'
        other.symlink_to(self.directory)
        kept = self.temporary / 'qsource-temporary-locked'
        kept.mkdir()
        descriptor = os.open(kept, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.utime(kept, (0, 0))
        log = self.write('y.log', 'one\n')
        conform('file', f'path={log}', 'follow=no', '--rule=first-record',
                TMPDIR=str(self.temporary))
        self.assertEqual(set(self.temporary.iterdir()), {other, kept})
        self.assertTrue(log.exists())


if __name__ == '__main__':
    QSOURCE = sys.argv.pop(1)
    unittest.main(verbosity=2)
