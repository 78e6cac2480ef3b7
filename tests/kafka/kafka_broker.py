# SPDX-License-Identifier: LGPL-2.1-or-later
"""A node of Kafka on 127.0.0.1, in a temporary directory; most often the only one."""

import base64
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import kafka_jars
import kafka_proxy
import kafka_wire

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ports import free_ports  # noqa: E402

START_SECONDS = 180
STOP_SECONDS = 30

# A broker that was killed may come back when its session has ended: not after
# the usual 9 seconds. Few partitions make the first use of a topic quick.
PROPERTIES = '''\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners={listeners},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners={advertised}
listener.security.protocol.map={protocols},CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={directory}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
log.cleaner.backoff.ms=500
'''

# What Kafka logs when it won't tell a partition how a transaction ended: after kill -9 the
# partitions have no leader for a moment, and it takes them for deleted. None but an operator
# can end that transaction.
DROPPED = b'these partitions are likely deleted already'
DROPPING_LOGGER = 'kafka.coordinator.transaction.TransactionMarkerChannelManager'


class Failed(Exception):
    """The broker did not start; the text has the end of its log."""


def _join(mapping, between):
    return ','.join(f'{name}{between}{value}' for name, value in mapping.items())


def new_cluster_id():
    """Random, but for the start: a dash would be taken for that of an option."""
    return base64.urlsafe_b64encode(b'q' + os.urandom(15)).decode().rstrip('=')


@dataclasses.dataclass
class Member:
    """A node among those of a cluster."""

    controller_port: int
    number: int = 1
    voters: str = ''        # all nodes, as Kafka writes them; '': this one
    cluster: str = dataclasses.field(default_factory=new_cluster_id)
    heap: str = '512m'

    def all_voters(self):
        return self.voters or f'{self.number}@127.0.0.1:{self.controller_port}'


class Broker:
    """A broker that can be stopped, killed and started again with the same
    ports and data. close() leaves nothing behind."""

    VERSIONS = [None]       # of Kafka that it may need

    def __init__(self, with_proxy=False, version=None, listeners=None, properties='',
                 format_options=(), member=None):
        """@with_proxy: clients come to it by self.proxy. @version: of Kafka, None: the
        pom's. @listeners: a security protocol for each name, beside PLAINTEXT, over
        which the broker is watched. @properties: more of them. @format_options: for
        StorageTool. @member: of which cluster, None: of one of its own."""
        protocols = {'PLAINTEXT': 'PLAINTEXT', **(listeners or {})}
        self._jars = kafka_jars.jars(version)
        self._directory = pathlib.Path(tempfile.mkdtemp(prefix='qsource-kafka-'))
        self._format_options = format_options
        self._process = None
        proxy_port, own_port, *ports = free_ports(2 + len(protocols))
        self._member = member or Member(own_port)
        self.proxy = kafka_proxy.Proxy(proxy_port, ports[0]) if with_proxy else None
        listening = {name: f'127.0.0.1:{port}' for name, port in zip(protocols, ports)}
        self.addresses = dict(listening)
        if with_proxy:
            self.addresses['PLAINTEXT'] = f'127.0.0.1:{proxy_port}'
        self.address = self.addresses['PLAINTEXT']
        self._config = self._directory / 'server.properties'
        self._config.write_text(PROPERTIES.format(
            listeners=_join(listening, '://'), advertised=_join(self.addresses, '://'),
            protocols=_join(protocols, ':'), node=self._member.number,
            voters=self._member.all_voters(), controller_port=self._member.controller_port,
            directory=self._directory) + properties)
        self._log = open(self._directory / 'log', 'a+b')

    def _java(self, *arguments):
        return ['java', f'-Xmx{self._member.heap}', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1',
                '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
                f'-Dorg.slf4j.simpleLogger.log.{DROPPING_LOGGER}=info',
                '-cp', f'{self._jars}/*', *arguments]

    def _format(self):
        command = self._java('kafka.tools.StorageTool', 'format', '-t', self._member.cluster,
                             '-c', str(self._config), *self._format_options)
        if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                          timeout=START_SECONDS).returncode:
            raise Failed('cannot format the data directory of Kafka:\n' + self.log_tail())

    def launch(self):
        """Has the broker begin to start. The calling thread must live as long as it."""
        if not (self._directory / 'data').exists():
            self._format()
        # The kernel kills the broker if this process dies without a word.
        self._process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', *self._java('kafka.Kafka', str(self._config))],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)

    def wait(self, is_wanted=lambda: True):
        """Returns when the broker serves groups and transactions too."""
        deadline = time.monotonic() + START_SECONDS
        while not (kafka_wire.answers(self.address) and kafka_wire.is_warm(self.address)):
            if self._process.poll() is not None:
                raise Failed('Kafka ended while it started:\n' + self.log_tail())
            if time.monotonic() > deadline:
                raise Failed(f'Kafka was not ready after {START_SECONDS} s:\n' + self.log_tail())
            if not is_wanted():
                raise Failed('nobody waits for Kafka any more')
            time.sleep(0.05)

    def start(self, is_wanted=lambda: True):
        self.launch()
        self.wait(is_wanted)

    def stop(self):
        """Has the broker end in order."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def kill(self):
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self):
        self.kill()
        if self.proxy:
            self.proxy.close()
        self._log.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _log_lines(self):
        self._log.seek(0)
        return self._log.readlines()

    def log_tail(self):
        return b''.join(self._log_lines()[-20:]).decode(errors='replace')

    def count_dropped(self):
        """How many transactions Kafka has left open for ever."""
        return sum(DROPPED in line for line in self._log_lines())
