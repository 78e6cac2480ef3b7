# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of topics while dataframes read them, on a real Kafka."""

import os
import pathlib
import struct
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / 'python'), str(HERE.parent / 'kafka')]
from kafka_wire import _call, _string
from qs_testing import ProgramCase

BROKER = os.environ['QSOURCE_TEST_BROKER']
CREATE_TOPICS, DELETE_TOPICS, CREATE_PARTITIONS = 19, 20, 37
TIMEOUT = struct.pack('>i', 15000)
SECONDS = 60

READER = '''
import sys
import gi
gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

app = Qs.Application(sys.argv[1], consumer_group=sys.argv[2], idle_timeout=20,
                     consumer_config={'topic.metadata.refresh.interval.ms': '2000'})
frame = app.dataframe(Qs.Topic(sys.argv[2], value_serializer='str'))
frame.update(lambda value: print(value, flush=True))
try:
    app.run()
except GLib.Error as error:
    print(error.message, flush=True)
'''

WRITER = '''
import sys
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Writer(Qs.Source):
    def do_run(self):
        for partition in map(int, sys.argv[3:]):
            self.produce(key='k', value=f'to {partition}', partition=partition)

app = Qs.Application(sys.argv[1], consumer_group='writer')
app.add_source(Writer(name='writer'), Qs.Topic(sys.argv[2]))
app.run()
'''


def ask(api, version, body):
    _call(BROKER, api, version, struct.pack('>i', 1) + body)


def create(topic, n_partitions):
    ask(CREATE_TOPICS, 2, _string(topic) + struct.pack('>ihii', n_partitions, 1, 0, 0) + TIMEOUT +
        b'\0')


def delete(topic):
    ask(DELETE_TOPICS, 1, _string(topic) + TIMEOUT)


def add_partitions(topic, n_partitions):
    ask(CREATE_PARTITIONS, 0, _string(topic) + struct.pack('>ii', n_partitions, -1) + TIMEOUT + b'\0')


class TestTopics(ProgramCase):
    def start_reader(self, topic):
        """A reader that has its share: it has read a record."""
        create(topic, 1)
        reader = self.spawn(sys.executable, self.write(READER, 'reader.py'), BROKER, topic)
        deadline = time.monotonic() + SECONDS
        os.set_blocking(reader.stdout.fileno(), False)
        while not reader.stdout.readline():
            self.assertLess(time.monotonic(), deadline)
            self.produce(topic, 0)
        os.set_blocking(reader.stdout.fileno(), True)
        return reader

    def produce(self, topic, *partitions):
        result = self.execute(sys.executable, self.write(WRITER, 'writer.py'), BROKER, topic,
                              *map(str, partitions), timeout=SECONDS)
        self.assertEqual(result.status, 0, result.err)

    def test_deleted(self):
        """A topic that is deleted ends its readers, with an error that says so"""
        topic = f'deleted-{os.getpid()}'
        reader = self.start_reader(topic)
        delete(topic)
        out, err = reader.communicate(timeout=SECONDS)
        self.assertIn(f"Cannot read topic '{topic}': the topic is gone", out, err)

    def test_added_partition(self):
        """What comes to a partition before its readers know of it is read, with latest, too"""
        topic = f'added-{os.getpid()}'
        reader = self.start_reader(topic)
        add_partitions(topic, 2)
        self.produce(topic, 1, 1, 1)
        out, err = reader.communicate(timeout=SECONDS)
        self.assertEqual(out.count('to 1'), 3, out + err)
        self.assertIn('was added: reading it from its beginning', err)


if __name__ == '__main__':
    unittest.main()
