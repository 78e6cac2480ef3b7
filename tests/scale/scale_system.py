# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instances of scale-program that share partitions, and what became of their records."""

import collections
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

# That anything may take; less where a mistake is to be found soon.
SECONDS = int(os.environ.get('QSOURCE_TEST_SECONDS', 60))
IDLE = 600000           # milliseconds: a worker that does nothing after its first flush
SESSION = 6             # the least that brokers take


def wait_until(condition, what):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f'in {SECONDS} s it did not come to this: {what}')
        time.sleep(0.02)


class Instance:
    """A parent and its workers, and what it has told."""

    numbers = itertools.count(1)

    def __init__(self, system, state=None, slow_end=0, every=None, **properties):
        """@slow_end: seconds for which its workers go on when they are to stop. @every:
        milliseconds between flushes, None: the system's."""
        self.system = system
        self.name = f'i{next(self.numbers)}'
        self.state = state or system.directory / self.name
        self.every = every or system.every
        self.log = system.directory / f'{self.name}.log'
        self.properties = {
            'broker-address': system.address, 'consumer-group': system.group,
            'state-dir': self.state, 'assignment': 'group', 'session-timeout': SESSION,
            'processing-guarantee': system.guarantee, 'request-timeout': 60,
            **{key.replace('_', '-'): value for key, value in properties.items()}}
        self.environment = {**os.environ, 'SCALE_SLOW_END': str(slow_end),
                            'SCALE_BATCH': str(system.batch), 'SCALE_KEYS': str(system.n_keys)}
        if system.librdkafka and int(self.name[1:]) % 2 == 0:
            self.environment['LD_LIBRARY_PATH'] = system.link_librdkafka()
        self.lines = []         # (time, words)
        self.here = set()
        self.warm = set()       # what it stands by for, and is in step
        self.pids = []
        self.start()

    def start(self):
        words = [self.system.program, self.name, self.system.group, self.system.n_partitions, self.every,
                 *(f'{key}={value}' for key, value in self.properties.items())]
        with open(self.log, 'a') as log:
            self.process = subprocess.Popen([str(word) for word in words], text=True, stderr=log,
                                            stdout=subprocess.PIPE, start_new_session=True,
                                            env=self.environment)
        # Not before, as what the last process has told may still come.
        self.here = set()
        self.warm = set()
        self.reader = threading.Thread(target=self._read, args=[self.process], daemon=True)
        self.reader.start()

    def _read(self, process):
        with process.stdout:
            for line in process.stdout:
                words = line.split()
                if process is self.process:
                    self._take(words)
                self.lines.append((time.monotonic(), words))

    def _take(self, words):
        if words[0] == 'assigned':
            self.here.add(int(words[1]))
        elif words[0] == 'revoked':
            self.here.discard(int(words[1]))
        elif words[0] == 'standby':
            self.warm = {int(word[:-5]) for word in words[1:] if word.endswith(':warm')}
        elif words[0] == 'started':
            self.pids.append(int(words[1]))

    def told(self, word):
        return [words for _, words in self.lines if words[0] == word]

    def failure(self):
        """With which error its run() has ended."""
        wait_until(lambda: self.told('failed'), 'it tells its error')
        return ' '.join(self.told('failed')[0])

    def signal(self, number):
        os.kill(self.process.pid, number)

    def workers(self):
        found = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(self.process.pid)],
                               capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]

    def signal_all(self, number):
        for pid in [*self.workers(), self.process.pid]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def wait(self):
        status = self.process.wait(SECONDS)
        # All that it has told is taken first; but workers that live on may hold the pipe.
        self.reader.join(1)
        self.here = set()
        return status

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        """The parent and its workers, at once."""
        self.signal_all(signal.SIGKILL)
        self.wait()

    def store(self, partition):
        """The file by which there is a store of it."""
        return self.state / self.system.group / self.system.group / f'{partition}' / 'CURRENT'

    def ended_in_order(self):
        """How many of its workers ended because they were stopped, not killed."""
        return self.log_text().count('ended in order')

    def lost(self):
        return [words for words in self.told('revoked') if words[2] == 'lost']

    def recovered(self):
        """How many records each recovery of its workers has read."""
        return [int(n) for n in re.findall(r'read back \((\d+) records\)', self.log_text())]

    def wrong_keys(self):
        """How many keys of the states that its workers took over were wrong."""
        return [int(n) for n in re.findall(r'^(\d+) of \d+ keys are wrong', self.log_text(), re.M)]

    def log_text(self):
        return self.log.read_text(errors='replace')


