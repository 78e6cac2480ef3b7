#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has the library make mistakes on purpose: chaos.py must find each of them.

  chaos_mutants.py BUILD
"""

import pathlib
import re
import shutil
import subprocess
import sys

CHAOS = pathlib.Path(__file__).resolve().parent / 'chaos.py'
RUN_SECONDS = 120
SKIPPED = 77

# What is wrong in one of several rounds may go well by chance.
ATTEMPTS = 4

VERDICT = re.compile(r'\d+ kills, \d+ records, (\d+) lost, (\d+) duplicated, (\d+) torn')
LOGS = re.compile(r'logs are kept in (.*)')
FAILURE = re.compile(r'failed: (.*)')

MUTANTS = {
    'changelog-first': ('the changelog before the data',
                        ['--guarantee=at-least-once', '--lazy', '--rounds=point=commit-after:3']),
    'store-first': ('the store before the commit',
                    ['--guarantee=exactly-once', '--rounds=point=commit-before:3']),
    'no-transaction': ('no transaction around the changelog',
                       ['--guarantee=at-least-once',
                        '--rounds=point=changelog-record:120,point=changelog-record:90']),
    'no-poison': ('no end to flushes after a refused produce()',
                  ['--guarantee=exactly-once', '--rounds=deaf,deaf,deaf']),
    'no-verification': ('no look at what a recovery has loaded',
                        ['--guarantee=exactly-once', '--rounds=workers,disk=INGEST']),
}


def run(build, seed, *arguments):
    """What chaos.py counted: lost, duplicated, torn. Or None, and why it came to no end."""
    command = [sys.executable, '-B', CHAOS, '--build', build, '--kills=0', '--records=0',
               f'--seed={seed}', *arguments]
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                text=True, timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        return None, f'no end in {RUN_SECONDS} s'
    if result.returncode == SKIPPED:
        print(result.stdout)
        sys.exit(SKIPPED)
    logs = LOGS.search(result.stdout)
    failure = FAILURE.search(result.stdout)
    if logs:
        shutil.rmtree(logs[1], ignore_errors=True)
    verdict = VERDICT.search(result.stdout)
    return (verdict and [int(number) for number in verdict.groups()],
            failure[1] if failure else 'all was as promised')


def is_found(build, mutant, arguments, guarantee):
    for seed in range(ATTEMPTS):
        counts, reason = run(build, seed, f'--mutant={mutant}', *arguments)
        if counts is not None:
            lost, duplicated, torn = counts
            if lost or torn or (duplicated and guarantee == 'exactly-once'):
                print(f'found {mutant}: {lost} lost, {duplicated} duplicated, {torn} torn',
                      flush=True)
                return True
        print(f'seed {seed} did not find {mutant}: {reason}', flush=True)
    print(f'NOT FOUND: {mutant}', flush=True)
    return False


def main(build):
    found = [is_found(build, mutant, arguments, arguments[0].partition('=')[2])
             for mutant, (_meaning, arguments) in MUTANTS.items()]
    print(f'{sum(found)} of {len(found)} mistakes were found')
    return 0 if all(found) else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
