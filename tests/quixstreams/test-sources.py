#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources of the real Quix Streams run on QSource, with nothing but their imports changed:
their files are read from where pip has installed them. Speaks TAP."""

import gzip
import importlib
import json
import os
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'kafka'), str(HERE.parent / 'languages')]

import gi  # noqa: E402

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

import quix_venv  # noqa: E402
from kafka_jars import Unavailable  # noqa: E402

IMPORT = re.compile(r'^from quixstreams\.?[a-z_.]* import', re.M)
# Their names of types, which only annotations want.
TYPES = ('from typing import Any as ClientConnectFailureCallback, '
         'Any as ClientConnectSuccessCallback\n')


def change_imports(text):
    text = re.sub(r'\s*ClientConnect(?:Failure|Success)Callback,(?=\s)', '', text)
    text = IMPORT.sub('from gi.repository.Qs import', text)
    text = re.sub(r'^from gi\.repository\.Qs import \(\s*\)\n', '', text, flags=re.M)
    return TYPES + text


def convert(quix_python, directory):
    """Their sources as a package of another name."""
    package, = (pathlib.Path(quix_python).parents[1] / 'lib').glob(
        'python*/site-packages/quixstreams/sources')
    for path in [package / 'core' / 'csv.py', *(package / 'community' / 'file').rglob('*.py')]:
        target = directory / 'theirs' / path.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(change_imports(path.read_text()))
    sys.path.append(str(package.parents[1]))    # what they need, such as jsonlines


def run(source):
    app = Qs.Application('embedded', isolation='thread', run_timeout=60)
    topic = app.add_source(source)
    app.run()
    messages = app.embedded_broker.dup_messages(topic)
    return topic, [(message.key, message.value, message.timestamp) for message in messages]


def check_csv(directory):
    (directory / 'a.csv').write_text('k,v\na,1\nb,2\n')
    source = importlib.import_module('theirs.core.csv').CSVSource(
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
    source = importlib.import_module('theirs.community.file.local').LocalFileSource(
        folder, file_format='json', compression='gzip', replay_speed=0)
    topic, records = run(source)
    assert topic.name == 'source__file_files', topic.name
    assert sorted(records) == [(b'k', f'{{"n":{n}}}'.encode(), n + 1)
                               for n in range(3)], records


CHECKS = [('their CSVSource', check_csv), ('their LocalFileSource', check_file)]


def main():
    try:
        quix_python = quix_venv.python()
    except Unavailable as error:
        print(f'1..0 # SKIP {error}')
        return 1 if os.environ.get('CI') else 0
    print(f'1..{len(CHECKS)}')
    n_failed = 0
    with tempfile.TemporaryDirectory(prefix='qsource-theirs-') as name:
        convert(quix_python, pathlib.Path(name))
        sys.path.insert(0, name)
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
