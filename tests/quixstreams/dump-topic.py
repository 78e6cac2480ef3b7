# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints partition 0 of a topic: ADDRESS TOPIC. One JSON array a line: key and value in hex
(null: none), and the headers."""

import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

SECONDS = 30


def main(address, topic):
    consumer = Consumer({'bootstrap.servers': address, 'group.id': 'dump',
                         'enable.auto.commit': False, 'enable.partition.eof': True,
                         'isolation.level': 'read_committed'})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    while True:
        message = consumer.poll(SECONDS)
        if message is None:
            sys.exit(f'nothing came from {topic} in {SECONDS} s')
        if message.error():
            break                           # its end; another one is seen by what misses
        key, value = (None if data is None else data.hex()
                      for data in (message.key(), message.value()))
        headers = [[name, data.decode()] for name, data in message.headers() or []]
        print(json.dumps([key, value, headers]))
    consumer.close()


if __name__ == '__main__':
    main(*sys.argv[1:])
