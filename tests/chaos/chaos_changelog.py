#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has the changelog of a source become another one while it runs, both ways: it must
commit nothing more. A library that makes the mistake not to look must be found.

  chaos_changelog.py BUILD
"""

import argparse
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

from chaos_system import Broker, ChaosError, Program, Unavailable

SKIPPED = 77
SECONDS = 60
FLUSHES = 4         # that nobody may confirm any more
PER_FLUSH = 100     # as chaos-program has it
SOURCE = 'chaos-0'
NO_LONGER = 'it is no longer the one that this source began with'
NO_IDENTITY = 'but not the first one, which names the changelog'


class Case:
    """A source of its own, as @mutant has it."""

    def __init__(self, setting, name, guarantee):
        self.name = name
        self._directory = setting.directory / name
        self.store = self._directory / 'store'
        self._setting = argparse.Namespace(**vars(setting), group=name,
                                           reports=self._directory / 'reports')
        self._setting.reports.mkdir(parents=True)
        self._exactly_once = guarantee == 'exactly-once'
        self._number = 0

    def start(self, mutant=None):
        self._number += 1
        return Program(self._setting, self._directory / f'log-{self._number}', self.store,
                       self._exactly_once, variables={'QSOURCE_MUTANT': mutant or ''})

    def confirmed(self):
        path = self._setting.reports / f'{SOURCE}.0.confirmed'
        data = path.read_bytes() if path.exists() else b''
        return struct.unpack('=q', data)[0] if len(data) == 8 else 0

    def hurt(self, how):
        subprocess.run([self._setting.build / 'chaos-operator', self._setting.address, how,
                        f'changelog__{self.name}--source-{SOURCE}'], check=True, timeout=SECONDS)

    def goes_on(self, program, flushes):
        """Whether @program confirms so many flushes more, before it ends."""
        wanted = self.confirmed() + flushes * PER_FLUSH
        deadline = time.monotonic() + SECONDS
        while self.confirmed() < wanted:
            if program.has_ended():
                return False
            if time.monotonic() > deadline:
                raise ChaosError(f'it neither goes on nor ends (log: {program.log})')
            time.sleep(0.02)
        return True


def expect(is_true, what, program):
    print(f'{"ok" if is_true else "NOT SO"}: {what}', flush=True)
    if not is_true:
        raise ChaosError(f'log: {program.log}')


def hurt_while_running(case, how, mutant):
    program = case.start(mutant)
    try:
        expect(case.goes_on(program, 1), f'{case.name}: it runs', program)
        case.hurt(how)
        goes_on = case.goes_on(program, FLUSHES)
        if mutant:
            expect(goes_on, f'{case.name}: {mutant} is found', program)
        else:
            expect(not goes_on and NO_LONGER in program.log.read_text(),
                   f'{case.name}: nothing more is committed', program)
    finally:
        program.kill()


def start_without_store(case, mutant):
    """After others have written to a changelog that was made anew."""
    shutil.rmtree(case.store)
    program = case.start(mutant)
    try:
        goes_on = case.goes_on(program, 1)
        if mutant:
            expect(goes_on, f'{case.name}: {mutant} is found', program)
        else:
            expect(not goes_on and NO_IDENTITY in program.log.read_text(),
                   f'{case.name}: it makes no state of what is left', program)
    finally:
        program.kill()


def run(setting):
    for guarantee in 'at-least-once', 'exactly-once':
        for how in 'recreate', 'empty':
            hurt_while_running(Case(setting, f'{how}-{guarantee}', guarantee), how, None)
    hurt_while_running(Case(setting, 'empty-unseen', 'exactly-once'), 'empty', 'no-changelog-check')
    case = Case(setting, 'recreate-unseen', 'exactly-once')
    hurt_while_running(case, 'recreate', 'no-changelog-check')
    start_without_store(case, None)
    start_without_store(case, 'no-identity-check')


def main(build):
    directory = pathlib.Path(tempfile.mkdtemp(prefix='qsource-chaos-'))
    broker = None
    try:
        broker = Broker()
        run(argparse.Namespace(build=pathlib.Path(build), directory=directory,
                               address=broker.address))
    except Unavailable as error:
        print(f'skipped: {error}')
        return SKIPPED
    except ChaosError as error:
        print(f'failed: {error}')
        return 1
    finally:
        if broker:
            broker.close()
    shutil.rmtree(directory)
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
