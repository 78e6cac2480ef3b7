# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of Python's everyday types; see test_values_table.py.   program.py DIRECTORY"""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import sys
import uuid

import gi

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

try:
    import numpy
except ImportError:
    numpy = None


class Colour(str, enum.Enum):
    RED = 'red'


class Level(enum.IntEnum):
    HIGH = 3


class Plain(enum.Enum):
    A = 'a'


@dataclasses.dataclass
class Point:
    x: int


Pair = collections.namedtuple('Pair', 'a b')


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


LOOP = []
LOOP.append(LOOP)

# How it is written in Python, and the value.
VALUES = {
    'None': None,
    'True': True,
    '5': 5,
    '2**63 - 1': 2**63 - 1,
    '2**64 - 1': 2**64 - 1,
    '2**64': 2**64,
    '2.5': 2.5,
    '1e16': 1e16,
    'float("nan")': float('nan'),
    '"text ü"': 'text ü',
    r'"a\0b"': 'a\0b',
    r'"\ud83d", half a character': '\ud83d',
    '(str, Enum)': Colour.RED,
    'IntEnum': Level.HIGH,
    'Enum': Plain.A,
    '[1, "a"]': [1, 'a'],
    '(1, 2)': (1, 2),
    '{"a": None}': {'a': None},
    '{1: 2}': {1: 2},
    'OrderedDict(a=1)': collections.OrderedDict(a=1),
    'namedtuple': Pair(1, 2),
    '{1, 2}': {1, 2},
    b'b"bytes"'.decode(): b'bytes',
    'bytearray': bytearray(b'bytes'),
    'Decimal("1.5")': decimal.Decimal('1.5'),
    'Fraction(1, 2)': fractions.Fraction(1, 2),
    '1 + 2j': 1 + 2j,
    'datetime': datetime.datetime(2026, 1, 2),
    'date': datetime.date(2026, 1, 2),
    'timedelta': datetime.timedelta(1),
    'UUID': uuid.UUID(int=1),
    'dataclass': Point(1),
    'object()': object(),
    'range(3)': range(3),
    'nested 500 deep': nested(500),
    'nested 501 deep': nested(501),
    'contains itself': LOOP,
    'GLib.Variant("i", 5)': GLib.Variant('i', 5),
}
if numpy is not None:
    VALUES.update({
        'numpy.bool_(True)': numpy.bool_(True),
        'numpy.int64(5)': numpy.int64(5),
        'numpy.float32(0.1)': numpy.float32(0.1),
        'numpy.float64(2.5)': numpy.float64(2.5),
        'numpy.array([1])': numpy.array([1]),
        'numpy.datetime64': numpy.datetime64('2026-01-02'),
    })


def shorten(text):
    return text if len(text) <= 40 else f'{text[:18]}…{text[-6:]}'


def show_bytes(data):
    return 'null' if data is None else shorten(data.decode().replace('\0', '\\0'))


def tell(**line):
    """In one piece: the source's process and the application's share the output."""
    sys.stdout.write(json.dumps(line) + '\n')
    sys.stdout.flush()


class Tell(Qs.StatefulSource):
    def attempt(self, function, *arguments):
        try:
            return {'is': function(*arguments)}
        except (TypeError, ValueError, OverflowError) as error:
            return {'refused': str(error)}

    def record(self, value):
        self.parts['value'] = self.serialize(value=value).value
        return show_bytes(self.parts['value'])

    def key(self, value):
        self.parts['key'] = self.serialize(key=value).key
        return show_bytes(self.parts['key'])

    def header(self, value):
        message = self.serialize(value=1, headers={'h': value})
        self.parts['headers'] = [('h', message.headers['h'])]
        return show_bytes(message.headers['h'])

    def kept(self, value):
        self.state['k'] = value
        return shorten(repr(self.state['k']))

    def run(self):
        for name, value in VALUES.items():
            self.parts = {}
            places = {'record': self.record, 'key': self.key, 'header': self.header,
                      'state': self.kept}
            tell(value=name, **{place: self.attempt(function, value)
                                for place, function in places.items()})
            if 'value' in self.parts:
                headers = [('value', name), *self.parts.pop('headers', [])]
                self.produce(**self.parts, headers=headers)


def read(value, record):
    (_, name), *rest = record.headers
    tell(read=name.decode(), value=shorten(repr(value)), key=show_bytes(record.key),
         header=show_bytes(rest[0][1]) if rest else None)


app = Qs.Application('embedded', state_dir=sys.argv[1], auto_offset_reset='earliest', drain=True)
app.dataframe(source=Tell(name='values')).update(read)
app.run()
