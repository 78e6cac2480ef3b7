# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's values as GVariant, and back."""

import enum
import fractions
import unittest

import qs_testing  # noqa: F401
from gi.overrides._qsource.values import from_variant, to_variant
from gi.repository import GLib, Qs


class Colour(enum.IntEnum):
    RED = 3


class Text(str):
    pass


class IndexOnly:
    def __index__(self):
        return 7


class TestValues(unittest.TestCase):
    def test_round_trip(self):
        """What JSON can hold comes back equal, and of the same type"""
        for value in (None, True, False, 0, -1, 2**31, 2**53 + 1, 2**63 - 1, -2**63, 2**63,
                      2**64 - 1, 0.0, -0.5, 1e300, '', 'text', 'ü\u2028\U0001f600', b'', b'\0\xff',
                      [], [1, 'a', None, [2.5]], {}, {'a': {'b': [None, b'z']}, '': 1}):
            with self.subTest(value=value):
                back = from_variant(to_variant(value))
                self.assertEqual(back, value)
                self.assertIs(type(back), type(value))

    def test_properties(self):
        """A property refuses a number or a boolean that PyGObject would change"""
        for name, value in (('max_restarts', 1.5), ('max_restarts', float('nan')), ('max_restarts', 2**40),
                            ('drain', 'false'), ('drain', 2), ('drain', []), ('commit_interval', '5')):
            with self.subTest(name=name, value=value):
                with self.assertRaisesRegex(TypeError, 'is an int, not|is True or False, not|could not convert'):
                    Qs.Application('embedded', **{name: value})
        app = Qs.Application('embedded', max_restarts=5.0, drain=1)
        with self.assertRaisesRegex(TypeError, "drain is True or False, not 'no'"):
            app.drain = 'no'
        self.assertEqual((app.max_restarts, app.drain), (5, True))

    def test_order(self):
        """A dictionary keeps its order"""
        names = [str(i) for i in range(50, 0, -1)]
        self.assertEqual(list(from_variant(to_variant(dict.fromkeys(names, 1)))), names)

    def test_relatives(self):
        """Subclasses and what acts like a number are taken as such"""
        for value, expected in ((Colour.RED, 3), (Text('x'), 'x'), (IndexOnly(), 7), ((1, 2), [1, 2]),
                                (bytearray(b'y'), b'y'), (memoryview(b'y'), b'y'),
                                (fractions.Fraction(1, 2), 0.5), (GLib.Bytes.new(b'g'), b'g')):
            with self.subTest(value=value):
                self.assertEqual(from_variant(to_variant(value)), expected)

    def test_variants(self):
        """A GLib.Variant is taken as it is, and any is read"""
        variant = GLib.Variant('(yqas)', (1, 2, ['a']))
        self.assertIs(to_variant(variant), variant)
        self.assertEqual(from_variant(variant), (1, 2, ['a']))
        self.assertEqual(from_variant(GLib.Variant('a{us}', {1: 'a'})), {1: 'a'})
        self.assertEqual(from_variant(GLib.Variant('mms', None)), None)

    def test_refused(self):
        """What cannot be a value is named"""
        for value, error, text in ((2**64, OverflowError, '18446744073709551616'),
                                   (object(), TypeError, 'object'),
                                   ({1: 2}, TypeError, 'the key 1'),
                                   ([{'a': {1, 2}}], TypeError, 'set')):
            with self.subTest(value=value), self.assertRaisesRegex(error, text):
                to_variant(value)
