#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instances of a program share partitions on a real Kafka, while they come, go and die.

  test_scale.py PROGRAM

It needs kcat, and QSOURCE_TEST_BROKER; see kafka-broker.py."""

import os
import signal
import sys
import unittest

from scale_system import IDLE, Case, System, wait_until

PROGRAM = None


class Scale(Case):
    def setUp(self):
        self.system = System(PROGRAM, os.environ['QSOURCE_TEST_BROKER'])
        self.addCleanup(self.system.close)

    def launch(self, **properties):
        return self.system.launch(**properties)

    def test_join_and_leave(self):
        one = self.launch()
        self.system.wait_shares((one, 4))
        self.system.wait_growth(20)
        # Who is stopped leaves: nobody waits for the end of this session.
        two = self.launch(session_timeout=600)
        self.system.wait_shares((one, 2), (two, 2))
        self.system.wait_growth(50)
        self.assertEqual(two.stop(), 0)
        self.system.wait_shares((one, 4))
        self.system.wait_growth(50)
        self.assertEqual(one.stop(), 0)
        n_records, gap, owners = self.system.check()
        print(f'join and leave: {n_records} records, longest gap {gap} s')
        self.assertEqual(one.lost(), [])
        # It would be fenced if somebody else began before it had ended.
        self.assertNotIn('while partition', one.log_text())

    def test_slow_end(self):
        """Nobody runs a partition before its old worker has ended, however long that takes."""
        one = self.launch(slow_end=4)
        self.system.wait_shares((one, 4))
        self.system.wait_growth(20)
        two = self.launch()
        self.system.wait_shares((one, 2), (two, 2))
        self.system.wait_growth(20)
        self.assertNotIn('while partition', one.log_text())
        self.finish('slow end', two, one)

    def run_two(self, **properties):
        """Two instances that have half of it each."""
        one = self.launch(**properties)
        self.system.wait_shares((one, 4))
        two = self.launch(**properties)
        self.system.wait_shares((one, 2), (two, 2))
        self.system.wait_growth(20)
        return one, two

    def test_killed(self):
        """The others have what a dead one had when its session is over."""
        one, two = self.run_two()
        two.kill()
        self.system.wait_shares((one, 4))
        self.system.wait_growth(20)
        self.finish('killed', one)

    def test_parent_killed(self):
        """Its workers end with it, or are fenced."""
        one, two = self.run_two()
        two.signal(signal.SIGKILL)
        two.wait()
        self.system.wait_shares((one, 4))
        self.system.wait_growth(20)
        self.finish('parent killed', one)

    def test_worker_killed(self):
        """Its parent starts it again; nothing moves."""
        one = self.launch(max_restarts=-1, restart_backoff=0.1)
        self.system.wait_shares((one, 4))
        self.system.wait_growth(20)
        for pid in one.workers():
            os.kill(pid, signal.SIGKILL)
        self.system.wait_growth(20)
        self.assertEqual(one.told('revoked'), [])
        self.finish('workers killed', one)

    def test_restarted_in_place(self):
        """Within its session nobody else notices, be it killed or stopped for that."""
        # A new member would have its share only after the session of the old one.
        one, two = self.run_two(session_timeout=600)
        share, told = set(two.here), len(one.lines)
        two.kill()
        two.start()
        wait_until(lambda: two.here == share, 'the share is back')
        self.system.wait_growth(20)
        self.assertEqual(one.lines[told:], [])
        self.finish('restarted in place', one, two)

    def test_old_stores(self):
        """A store that stays behind is kept for when its partition comes back, until it is
        too old for that."""
        one, two = self.run_two()
        left = {partition: one.store(partition) for partition in two.here}
        self.assertTrue(all(path.exists() for path in left.values()))
        old, kept = left
        for file in left[old].parent.iterdir():
            os.utime(file, (0, 0))
        one.kill()
        one.start()
        wait_until(lambda: not left[old].exists(), 'the old store is removed')
        self.system.wait_shares((one, 2), (two, 2))
        self.assertTrue(left[kept].exists())
        self.assertEqual(two.stop(), 0)
        self.system.wait_shares((one, 4))
        self.system.wait_growth(20)
        self.finish('old stores', one)

    def test_stopped_to_come_back(self):
        one = self.launch()
        self.system.wait_shares((one, 4))
        two = self.launch(leave_on_stop=0, session_timeout=20)
        self.system.wait_shares((one, 2), (two, 2))
        self.system.wait_growth(20)
        share, told = set(two.here), len(one.lines)
        self.assertEqual(two.stop(), 0)
        two.start()
        wait_until(lambda: two.here == share, 'the share is back')
        self.system.wait_growth(20)
        self.assertEqual(one.lines[told:], [])
        self.finish('stopped to come back', one, two)

    def test_same_directory(self):
        """A second one in the same state directory is refused, and the first goes on."""
        one = self.launch()
        self.system.wait_shares((one, 4))
        two = self.launch(state=one.state)
        self.assertEqual(two.wait(), 1)
        self.assertIn('state-dir of its own', two.failure())
        self.system.wait_growth(20)
        self.finish('same directory', one)

    def test_same_instance(self):
        """Of two with one instance-id the older ends with the reason, its workers at once."""
        one = self.launch(instance_id='same', every=IDLE)
        self.system.wait_shares((one, 4))
        two = self.launch(instance_id='same')
        self.assertEqual(one.wait(), 1)
        self.assertIn('same instance-id', one.failure())
        self.assertEqual(one.ended_in_order(), 0)
        self.system.wait_shares((two, 4))
        self.system.wait_growth(20)
        self.finish('same instance', two)

    def test_suspended(self):
        """Those that were suspended for longer than their session come back, and do no harm:
        what they write is refused, and what they have is killed."""
        self.system = System(PROGRAM, os.environ['QSOURCE_TEST_BROKER'], n_partitions=6)
        self.addCleanup(self.system.close)
        one = self.launch()
        self.system.wait_shares((one, 6))
        two = self.launch()
        self.system.wait_shares((one, 3), (two, 3))
        idle = self.launch(every=IDLE)
        self.system.wait_shares((one, 2), (two, 2), (idle, 2))
        two.signal_all(signal.SIGSTOP)
        idle.signal(signal.SIGSTOP)
        wait_until(lambda: len(one.here) == 6, 'the other one has all')
        self.system.wait_growth(20)
        # First without their parent, which would kill them.
        for pid in two.workers():
            os.kill(pid, signal.SIGCONT)
        self.system.wait_growth(20)
        self.assertEqual(idle.ended_in_order(), 0)
        for instance in (two, idle):
            instance.signal(signal.SIGCONT)
        wait_until(lambda: len(two.lost()) == len(idle.lost()) == 2, 'they are told their loss')
        self.assertEqual(idle.ended_in_order(), 0)
        self.assertEqual(idle.stop(), 0, idle.log_text())
        self.system.wait_shares((one, 3), (two, 3))
        self.system.wait_growth(20)
        self.finish('suspended', one, two)


def main():
    global PROGRAM
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)


if __name__ == '__main__':
    main()
