#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instances share partitions on a Kafka of three nodes, whose coordinator of the group dies.

  test_cluster.py PROGRAM

It needs kcat, and what kafka-broker.py needs. campaign.py does more of this."""

import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'kafka'))

from kafka_cluster import Cluster           # noqa: E402
from kafka_jars import Unavailable          # noqa: E402
from scale_system import System, wait_until     # noqa: E402

SKIPPED = 77

# A client gives its share up when the coordinator is out of reach for longer.
SESSION = 30
N_PARTITIONS = 8


def grow(system, n_instances):
    """Has so many instances run, of which each has the same share."""
    while len(system.instances) < n_instances:
        system.launch(session_timeout=SESSION, max_restarts=-1, restart_backoff=0.2)
    share = N_PARTITIONS // n_instances
    system.wait_shares(*((instance, share) for instance in system.instances))
    system.wait_growth(20)


def kill_coordinator(cluster, system):
    """The group's coordinator dies and comes back: nobody loses a share for that."""
    told = [len(instance.lines) for instance in system.instances]
    number = cluster.find_coordinator(system.changelog)
    cluster.kill(number)
    cluster.revive(number)
    system.wait_growth(20)
    for instance, n in zip(system.instances, told):
        moved = [words for _, words in instance.lines[n:] if words[0] in ('assigned', 'revoked')]
        assert moved == [], f'{instance.name} was told {moved} when node {number} died'


def kill_some(system):
    """A worker, and an instance that comes back within its session."""
    for pid in system.instances[0].workers()[:1]:
        os.kill(pid, signal.SIGKILL)
    instance = system.instances[1]
    share = set(instance.here)
    instance.kill()
    instance.start()
    wait_until(lambda: instance.here == share, 'the share is back')
    system.wait_growth(20)


def run(cluster, program):
    system = System(program, cluster.address, N_PARTITIONS, every=50)
    try:
        grow(system, 2)
        grow(system, 4)
        kill_coordinator(cluster, system)
        kill_some(system)
        for instance in system.instances[2:]:
            assert instance.stop() == 0, instance.name
        system.wait_shares(*((instance, 4) for instance in system.instances[:2]))
        system.wait_growth(20)
        for instance in system.instances[:2]:
            assert instance.stop() == 0, instance.name
        n_records, gap, _owners = system.check()
        print(f'three nodes: {n_records} records, longest gap {gap} s')
    except BaseException:
        print(system.logs(), file=sys.stderr)
        raise
    finally:
        system.close()


def main(program):
    try:
        cluster = Cluster()
    except Unavailable as error:
        print(error)
        return SKIPPED
    try:
        cluster.start()
        run(cluster, program)
    finally:
        cluster.close()
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
