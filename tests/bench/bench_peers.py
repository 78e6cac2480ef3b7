# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other tools that put lines into Kafka, beside QSource's file source; see --peers."""

import pathlib
import shutil
import sys
import tempfile
import time

import bench_connect
from bench_tools import Row, Unavailable, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'quixstreams'))
import quix_venv  # noqa: E402

QUIX = '''
import sys
from quixstreams import Application
app = Application(broker_address=sys.argv[1], loglevel='ERROR')
topic = app.topic('bench-quix', value_serializer='bytes')
with app.get_producer() as producer, open(sys.argv[2], 'rb') as lines:
    for line in lines:
        producer.produce(topic=topic.name, value=line.rstrip())
    producer.flush()
'''


def seconds(command):
    started = time.monotonic()
    run(command)
    return time.monotonic() - started


def write_lines(path, count):
    with open(path, 'w', encoding='ascii') as file:
        for number in range(count):
            file.write(f'{number:09} {"x" * 90}\n')


def against(make_command):
    """QSource's rate of lines, of the peer's; whole programs, in turns."""
    def measure(context):
        count = 100000 if context.quick else 1000000
        source = context.build / 'examples' / 'c' / 'file-source'
        with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
            path = pathlib.Path(directory, 'lines')
            write_lines(path, count)
            peer = make_command(context, directory, path)
            results = []
            for _ in range(3):
                ours = seconds([source, '--broker', context.broker, path])
                results.append(seconds(peer) / ours)
        return results
    return measure


def kcat(context, directory, path):
    """Into the topic of bench-worker, which makes it: kcat itself makes none. Idempotent as
    QSource is: without, librdkafka has five requests of a partition in flight, not one."""
    found = shutil.which('kcat')
    if not found:
        raise Unavailable('kcat is not installed')
    run([context.build / 'tests' / 'bench' / 'bench-worker', 'once', context.broker, 1, directory])
    return [found, '-b', context.broker, '-X', 'enable.idempotence=true', '-P',
            '-t', 'bench-worker-000', '-l', path]


def quixstreams(context, directory, path):
    try:
        python = quix_venv.python()
    except quix_venv.Unavailable as error:
        raise Unavailable(str(error)) from error
    program = pathlib.Path(directory, 'quix.py')
    program.write_text(QUIX, encoding='utf-8')
    return [python, program, context.broker, path]


def beside_connect(context):
    """QSource's rate of lines, of Kafka Connect's, from whose time that of its start and
    of one line is taken; in turns."""
    count = 100000 if context.quick else 1000000
    source = context.build / 'examples' / 'c' / 'file-source'
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        path, first = pathlib.Path(directory, 'lines'), pathlib.Path(directory, 'first')
        write_lines(path, count)
        write_lines(first, 1)
        results = []
        for _ in range(3):
            ours = seconds([source, '--broker', context.broker, path])
            started = bench_connect.seconds(context, directory, first, 1)
            results.append((bench_connect.seconds(context, directory, path, count) - started) / ours)
    return results


ROWS = [
    Row('peer-kcat', 'lines of a file to Kafka, of kcat with idempotence', 'at least', 1, 'of its rate',
        against(kcat), needs_kafka=True),
    Row('peer-quixstreams', 'lines of a file to Kafka, of Quix Streams', 'at least', 1,
        'of its rate', against(quixstreams), needs_kafka=True),
    Row('peer-connect', "lines of a file to Kafka, of Kafka Connect's file source", 'at least', 1,
        'of its rate', beside_connect, needs_kafka=True),
]
