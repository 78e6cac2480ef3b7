# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kafka Connect's file source, by connect-standalone; see bench_peers.py."""

import pathlib
import re
import subprocess
import sys
import time
import uuid

from bench_tools import Unavailable

HERE = pathlib.Path(__file__).resolve().parent
POM = HERE / 'connect-pom.xml'
sys.path.insert(0, str(HERE.parent / 'kafka'))
import kafka_jars  # noqa: E402
import kafka_wire  # noqa: E402

MAIN = 'org.apache.kafka.connect.cli.ConnectStandalone'
LOG_LEVEL = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
END_SECONDS = 300
WORKER = '''
bootstrap.servers={broker}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
offset.storage.file.filename={directory}/{topic}.offsets
listeners=http://127.0.0.1:0
plugin.discovery=service_load
'''
CONNECTOR = '''
name={topic}
connector.class=org.apache.kafka.connect.file.FileStreamSourceConnector
tasks.max=1
file={path}
topic={topic}
topic.creation.default.partitions=1
topic.creation.default.replication.factor=1
'''


def class_path():
    text = POM.read_text(encoding='utf-8')
    version = re.search('<connect.version>(.*)</connect.version>', text)[1]
    try:
        jars = kafka_jars.fetched('Kafka Connect', f'connect-{version}', POM, kafka_jars.COPY)
    except kafka_jars.Unavailable as error:
        raise Unavailable(str(error)) from error
    return f'{jars}/*'


def seconds(context, directory, path, count):
    """From the start of the program until the topic, a new one, has so many records."""
    topic = f'bench-connect-{uuid.uuid4()}'
    names = {'broker': context.broker, 'directory': directory, 'topic': topic, 'path': path}
    files = []
    for kind, text in (('worker', WORKER), ('connector', CONNECTOR)):
        files.append(pathlib.Path(directory, f'{topic}.{kind}'))
        files[-1].write_text(text.format(**names), encoding='utf-8')
    log = pathlib.Path(directory, f'{topic}.log')
    with open(log, 'wb') as output:
        begun = time.monotonic()
        process = subprocess.Popen(['java', '-Xmx512m', LOG_LEVEL, '-cp', class_path(), MAIN,
                                    *map(str, files)],
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while kafka_wire.end_offset(context.broker, topic) < count:
                if process.poll() is not None or time.monotonic() - begun > END_SECONDS:
                    raise RuntimeError(f'Kafka Connect did not produce all lines: '
                                       f'{log.read_text(errors="replace")[-1000:]}')
                time.sleep(0.02)
            return time.monotonic() - begun
        finally:
            process.kill()
            process.wait()
