# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources with splits in Python.   program.py BEHAVIOUR"""

import sys

import gi

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

BEHAVIOUR = sys.argv[1]


class Splits(Qs.SplitSource):
    def list_splits(self):
        if BEHAVIOUR == 'error-list':
            raise ValueError('broken list')
        return ['a', 'b', 'c', 'd', 'a']

    def partition_for_split(self, split, n_partitions):
        if BEHAVIOUR == 'error-partition':
            raise ValueError('broken partition')
        if BEHAVIOUR == 'own-partition':
            return (ord(split) - ord('a') + 1) % n_partitions
        return super().partition_for_split(split, n_partitions)

    def run_splits(self):
        if BEHAVIOUR == 'error-run':
            raise ValueError('broken run')
        if BEHAVIOUR == 'events':
            GLib.idle_add(self.stop)
            return super().run_splits()
        for _ in range(2):
            for split in self.get_splits():
                state = self.get_split_state(split)
                state['n'] = state.get('n', 0) + 1
                self.produce(f"{split} {state['n']} {len(list(state.keys()))} {self.partition}")
            self.flush()


def added(source, split):
    if BEHAVIOUR == 'events':
        source.produce(f'added {split} {source.partition}')


source = Splits(name='splits', n_partitions=2)
source.connect('split-added', added)
app = Qs.Application(broker_address='embedded')
topic = app.add_source(source)
try:
    app.run()
    for message in app.embedded_broker.dup_messages(topic.name):
        print(message.value.decode())
except GLib.Error as error:
    print('error:', error.message)
