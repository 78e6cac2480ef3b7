#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""QsFileSource loses no line of a log that is copied and truncated, however often that
happens between two of its looks. Its worker is stopped meanwhile, so that nothing of it
depends on who is quicker.

  test-file-cuts.py QSOURCE"""

import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

QSOURCE = None
SECONDS = 120


class Log:
    """A log, and its rotation by copy and truncation."""

    def __init__(self, path):
        self.path = path
        self.number = 0
        path.touch()

    def append(self, text):
        with open(self.path, 'a') as file:
            file.write(text)

    def write(self, n):
        self.append(''.join(f'{number}\n' for number in range(self.number, self.number + n)))
        self.number += n

    def cut(self, keep_time=True):
        for number in range(30, -1, -1):
            old = self.path.with_name(f'{self.path.name}.{number}') if number else None
            if old and old.exists():
                old.rename(self.path.with_name(f'{self.path.name}.{number + 1}'))
        (shutil.copy2 if keep_time else shutil.copy)(
            self.path, self.path.with_name(f'{self.path.name}.1'))
        os.truncate(self.path, 0)


class TestCuts(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-cuts-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.logs = self.directory / 'logs'
        self.out, self.err = self.directory / 'out', self.directory / 'err'
        self.logs.mkdir()
        self.process = self.worker = None
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith('QSOURCE_')}

    def start(self, *words):
        with open(self.out, 'a') as out, open(self.err, 'a') as err:
            self.process = subprocess.Popen(
                [QSOURCE, 'run', 'file', *words, 'commit-interval=0.1', 'rotate-wait=0.1',
                 '-F', 'json', '--max-restarts=99', '--restart-backoff=0.01',
                 '--state-dir', self.directory / 'state'],
                stdout=out, stderr=err, start_new_session=True, env=self.environment)
        self.addCleanup(self.process.wait, SECONDS)
        self.addCleanup(self.process.kill)

    def find_worker(self):
        found = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(self.process.pid)],
                               capture_output=True, text=True, timeout=SECONDS)
        pid, = found.stdout.split()
        return int(pid)

    def freeze(self):
        self.worker = self.find_worker()
        os.kill(self.worker, signal.SIGSTOP)
        stat = pathlib.Path(f'/proc/{self.worker}/stat')
        self.wait(lambda: stat.read_text().rpartition(')')[2].split()[0] == 'T')

    def thaw(self):
        os.kill(self.worker, signal.SIGCONT)

    def kill(self):
        """What is started again by its parent."""
        os.kill(self.worker, signal.SIGKILL)

    def wait(self, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, self.describe())
            time.sleep(0.02)

    def values(self):
        """What was printed, of the lines that are complete."""
        lines = self.out.read_text().split('\n')[:-1]
        return [json.loads(line)['value'] for line in lines if line.startswith('{')]

    def describe(self):
        files = ''.join(f'{path.name} {path.stat()}\n' for path in self.logs.iterdir())
        return f'{self.values()}\n{files}{self.err.read_text()}'

    def wait_for(self, *values):
        self.wait(lambda: set(values) <= set(self.values()))

    def wait_for_all(self, log):
        self.wait_for(*map(str, range(log.number)))

    def each(self):
        """Whether the copies are matched, too, must not matter; nor what time they have."""
        for pattern, keep_time in (('', True), ('', False), ('*', True)):
            log = Log(self.logs / f'app{len(pattern)}{keep_time}.log')
            log.write(10)
            self.start(f'path={log.path}{pattern}')
            self.wait_for_all(log)
            yield log, keep_time
            self.wait_for_all(log)
            self.process.terminate()
            self.process.wait(SECONDS)
            self.out.write_text('')
            self.err.write_text('')

    def cut_and_see(self, log, keep_time):
        log.cut(keep_time)
        self.wait(lambda: 'was truncated' in self.err.read_text())

    def test_twice(self):
        """Two cuts between two looks: all of the first copy, the second one, and the file"""
        for log, keep_time in self.each():
            self.freeze()
            for _ in range(3):
                log.write(20)
                log.cut(keep_time)
            log.write(20)
            self.thaw()

    def test_empty(self):
        """A file that was empty at one look, and was filled and cut before the next one"""
        for log, keep_time in self.each():
            self.cut_and_see(log, keep_time)
            self.freeze()
            for _ in range(2):
                log.write(20)
                log.cut(keep_time)
            log.write(20)
            self.thaw()

    def test_partial(self):
        """A line of which only a part had been written"""
        for log, keep_time in self.each():
            self.cut_and_see(log, keep_time)
            log.append('a line')
            self.freeze()
            log.append(' in two parts\n')
            log.cut(keep_time)
            log.write(20)
            self.thaw()
            self.wait_for('a line in two parts')

    def test_killed(self):
        """The same while the source doesn't run"""
        for log, keep_time in self.each():
            for see in (False, True):
                if see:
                    self.cut_and_see(log, keep_time)
                self.freeze()
                for _ in range(2):
                    log.write(20)
                    log.cut(keep_time)
                log.write(20)
                self.kill()
                self.wait_for_all(log)

    def test_start(self):
        """A cut while the source commits where it begins"""
        for log, keep_time in self.each():
            # What was read may not be committed yet; then it can't be noticed that it was cut.
            # Each round gives it more time, as each restart takes twice as long as the last.
            for delay in itertools.count():
                if 'was truncated' in self.err.read_text():
                    break
                self.freeze()
                log.write(20)
                log.cut(keep_time)
                log.write(20)
                started = self.err.read_text().count('Connected')
                self.kill()
                self.wait(lambda n=started: self.err.read_text().count('Connected') > n)
                time.sleep(0.03 * delay)  # Sleeps: to cut at any moment of the start.
                self.freeze()
                log.write(20)
                log.cut(keep_time)
                log.write(20)
                self.thaw()
                self.wait_for_all(log)


if __name__ == '__main__':
    QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
