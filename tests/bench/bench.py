#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures what QSource costs, row by row, and says which row misses its goal.

Pairs are interleaved, the figure is their median. The results go to bench.json and
bench.svg in the directory of --output. A row that misses its goal is printed, and is
no failure: a machine that does something else measures that, too."""

import argparse
import datetime
import importlib
import json
import os
import pathlib
import platform
import subprocess
import sys

from bench_plot import plot
from bench_tools import Context, Unavailable, spread

HERE = pathlib.Path(__file__).resolve().parent
SUPERVISOR = HERE.parent / 'kafka' / 'kafka-broker.py'


def find_rows():
    rows = []
    for path in sorted(HERE.glob('bench_rows*.py')):
        rows += importlib.import_module(path.stem).ROWS
    return rows


def package_version(name):
    done = subprocess.run(['pkg-config', '--modversion', name], capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() or 'unknown'


def describe_machine():
    model = platform.processor() or platform.machine()
    for line in pathlib.Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines():
        if line.startswith('model name'):
            model = line.partition(':')[2].strip()
            break
    return f'{model}, {os.cpu_count()} processors, Linux {platform.release()}'


def measure(row, context):
    result = {'name': row.name, 'what': row.what, 'bound': row.bound, 'goal': row.goal,
              'unit': row.unit}
    try:
        if row.needs_kafka and not context.broker:
            raise Unavailable('it needs a Kafka; set QSOURCE_TEST_BROKER or have Java')
        values = row.measure(context)
    except Unavailable as error:
        result['unavailable'] = str(error)
        return result
    median, low, high = spread(values)
    met = row.goal is None or (median <= row.goal if row.bound == 'at most'
                               else median >= row.goal)
    return {**result, 'values': values, 'median': median, 'low': low, 'high': high,
            'n': len(values), 'met': met}


def tell(result):
    name = f'{result["name"]:<30}'
    if 'unavailable' in result:
        return f'{name} not measured: {result["unavailable"]}'
    figure = f'{result["median"]:.4g}'
    if result['n'] > 1:
        figure += f' ({result["low"]:.3g} to {result["high"]:.3g} in {result["n"]})'
    if result['goal'] is None:
        return f'{name} {figure:<36} {result["unit"]}'
    goal = f'{result["bound"]} {result["goal"]:g} {result["unit"]}'
    return f'{name} {figure:<36} {goal:<28} {"met" if result["met"] else "MISSED"}'


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path, help='a release build')
    parser.add_argument('--output', type=pathlib.Path, default=pathlib.Path('.'))
    parser.add_argument('--row', action='append', help='only this one; may be repeated')
    parser.add_argument('--quick', action='store_true', help='fewer records: to try it out')
    parser.add_argument('--peers', action='store_true',
                        help='other tools beside QSource, too, where they are there')
    parser.add_argument('--no-kafka', action='store_true', help='leave out what needs one')
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    broker = os.environ.get('QSOURCE_TEST_BROKER')
    if not broker and not arguments.no_kafka:
        return subprocess.call([sys.executable, SUPERVISOR, 'run', '--', sys.executable, *sys.argv])

    context = Context(arguments.build.resolve(), broker, arguments.quick)
    rows = find_rows()
    if arguments.peers:
        rows += importlib.import_module('bench_peers').ROWS
    unknown = set(arguments.row or []) - {row.name for row in rows}
    if unknown:
        sys.exit(f'There is no row {", ".join(sorted(unknown))}; there are '
                 f'{", ".join(row.name for row in rows)}')
    report = {'date': datetime.date.today().isoformat(), 'machine': describe_machine(),
              'versions': {name: package_version(name) for name in ('glib-2.0', 'rdkafka')},
              'rows': []}
    for row in rows:
        if not arguments.row or row.name in arguments.row:
            result = measure(row, context)
            report['rows'].append(result)
            print(tell(result), flush=True)

    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / 'bench.json').write_text(json.dumps(report, indent=2) + '\n',
                                                 encoding='utf-8')
    (arguments.output / 'bench.svg').write_text(plot(report), encoding='utf-8')
    missed = [row['name'] for row in report['rows'] if row.get('met') is False]
    print(f'{len(missed)} rows miss their goals: {", ".join(missed)}' if missed
          else 'All rows that were measured meet their goals.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
