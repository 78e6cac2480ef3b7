#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The time of a dataframe that sees the lines of a file source, in order and
counted, beside that of a bare consumer of librdkafka that does the same.

Run: tests/bench/dataframe.py build   (starts a Kafka, or uses $QSOURCE_TEST_BROKER)
The goal: at most twice the time of the bare one."""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import uuid

TESTS = pathlib.Path(__file__).resolve().parent.parent
TOPIC = 'source__lines'
RUN_SECONDS = 300


def run(command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=RUN_SECONDS, text=True)
    if done.returncode:
        sys.exit(f'{command[0]} failed with {done.returncode}')
    return done.stdout


def make_file(path, count):
    with open(path, 'w', encoding='ascii') as file:
        for number in range(count):
            file.write(f'{number:09} {"x" * 90}\n')


def consume(build, how, broker, count):
    group = f'bench-{uuid.uuid4()}'
    return float(run([build / 'tests' / 'bench' / 'bench-consume', how, broker, TOPIC, group,
                      count]))


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
        run([arguments.build / 'examples' / 'c' / 'file-source', '--broker', broker, path])
        times = {'dataframe': [], 'bare': []}
        for _ in range(arguments.pairs):
            for how, results in times.items():
                results.append(consume(arguments.build, how, broker, arguments.lines))

    for how, results in times.items():
        print(f'{how:<12} median {statistics.median(results):.2f} s   '
              f'({", ".join(f"{t:.2f}" for t in sorted(results))})')
    ratio = statistics.median(times['dataframe']) / statistics.median(times['bare'])
    print(f'ratio        {ratio:.2f}   goal: at most 2, {"met" if ratio <= 2 else "MISSED"}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
