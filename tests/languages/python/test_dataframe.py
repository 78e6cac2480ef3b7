# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dataframes in Python."""

import os
import re
import subprocess
import sys
import time
import unittest.mock

from qs_testing import ProgramCase, ThreadCase  # first: it names the version
from gi.repository import GLib, Qs


class Numbers(Qs.Source):
    def run(self):
        for i in range(10):
            message = self.serialize(key=str(i), value={'i': i})
            self.produce(key=message.key, value=message.value, headers={'h': 'x'})


class TestDataframe(ThreadCase):
    def setUp(self):
        super().setUp()
        self.app.auto_offset_reset = 'earliest'

    def run_frame(self, add_steps, count=10):
        add_steps(self.app.dataframe(source=Numbers('numbers')))
        self.app.run(count=count)

    def test_steps(self):
        """apply, filter, update and sink take functions of plain values"""
        seen = []
        self.run_frame(lambda frame: frame.filter(lambda value: value['i'] % 2)
                       .apply(lambda value: {**value, 'square': value['i'] ** 2})
                       .update(lambda value: value.pop('i'))
                       .sink(seen.append), count=5)
        self.assertEqual(seen, [{'square': i * i} for i in (1, 3, 5, 7, 9)])

    def test_record(self):
        """A function of two arguments gets the record, too"""
        seen = []
        self.run_frame(lambda frame: frame.sink(lambda value, record: seen.append(
            (record.key, value['i'], record.headers['h'], record.offset))))
        self.assertEqual(seen[3], (b'3', 3, b'x', 3))

    def test_none(self):
        """None is a value for apply(), but no verdict for filter()"""
        seen = []
        self.run_frame(lambda frame: frame.apply(lambda value: None).sink(seen.append))
        self.assertEqual(seen, [None] * 10)
        self.setUp()
        with self.assertRaisesRegex(GLib.Error, 'filter.. returned None'):
            self.run_frame(lambda frame: frame.filter(lambda value: None))

    def test_error(self):
        """What a function raises is the cause of run()'s error"""
        def divide(value):
            return 1 / value['i']

        with self.assertRaises(GLib.Error) as caught:
            self.run_frame(lambda frame: frame.apply(divide))
        self.assertIn('ZeroDivisionError: division by zero', caught.exception.message)
        self.assertIsInstance(caught.exception.__cause__, ZeroDivisionError)

    def test_called_once(self):
        """A function that raises is called once for its record"""
        for method in 'apply', 'filter', 'sink', 'update':
            with self.subTest(method=method):
                self.setUp()
                function = unittest.mock.Mock(side_effect=ValueError('once'))
                with self.assertRaisesRegex(GLib.Error, 'once'):
                    self.run_frame(lambda frame: getattr(frame, method)(function))
                self.assertEqual(function.call_count, 1)

    def test_exit(self):
        """SystemExit and KeyboardInterrupt come out of run() as they are"""
        for exception in SystemExit(3), KeyboardInterrupt():
            with self.subTest(exception=exception):
                self.setUp()
                with self.assertRaises(type(exception)) as caught:
                    self.run_frame(lambda frame: frame.sink(
                        unittest.mock.Mock(side_effect=exception)))
                self.assertIs(caught.exception, exception)

    def test_to_topic(self):
        """to_topic() takes a name"""
        self.run_frame(lambda frame: frame.apply(lambda value: value['i']).to_topic('out'))
        self.assertEqual([message.value for message in
                          self.app.embedded_broker.dup_messages('out')],
                         [str(i).encode() for i in range(10)])

    def test_neither(self):
        """Neither a topic nor a source is an error"""
        with self.assertRaises(GLib.Error):
            self.app.dataframe()


class TestPrint(ProgramCase):
    def test_print(self):
        """print() has its own name, and prints with metadata"""
        result = self.run_program('''
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class One(Qs.Source):
    def run(self):
        self.produce(key='k', value=self.serialize(value={'a': [1]}).value)

app = Qs.Application('embedded', auto_offset_reset='earliest')
app.dataframe(source=One(name='one')).print(metadata=True)
app.run(count=1, timeout=30)
''')
        self.assertEqual(result.status, 0, result.err)
        self.assertIn('{"a":[1]}', result.out)
        self.assertIn('source__one', result.out)


class TestOutput(ProgramCase):
    """An output that fails, or that nobody reads."""

    PROGRAM = '''
import sys
import gi
gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

class Lines(Qs.Source):
    def run(self):
        for i in range(20000):
            if not self.running:
                return
            self.produce(value=self.serialize(value='x' * 100).value)

app = Qs.Application('embedded', commit_interval=0.05, run_timeout=30, drain=True)
topic = app.topic('source__lines')
app.dataframe(source=Lines(name='lines'), topic=topic).print()
done = 0
def count(*_):
    global done
    done += 1
app.connect('message-processed', count)
if 'stop' in sys.argv:
    GLib.timeout_add(1500, app.stop)
try:
    app.run()
    print('done', done, file=sys.stderr)
except GLib.Error as error:
    print('failed', error.message, file=sys.stderr)
'''

    def run_into(self, output, *arguments):
        path = self.write(self.PROGRAM)
        done = subprocess.run([sys.executable, path, *arguments], stdin=subprocess.DEVNULL,
                              stdout=output, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_full(self):
        """What a full disk doesn't take ends run() with an error"""
        with open('/dev/full', 'w') as full:
            self.assertRegex(self.run_into(full), 'failed .*standard output: No space left')

    def test_closed(self):
        """What a closed pipe doesn't take does so, too"""
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, 'w') as pipe:
            self.assertRegex(self.run_into(pipe), 'failed .*standard output: Broken pipe')

    def test_unread(self):
        """A pipe that nobody reads holds up the records, but not stop()"""
        reading, writing = os.pipe()
        with open(reading), open(writing, 'w') as pipe:
            begin = time.monotonic()
            text = self.run_into(pipe, 'stop')
            self.assertLess(time.monotonic() - begin, 25)
        self.assertIn('Records will be read again', text)
        self.assertLess(int(re.search(r'^done (\d+)', text, re.M)[1]), 20000)

    def test_file(self):
        """A file gets each record once"""
        path = self.directory / 'out'
        with open(path, 'w') as file:
            self.assertIn('done 20000', self.run_into(file))
        self.assertEqual(len(path.read_text().splitlines()), 20000)
