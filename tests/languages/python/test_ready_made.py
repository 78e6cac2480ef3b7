# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources by the name of their type, with properties as texts and as values."""

import unittest

from qs_testing import ProgramCase  # first: it names the version
from gi.repository import GLib, Qs

REFUSED = {  # the properties, and what the error must say
    'unknown': ({'pth': 'x'}, "No property 'pth' in a source of type 'file'; did you mean 'path'?"),
    'read-only': ({'running': True}, 'it is read-only'),
    'boolean': ({'follow': 'maybe'}, "'maybe' is not a value of 'follow': it is true or false"),
    'enumeration': ({'key': 'nam'}, "one of path, name, none; did you mean 'name'?"),
    'below': ({'rotate-wait': -1}, "'rotate-wait': it is a number from 0 to 86400"),
    'above': ({'max-line-length': 1 << 31}, 'from 1 to 1073741824'),
    'no number': ({'max-line-length': '1k'}, 'it is an integer'),
    'half a number': ({'rotate-wait': '1 s'}, 'it is a number'),
    'no list': ({'path': 3}, 'it is a list of strings'),
}


class TestReadyMade(ProgramCase):
    def test_values(self):
        """A property takes its own type, and a text that says it"""
        for values in ({'path': ['a'], 'follow': False, 'key': 'none', 'rotate-wait': 3},
                       {'path': 'a', 'follow': 'no', 'key': 'none', 'rotate-wait': '3'}):
            source = Qs.source_make('file', 'name', values)
            self.assertEqual((source.path, source.follow, source.key, source.rotate_wait),
                             (['a'], False, Qs.FileKey.NONE, 3))
            self.assertEqual(source.name, 'name')
        self.assertEqual(Qs.source_make('file').name, 'file')
        self.assertEqual(Qs.source_make('QsFileSource', 'x', from_='end').from_, Qs.FileStart.END)
        topic = Qs.source_make('file', dead_letter_topic='letters').dead_letter_topic
        self.assertEqual(topic.name, 'letters')

    def test_refused(self):
        """What doesn't fit is an error that says what would"""
        for what, (values, text) in REFUSED.items():
            with self.subTest(what), self.assertRaises(GLib.Error) as caught:
                Qs.source_make('file', 'x', values)
            self.assertIn(text, caught.exception.message)
            self.assertTrue(caught.exception.matches(Qs.source_error_quark(),
                                                     Qs.SourceError.INVALID_PROPERTY))

    def test_types(self):
        """A type that isn't there is an error that names the nearest; any class is a type"""
        with self.assertRaises(GLib.Error) as caught:
            Qs.source_make('fiel')
        self.assertIn("did you mean 'file'?", caught.exception.message)
        for name, text in (('QsStatefulSource', 'abstract'), ('QsTopic', 'must derive')):
            with self.assertRaises(GLib.Error) as caught:
                Qs.source_make(name)
            self.assertIn(text, caught.exception.message)

        class Own(Qs.Source):
            pass
        self.assertIsInstance(Qs.source_make(Own.__gtype__.name, 'x'), Own)


if __name__ == '__main__':
    unittest.main()
