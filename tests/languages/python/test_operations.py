# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dead letters, statistics and the control of single sources in Python."""

import unittest

from qs_testing import ThreadCase

import gi

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs


class Mixed(Qs.Source):
    """Produces what can be serialized and what can't, in every way that there is."""

    def do_run(self):
        self.produce(value=self.serialize(value='good').value)
        message = self.serialize(key='k', value={1, 2})     # no type of GVariant
        self.produce(value=message.value, key=message.key)
        self.produce(self.serialize(value=b'bytes'))        # no type of JSON
        self.produce_value(value=object())
        self.produce_value(value=b'bytes')
        self.produce(Qs.Message.new_rejected(None, GLib.Bytes.new(b'raw'), None, 0, 'not a line'))
        self.produce(value=self.serialize(value='good').value)


class Counter(Qs.Source):
    def do_run(self):
        while self.wait(0.002):
            self.produce(value='x')


class TestDeadLetters(ThreadCase):
    def test_dead_letter(self):
        """Whatever can't be serialized is a dead letter, and nothing comes to the topic"""
        source = Mixed('mixed', errors='dead-letter', dead_letter_topic='graveyard')
        self.assertEqual([message.value for message in self.run_source(source)], [b'"good"'] * 2)
        letters = self.messages(source.dead_letter_topic)
        self.assertEqual(len(letters), 5)
        self.assertEqual(letters[0].value, b'{1, 2}')
        self.assertEqual(letters[1].value, b'bytes')
        self.assertEqual(letters[4].value, b'raw')
        self.assertEqual(letters[4].headers['__qsource.errors.error.message'], b'not a line')
        self.assertEqual(letters[1].headers['__qsource.errors.value.format'], b'bytes')
        self.assertEqual(source.stats.n_dead_letters, 5)
        self.assertEqual(source.stats.n_acknowledged, 2)

    def test_skip(self):
        """What is skipped is counted"""
        source = Mixed('mixed', errors='skip')
        self.assertEqual(len(self.run_source(source)), 2)
        self.assertEqual(source.stats.n_skipped, 5)

    def test_fail(self):
        """By default, each is an exception"""
        self.assertIn('TypeError', self.fail_source(Mixed('mixed')))

    def test_unknown(self):
        """What isn't known is refused"""
        with self.assertRaises(ValueError):
            Mixed('mixed', errors='ignore')


class Raises:
    """Whatever it is asked."""

    def __getattr__(self, name):
        raise LookupError(name)

    def __repr__(self):
        raise LookupError('repr')


class NoClass:
    @property
    def __class__(self):
        raise LookupError('class')


class OddDict(dict):
    def items(self):
        raise LookupError('items')

    __iter__ = keys = items


class TestHostile(ThreadCase):
    def test_dead_letters(self):
        """Values that raise whatever they are asked are dead letters in each place of a record"""
        itself = []
        itself.append(itself)
        bad = [object(), Raises(), NoClass(), OddDict(a=1), itself, '\ud800', {'a': Raises()},
               {Raises(): 1}, 2**70, {1: 2}, len, (i for i in [1])]

        class Odd(Qs.Source):
            def run(self):
                for value in bad:
                    self.produce(self.serialize(key='k', value=value))
                    self.produce(self.serialize(key=value, value=1))
                    self.produce(self.serialize(value=1, headers={'h': value}))
                    self.produce(key='k', value=value)
                    self.produce(key=value, value='x')
                    self.produce(value='x', headers={'h': value})
                    self.produce(value='x', headers=[('h', value)])
                    self.produce(value='x', headers=iter([('h', value)]))
                    self.produce(value='x', timestamp=value)
                    self.produce_value('k', value)
                self.produce(value='good')

        source = Odd('odd', errors='dead-letter')
        self.assertEqual([message.value for message in self.run_source(source)], [b'good'])
        self.assertEqual(source.stats.n_dead_letters, 10 * len(bad))


class TestControl(ThreadCase):
    def test_stats_and_stop(self):
        """Statistics are told as they change; a single source is paused, resumed and stopped"""
        source = Counter('counter')
        self.app.add_source(source)
        story = []

        def stats_cb(app, emitter, stats):
            self.assertEqual(stats.unpack()['n-acknowledged'], emitter.stats.n_acknowledged)
            if emitter.stats.n_acknowledged > 0 and not story:
                story.append('pause')
                app.pause_source(emitter)

        def status_cb(emitter, _pspec):
            if emitter.status == Qs.SourceStatus.PAUSED:
                story.append('paused')
                self.app.resume_source(emitter)
            elif emitter.status == Qs.SourceStatus.RUNNING and 'paused' in story:
                story.append('resumed')
                self.app.stop_source(emitter)

        self.app.connect('source-stats', stats_cb)
        source.connect('notify::status', status_cb)
        self.app.run()
        self.assertEqual(story, ['pause', 'paused', 'resumed'])
        self.assertEqual(source.status, Qs.SourceStatus.FINISHED)

    def test_not_running(self):
        """What can't be done now is an exception"""
        source = Counter('counter')
        self.app.add_source(source)
        with self.assertRaises(GLib.Error) as caught:
            self.app.pause_source(source)
        self.assertTrue(caught.exception.matches(Qs.application_error_quark(),
                                                 Qs.ApplicationError.NOT_RUNNING))


if __name__ == '__main__':
    unittest.main()
