#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instances keep the states of partitions warm that run elsewhere, on a real Kafka.

  test_standby.py PROGRAM

It needs kcat, and QSOURCE_TEST_BROKER; see kafka-broker.py."""

import os
import sys
import unittest

from scale_system import Case, System, wait_until

PROGRAM = None
N_KEYS = 20000
MANY_KEYS = 300000      # two tables of a store


class Standby(Case):
    def start(self, n_partitions, n_keys=N_KEYS):
        self.system = System(PROGRAM, os.environ['QSOURCE_TEST_BROKER'], n_partitions=n_partitions,
                             n_keys=n_keys)
        self.addCleanup(self.system.close)

    def wait_warm(self, instance, partitions):
        wait_until(lambda: instance.warm == set(partitions), f'warm are {set(partitions)}')

    def test_take_over(self):
        """A partition whose state is warm is taken over with nothing to read but its tail, and
        what has gone elsewhere is kept warm from where it is."""
        self.start(4)
        one = self.system.launch(standby_replicas=-1)
        self.system.wait_shares((one, 4))
        self.system.wait_growth(20)
        two = self.system.launch(standby_replicas=-1)
        self.system.wait_shares((one, 2), (two, 2))
        self.wait_warm(one, two.here)
        self.wait_warm(two, one.here)
        self.system.wait_growth(20)
        cold = two.recovered()
        self.assertEqual(len(cold), 2)
        self.assertGreaterEqual(min(cold), N_KEYS)
        self.assertEqual(one.stop(), 0)
        self.system.wait_shares((two, 4))
        self.system.wait_growth(20)
        warm = two.recovered()[2:]
        self.assertLess(sum(warm), N_KEYS / 10)
        self.assertEqual(two.wrong_keys(), [0, 0, 0, 0])
        print(f'take over: {cold} records read cold, {warm} warm')
        self.finish('take over', two)

    def test_replicas(self):
        """With one replica each partition is kept by one instance that doesn't run it."""
        self.start(4, n_keys=10)
        three = [self.system.launch(standby_replicas=1) for _ in range(3)]

        def is_so():
            warm = sorted(partition for instance in three for partition in instance.warm)
            here = sorted(partition for instance in three for partition in instance.here)
            return warm == here == [0, 1, 2, 3] and not any(i.warm & i.here for i in three)
        wait_until(is_so, 'each partition is run once and kept once')
        self.system.wait_growth(20)
        self.finish('replicas', *three)

    def test_killed_while_it_follows(self):
        """However often an instance is killed while it reads a changelog, its store is exact."""
        self.start(1, MANY_KEYS)
        one = self.system.launch()
        self.system.wait_shares((one, 1))
        self.system.wait_growth(20)
        two = self.system.launch(standby_replicas=-1)
        store = two.store(0)
        # As soon as there is a store, then a table more each time.
        for n_tables in range(2):
            wait_until(lambda: store.exists() and len(list(store.parent.glob('*.sst'))) >= n_tables,
                       f'{n_tables} tables')
            two.kill()
            two.start()
        self.wait_warm(two, {0})
        self.system.wait_growth(20)
        two.kill()
        two.start()
        self.wait_warm(two, {0})
        self.assertEqual(one.stop(), 0)
        self.system.wait_shares((two, 1))
        self.system.wait_growth(20)
        self.assertEqual(two.wrong_keys(), [0])
        self.assertLess(sum(two.recovered()), MANY_KEYS / 10)
        self.finish('killed while it follows', two)


def main():
    global PROGRAM
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)


if __name__ == '__main__':
    main()
