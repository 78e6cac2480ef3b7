#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills instances, workers and nodes of a cluster at random, and counts what became of the
records; for as long as one likes.

  campaign.py PROGRAM --kills 500 --records 1000000

PROGRAM is scale-program of a build. Between two and four instances share the partitions of
a source whose records are numbered; a record that is missing, comes twice or in another
order has its run fail. It needs kcat, and what kafka-broker.py needs."""

import argparse
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'kafka'))

from kafka_cluster import Cluster                      # noqa: E402
from scale_system import SESSION, System, wait_until   # noqa: E402

FEWEST, MOST = 2, 4


class Campaign:
    def __init__(self, cluster, system, seed, standby):
        self.cluster = cluster
        self.standby = standby
        self.system = system
        self.random = random.Random(seed)
        self.kills = 0
        self.counts = {}

    def running(self):
        return [instance for instance in self.system.instances
                if instance.process.poll() is None]

    def choose(self):
        return self.random.choice(self.running())

    def launch(self):
        """One that was stopped or killed comes back, to its stores, or else a new one."""
        gone = [instance for instance in self.system.instances
                if instance.process.poll() is not None]
        if gone and (len(self.system.instances) >= MOST or self.random.random() < 0.5):
            self.random.choice(gone).start()
        else:
            self.system.launch(max_restarts=-1, restart_backoff=0.2,
                               standby_replicas=self.standby)

    def kill_workers(self):
        """Some workers of all instances, at once."""
        pids = [pid for instance in self.running() for pid in instance.workers()]
        for pid in self.random.sample(pids, min(len(pids), self.random.randint(1, 4))):
            try:
                os.kill(pid, signal.SIGKILL)
                self.kills += 1
            except ProcessLookupError:
                pass

    def kill_instance(self, wait, only_parent=False):
        instance = self.choose()
        if only_parent:
            instance.signal(signal.SIGKILL)
            instance.wait()
        else:
            instance.kill()
        self.kills += 1
        if wait:
            self.wait_growth()
        instance.start()

    def kill_in_place(self):
        """It is back within its session."""
        self.kill_instance(wait=False)

    def kill_parent(self):
        """Its workers end by themselves."""
        self.kill_instance(wait=False, only_parent=True)

    def kill_for_long(self):
        """The others take over first."""
        if len(self.running()) > FEWEST:
            self.kill_instance(wait=True)

    def stop(self):
        if len(self.running()) > FEWEST:
            instance = self.choose()
            status = instance.stop()
            assert status == 0, f'{instance.name} ended with {status}'

    def join(self):
        if len(self.running()) < MOST:
            self.launch()

    def suspend(self):
        """For longer than its session, while the others take over."""
        instance = self.choose()
        instance.signal_all(signal.SIGSTOP)
        time.sleep(SESSION + self.random.random())  # Sleeps: that long it is away.
        instance.signal_all(signal.SIGCONT)

    def kill_node(self):
        """The coordinator of the group, or any other node, which comes back."""
        number = self.random.choice(list(self.cluster.nodes))
        if self.random.random() < 0.5:
            number = self.cluster.find_coordinator(self.system.changelog)
        self.cluster.kill(number)
        self.kills += 1
        time.sleep(self.random.random() * 4)  # Sleeps: that long it is away.
        self.cluster.revive(number)

    def wait_growth(self):
        self.system.wait_growth(1)

    def step(self):
        actions = {self.kill_workers: 8, self.kill_in_place: 6, self.kill_parent: 3,
                   self.kill_for_long: 2, self.stop: 2, self.join: 4, self.suspend: 1,
                   self.kill_node: 1}
        action, = self.random.choices(list(actions), list(actions.values()))
        action()
        self.counts[action.__name__] = self.counts.get(action.__name__, 0) + 1
        self.wait_growth()
        for instance in self.running():
            assert not instance.told('failed'), instance.failure()

    def run(self, kills, records, end):
        for _ in range(FEWEST):
            self.launch()
        wait_until(lambda: sum(len(instance.here) for instance in self.running()) ==
                   self.system.n_partitions, 'all partitions run')
        self.wait_growth()
        shown = 0
        while time.monotonic() < end:
            if self.kills >= kills and self.system.reader.counts.total() >= records:
                break
            self.step()
            if self.kills >= shown + 25:
                shown = self.kills
                print(f'{self.kills} kills, {self.system.reader.counts.total()} records',
                      flush=True)
        for instance in self.running():
            status = instance.stop()
            assert status == 0, f'{instance.name} ended with {status}'
        self.check_states()

    def check_states(self):
        """Each state that was taken over, from a warm store or a cold one, was whole."""
        wrong = [n for instance in self.system.instances for n in instance.wrong_keys()]
        assert not any(wrong), f'{sum(wrong)} keys of {len(wrong)} states are wrong'
        recovered = sorted(n for instance in self.system.instances for n in instance.recovered())
        print(f'{len(wrong)} states taken over were whole; {len(recovered)} recoveries read '
              f'{sum(recovered)} records')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('--kills', type=int, default=500)
    parser.add_argument('--records', type=int, default=1000000)
    parser.add_argument('--seed', type=int, default=random.randrange(10 ** 6))
    parser.add_argument('--seconds', type=int, default=4 * 3600, help='that it may take')
    parser.add_argument('--guarantee', default='exactly-once')
    parser.add_argument('--partitions', type=int, default=12)
    parser.add_argument('--keys', type=int, default=0, help='in the state of a partition')
    parser.add_argument('--standby', type=int, default=0, help='standby-replicas')
    parser.add_argument('--nodes', type=int, default=3)
    parser.add_argument('--librdkafka', help='a file: that of every second instance')
    options = parser.parse_args()
    print(f'seed {options.seed}', flush=True)
    cluster = Cluster(options.nodes)
    system = None
    begin = time.monotonic()
    try:
        cluster.start()
        system = System(options.program, cluster.address, options.partitions, every=200,
                        guarantee=options.guarantee, batch=40, n_keys=options.keys,
                        librdkafka=options.librdkafka)
        campaign = Campaign(cluster, system, options.seed, options.standby)
        try:
            campaign.run(options.kills, options.records, begin + options.seconds)
            n_records, gap, _owners = system.check()
        except BaseException:
            kept = pathlib.Path(f'scale-campaign-{options.seed}.log')
            kept.write_text(system.logs())
            print(f'failed after {campaign.kills} kills; the logs are in {kept}', flush=True)
            raise
        print(f'{campaign.counts}')
        print(f'{campaign.kills} kills, {n_records} records, 0 lost, 0 out of order, longest gap of '
              f'a partition {gap:.1f} s, {time.monotonic() - begin:.0f} s, seed {options.seed}')
    finally:
        if system:
            system.close()
        cluster.close()


if __name__ == '__main__':
    main()
