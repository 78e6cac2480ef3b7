#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run by bench_rows_dataframes.py: how long a dataframe in Python takes.

  dataframe-rates.py make|apply|filter|sink|print BROKER TOPIC COUNT

make: writes COUNT records of three fields to TOPIC. The others read them until COUNT values
have come out, and print the seconds that it took on standard error."""

import sys
import time
import uuid

import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

STEPS = {
    'apply': lambda frame: frame.apply(lambda value: {'sum': value['a'] + value['b']}),
    'filter': lambda frame: frame.filter(lambda value: value['a'] >= 0),
    'sink': lambda frame: frame.sink(lambda value: None),
    'print': lambda frame: frame.print(),
}


class Fields(Qs.Source):
    count = 0

    def run(self):
        for number in range(self.count):
            self.produce(self.serialize(value={'a': number, 'b': number / 2, 'c': 'text'}))


def make(broker, topic, count):
    source = Fields(name='fields')
    source.count = count
    app = Qs.Application(broker)
    app.add_source(source, Qs.Topic(name=topic))
    app.run()


def measure(what, broker, topic, count):
    app = Qs.Application(broker, f'bench-{uuid.uuid4()}', auto_offset_reset='earliest',
                         run_count=count)
    STEPS[what](app.dataframe(Qs.Topic(name=topic)))
    started = time.perf_counter()
    app.run()
    print(time.perf_counter() - started, file=sys.stderr)


if sys.argv[1] == 'make':
    make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    measure(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
