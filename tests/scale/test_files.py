#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instances of the file source share the files of a directory, on a real Kafka.

  test_files.py QSOURCE

It needs kcat, and QSOURCE_TEST_BROKER; see kafka-broker.py."""

import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from scale_system import SECONDS, SESSION, wait_until

QSOURCE = None
N_PARTITIONS = 4
N_LINES = 50            # of a round, in each file


class Instance:
    def __init__(self, case, number):
        self.log = case.directory / f'log-{number}'
        self.words = [
            QSOURCE, 'run', 'file', f'n-partitions={N_PARTITIONS}', 'commit-interval=0.1', 'key=name',
            f'path={case.files}/*.log', '-b', case.address, '-g', case.name, '-n', 'lines',
            '-t', case.name, '--state-dir', case.directory / f'state-{number}', '--assignment=group',
            f'--session-timeout={SESSION}', '--standby-replicas=-1',
            '--processing-guarantee=exactly-once', '--max-restarts=-1', '--restart-backoff=0.1']
        self.start()

    def start(self):
        with open(self.log, 'a') as log:
            self.process = subprocess.Popen(self.words, stderr=log, stdout=subprocess.DEVNULL,
                                            start_new_session=True)

    def runs(self):
        """How many partitions run here now."""
        text = self.log.read_text(errors='replace').rpartition('Starting:')[2]
        return text.count('runs here now') - text.count("no longer runs here")

    def produced(self):
        """How many records its last run has produced."""
        text = self.log.read_text(errors='replace')
        return int(re.findall(r'Source finished: (\d+) records', text)[-1])

    def workers(self):
        found = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(self.process.pid)],
                               capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]

    def kill(self):
        for pid in [*self.workers(), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


class Files(unittest.TestCase):
    def setUp(self):
        self.address = os.environ['QSOURCE_TEST_BROKER']
        self.name = f'files-{os.getpid()}'
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='qsource-files-'))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.files = self.directory / 'files'
        self.files.mkdir()
        self.written = collections.Counter()
        self.instances = []
        self.addCleanup(self.end)

    def end(self):
        for instance in self.instances:
            if instance.process.poll() is None:
                instance.kill()

    def launch(self):
        self.instances.append(Instance(self, len(self.instances)))
        return self.instances[-1]

    def write(self, *names):
        """Some lines more in each file, which are "NAME NUMBER"."""
        for name in names:
            with open(self.files / f'{name}.log', 'a') as file:
                for _ in range(N_LINES):
                    self.written[name] += 1
                    file.write(f'{name} {self.written[name]}\n')

    def lines(self):
        result = subprocess.run(
            ['kcat', '-b', self.address, '-C', '-t', self.name, '-e', '-q', '-o', 'beginning',
             '-X', 'isolation.level=read_committed'], capture_output=True, text=True)
        return collections.Counter(result.stdout.splitlines())

    def wait_lines(self):
        """Until each line that was written has come."""
        try:
            wait_until(lambda: self.lines().total() >= self.written.total(), 'all lines came')
        except AssertionError:
            for instance in self.instances:
                print(instance.log.read_text(errors='replace'), file=sys.stderr)
            raise

    def wait_runs(self, *numbers):
        wait_until(lambda: [instance.runs() for instance in self.instances] == list(numbers),
                   f'partitions run: {numbers}')

    def test_spread(self):
        """Each line of files that come and go, and of instances that do, comes once."""
        names = [f'f{i}' for i in range(12)]
        self.write(*names)
        one = self.launch()
        self.wait_runs(4)
        self.wait_lines()
        two = self.launch()
        self.write(*names)
        self.wait_runs(2, 2)
        self.write(*names, 'new-1', 'new-2', 'new-3')
        self.wait_lines()
        # What was read may go, and come again under its name.
        for name in ('f0', 'f1', 'f2'):
            (self.files / f'{name}.log').unlink()
        self.write('f0', *names[3:])
        for pid in [*one.workers(), *two.workers()]:
            os.kill(pid, signal.SIGKILL)
        self.write(*names[3:], 'new-4')
        self.wait_lines()
        two.kill()
        self.write(*names[3:], 'new-2')
        two.start()
        self.wait_runs(2, 2)
        self.wait_lines()
        self.assertEqual(one.stop(), 128 + signal.SIGTERM)
        self.write(*names[3:], 'new-5')
        wait_until(lambda: two.runs() == 4, 'the other one has all')
        self.wait_lines()
        self.assertEqual(two.stop(), 128 + signal.SIGTERM)

        wanted = {f'{name} {i}' for name, n in self.written.items() for i in range(1, n + 1)}
        lines = self.lines()
        self.assertEqual([line for line in wanted if line not in lines], [])
        self.assertEqual([line for line, n in lines.items() if n > 1 or line not in wanted], [])
        for instance in self.instances:
            self.assertGreater(instance.produced(), 0)
        print(f'{lines.total()} lines of {len(self.written)} files, each once')


def main():
    global QSOURCE
    QSOURCE = sys.argv.pop(1)
    unittest.main(verbosity=2)


if __name__ == '__main__':
    main()
