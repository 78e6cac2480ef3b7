# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small Kafka of several nodes on 127.0.0.1, each of which can be killed."""

import time

import kafka_wire
from kafka_broker import START_SECONDS, Broker, Failed, Member, free_ports, new_cluster_id

# So that what one node has acknowledged is there when another one dies.
PROPERTIES = '''
default.replication.factor={n}
min.insync.replicas={quorum}
offsets.topic.replication.factor={n}
transaction.state.log.replication.factor={n}
transaction.state.log.min.isr={quorum}
'''
HEAP = '384m'


class Cluster:
    """close() leaves nothing behind. The calling thread must live as long as it."""

    def __init__(self, n_nodes=3):
        ports = free_ports(n_nodes)
        voters = ','.join(f'{i}@127.0.0.1:{port}' for i, port in enumerate(ports, 1))
        cluster = new_cluster_id()
        properties = PROPERTIES.format(n=n_nodes, quorum=n_nodes // 2 + 1)
        self.nodes = {}
        try:
            for i, port in enumerate(ports, 1):
                self.nodes[i] = Broker(properties=properties,
                                       member=Member(port, i, voters, cluster, HEAP))
        except BaseException:
            self.close()
            raise

    @property
    def addresses(self):
        return [node.address for node in self.nodes.values()]

    @property
    def address(self):
        return ','.join(self.addresses)

    def start(self):
        """Returns when it serves groups and transactions."""
        for node in self.nodes.values():
            node.launch()
        self._wait(lambda: all(map(kafka_wire.answers, self.addresses))
                   and kafka_wire.is_cluster_warm(self.addresses))

    def find_coordinator(self, group):
        """The number of the node that coordinates it; it must not be dead."""
        for address in self.addresses:
            try:
                return kafka_wire.find_coordinator(address, group)
            except OSError:
                pass
        raise Failed(f'no node knows the coordinator of {group}')

    def kill(self, number):
        self.nodes[number].kill()

    def revive(self, number):
        """Starts a node that was killed, and waits until it answers."""
        self.nodes[number].launch()
        self._wait(lambda: kafka_wire.answers(self.nodes[number].address))

    def _wait(self, is_ready):
        deadline = time.monotonic() + START_SECONDS * 2
        while not is_ready():
            if time.monotonic() > deadline:
                raise Failed('Kafka was not ready:\n' + '\n'.join(
                    node.log_tail() for node in self.nodes.values()))
            time.sleep(0.1)

    def close(self):
        for node in self.nodes.values():
            node.close()
