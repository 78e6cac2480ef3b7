# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources with a state, in Python."""

import datetime
import tempfile

from qs_testing import ThreadCase  # first: it names the version
from gi.repository import GLib, Qs


class Calls(Qs.StatefulSource):
    def __init__(self, what):
        super().__init__(name='calls')
        self.what = what

    def run(self):
        self.what(self)


class TestState(ThreadCase):
    def setUp(self):
        super().setUp()
        scratch = tempfile.TemporaryDirectory(prefix='qsource-state-')
        self.addCleanup(scratch.cleanup)
        self.app.state_dir = scratch.name

    def run_all(self, *functions):
        """Runs each as a source's run(), one after another."""
        source = Calls(None)
        self.app.add_source(source)
        for source.what in functions:
            self.app.run()
        return source

    def test_mapping(self):
        """The state is a mapping of plain values"""
        def run(source):
            state = source.state
            state['a'] = {'x': [1, None, 2.5, 'ü', True]}
            state.set('b', 2**53 + 1)
            self.assertEqual(state['a'], {'x': [1, None, 2.5, 'ü', True]})
            self.assertEqual(state.get('b'), 2**53 + 1)
            self.assertEqual((state.get('c'), state.get('c', 7)), (None, 7))
            self.assertEqual(('b' in state, 'c' in state, state.exists('b')), (True, False, True))
            self.assertEqual((list(state), state.keys('b'), len(state)), (['a', 'b'], ['b'], 2))
            self.assertEqual(dict(state.items())['b'], 2**53 + 1)
            del state['a']
            state.delete('b')
            with self.assertRaises(KeyError):
                state['a']
            with self.assertRaises(KeyError):
                del state['a']
            state.set_bytes('raw', b'\0\1')
            self.assertEqual((state.get_bytes('raw'), state.get_bytes('c', b'z')), (b'\0\1', b'z'))
            with self.assertRaisesRegex(TypeError, r"state\['bytes'\].* set_bytes\(\)"):
                state['bytes'] = b'x'
            with self.assertRaisesRegex(TypeError, r"state\['object'\].* of type object"):
                state['object'] = object()
            with self.assertRaisesRegex(GLib.Error, 'get_bytes'):
                state['raw']
            with self.assertRaisesRegex(AttributeError, r"write state\['current'\]"):
                state.current = 5
            self.assertEqual(state.keys(), ['raw'])
            state.set('ttl', 1, datetime.timedelta(hours=1))
            state.set_with_ttl('ttl', 'x', 3600)
            self.assertEqual(state.get_with_fallback('ttl', 'y'), 'x')
            state['null'] = None
            self.assertTrue('null' in state)

        self.run_all(run)

    def test_exact_keys(self):
        """Keys are exact, with NUL too, and stay apart; others than text are refused"""
        def run(source):
            state = source.state
            keys = ['k', 'k\0', 'k\0one', 'k\0two', '', 'ü\u2028', '"\\/', '\x1f\x7f']
            for number, key in enumerate(keys):
                state[key] = number
            self.assertEqual([state[key] for key in keys], list(range(len(keys))))
            self.assertEqual(state.keys(), sorted(keys))
            self.assertEqual(state.keys('k\0'), ['k\0', 'k\0one', 'k\0two'])
            del state['k\0']
            self.assertNotIn('k\0', state)
            self.assertIn('k', state)
            for key in (5, b'k', None, ('k',)):
                for call in (state.get, state.delete, state.set_bytes, state.__getitem__,
                             lambda key: state.set(key, 1), lambda key: key in state):
                    with self.assertRaises(TypeError):
                        call(key) if call != state.set_bytes else call(key, b'')
            with self.assertRaisesRegex(ValueError, 'surrogate'):
                state['\ud83d'] = 1

        self.run_all(run)

    def test_expiry(self):
        """A time to live is a number of seconds or a timedelta"""
        def run(source):
            state = source.state
            for ttl in (3600, 0.5, datetime.timedelta(hours=1), None):
                state.set('ttl', 1, ttl)
                state.set('ttl', 1, ttl=ttl)
                state.set_bytes('ttl', b'1', ttl)
            for ttl, error in (('1', TypeError), (-5, ValueError), (float('nan'), ValueError),
                               (True, TypeError)):
                with self.assertRaisesRegex(error, 'ttl'):
                    state.set('ttl', 1, ttl)
            with self.assertRaises(TypeError):
                state.set('ttl')
            with self.assertRaises(TypeError):
                state.set('ttl', 1, tttl=1)

        self.run_all(run)

    def test_lasts(self):
        """A state is there again in the next run, when it was flushed"""
        seen = []

        def run(source):
            seen.append(source.state.get('n', 0))
            source.state['n'] = source.state.get('n', 0) + 1
            source.produce(value='x')

        self.run_all(run, run, run)
        self.assertEqual(seen, [0, 1, 2])

    def test_ends_with_flush(self):
        """An old state is refused after a flush; source.state is always a new one"""
        def run(source):
            state = source.state
            state['a'] = 1
            source.flush()
            with self.assertRaises(GLib.Error) as caught:
                state['a']
            self.assertTrue(caught.exception.matches(Qs.state_error_quark(), Qs.StateError.INVALID))
            self.assertEqual(source.state['a'], 1)

        self.run_all(run)

    def test_own_flush(self):
        """A flush() of one's own commits, by its super() call"""
        seen = []

        class Own(Calls):
            def flush(self, timeout=None):
                seen.append('flush')
                super().flush(timeout)

        source = Own(None)
        self.app.add_source(source)
        source.what = lambda source: source.state.set('a', 1)
        self.app.run()
        source.what = lambda source: seen.append(source.state.get('a'))
        self.app.run()
        self.assertIn(1, seen)

    def test_partitions(self):
        """Properties are attributes"""
        source = Calls(None)
        self.assertEqual((source.n_partitions, source.store_name), (1, 'source-calls'))


