# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers: how soon they produce, what they take while they wait, how soon they end."""

import contextlib
import functools
import os
import pathlib
import subprocess
import tempfile
import time

from bench_rows_command import count_wakeups
from bench_rows_many import descendants
from bench_rows_python import environment
from bench_tools import Row, run, wait_for_end

HERE = pathlib.Path(__file__).resolve().parent
BENCH = pathlib.Path('tests', 'bench')
SETTLE_SECONDS, IDLE_SECONDS, END_SECONDS = 15, 20, 60
N_IDLE, N_STOP = 3, 10
TOPIC = 'bench-worker-000'


def spawn(command, env=None):
    return subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def first_acknowledged(command):
    """Seconds from before the program is started."""
    begun = time.monotonic()
    with spawn(command) as process:
        line = process.stdout.readline()
        process.stdout.read()
    if not line or process.returncode:
        raise RuntimeError(f'{command[0]} failed with {process.returncode}')
    return float(line) - begun


def start(context):
    """Milliseconds beyond librdkafka alone, in turns; the topic is there."""
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        ours = [context.build / BENCH / 'bench-worker', 'once', context.broker, 1, directory]
        bare = [context.build / BENCH / 'bench-worker-bare', 'once', context.broker, TOPIC]
        first_acknowledged(ours)
        return [(first_acknowledged(ours) - first_acknowledged(bare)) * 1000
                for _ in range(9 if context.quick else 31)]


@contextlib.contextmanager
def waiting(command, count=1, env=None):
    """A program when all of its sources have produced; the workers."""
    with spawn(command, env) as process:
        try:
            for _ in range(count):
                if not process.stdout.readline():
                    raise RuntimeError(f'{command[0]} ended before its sources had produced')
            yield process, [pid for pid in descendants(process.pid) if pid != process.pid]
        finally:
            process.terminate()


def stop(context):
    """Milliseconds from the signal until the program has ended."""
    times = []
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        program = [context.build / BENCH / 'bench-worker', 'wait', context.broker, N_STOP,
                   directory]
        for _ in range(3 if context.quick else 9):
            with waiting(program, N_STOP) as (process, _):
                time.sleep(0.5)  # Sleeps: what follows a start is over.
                begun = time.monotonic()
                process.terminate()
                wait_for_end(process, END_SECONDS)
                times.append((time.monotonic() - begun) * 1000)
    return times


def processor_seconds(pid):
    return sum(int((task / 'schedstat').read_text(encoding='ascii').split()[0])
               for task in pathlib.Path(f'/proc/{pid}/task').iterdir()) / 1e9


def look_at(pid):
    """How often threads have waited, librdkafka's and all, and the processor time."""
    wakeups = count_wakeups(pid)
    return (sum(n for name, n in wakeups.items() if name.startswith('rdk:')),
            sum(wakeups.values()), processor_seconds(pid))


def watch(context, pid):
    """Of each part of the time: wakeups a second of librdkafka's threads and of all, and
    per cent of a processor."""
    seconds = (3 if context.quick else IDLE_SECONDS) / N_IDLE
    results = []
    time.sleep(SETTLE_SECONDS)  # Sleeps: what follows a start is over.
    for _ in range(N_IDLE):
        before, begun = look_at(pid), time.monotonic()
        time.sleep(seconds)
        elapsed = time.monotonic() - begun
        now = look_at(pid)
        results.append([(now[0] - before[0]) / elapsed, (now[1] - before[1]) / elapsed,
                        (now[2] - before[2]) / elapsed * 100])
    return results


@functools.cache
def watch_idle(context, mode):
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory, \
         waiting([context.build / BENCH / 'bench-worker', mode, context.broker, 1, directory]) \
            as (_, (worker,)):
        return watch(context, worker)


@functools.cache
def watch_idle_bare(context, mode):
    """The same clients, by librdkafka alone."""
    watch_idle(context, mode)  # makes the topic
    with waiting([context.build / BENCH / 'bench-worker-bare', mode, context.broker, TOPIC]) \
            as (process, _):
        return watch(context, process.pid)


def idle(watched, mode, column):
    return lambda context: [result[column] for result in watched(context, mode)]


def private_memory(pid):
    """Megabytes of pages that no other process has."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith('Private_')) / 1024


def python_memory(context):
    program = ['/usr/bin/python3', '-B', HERE / 'worker.py', context.broker]
    values = []
    for _ in range(3):
        with waiting(program, env=environment(context)) as (_, (worker,)):
            time.sleep(1)  # Sleeps: what follows a start is over.
            values.append(private_memory(worker))
    return values


def recovery(context):
    """The time of the recovery, of that of a consumer that reads the same, in turns."""
    keys, pairs = (100000, 3) if context.quick else (1000000, 9)
    lines = run([context.build / 'tests' / 'bench-recovery', keys, pairs],
                env={**os.environ, 'QSOURCE_TEST_BROKER': context.broker}).splitlines()
    figures = [[float(word) for word in line.split()[1:]] for line in lines
               if line.startswith('pair ')]
    return [recovered / bare for bare, recovered in figures]


def idle_rows(mode, what, wakeups, per_cent):
    bare = f'{what}: librdkafka alone, with the same clients'
    return [
        Row(f'worker-{mode}-wakeups', f'{what}: wakeups', 'at most', wakeups, 'a second',
            idle(watch_idle, mode, 1), needs_kafka=True),
        Row(f'worker-{mode}-wakeups-librdkafka', f"{what}: those of librdkafka's threads", None,
            None, 'a second', idle(watch_idle, mode, 0), needs_kafka=True),
        Row(f'worker-{mode}-wakeups-bare', f'{bare}: wakeups', None, None, 'a second',
            idle(watch_idle_bare, mode, 1), needs_kafka=True),
        Row(f'worker-{mode}-processor', f'{what}: processor time', 'at most', per_cent,
            '% of one', idle(watch_idle, mode, 2), needs_kafka=True),
        Row(f'worker-{mode}-processor-bare', f'{bare}: processor time', None, None,
            '% of one', idle(watch_idle_bare, mode, 2), needs_kafka=True),
    ]


ROWS = [
    Row('worker-start', 'from start to the first acknowledged record, beyond librdkafka',
        'at most', 20, 'ms', start, needs_kafka=True),
    *idle_rows('wait', 'an idle worker', 4.5, 0.1),
    *idle_rows('wait-state', 'an idle worker with a state', 5, 0.11),
    Row('worker-stop', f'{N_STOP} sources that cooperate: until all have stopped', 'at most', 30,
        'ms', stop, needs_kafka=True),
    Row('worker-python-memory', "a worker's own memory in Python", 'at most', 12, 'MB',
        python_memory, needs_kafka=True),
    Row('state-recovery', 'a state of 1 M keys is read back, of a bare consumer', 'at most', 1.4,
        'of its time', recovery, needs_kafka=True),
]