class Reader:
    """Counts what can be read of a topic, as it comes."""

    def __init__(self, system):
        self.counts = collections.Counter()
        self.process = subprocess.Popen(
            ['kcat', '-b', system.address, '-C', '-t', system.topic, '-q', '-E', '-u', '-f', '%p\n',
             '-o', 'beginning', '-X', 'isolation.level=read_committed',
             '-X', 'topic.metadata.refresh.interval.ms=500'],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with self.process.stdout:
            for line in self.process.stdout:
                self.counts[int(line)] += 1

    def close(self):
        self.process.kill()
        self.process.wait()


class System:
    """A group of instances, and its topic."""

    groups = itertools.count(1)

    def __init__(self, program, address, n_partitions=4, every=20, guarantee='exactly-once',
                 batch=5, n_keys=0, librdkafka=None):
        """@librdkafka: another one, a file, for every second instance."""
        self.program = program
        self.librdkafka = librdkafka
        self.address = address
        self.n_partitions = n_partitions
        self.every = every
        self.batch = batch
        self.n_keys = n_keys
        self.guarantee = guarantee
        self.group = f'scale-{os.getpid()}-{next(self.groups)}'
        self.topic = f'source__{self.group}'
        self.changelog = f'changelog__{self.group}--source-{self.group}'
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='qsource-scale-'))
        self.instances = []
        self.reader = None

    def link_librdkafka(self):
        """The directory in which the other librdkafka has the name that programs ask for."""
        directory = self.directory / 'librdkafka'
        directory.mkdir(exist_ok=True)
        name = directory / 'librdkafka.so.1'
        if not name.exists():
            name.symlink_to(pathlib.Path(self.librdkafka).resolve())
        return str(directory)

    def launch(self, **properties):
        instance = Instance(self, **properties)
        self.instances.append(instance)
        return instance

    def wait_shares(self, *sizes):
        """Until these instances have so many partitions, and all are here once."""
        def is_so():
            here = [instance.here for instance, _ in sizes]
            return all(len(instance.here) == size for instance, size in sizes) and \
                len(set().union(*here)) == self.n_partitions
        try:
            wait_until(is_so, f'shares of {[size for _, size in sizes]}')
        except AssertionError as error:
            raise AssertionError(f'{error}; they are '
                                 f'{[sorted(instance.here) for instance, _ in sizes]}') from None

    def records(self):
        """[(partition of the topic, partition, number, instance, milliseconds)]"""
        result = subprocess.run(
            ['kcat', '-b', self.address, '-C', '-t', self.topic, '-e', '-q', '-o', 'beginning',
             '-X', 'isolation.level=read_committed', '-f', '%p %s %T\n'],
            capture_output=True, text=True, timeout=SECONDS * 5)
        rows = [line.split() for line in result.stdout.splitlines()]
        return [(int(where), int(partition), int(number), instance, int(at))
                for where, partition, number, instance, at in rows]

    def wait_growth(self, n=20):
        """Until each partition has so many records more."""
        if self.reader is None:
            self.reader = Reader(self)
        begin = self.reader.counts.copy()

        def grown():
            return [self.reader.counts[i] - begin[i] for i in range(self.n_partitions)]
        try:
            wait_until(lambda: min(grown()) >= n, f'{n} records more in each partition')
        except AssertionError as error:
            raise AssertionError(f'{error}; they are {grown()}') from None

    def check(self):
        """Each partition has each number once, in order. Returns the sum, the longest gap in
        seconds, and the instances in order for each partition."""
        last = collections.Counter()
        at = {}
        gap = 0
        lost = twice = 0
        owners = collections.defaultdict(list)
        records = self.records()
        for where, partition, number, instance, when in records:
            assert where == partition, (where, partition)
            if number > last[partition] + 1:
                lost += number - last[partition] - 1
            elif number <= last[partition]:
                twice += 1
            last[partition] = max(number, last[partition])
            gap = max(gap, when - at.get(partition, when))
            at[partition] = when
            if not owners[partition] or owners[partition][-1] != instance:
                owners[partition].append(instance)
        if lost or (twice and self.guarantee == 'exactly-once'):
            raise AssertionError(f'{len(records)} records, {lost} lost, {twice} twice')
        return len(records), gap / 1000, owners

    def close(self):
        if self.reader:
            self.reader.close()
        for instance in self.instances:
            if instance.process.poll() is None:
                instance.signal_all(signal.SIGCONT)
                instance.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def logs(self):
        return '\n'.join(f'--- {instance.name}\n{instance.log_text()}'
                         for instance in self.instances)


class Case(unittest.TestCase):
    """A test of one system, whose logs are shown if it fails."""

    def tearDown(self):
        outcome = self._outcome
        errors = outcome.errors if hasattr(outcome, 'errors') else outcome.result.failures
        if any(error for _, error in errors):
            print(self.system.logs(), file=sys.stderr)

    def finish(self, what, *instances):
        for instance in instances:
            self.assertEqual(instance.stop(), 0, instance.log_text())
        n_records, gap, owners = self.system.check()
        print(f'{what}: {n_records} records, longest gap {gap} s')
        return owners
