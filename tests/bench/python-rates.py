#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run by bench_rows_python.py: how many calls a second Python makes.

  python-rates.py WHAT BROKER COUNT

It prints thousands of calls a second. import: the milliseconds of a processor that
`import Qs` takes."""

import sys
import tempfile
import time

VALUE = b'x' * 100
FIELDS = {'a': 1, 'b': 2.5, 'c': 'text'}
HEADERS = {'a': b'1', 'b': '2'}


def measure_import():
    started = time.process_time()
    import gi
    gi.require_version('Qs', '1')
    from gi.repository import Qs  # noqa: F401
    print((time.process_time() - started) * 1000)


def bytes_(source, numbers):
    for _ in numbers:
        source.produce(VALUE)


def dictionary(source, numbers):
    for _ in numbers:
        source.produce(source.serialize(key='k', value=FIELDS))


def headers(source, numbers):
    for _ in numbers:
        source.produce(VALUE, 'k', headers=HEADERS)


def state_set(source, numbers):
    state = source.state
    for number in numbers:
        state.set('key', number)


def state_get_set(source, numbers):
    state = source.state
    state['key'] = 0
    for _ in numbers:
        state['key'] = state['key'] + 1


def measure_calls(function, broker, count):
    import gi
    gi.require_version('Qs', '1')
    from gi.repository import Qs

    class Rates(Qs.StatefulSource):
        def run(self):
            function(self, range(count // 10))
            self.flush()
            started = time.perf_counter()
            function(self, range(count))
            print(count / (time.perf_counter() - started) / 1000)

    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        app = Qs.Application(broker, f'bench-{time.monotonic_ns()}', isolation='thread',
                             state_dir=directory)
        app.add_source(Rates(name='rates'))
        app.run()


FUNCTIONS = {'bytes': bytes_, 'dict': dictionary, 'headers': headers, 'state-set': state_set,
             'state-get-set': state_get_set}

if __name__ == '__main__':
    if sys.argv[1] == 'import':
        measure_import()
    else:
        measure_calls(FUNCTIONS[sys.argv[1]], sys.argv[2], int(sys.argv[3]))
