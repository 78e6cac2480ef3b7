# SPDX-License-Identifier: LGPL-2.1-or-later
"""JSON text by the extension and by Python alone: the same, and what json reads."""

import collections
import decimal
import enum
import json
import math
import unittest

import qs_testing  # noqa: F401
from gi.overrides._qsource import jsontext, native

try:
    import hypothesis
    from hypothesis import strategies
except ImportError:
    hypothesis = None

WAYS = [jsontext] + ([native] if native.extension else [])


class Colour(str, enum.Enum):
    RED = 'red'


class Level(enum.IntEnum):
    HIGH = 3


def attempt(function, *arguments):
    """What it returns, or the sort of its refusal."""
    try:
        return function(*arguments)
    except (TypeError, ValueError, OverflowError) as error:
        return next(base for base in (TypeError, OverflowError, ValueError)
                    if isinstance(error, base))


def nested(depth, wrap):
    value = 1
    for _ in range(depth):
        value = wrap(value)
    return value


class TestJson(unittest.TestCase):
    def test_bytes(self):
        """The bytes are those of orjson"""
        for value, expected in (
                (None, 'null'), (True, 'true'), (-2**63, '-9223372036854775808'),
                (2**64 - 1, '18446744073709551615'), (5.0, '5.0'), (-0.0, '-0.0'), (0.1, '0.1'),
                (1e16, '1e16'), (1e15, '1000000000000000.0'), (123456789012345680.0,
                                                                '1.2345678901234568e17'),
                (1.5e300, '1.5e300'), (1e-5, '0.00001'), (1.5e-5, '0.000015'), (1e-6, '1e-6'),
                (5e-324, '5e-324'), (math.nan, 'null'), (-math.inf, 'null'),
                ('\0\x1f\x7f\u2028"\\/\b\t\n\f\r', '"\\u0000\\u001f\x7f\u2028\\"\\\\/\\b\\t\\n\\f\\r"'),
                ('ü\U0001f6f0', '"ü\U0001f6f0"'), ((1, [2]), '[1,[2]]'), ({'a': {}, '': []}, '{"a":{},"":[]}'),
                (Colour.RED, '"red"'), (Level.HIGH, '3'), ({Colour.RED: Level.HIGH}, '{"red":3}'),
                (collections.OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
                (collections.Counter('aab'), '{"a":2,"b":1}')):
            for way in WAYS:
                with self.subTest(value=value, way=way.__name__):
                    self.assertEqual(way.write(value), expected.encode())

    def test_order(self):
        """A dictionary of another order than that of its items is written in its own"""
        value = collections.OrderedDict(a=1, b=2)
        value.move_to_end('a')
        for way in WAYS:
            self.assertEqual(way.write(value), b'{"b":2,"a":1}')

    def test_refused(self):
        """What is refused is named, with its place, its type and what to use"""
        loop = {}
        loop['loop'] = [loop]

        class Odd:
            def __repr__(self):
                return '\ud83d'

        pair = collections.namedtuple('Pair', 'a b')
        for value, error, text in (
                (2**64, OverflowError, 'value, the integer 18446744073709551616'),
                (10**5000, OverflowError, 'bits'), ('a\ud83d', ValueError, r'\\ud83d at character 1'),
                ({'a': [1, {2}]}, TypeError, r"value\['a'\]\[1\], a value of type set.*sorted"),
                ({1: 2}, TypeError, 'the key 1 of value, a int'), ({Odd(): 2}, TypeError, 'Odd'),
                (Odd(), TypeError, 'Odd'), (pair(1, 2), TypeError, '_asdict'),
                (decimal.Decimal(1), TypeError, 'decimal.Decimal.*str'), (loop, ValueError, 'itself'),
                (b'x', TypeError, 'bytes'), (1j, TypeError, 'complex'), (range(3), TypeError, 'list')):
            for way in WAYS:
                with self.subTest(text=text, way=way.__name__), self.assertRaisesRegex(error, text):
                    way.write(value)

    def test_depth(self):
        """Nesting has a limit, and deeper values neither overflow the stack nor are cut"""
        for way in WAYS:
            for wrap, opening, closing in ((lambda value: [value], '[', ']'),
                                           (lambda value: {'a': value}, '{"a":', '}')):
                depth = jsontext.MAX_DEPTH
                text = f'{opening * depth}1{closing * depth}'.encode()
                self.assertEqual(way.write(nested(depth, wrap)), text)
                self.assertEqual(way.read(text), nested(depth, wrap))
                for more in (depth + 1, depth + 2, 100000):
                    with self.assertRaisesRegex(ValueError, 'nested'):
                        way.write(nested(more, wrap))
                    with self.assertRaisesRegex(ValueError, 'nested'):
                        way.read(f'{opening * more}1{closing * more}'.encode())

    def test_magnitudes(self):
        """Numbers of every magnitude, with few digits and with all, keep their value"""
        numbers = [sign * float(f'{mantissa}e{exponent}') for exponent in range(-324, 308)
                   for mantissa in ('1', '1.5', '4.441284904385754', '9.999999999999998')
                   for sign in (1, -1)]
        numbers += [float(f'{n}e-{digits}') for n in range(1, 2000, 7) for digits in range(12)]
        for number in numbers:
            texts = {way.write(number) for way in WAYS}
            self.assertEqual(len(texts), 1, (number, texts))
            text = texts.pop()
            self.assertEqual(repr(float(text)), repr(number), text)
            for way in WAYS:
                self.assertEqual(repr(way.read(text)), repr(number), text)

    def test_state(self):
        """A state takes only what comes back equal"""
        for way in WAYS:
            for value in (math.nan, [math.inf], 2**63, {'a': -2**63 - 1}):
                with self.subTest(value=value), self.assertRaises((ValueError, OverflowError)):
                    way.write(value, True)

    def test_read(self):
        """What is no JSON is refused"""
        for text in (b'', b' ', b'nul', b'NaN', b'Infinity', b'-', b'01', b'1.', b'.5', b'1e', b'+1',
                     b'1e400', b'"', b'"\x00"', b'"\\x"', b'"\\u12"', b'"\\ud83d"', b'"\\ude00\\ud83d"',
                     b'"\xff"', b'[', b'[1', b'[1,', b'[1,]', b'[,1]', b'{', b'{"a"', b'{"a":', b'{"a":1,',
                     b'{"a":1,}', b'{a:1}', b'{1:1}', b'1 2', b'\xef\xbb\xbf1', b'\x0c1', b'tru', b'"a\nb"',
                     b'{"a":1 "b":2}', b'"\\', b'"\\u', b'[1}', b'\xed\xa0\x80'):
            for way in WAYS:
                with self.subTest(text=text, way=way.__name__), \
                        self.assertRaisesRegex(ValueError, 'invalid JSON'):
                    way.read(text)
        for text, value in ((b' [ 1 , -2.5e1 , "\\u0000\\ud83d\\ude00\\/" ] ', [1, -25.0, '\0\U0001f600/']),
                            (b'{"a":1,"a":2}', {'a': 2}), (b'-0', 0), (b'-0.0', -0.0), (b'{}', {}),
                            (b'123456789012345678901234567890', 123456789012345678901234567890),
                            (b'1E-400', 0.0), (b'{"\\u0061":[]}', {'a': []})):
            for way in WAYS:
                with self.subTest(text=text, way=way.__name__):
                    self.assertEqual(repr(way.read(text)), repr(value))


if hypothesis is not None:
    hypothesis.settings.register_profile('quick', max_examples=400, deadline=None,
                                         database=None, derandomize=True)
    hypothesis.settings.load_profile('quick')
    _TEXT = strategies.text(strategies.characters(blacklist_categories=()))
    _LEAVES = strategies.one_of(
        strategies.none(), strategies.booleans(), strategies.integers(-2**65, 2**65), _TEXT,
        strategies.floats(), strategies.sampled_from([Colour.RED, Level.HIGH, b'x', {1}, 1j]))
    _VALUES = strategies.recursive(
        _LEAVES, lambda inner: strategies.one_of(
            strategies.lists(inner, max_size=6), strategies.dictionaries(_TEXT, inner, max_size=6),
            strategies.tuples(inner, inner)), max_leaves=20)
    _EXACT = strategies.recursive(
        strategies.one_of(strategies.none(), strategies.booleans(),
                          strategies.integers(-2**63, 2**63 - 1), strategies.text(),
                          strategies.floats(allow_nan=False, allow_infinity=False)),
        lambda inner: strategies.one_of(
            strategies.lists(inner, max_size=6),
            strategies.dictionaries(strategies.text(), inner, max_size=6)), max_leaves=20)
    _TEXTS = strategies.text('[]{}":,\\ut0189aedDfF.-+ \n\0\x1fnl\ud83d\u00fc', max_size=24)

    class TestProperties(unittest.TestCase):
        @hypothesis.given(_VALUES, strategies.booleans())
        def test_ways(self, value, for_state):
            """Both ways write the same, or refuse in the same way"""
            results = [attempt(way.write, value, for_state) for way in WAYS]
            self.assertEqual(results, results[:1] * len(WAYS))

        @hypothesis.given(_EXACT)
        def test_round_trip(self, value):
            """What is written is read again as it was, by json as well"""
            for way in WAYS:
                text = way.write(value, True)
                self.assertEqual(repr(json.loads(text)), repr(value))
                self.assertEqual(repr(way.read(text)), repr(value))

        @hypothesis.given(_EXACT)
        def test_foreign(self, value):
            """What json writes, with spaces and escapes, is read"""
            for text in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
                for way in WAYS:
                    self.assertEqual(repr(way.read(text.encode())), repr(value))

        @hypothesis.given(_TEXTS)
        def test_any_text(self, text):
            """Any text is read the same in both ways, and no text that json refuses"""
            data = text.encode('utf-8', 'surrogatepass')
            results = [repr(attempt(way.read, data)) for way in WAYS]
            self.assertEqual(results, results[:1] * len(WAYS))
            if results[0] != repr(ValueError):
                self.assertEqual(results[0], repr(json.loads(data)))

        @hypothesis.given(strategies.binary(max_size=40))
        def test_any_bytes(self, data):
            """Any bytes are read the same in both ways"""
            results = [repr(attempt(way.read, data)) for way in WAYS]
            self.assertEqual(results, results[:1] * len(WAYS))

        @hypothesis.given(_EXACT, strategies.data())
        def test_damaged(self, value, data):
            """A text with one byte changed is read the same in both ways"""
            text = bytearray(WAYS[-1].write(value))
            index = data.draw(strategies.integers(0, len(text) - 1))
            text[index] = data.draw(strategies.integers(0, 255))
            results = [repr(attempt(way.read, bytes(text))) for way in WAYS]
            self.assertEqual(results, results[:1] * len(WAYS))
