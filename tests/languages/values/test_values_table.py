# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of each language's everyday types: the tables of doc/languages.md.

A language has a program here that puts each of its types into a record (as JSON),
a key, a header and a state, with the defaults of a topic, and prints of each a
line of JSON:

  {"value": "how it is written", "record": X, "key": X, "header": X, "state": X}

X is {"is": "what was written, or what the state returned"} or {"refused": "why"};
a refusal names the type or the value, and says what to use; where the compiler takes
nothing but bytes as a header, there is none. What was written is
produced, with a first header that says how it is written in the language, and a
dataframe prints of each record:

  {"read": "how it is written", "value": "the value", "key": "its bytes", "header": "its bytes"}

QSOURCE_VALUES is a list of LANGUAGE=COMMAND, separated by semicolons.

  test_values_table.py PAGE    writes the tables into the PAGE"""

import functools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

SECONDS = 60
PAGE = pathlib.Path(__file__).resolve().parents[3] / 'doc/languages.md'
PLACES = {'record': 'record, as JSON', 'key': 'key', 'header': 'header', 'state': 'state returns'}
NAMES = {'python': 'Python', 'gjs': 'JavaScript', 'lua': 'Lua', 'vala': 'Vala', 'c': 'GVariant'}


def commands():
    pairs = [pair.partition('=') for pair in os.environ.get('QSOURCE_VALUES', '').split(';')
             if pair]
    return {name: shlex.split(command) for name, _, command in pairs}


@functools.lru_cache
def run(*command):
    """The rows, each with what was read of it."""
    with tempfile.TemporaryDirectory(prefix='qsource-values-') as directory:
        done = subprocess.run([*command, directory], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    if done.returncode:
        raise AssertionError(f'{command} ended with {done.returncode}:\n{done.stderr}')
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]
    rows = {line['value']: line for line in lines if 'read' not in line}
    for line in lines:
        if 'read' in line:
            rows[line['read']]['read'] = line
    return list(rows.values())


def _code(text):
    """As code in a cell of a table."""
    text = text.replace('|', '\\|')
    return f'`` {text} ``' if '`' in text else f'`{text}`' if text else '(empty)'


def _cell(result):
    return 'refused' if 'refused' in result else _code(result['is'])


def _read(row):
    return _code(row['read']['value']) if 'read' in row else ''


def places(row):
    return [place for place in PLACES if place in row]


def table(language, rows):
    first, *others = places(rows[0])
    yield f'| {NAMES[language]} | ' + ' | '.join(
        [PLACES[first], 'read from it', *(PLACES[place] for place in others)]) + ' |'
    yield '|---' * (len(others) + 3) + '|'
    for row in rows:
        yield f'| {_code(row["value"])} | ' + ' | '.join(
            [_cell(row[first]), _read(row), *(_cell(row[place]) for place in others)]) + ' |'


def section(language, rows):
    """What stands in the page between its marks."""
    return f'<!-- values {language} -->\n\n' + '\n'.join(table(language, rows)) + \
        f'\n\n<!-- end values {language} -->'


class TestValuesTable(unittest.TestCase):
    def test_page(self):
        """The documentation says what becomes of each type"""
        page = PAGE.read_text()
        for language, command in commands().items():
            with self.subTest(language=language):
                self.assertIn(section(language, run(*command)), page,
                              f'QSOURCE_VALUES={language}=... {__file__} {PAGE} writes it')

    def test_refusals(self):
        """What is refused is named, with what to use, or why"""
        for language, command in commands().items():
            for row in run(*command):
                for place in places(row):
                    reason = row[place].get('refused')
                    if reason is not None:
                        with self.subTest(language=language, value=row['value'], place=place):
                            self.assertGreater(len(reason.split()), 6, reason)


    def test_read(self):
        """What was written can be read, its key and header with the same bytes"""
        for language, command in commands().items():
            for row in run(*command):
                with self.subTest(language=language, value=row['value']):
                    self.assertEqual('read' in row, 'is' in row['record'], row)
                    for place in ['key', 'header'] if 'read' in row else []:
                        if 'is' in row.get(place, {}):
                            self.assertEqual(row['read'][place], row[place]['is'])


def write_page(path):
    page = pathlib.Path(path).read_text()
    for language, command in commands().items():
        text = section(language, run(*command))
        marks = re.compile(f'<!-- values {language} -->.*<!-- end values {language} -->', re.S)
        page = marks.sub(lambda _: text, page)
    pathlib.Path(path).write_text(page)


if __name__ == '__main__':
    write_page(sys.argv[1])
