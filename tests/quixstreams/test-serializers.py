#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The serializers of the real Quix Streams and ours, on the same values: the same bytes,
or ours refuses the value. Speaks TAP."""

import collections
import datetime
import decimal
import enum
import math
import os
import pathlib
import random
import re
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'kafka'), str(HERE.parent / 'languages')]

import gi  # noqa: E402

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs  # noqa: E402

import quix_venv  # noqa: E402
from kafka_jars import Unavailable  # noqa: E402

SEED = 20261129
N_RANDOM = 2000


class Color(enum.Enum):
    RED = 'red'


class Level(enum.IntEnum):
    LOW = 1


class Word(str, enum.Enum):
    C = 'see'


Point = collections.namedtuple('Point', 'x y')

JSON = [
    None, True, False, 0, -1, 2**53, 2**63 - 1, -2**63, 0.0, -0.0, 0.1, 1e300, 5e-324, 1.0, 1e16,
    math.nan, math.inf, '', 'a', 'ä€𝄞', '\u0000', '\x1f\x7f\u2028', '"\\/', [], [[]], {}, {'': None},
    (1, 'a'), {'a': (1, 2)}, {'ä': [None, True, 1.5]}, Color.RED, Level.LOW, Word.C, Point(1, 2),
    {'p': Point(1, 2)}, datetime.datetime(2026, 1, 2, 3, 4, 5), datetime.date(2026, 1, 2),
    decimal.Decimal('1.5'), uuid.UUID(int=1), {1: 2}, {1, 2}, b'bytes', object(), '\ud800', 2**64,
]
PLAIN = {
    'str': ['', 'a', 'ä€𝄞', 'a\u0000b', Word.C, 1, b'x', '\ud800'],
    'integer': [0, 1, -1, 2**31 - 1, -2**31, 2**31, True, Level.LOW, 1.5, '1'],
    'double': [0.0, -0.0, 1.5, math.inf, 1, True, '1', 5e-324],
    'bytes': [b'', b'a\0b', b'\xff'],
}


def random_value(dice, depth=0):
    kind = dice.randrange(8 if depth < 4 else 6)
    if kind == 6:
        return [random_value(dice, depth + 1) for _ in range(dice.randrange(4))]
    if kind == 7:
        return {random_text(dice): random_value(dice, depth + 1)
                for _ in range(dice.randrange(4))}
    return dice.choice([None, True, False, dice.randint(-2**63, 2**63 - 1),
                        dice.uniform(-1, 1) * 10 ** dice.randint(-300, 300), random_text(dice)])


def random_text(dice):
    return ''.join(chr(dice.choice([dice.randrange(0x20, 0x7f), dice.randrange(0x20),
                                    dice.randrange(0xa0, 0xd7ff), 0x1f600]))
                   for _ in range(dice.randrange(8)))


def attempt(function, *arguments):
    """What it returns, or None if it refuses."""
    try:
        return function(*arguments)
    except (Exception, GLib.Error):
        return None


def is_same(a, b):
    return type(a) is type(b) and (a == b or a != a and b != b)


# orjson of 3.11.5 and later writes 1e+16, those before it 1e16, as we do.
EXPONENT = re.compile(rb'(\d)e\+(\d)')


def compare(name, serializer, deserializer, values):
    """What differs; how many values both take."""
    from quixstreams.models.serializers import SerializationContext
    context = SerializationContext(topic='t', field='value') \
        if SerializationContext.__init__ is not object.__init__ else None
    topic = Qs.Topic('t', value_serializer=name)
    wrong, n_both = [], 0
    for value in values:
        ours = attempt(lambda: topic.serialize(value=value).value)
        theirs = attempt(serializer, value, context)
        theirs = theirs.encode() if isinstance(theirs, str) else theirs
        if ours is None:
            continue
        if name == 'json' and theirs is not None and EXPONENT.sub(rb'\1e\2', theirs) == ours:
            theirs = ours
        if value is None and name == 'json':
            theirs = b'null'            # they never hand it None
        if ours != theirs:
            wrong.append(f'{value!r}: {theirs!r} there, {ours!r} here')
            continue
        n_both += 1
        message = Qs.Message.new(None, GLib.Bytes.new(ours), None, 0, 0)
        record = attempt(topic.deserialize, message)
        expected = attempt(deserializer, ours, context)
        if record is not None and not is_same(record.value, expected):
            wrong.append(f'{ours!r} is read as {expected!r} there, {record.value!r} here')
    return wrong, n_both


def checks():
    from quixstreams.models import serializers as theirs
    yield 'json', theirs.JSONSerializer(), theirs.JSONDeserializer(), JSON, 30
    dice = random.Random(SEED)
    yield ('json', theirs.JSONSerializer(), theirs.JSONDeserializer(),
           [random_value(dice) for _ in range(N_RANDOM)], N_RANDOM)
    for name, kind in (('str', 'String'), ('integer', 'Integer'), ('double', 'Double'),
                       ('bytes', 'Bytes')):
        yield (name, getattr(theirs, f'{kind}Serializer')(),
               getattr(theirs, f'{kind}Deserializer')(), PLAIN[name], 3)


def main():
    try:
        quix_python = quix_venv.python()
    except Unavailable as error:
        print(f'1..0 # SKIP {error}')
        return 1 if os.environ.get('CI') else 0
    packages, = (pathlib.Path(quix_python).parents[1] / 'lib').glob('python*/site-packages')
    sys.path.insert(0, str(packages))   # before Debian's older ones of the same names
    n_failed = n_points = 0
    for name, serializer, deserializer, values, at_least in checks():
        wrong, n_both = compare(name, serializer, deserializer, values)
        n_points += 1
        for line in wrong[:20]:
            print(f'# {line[:300]}')
        failed = bool(wrong) or n_both < at_least
        n_failed += failed
        print(f'{"not ok" if failed else "ok"} {n_points} - {name}: {n_both} of {len(values)} values '
              'have the same bytes, the others are refused')
    print(f'1..{n_points}')
    return bool(n_failed)


if __name__ == '__main__':
    sys.exit(main())
