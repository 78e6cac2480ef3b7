#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast a file gets to a real Kafka by the example file-source, beside kcat.

  file-source.py BUILD-DIRECTORY [--lines N] [--pairs N]

Both deliver the same file to the same topic, in turn. Then one more run of ours
is watched for its memory. The broker is QSOURCE_TEST_BROKER's, or one of ours.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
TOPIC = 'source__lines'
LINE_BYTES = 115
RUN_SECONDS = 300
MIB = 1024


def make_file(path, n_lines):
    with open(path, 'w') as file:
        for i in range(n_lines):
            file.write(f'{i:010} '.ljust(LINE_BYTES, 'x') + '\n')


def run(command):
    """Quietly, unless it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=RUN_SECONDS)
    if done.returncode:
        sys.exit(f'{command[0]} failed:\n{done.stdout}')


def seconds(command):
    start = time.monotonic()
    run(command)
    return time.monotonic() - start


def pss(pid):
    """KiB; 0 when the process has just gone."""
    try:
        lines = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith('Pss:')), 0)
    except OSError:
        return 0


def children(pid):
    """Of any of its threads."""
    try:
        return [child for task in pathlib.Path(f'/proc/{pid}/task').iterdir()
                for child in (task / 'children').read_text().split()]
    except OSError:
        return []


def memory(command):
    """The largest PSS in KiB of the program itself and of its worker."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    parent = worker = 0
    while process.poll() is None:
        parent = max(parent, pss(process.pid))
        worker = max([worker, *map(pss, children(process.pid))])
        time.sleep(0.05)
    return parent, worker


def report(name, times):
    times = sorted(times)
    print(f'{name:<12} median {statistics.median(times):.2f} s   '
          f'({", ".join(f"{t:.2f}" for t in times)})', flush=True)


def compare(ours, kcat, pairs):
    run(ours)                                                       # makes the topic
    our_times, kcat_times = [], []
    for _ in range(pairs):
        our_times.append(seconds(ours))
        kcat_times.append(seconds(kcat))
    report('file-source', our_times)
    report('kcat', kcat_times)
    our_time, kcat_time = statistics.median(our_times), statistics.median(kcat_times)
    goal = 1.5 * kcat_time + 0.3
    print(f'ratio        {our_time / kcat_time:.2f}   '
          f'goal: at most {goal:.2f} s, {"met" if our_time <= goal else "MISSED"}', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--lines', type=int, default=1000000)
    parser.add_argument('--pairs', type=int, default=5)
    arguments = parser.parse_args()
    broker = os.environ.get('QSOURCE_TEST_BROKER')
    if not broker:
        supervisor = TESTS / 'kafka' / 'kafka-broker.py'
        return subprocess.call([sys.executable, supervisor, 'run', '--', sys.executable, *sys.argv])

    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        path = pathlib.Path(directory, 'lines')
        make_file(path, arguments.lines)
        ours = [arguments.build / 'examples' / 'c' / 'file-source', '--broker', broker, path]
        kcat = ['kcat', '-b', broker, '-P', '-t', TOPIC, '-k', path.name, '-l', path]
        compare(ours, kcat, arguments.pairs)
        parent, worker = memory(ours)
        print(f'memory       worker {worker / MIB:.1f} MiB (goal: below 40), '
              f'parent {parent / MIB:.1f} MiB (goal: below 15), PSS at most', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
