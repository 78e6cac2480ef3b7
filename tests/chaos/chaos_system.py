# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is broken: a Kafka, and a program with its workers."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
KAFKA = HERE.parent / 'kafka' / 'kafka-broker.py'

# The partitions of each source's state, as in chaos-program.c; each has a worker.
SOURCES = {'chaos-0': 1, 'chaos-1': 2}
PARTS = [(name, partition) for name, count in SOURCES.items() for partition in range(count)]
STOP_SECONDS = 40
DEATH = re.compile(r'was ended by signal 9')


class ChaosError(Exception):
    """The system did what it never should; the text says what."""


class Unavailable(Exception):
    """There can be no broker here."""


class Broker:
    """A real Kafka that is killed and started again, with the same address."""

    def __init__(self):
        self._process = subprocess.Popen([sys.executable, '-B', KAFKA, 'serve'], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.address = self.order('start')

    def order(self, what):
        self._process.stdin.write(what + '\n')
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split(maxsplit=1)
        if not answer:
            raise Unavailable('the broker has gone')
        if answer[0] != 'ok':
            raise ChaosError(f'cannot {what} the broker: {answer[1]}')
        return answer[1].strip()

    def count_dropped(self):
        """How many transactions Kafka itself has left open for ever, see kafka_broker.py."""
        return int(self.order('dropped'))

    def signal(self, number):
        for pid in children(self._process.pid):
            send(pid, number)

    def close(self):
        self.signal(signal.SIGCONT)
        self._process.stdin.close()
        self._process.wait()


def children(pid):
    try:
        text = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]


def is_alive(pid):
    try:
        state = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
    except OSError:
        return False
    return state not in 'ZX'


def send(pid, number):
    """Whether there was such a process to send the signal @number to."""
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


class Program:
    """chaos-program, in its own group of processes. @setting: address, build, reports."""

    def __init__(self, setting, log, state_dir, exactly_once, arguments=(), variables=None):
        command = [setting.build / 'chaos-program', '--broker', setting.address,
                   '--reports', setting.reports, *arguments]
        if exactly_once:
            command.append('--exactly-once')
        environment = {**os.environ, 'QSOURCE_STATE_DIR': str(state_dir),
                       'QSOURCE_CONSUMER_GROUP': setting.group, **(variables or {})}
        self.log = pathlib.Path(log)
        with open(self.log, 'ab') as file:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=file, stderr=file, start_new_session=True)
        self.seen = set()

    @property
    def pid(self):
        return self.process.pid

    def workers(self):
        """The pids of its workers, in no order that means something."""
        pids = sorted(children(self.pid))
        self.seen.update(pids)
        return pids

    def has_ended(self):
        return self.process.poll() is not None

    def count_deaths(self):
        """How many of its workers its log says were killed."""
        return len(DEATH.findall(self.log.read_text(errors='replace')))

    def await_text(self, text, seconds):
        """Waits until its log has @text."""
        deadline = time.monotonic() + seconds
        while text not in self.log.read_text(errors='replace'):
            if self.has_ended() or time.monotonic() > deadline:
                raise ChaosError(f"nothing says '{text}' in {self.log}")
            time.sleep(0.02)

    def begin_stop(self):
        self.workers()
        send(self.pid, signal.SIGTERM)

    def stop(self):
        """Ends it in order; the exit status."""
        self.begin_stop()
        return self.wait(STOP_SECONDS)

    def wait(self, seconds):
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ChaosError(f'the program (log: {self.log}) did not end in {seconds} s')
        return status

    def kill(self):
        """Kills it and what it has started."""
        pids = self.workers()
        self.process.kill()
        self.process.wait()
        for pid in pids:
            send(pid, signal.SIGKILL)

    def expect_no_orphans(self, seconds):
        """Workers end by themselves when their parent has gone."""
        deadline = time.monotonic() + seconds
        while any(is_alive(pid) for pid in self.seen):
            if time.monotonic() > deadline:
                left = [pid for pid in self.seen if is_alive(pid)]
                raise ChaosError(f'workers {left} outlived their parent by {seconds} s')
            time.sleep(0.05)
