# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the rows of bench_rows*.py measure with."""

import dataclasses
import os
import pathlib
import re
import select
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Callable

RUN_SECONDS = 600


@dataclasses.dataclass(frozen=True)
class Context:
    """What is there to measure with."""
    build: pathlib.Path
    broker: str | None
    quick: bool


@dataclasses.dataclass
class Row:
    """A figure and its goal, if it has one: `at least` or `at most` so much, in `unit`."""
    name: str
    what: str
    bound: str | None
    goal: float | None
    unit: str
    measure: Callable[[Context], list[float]]
    needs_kafka: bool = False


class Unavailable(Exception):
    """Something isn't there that a row needs; the text says what."""


def run(command, **options):
    """What a program prints; it must succeed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=RUN_SECONDS, check=False, **options)
    if done.returncode:
        raise RuntimeError(f'{" ".join(words)} failed with {done.returncode}: '
                           f'{done.stderr.strip()[-500:]}')
    return done.stdout


def wait_for_end(process, seconds):
    """To the moment: Popen.wait() with a limit looks ever more rarely, every 50 ms in the end."""
    descriptor = os.pidfd_open(process.pid)
    try:
        if not select.select([descriptor], [], [], seconds)[0]:
            raise RuntimeError(f'{process.args[0]} has not ended after {seconds} s')
    finally:
        os.close(descriptor)
    process.wait()


def ratios(command, column=0):
    """Of a program that prints a line a pair, from a column on QSource's time and the
    other one's: how much of the other one's rate QSource has, for each."""
    lines = [line.split() for line in run(command).splitlines() if line[:1].isdigit()]
    return [float(line[column + 1]) / float(line[column]) for line in lines]


def nanoseconds(command, count):
    """Of a program that prints one number, run so often."""
    return [float(run(command).split()[0]) for _ in range(count)]


def count_instructions(command, function=None):
    """All that a program does, or what it does in a function and below."""
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        words = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={directory}/out']
        if function:
            words.append(f'--toggle-collect={function}')
        try:
            done = subprocess.run([*words, *(str(word) for word in command)], check=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=RUN_SECONDS)
        except FileNotFoundError as error:
            raise Unavailable('valgrind is not installed') from error
    return int(re.search(r'Collected : (\d+)', done.stderr).group(1))


def new_group():
    """A consumer group that nobody else is in."""
    return f'bench-{uuid.uuid4()}'


def spread(values):
    """The median, and the smallest and largest value."""
    return statistics.median(values), min(values), max(values)
