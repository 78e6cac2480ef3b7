#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures what it costs to take over a partition with a large state, with and without a warm
store, and what that takes to have.

  kafka-broker.py run -- takeover.py PROGRAM [KEYS]

PROGRAM is scale-program of a build that is optimized. Each value has 100 bytes. An instance
is stopped, so that no session has to end; a row says how many records were read, how many
bytes that were, and how many seconds the partition stood still. It needs kcat, and
QSOURCE_TEST_BROKER."""

import os
import pathlib
import sys
import time

from scale_system import System, wait_until

RECORD = 12 + 102 + 24      # bytes of a key, a value and a header


# It may take as long.
ATTEMPTS = 20


def wait_long(condition, what):
    for _ in range(ATTEMPTS):
        try:
            return wait_until(condition, what)
        except AssertionError:
            pass
    raise AssertionError(what)


def wait_growth(system):
    for _ in range(ATTEMPTS):
        try:
            return system.wait_growth(20)
        except AssertionError:
            pass
    raise AssertionError('its records come')


def memory(pid):
    """MiB of the process, and of its peak."""
    status = pathlib.Path(f'/proc/{pid}/status').read_text()
    values = dict(line.split(':') for line in status.splitlines() if ':' in line)
    return [int(values[name].split()[0]) // 1024 for name in ('VmRSS', 'VmHWM')]


def size(path):
    return sum(file.stat().st_size for file in path.parent.iterdir()) / 1e6


def measure(program, keys, standby):
    system = System(program, os.environ['QSOURCE_TEST_BROKER'], n_partitions=1, n_keys=keys)
    try:
        one = system.launch(startup_timeout=3600)
        wait_until(lambda: one.here, 'it runs')
        wait_growth(system)
        two = system.launch(standby_replicas=-1 if standby else 0, startup_timeout=3600)
        if standby:
            begin = time.monotonic()
            wait_long(lambda: two.warm == {0}, 'it is warm')
            now, peak = memory(two.process.pid)
            print(f'in step after {time.monotonic() - begin:.1f} s; its parent has {now} MiB, at most '
                  f'{peak} MiB; its store has {size(two.store(0)):.0f} MB', flush=True)
        else:
            wait_until(lambda: 'Starting' in two.log_text(), 'it is there')
            time.sleep(3)   # Sleeps: it joins, which cannot be seen from outside.
            print(f'without: its parent has {memory(two.process.pid)[0]} MiB', flush=True)
        assert one.stop() == 0
        wait_long(lambda: two.here, 'it has taken over')
        wait_growth(system)
        assert two.stop() == 0
        _, gap, _ = system.check()
        n = max(two.recovered())
        print(f'{"warm" if standby else "cold"}: {n} records read, about {n * RECORD / 1e6:.1f} MB; '
              f'stood still for {gap:.1f} s', flush=True)
    finally:
        system.close()


def main(program, keys='1000000'):
    # Reading a million keys would be most of the time.
    os.environ['SCALE_UNCHECKED'] = '1'
    for standby in (False, True):
        measure(program, int(keys), standby)


if __name__ == '__main__':
    main(*sys.argv[1:])
