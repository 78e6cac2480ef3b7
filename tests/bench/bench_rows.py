# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows that lie in C. Another file bench_rows_NAME.py with ROWS adds its own."""

import pathlib
import tempfile

from bench_tools import Row, count_instructions, nanoseconds, new_group, ratios, run

LINES = 'source__lines'


def program(context, name):
    return context.build / 'tests' / 'bench' / f'bench-{name}'


def json_time(mode):
    def measure(context):
        return [ns / 1000 for ns in nanoseconds([program(context, 'json'), mode, 200000], 7)]
    return measure


def json_instructions(mode, without=None):
    def count(context, what):
        few, many = (count_instructions([program(context, 'json'), what, n])
                     for n in (1000, 3000))
        return (many - few) / 2000

    def measure(context):
        return [count(context, mode) - (count(context, without) if without else 0)]
    return measure


def produce_ratio(mode, column=0):
    def measure(context):
        return ratios([program(context, 'produce'), mode, 20000 if context.quick else 200000,
                       3 if context.quick else 9], column)
    return measure


def produce_instructions(mode):
    """What QSource adds to a record and its acknowledgement."""
    def measure(context):
        ours, bare = (count_instructions([program(context, 'produce'), mode, 4000, 1, who],
                                         function)
                      for who, function in (('qsource', 'run_qsource*'),
                                            ('bare', 'run_bare*')))
        return [(ours - bare) / 4100]
    return measure


def make_lines(context):
    """A topic of numbered lines; how many there are."""
    count = 100000 if context.quick else 1000000
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        path = pathlib.Path(directory, 'lines')
        with open(path, 'w', encoding='ascii') as file:
            for number in range(count):
                file.write(f'{number:09} {"x" * 90}\n')
        run([context.build / 'examples' / 'c' / 'file-source', '--broker', context.broker, path])
    return count


def sink_ratio(context):
    count = make_lines(context)
    results = []
    for _ in range(3 if context.quick else 5):
        ours, bare = (float(run([program(context, 'consume'), how, context.broker, LINES,
                                 new_group(), count])) for how in ('dataframe', 'bare'))
        results.append(bare / ours)
    return results


def distant_share(who):
    """Percent of a processor, of 200 records a second to a broker 50 ms away."""
    def measure(context):
        return [100 * float(run([program(context, 'distant'), who, 200, 0.05, 3])) for _ in range(3)]
    return measure


ROWS = [
    Row('json-parse', 'JSON with 3 fields to a value', 'at most', 0.7, 'µs', json_time('parse')),
    Row('json-parse-instructions', 'the same', 'at most', 4500, 'instructions',
        json_instructions('parse')),
    Row('json-write', 'a value that was read to JSON', 'at most', 0.4, 'µs', json_time('write')),
    Row('json-write-instructions', 'the same', 'at most', 3200, 'instructions',
        json_instructions('write')),
    Row('json-write-tree-instructions', 'a value that was just made to JSON', 'at most', 8300,
        'instructions', json_instructions('tree', without='build')),
    Row('produce-data', 'produce_data() of 100 bytes, of librdkafka', 'at least', 0.95,
        'of its rate', produce_ratio('data', column=2)),
    Row('produce-data-time', 'the same, of the calling thread', None, None,
        'of its rate (processor time)', produce_ratio('data')),
    Row('produce-data-instructions', 'what QSource adds to it', 'at most', 420, 'instructions',
        produce_instructions('data')),
    Row('produce-full', 'produce_full() with two headers that are kept, of librdkafka', 'at least', 0.85,
        'of its rate (processor time)', produce_ratio('full')),
    Row('produce-new', 'the same with headers of its own for each record', 'at least', 0.85,
        'of its rate (processor time)', produce_ratio('new')),
    Row('produce-message', 'a QsMessage with two headers, of librdkafka', 'at least', 0.6,
        'of its rate (processor time)', produce_ratio('message')),
    Row('produce-object', 'what it could be: produce_full() beside an empty GObject, of librdkafka',
        None, None, 'of its rate (processor time)', produce_ratio('object')),
    Row('distant', '200 records a second to a broker 50 ms away', 'at most', 3,
        '% of a processor', distant_share('qsource')),
    Row('distant-bare', 'the same, of librdkafka', None, None, '% of a processor',
        distant_share('bare')),
    Row('dataframe-sink', 'a dataframe with a sink, of a bare consumer', 'at least', 0.6,
        'of its rate', sink_ratio, needs_kafka=True),
]
