#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a dataframe in the middle of its commits: it copies numbers, and none may be
lost, nor come twice where that is promised. A library that commits offsets too early
or too late must be found.

  chaos_dataframe.py BUILD
"""

import argparse
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import chaos_check
from chaos_system import Broker, ChaosError, Unavailable

SKIPPED = 77
SECONDS = 60
NUMBERS = 1000
KILLS = 2           # at each point
POINTS = ['dataframe-commit:2', 'commit-before:2', 'commit-after:2']
MUTANTS = {'offsets-first': 'dataframe-commit:2', 'offsets-last': 'commit-after:2'}


def start(setting, arguments, **variables):
    with open(setting.directory / 'log', 'ab') as log:
        return subprocess.run([setting.build / 'chaos-pipe', '--broker', setting.address,
                               *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                              timeout=SECONDS, env={**os.environ, **variables}).returncode


def copy(setting, output, guarantee, points, mutant=''):
    """Has all numbers copied to topic @output; how many are lost, and how many too many."""
    arguments = ['--output', output]
    if guarantee == 'exactly-once':
        arguments.append('--exactly-once')
    kills = 0
    for point in points:
        for _ in range(KILLS):
            status = start(setting, arguments, QSOURCE_KILL_POINT=point, QSOURCE_MUTANT=mutant)
            if status not in (0, -9):
                raise ChaosError(f'the program ended with status {status}')
            kills += status == -9
    if start(setting, arguments, QSOURCE_MUTANT=mutant):
        raise ChaosError('the last program did not end well')
    counts = collections.Counter(int(value) for _key, value in chaos_check.read_topic(
        setting.build / 'chaos-reader', setting.address, output, 0))
    lost = sum(number not in counts for number in range(1, NUMBERS + 1))
    twice = sum(counts.values()) - len(counts)
    print(f'{output}: {kills} kills, {NUMBERS} records, {lost} lost, {twice} duplicated',
          flush=True)
    if not kills:
        raise ChaosError(f'nothing was killed at {points}')
    return lost, twice


def run(setting):
    """Whether all went as promised, and each mistake was found."""
    if start(setting, ['--output', 'pipe-nowhere', '--fill', str(NUMBERS)]):
        raise ChaosError('the numbers could not be produced')
    # Without a transaction there is one point only.
    lost, _twice = copy(setting, 'pipe-at-least-once', 'at-least-once', POINTS[:1])
    is_good = not lost
    lost, twice = copy(setting, 'pipe-exactly-once', 'exactly-once', POINTS)
    is_good = is_good and not lost and not twice
    for mutant, point in MUTANTS.items():
        is_found = any(copy(setting, f'pipe-{mutant}', 'exactly-once', [point], mutant))
        print(f'{"found" if is_found else "NOT FOUND"}: {mutant}')
        is_good = is_good and is_found
    return is_good


def main(build):
    directory = pathlib.Path(tempfile.mkdtemp(prefix='qsource-chaos-'))
    broker = None
    is_good = False
    try:
        broker = Broker()
        is_good = run(argparse.Namespace(build=pathlib.Path(build), directory=directory,
                                         address=broker.address))
    except Unavailable as error:
        print(f'skipped: {error}')
        return SKIPPED
    except (ChaosError, subprocess.TimeoutExpired) as error:
        print(f'failed: {error}')
    finally:
        if broker:
            broker.close()
        if is_good:
            shutil.rmtree(directory)
        else:
            print(f'logs are kept in {directory}')
    return 0 if is_good else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
