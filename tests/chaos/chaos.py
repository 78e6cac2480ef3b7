#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills sources with a state, and what they depend on, and compares what is left.

It prints 'N kills, M records, L lost, D duplicated, T torn' and the seed, by which
the same rounds can be had again. At least once, records may come twice; exactly
once, nothing may be lost, come twice or be torn.
"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

from chaos_campaign import Campaign
from chaos_system import Broker, ChaosError, Unavailable

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
ATTEMPTS = 3

# Each comes once before they are drawn.
KINDS = ['workers', 'point', 'parent', 'deaf', 'both', 'point', 'broker', 'second', 'point',
         'freeze', 'pause', 'disk', 'workers', 'point', 'point']


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', type=pathlib.Path, default=HERE.parents[1] / 'build-chaos' /
                        'tests' / 'chaos', help="tests/chaos of a build with -Dkill_points=true")
    parser.add_argument('--guarantee', choices=['at-least-once', 'exactly-once'],
                        default='exactly-once')
    parser.add_argument('--kills', type=int, default=35)
    parser.add_argument('--records', type=int, default=55000)
    parser.add_argument('--seconds', type=float, default=36000, help='give up after so long')
    parser.add_argument('--seed', type=int, help='of an earlier run')
    parser.add_argument('--rounds', help=f"kinds of rounds, of {','.join(sorted(set(KINDS)))}, "
                        'point=NAME:NUMBER, disk=FILE; each comes once at least')
    parser.add_argument('--lazy', action='store_true', help='have nothing sent before a flush')
    parser.add_argument('--mutant', help='a mistake that the library is to make')
    parser.add_argument('--keep', action='store_true', help='keep the logs in any case')
    return parser.parse_args()


def say(text):
    print(text, flush=True)


def settings(arguments, directory):
    setting = argparse.Namespace(
        seed=arguments.seed, build=arguments.build, directory=directory,
        reports=directory / 'reports', group='chaos',
        exactly_once=arguments.guarantee == 'exactly-once',
        may_switch=arguments.guarantee != 'exactly-once' and not arguments.rounds,
        arguments=['--lazy'] if arguments.lazy else [],
        variables={'QSOURCE_MUTANT': arguments.mutant} if arguments.mutant else {})
    setting.reports.mkdir(parents=True)
    setting.broker = Broker()
    setting.address = setting.broker.address
    return setting


def judge(campaign, arguments, setting):
    """Whether all went as promised."""
    start = time.monotonic()
    is_complete = campaign.run(arguments.kills, arguments.records, arguments.seconds)
    verdict = campaign.finish()
    for problem in verdict.problems:
        say(f'  {problem}')
    say(f'{arguments.guarantee}, {time.monotonic() - start:.0f} s, '
        f'{verdict.disordered} out of order')
    say(f'{campaign.kills} kills, {verdict.records} records, {verdict.lost} lost, '
        f'{verdict.duplicated} duplicated, {verdict.torn} torn')
    if not is_complete:
        say(f'there was no time for {arguments.kills} kills and {arguments.records} records')
    is_good = not (verdict.lost or verdict.torn or verdict.disordered)
    if setting.exactly_once:
        is_good = is_good and not verdict.duplicated
    return is_good and is_complete


def run(arguments, directory):
    """Whether all went as promised; None where Kafka had broken its own promise before."""
    setting = settings(arguments, directory)
    campaign = Campaign(setting, arguments.rounds.split(',') if arguments.rounds else KINDS, say)
    is_good = False
    try:
        try:
            is_good = judge(campaign, arguments, setting)
        except ChaosError as error:
            say(f'failed: {error}')
        n_dropped = 0 if is_good else setting.broker.count_dropped()
    finally:
        campaign.close()
        setting.broker.close()
    if n_dropped:
        say(f'Kafka has left {n_dropped} transactions open for ever (see kafka_broker.py): '
            'such a run says nothing, the next seed')
        return None
    return is_good


def try_all(arguments, directory):
    """Goes on with the next seed where a run says nothing."""
    for attempt in range(ATTEMPTS):
        say(f'seed {arguments.seed}')
        is_good = run(arguments, directory / f'{attempt}')
        if is_good is not None:
            return is_good
        arguments.seed += 1
    return False


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    arguments = parse_arguments()
    if arguments.seed is None:
        arguments.seed = random.randrange(1 << 32)
    directory = pathlib.Path(tempfile.mkdtemp(prefix='qsource-chaos-'))
    is_good = False
    try:
        is_good = try_all(arguments, directory)
    except Unavailable as error:
        say(f'skipped: {error}')
        return SKIPPED
    finally:
        if is_good and not arguments.keep:
            shutil.rmtree(directory)
        else:
            say(f'logs are kept in {directory}')
        say(f'seed {arguments.seed}')
    return 0 if is_good else 1


if __name__ == '__main__':
    sys.exit(main())
