#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources and sinks of the real Quix Streams run on QSource, with nothing but their imports
changed: their files are read from where pip has installed them. Speaks TAP."""

import gzip
import json
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'kafka'), str(HERE.parent / 'languages')]

import gi  # noqa: E402

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

import quix_venv  # noqa: E402
import their_sources  # noqa: E402
from kafka_jars import Unavailable  # noqa: E402


def run(source):
    app = Qs.Application('embedded', isolation='thread', run_timeout=60)
    topic = app.add_source(source)
    app.run()
    messages = app.embedded_broker.dup_messages(topic)
    return topic, [(message.key, message.value, message.timestamp) for message in messages]


def check_csv(directory):
    (directory / 'a.csv').write_text('k,v\na,1\nb,2\n')
    source = their_sources.load('sources.core.csv', 'CSVSource')(
        path=directory / 'a.csv', name='csv', key_extractor=lambda row: row['k'],
        timestamp_extractor=lambda row: int(row['v']))
    topic, records = run(source)
    assert topic.name == 'source__csv', topic.name
    assert records == [(b'a', b'{"k":"a","v":"1"}', 1), (b'b', b'{"k":"b","v":"2"}', 2)], records


def check_file(directory):
    folder = directory / 'files'
    folder.mkdir()
    for number in range(3):
        line = json.dumps({'_key': 'k', '_value': {'n': number}, '_timestamp': number + 1})
        (folder / f'{number}.json.gz').write_bytes(gzip.compress(line.encode()))
    source = their_sources.load('sources.community.file.local', 'LocalFileSource')(
        folder, file_format='json', compression='gzip', replay_speed=0)
    topic, records = run(source)
    assert topic.name == 'source__file_files', topic.name
    assert sorted(records) == [(b'k', f'{{"n":{n}}}'.encode(), n + 1)
                               for n in range(3)], records


def check_pandas(directory):
    import pandas
    source = their_sources.load('sources.community.pandas', 'PandasDataFrameSource')(
        df=pandas.DataFrame({'k': ['a', 'b'], 't': [1, 2], 'f': [0.5, 2.0], 'n': [3, 4]}),
        key_column='k', timestamp_column='t', keep_meta_as_values=False, name='pandas')
    topic, records = run(source)
    assert topic.name == 'source__pandas', topic.name
    assert records == [(b'a', b'{"f":0.5,"n":3}', 1), (b'b', b'{"f":2.0,"n":4}', 2)], records


class Numbers(Qs.Source):
    def run(self):
        for i in range(3):
            message = self.serialize(key='k', value={'n': i})
            self.produce(key=message.key, value=message.value, timestamp=i + 1)


def deliver(sink):
    app = Qs.Application('embedded', isolation='thread', run_timeout=60, drain=True,
                         auto_offset_reset='earliest')
    app.dataframe(source=Numbers('numbers')).sink(sink)
    app.run()


def check_csv_sink(directory):
    deliver(their_sources.load('sinks.core.csv', 'CSVSink')(path=directory / 'out.csv'))
    lines = (directory / 'out.csv').read_text().splitlines()
    assert len(lines) == 4 and lines[0].startswith('key,value,timestamp'), lines
    assert lines[3] == """b'k',"{""n"": 2}",3,source__numbers,0,2""", lines


def check_list_sink(directory):
    sink = their_sources.load('sinks.core.list', 'ListSink')()
    deliver(sink)
    assert list(sink) == [{'n': 0}, {'n': 1}, {'n': 2}], list(sink)


def check_file_sink(directory):
    os.chdir(directory)         # it takes no - in a path
    deliver(their_sources.load('sinks.community.file.local', 'LocalFileSink')(
        directory='sink', format='json'))
    path, = (directory / 'sink').rglob('*.json*')
    data = path.read_bytes()
    rows = [json.loads(line) for line in
            (gzip.decompress(data) if path.suffix == '.gz' else data).splitlines()]
    assert [row['_value'] for row in rows] == [{'n': 0}, {'n': 1}, {'n': 2}], rows


CHECKS = [
    ('their CSVSource', check_csv),
    ('their LocalFileSource', check_file),
    ('their PandasDataFrameSource', check_pandas),
    ('their CSVSink', check_csv_sink),
    ('their ListSink', check_list_sink),
    ('their LocalFileSink', check_file_sink),
]


def main():
    try:
        quix_python = quix_venv.python()
    except Unavailable as error:
        print(f'1..0 # SKIP {error}')
        return 1 if os.environ.get('CI') else 0
    print(f'1..{len(CHECKS)}')
    n_failed = 0
    with tempfile.TemporaryDirectory(prefix='qsource-theirs-') as name:
        packages = their_sources.site_packages(quix_python)
        their_sources.convert(packages / 'quixstreams', pathlib.Path(name))
        sys.path.insert(0, str(packages))       # what they need, before what Debian has of it
        for number, (what, check) in enumerate(CHECKS, 1):
            try:
                check(pathlib.Path(name))
            except Exception as error:
                n_failed += 1
                print(f'# {type(error).__name__}: {error}')
                print(f'not ok {number} - {what}', flush=True)
            else:
                print(f'ok {number} - {what}', flush=True)
    return bool(n_failed)


if __name__ == '__main__':
    sys.exit(main())
