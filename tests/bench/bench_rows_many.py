# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many sources that produce at full speed for two seconds and then flush, each in a
process of its own, beside as many producers of librdkafka that only poll. After a first
turn, which makes the topics and has the broker's heap grow, the two take turns, each of
them first in every other pair."""

import contextlib
import dataclasses
import functools
import os
import pathlib
import signal
import statistics
import subprocess
import tempfile
import time

from bench_rows_python import environment
from bench_tools import Row, wait_for_end

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS, END_SECONDS = 180, 120


@dataclasses.dataclass
class Turn:
    """Of all sources: seconds and processor seconds, megabytes of memory each."""
    started: float
    memory: float
    records: int
    busy: float
    flushed: float
    stopped: float
    client_threads: float
    failed: int


def descendants(pid):
    found = [pid]
    for parent in found:
        for task in pathlib.Path(f'/proc/{parent}/task').glob('*/children'):
            with contextlib.suppress(OSError):
                found += map(int, task.read_text(encoding='ascii').split())
    return found


def memory_of(pid):
    """Megabytes, of which shared pages count in part."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith('Pss:')) / 1024


def client_threads_of(pid):
    """Processor seconds of the threads of librdkafka that talk to brokers."""
    nanoseconds = 0
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        with contextlib.suppress(FileNotFoundError):
            if (task / 'comm').read_text(encoding='ascii').startswith('rdk:broker'):
                nanoseconds += int((task / 'schedstat').read_text(encoding='ascii').split()[0])
    return nanoseconds / 1e9


def wait_for(process, directory, kind, count, seconds):
    deadline = time.monotonic() + seconds
    while True:
        names = [name for name in os.listdir(directory)
                 if name.startswith(kind) and '.' not in name]
        if len(names) == count:
            return names
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f'{len(names)} of {count} sources were {kind} in time')
        time.sleep(0.02)


def take_turn(command, count, seconds, env=None):
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory, \
         open(pathlib.Path(directory, '.errors'), 'w+b') as errors:
        os.mkfifo(f'{directory}/go')
        begun = time.monotonic()
        process = subprocess.Popen([*map(str, command), str(count), str(seconds), directory],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=errors, env=env)
        try:
            wait_for(process, directory, 'ready', count, START_SECONDS)
            started = time.monotonic() - begun
            pids = descendants(process.pid)
            memory = sum(map(memory_of, pids)) / count
            threads = sum(map(client_threads_of, pids))
            let_go(f'{directory}/go', count)
            done = wait_for(process, directory, 'done', count, seconds + END_SECONDS)
            threads = sum(map(client_threads_of, pids)) - threads
            results = [pathlib.Path(directory, name).read_text(encoding='ascii').split()
                       for name in done]
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            wait_for_end(process, END_SECONDS)
            stopped = time.monotonic() - begun
        except Exception as error:
            errors.seek(0)
            text = errors.read()[-500:].decode(errors='replace')
            raise RuntimeError(f'{command[0]}: {error}: {text}') from error
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return Turn(started, memory, sum(int(result[0]) for result in results),
                max(float(result[1]) + float(result[2]) for result in results),
                max(float(result[2]) for result in results), stopped, threads,
                sum(result[3] == '0' for result in results))


def let_go(fifo, count):
    """All that wait get on at once: it is kept open until they must have seen it."""
    end = os.open(fifo, os.O_WRONLY)
    time.sleep(0.5)  # Sleeps: nobody tells that he has seen it.
    os.close(end)


@functools.cache
def turns(context, language, count):
    """Pairs of turns, ours and theirs."""
    program = context.build / 'tests' / 'bench' / 'bench-many'
    theirs = [program, 'bare', context.broker]
    ours, env = [program, 'qsource', context.broker], None
    if language == 'python':
        ours = ['/usr/bin/python3', '-B', HERE / 'many.py', context.broker]
        env = environment(context)
    take_turn(ours, count, 0.1 if context.quick else 2, env)
    return [take_pair(ours, theirs, count, env, i % 2) for i in range(1 if context.quick else 6)]


def take_pair(ours, theirs, count, env, is_swapped):
    """Ours and theirs; who comes second finds a broker that has just been busy."""
    if is_swapped:
        first = take_turn(theirs, count, 2)
        return take_turn(ours, count, 2, env), first
    first = take_turn(ours, count, 2, env)
    return first, take_turn(theirs, count, 2)


def of_turns(language, count, figure):
    def measure(context):
        pairs = turns(context, language, count)
        return [figure(ours, theirs) for ours, theirs in pairs]
    return measure


def threads_per_record(turn):
    return turn.client_threads / turn.records


def rows(language, count):
    name = f'many-{count}' if language == 'c' else f'many-{language}-{count}'
    what = f'{count} source{"s" if count > 1 else ""}'
    what += ' in Python' if language == 'python' else ''
    make = functools.partial(of_turns, language, count)
    return [
        Row(f'{name}-failed', f'{what}: failed, beyond producers that did', 'at most', 0, 'sources',
            make(lambda ours, theirs: max(ours.failed - theirs.failed, 0)), needs_kafka=True),
        Row(f'{name}-flush', f'{what}: from the first record to the last acknowledgement',
            'at most', 1.1, 'of the time of producers',
            make(lambda ours, theirs: ours.busy / theirs.busy), needs_kafka=True),
        Row(f'{name}-threads', f"{what}: processor time of librdkafka's threads a record",
            'at most', 1.2, 'of that of producers',
            make(lambda ours, theirs: threads_per_record(ours) / threads_per_record(theirs)),
            needs_kafka=True),
        Row(f'{name}-rate', f'{what}: records in all', None, None, 'of those of producers',
            make(lambda ours, theirs: (ours.records / ours.busy) / (theirs.records / theirs.busy)),
            needs_kafka=True),
        Row(f'{name}-start', f'{what}: until all could produce', None, None, 's',
            make(lambda ours, _: ours.started), needs_kafka=True),
        Row(f'{name}-memory', f'{what}: memory of each', None, None, 'MB',
            make(lambda ours, _: ours.memory), needs_kafka=True),
        Row(f'{name}-stop', f'{what}: until all have stopped', None, None, 's',
            make(lambda ours, _: ours.stopped), needs_kafka=True),
    ]


ROWS = [row for language, count in (('c', 1), ('c', 10), ('c', 100), ('c', 300), ('python', 100))
        for row in rows(language, count)]
