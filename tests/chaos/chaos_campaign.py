# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rounds of killing, drawn from a seed: in each one a program runs and is hurt."""

import random
import shutil
import signal
import struct
import time

import chaos_check
from chaos_system import PARTS, STOP_SECONDS, ChaosError, Program, send

SHUTDOWN_TIMEOUT = 4            # of chaos-program's sources
PROGRESS_SECONDS = 90
POINT_SECONDS = 8
DIRECTED_SECONDS = 60           # for the first death at a point that was asked for
DISK_SECONDS = 6
TRANSACTION_TIMEOUT = 2
KILLS_PER_ROUND = 4

# Where a worker ends itself, and at which pass at most; those of a recovery need a
# store that isn't there.
RECOVERY_POINTS = {'recovery': 40, 'ingest': 1, 'ingested': 1}
POINTS = {'produce-before': 300, 'produce-after': 300, 'changelog-record': 150,
          'data-acknowledged': 4, 'changelog-written': 4, 'commit-before': 4,
          'commit-after': 4, 'store-before': 4, 'store-after': 4, **RECOVERY_POINTS}


class Campaign:
    """@setting: seed, address, build, reports, directory, group; exactly_once; broker."""

    def __init__(self, setting, kinds, say):
        self._setting = setting
        self._kinds = kinds
        self._say = say
        self._store = setting.directory / 'store'
        self._copy = setting.directory / 'copy'
        self._number = 0
        self._programs = []
        self.kills = 0

    # What the program has told.

    def confirmed(self):
        """The last confirmed number of each source's partition."""
        numbers = []
        for name, partition in PARTS:
            path = self._setting.reports / f'{name}.{partition}.confirmed'
            data = path.read_bytes() if path.exists() else b''
            numbers.append(struct.unpack('=q', data)[0] if len(data) == 8 else 0)
        return numbers

    def records(self):
        return sum(self.confirmed())

    # Parts of a round.

    def _start(self, store=None, exactly_once=None, arguments=(), variables=None):
        if exactly_once is None:
            exactly_once = self._exactly_once
        program = Program(self._setting, self._setting.directory / f'log-{self._number:04}',
                          store or self._store, exactly_once,
                          [*self._setting.arguments, *arguments],
                          {**self._setting.variables, **(variables or {})})
        self._programs.append(program)
        return program

    def close(self):
        """Leaves nothing running."""
        for program in self._programs:
            program.kill()

    def _sleep(self, low, high):
        time.sleep(self._random.uniform(low, high))  # Sleeps: to kill at any moment.

    def _kill(self, pid):
        if send(pid, signal.SIGKILL):
            self.kills += 1

    def _kill_worker(self, program):
        workers = program.workers()
        if workers:
            self._kill(self._random.choice(workers))

    def _await_progress(self, program, count):
        """Each source must confirm @count more numbers, all of them in time."""
        wanted = [number + count for number in self.confirmed()]
        deadline = time.monotonic() + PROGRESS_SECONDS
        while any(have < want for have, want in zip(self.confirmed(), wanted)):
            if program.has_ended():
                raise ChaosError(f'the program (log: {program.log}) has ended')
            if time.monotonic() > deadline:
                raise ChaosError(f'no progress in {PROGRESS_SECONDS} s (log: {program.log}): '
                                 f'{self.confirmed()} of {wanted}')
            time.sleep(0.02)

    def _stop(self, program):
        self._expect_end(program, program.stop())

    @staticmethod
    def _expect_end(program, status):
        if status:
            raise ChaosError(f'the program ended with status {status} (log: {program.log})')

    # Rounds.

    def _round_workers(self):
        program = self._start()
        for _ in range(self._random.randint(2, 2 * KILLS_PER_ROUND)):
            self._sleep(0.01, 0.7)
            self._kill_worker(program)
        self._await_progress(program, self._chunk)
        self._stop(program)

    def _round_point(self, point=None):
        name = self._random.choice(sorted(POINTS))
        number = self._random.randint(1, POINTS[name])
        if point:
            name, _, number = point.partition(':')
        self._say(f'  at {name}:{number}')
        if name in RECOVERY_POINTS:
            shutil.rmtree(self._store, ignore_errors=True)
        program = self._start(variables={'QSOURCE_KILL_POINT': f'{name}:{number}'})
        start = time.monotonic()
        while program.count_deaths() < KILLS_PER_ROUND and not program.has_ended():
            is_waited_for = point and program.count_deaths() == 0
            seconds = DIRECTED_SECONDS if is_waited_for else POINT_SECONDS
            if time.monotonic() > start + seconds:
                break
            time.sleep(0.02)
        program.stop()
        self.kills += program.count_deaths()

    def _round_parent(self):
        program = self._start()
        self._await_progress(program, self._chunk)
        self._sleep(0, 0.3)
        program.workers()
        self._kill(program.pid)
        program.process.wait()
        replacement = self._start()         # waits for the orphans to go
        program.expect_no_orphans(SHUTDOWN_TIMEOUT + 6)
        self._await_progress(replacement, 1)
        self._stop(replacement)

    def _round_both(self):
        program = self._start()
        self._await_progress(program, self._chunk)
        self._sleep(0, 0.3)
        victims = [program.pid, *program.workers()]
        self._random.shuffle(victims)
        for pid in victims:
            self._kill(pid)
        program.process.wait()

    def _round_broker(self):
        program = self._start()
        self._await_progress(program, 1)
        self._sleep(0, 0.3)
        self._setting.broker.order('kill')
        self.kills += 1
        self._sleep(0, 0.5)
        if self._random.random() < 0.5:
            self._kill_worker(program)
        self._setting.broker.order('start')
        self._await_progress(program, self._chunk)
        self._stop(program)

    def _round_freeze(self):
        """A worker stands still for longer than its transaction may last."""
        program = self._start(arguments=['--transaction-timeout', str(TRANSACTION_TIMEOUT)])
        self._await_progress(program, 1)
        self._sleep(0, 0.3)
        workers = program.workers()
        if workers:
            pid = self._random.choice(workers)
            send(pid, signal.SIGSTOP)
            time.sleep(TRANSACTION_TIMEOUT + 1.5)  # Sleeps: the brokers abort what is older.
            send(pid, signal.SIGCONT)
        self._await_progress(program, self._chunk)
        self._stop(program)

    def _round_pause(self):
        """The parent stands still for a while; a worker may, or may die."""
        program = self._start()
        self._await_progress(program, 1)
        send(program.pid, signal.SIGSTOP)
        workers = program.workers()
        pid = self._random.choice(workers) if workers else None
        what = self._random.choice(['nothing', 'kill', 'stop'])
        if pid:
            if what == 'kill':
                self._kill(pid)
            elif what == 'stop':
                send(pid, signal.SIGSTOP)
        self._sleep(0.2, 2)
        send(program.pid, signal.SIGCONT)
        if pid and what == 'stop':
            send(pid, signal.SIGCONT)
        self._await_progress(program, self._chunk)
        self._stop(program)

    def _round_second(self):
        """Another instance takes over, from one that may stand still meanwhile."""
        program = self._start()
        self._await_progress(program, 1)
        is_frozen = self._random.random() < 0.5
        frozen = program.workers() if is_frozen else []
        for pid in frozen:
            send(pid, signal.SIGSTOP)
        other = self._start(store=self._setting.directory / 'other',
                            arguments=['--per-flush', '70'])
        self._await_progress(other, self._chunk)
        for pid in frozen:
            send(pid, signal.SIGCONT)
        if program.wait(PROGRESS_SECONDS) == 0:
            raise ChaosError(f'a program that was replaced says nothing (log: {program.log})')
        self._stop(other)

    def _round_deaf(self):
        """Stopped with a full queue, and no attention to what produce() says."""
        program = self._start(arguments=['--deaf'])
        self._await_progress(program, 1)
        self._sleep(0, 0.2)
        self._setting.broker.signal(signal.SIGSTOP)
        time.sleep(0.3)  # Sleeps: until the queue is full.
        program.begin_stop()
        time.sleep(0.3)  # Sleeps: at any moment of the stop.
        self._setting.broker.signal(signal.SIGCONT)
        self._expect_end(program, program.wait(STOP_SECONDS))

    def _round_disk(self, name=None):
        """The disk of a recovery, and of what follows it, returns errors and wrong bits;
        or no file called @name can be read from its beginning."""
        shutil.rmtree(self._store, ignore_errors=True)
        chance = self._random.choice([20, 60, 200])
        seed = self._random.randrange(1 << 30)
        faults = f'r:1:{seed}:{name}' if name else f'rfwg:{chance}:{seed}'
        program = self._start(variables={
            'LD_PRELOAD': str(self._setting.build / 'libdisk-faults.so'),
            'DISK_FAULTS': f'{self._store}:{faults}'})
        if name:
            program.await_text('[disk] fault', DIRECTED_SECONDS)
        self._sleep(DISK_SECONDS / 2, DISK_SECONDS)
        program.begin_stop()
        # It may have failed for good, or in the middle of its end.
        program.wait(STOP_SECONDS)
        replacement = self._start()
        self._await_progress(replacement, 1)
        self._stop(replacement)

    # All of them.

    def _touch_store(self):
        """An old copy of the store is put back, or it is lost."""
        what = self._random.choice(['', '', '', 'save', 'save', 'restore', 'restore', 'lose'])
        if what == 'save' and self._store.exists():
            shutil.rmtree(self._copy, ignore_errors=True)
            shutil.copytree(self._store, self._copy)
        elif what == 'restore' and self._copy.exists():
            shutil.rmtree(self._store, ignore_errors=True)
            shutil.copytree(self._copy, self._store)
        elif what == 'lose':
            shutil.rmtree(self._store, ignore_errors=True)
        return what

    def run(self, kills, records, seconds):
        """Goes on until there were so many kills and records; False if time is up first."""
        deadline = time.monotonic() + seconds
        self._chunk = max(1, records * KILLS_PER_ROUND // (max(kills, 1) * 3 * len(PARTS)))
        while (self._number < len(self._kinds) or self.kills < kills
               or self.records() < records):
            if time.monotonic() > deadline:
                return False
            self._round()
        return True

    def _round(self):
        # Each round has its own: what a draw depends on is not the clock.
        self._random = random.Random(f'{self._setting.seed} {self._number}')
        kinds = list(self._kinds)
        kind = kinds[self._number] if self._number < len(kinds) else self._random.choice(kinds)
        self._exactly_once = self._setting.exactly_once
        if self._setting.may_switch and self._random.random() < 0.25:
            self._exactly_once = not self._exactly_once
        touched = self._touch_store()
        self._say(f'round {self._number}: {kind}{" exactly-once" if self._exactly_once else ""}'
                  f'{" store: " + touched if touched else ""}'
                  f' ({self.kills} kills, {self.records()} records)')
        name, *argument = kind.split('=')
        getattr(self, f'_round_{name}')(*argument)
        self._programs = [program for program in self._programs if not program.has_ended()]
        self._number += 1

    def finish(self):
        """Runs once undisturbed, then compares everything with everything."""
        self._random = random.Random(self._setting.seed)
        self._exactly_once = self._setting.exactly_once
        program = self._start()
        self._await_progress(program, 1)
        self._stop(program)
        stores = {'store': self._store, 'rebuilt': self._setting.directory / 'rebuilt-store'}
        for name, store in stores.items():
            dump = self._setting.directory / f'dump-{name}'
            dump.mkdir()
            program = self._start(store=store, arguments=['--dump', str(dump)])
            if program.wait(PROGRESS_SECONDS):
                raise ChaosError(f'cannot read the {name} (log: {program.log})')
        return self._check(stores)

    def _check(self, stores):
        setting = self._setting
        verdict = chaos_check.Verdict()
        reader = setting.build / 'chaos-reader'
        for name, partition in PARTS:
            part = f'{name}.{partition}'
            changelog = f'changelog__{setting.group}--source-{name}'
            chaos_check.check_source(
                verdict, part,
                chaos_check.read_topic(reader, setting.address, f'source__{name}', partition),
                chaos_check.read_topic(reader, setting.address, changelog, partition),
                setting.reports / f'{part}.log',
                {store: chaos_check.read_dump(setting.directory / f'dump-{store}' / part)
                 for store in stores},
                setting.exactly_once)
        return verdict
