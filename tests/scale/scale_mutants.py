#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has the library break the rules of sharing on purpose: a test must find each mistake, by
what that mistake is known by.

  scale_mutants.py PROGRAM TEST-CLAIM

It needs a library with kill points, and QSOURCE_TEST_BROKER; see kafka-broker.py."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

SCALE = pathlib.Path(__file__).resolve().parent / 'test_scale.py'
STANDBY = SCALE.with_name('test_standby.py')

# Each waits for the end of a session, most of its time; then for what doesn't come.
SECONDS = 25
AT_ONCE = 3

# What is wrong with a race may go well by chance.
ATTEMPTS = 3

# The mistake: what it is, who finds it, by what.
MUTANTS = {
    'claim-in-main': ('the claim is served by the main loop', 'claim:busy', 'count '),
    'claim-fetches': ('the claim reads from its partitions', 'claim:share', 'count '),
    'release-first': ('a partition is given away before its worker has ended',
                      'slow_end', 'while partition'),
    'stop-what-is-lost': ('workers of lost partitions end in order', 'suspended',
                          r'AssertionError: \d != 0'),
    'stop-what-failed': ('workers end in order when the claim has failed', 'same_instance',
                         r'AssertionError: \d != 0'),
    'no-fence': ('an old worker goes on writing', 'suspended',
                 r'\d twice|did not come to this: \d+ records more'),
    'dynamic-member': ('a restarted instance is a new one', 'restarted_in_place',
                       'did not come to this|Lists differ|Items in'),
    'standby-keeps-lock': ('a store that stands by is not closed for its worker',
                           'standby:take_over', r'Waiting for process \d+ .* to close the store'),
    'stay-in-group': ('a stopped instance stays in the group', 'join_and_leave',
                      'did not come to this: shares'),
}


def command_for(test, program, claim):
    where, _, name = test.rpartition(':')
    if where == 'claim':
        return [claim, '-p', f'/claim/{name}']
    if where == 'standby':
        return [sys.executable, '-B', STANDBY, program, f'Standby.test_{name}']
    return [sys.executable, '-B', SCALE, program, f'Scale.test_{name}']


def is_found(mutant, program, claim):
    _meaning, test, sign = MUTANTS[mutant]
    environment = {**os.environ, 'QSOURCE_TEST_SECONDS': str(SECONDS), 'QSOURCE_MUTANT': mutant}
    output = ''
    for _ in range(ATTEMPTS):
        result = subprocess.run(command_for(test, program, claim), env=environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, errors='replace')
        output = result.stdout
        if result.returncode != 0 and re.search(sign, output):
            print(f'found {mutant}', flush=True)
            return True
        print(f'{test} did not find {mutant}: exit status {result.returncode}', flush=True)
    print(f'NOT FOUND: {mutant}\n{output}', flush=True)
    return False


def main(program, claim, *wanted):
    mutants = wanted or MUTANTS
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as executor:
        found = list(executor.map(lambda mutant: is_found(mutant, program, claim), mutants))
    print(f'{sum(found)} of {len(found)} mistakes were found')
    return 0 if all(found) else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
