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


# Of Kafka's protocol.
TXN_OFFSET_COMMIT = 28
ILLEGAL_GENERATION = 22


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

    def test_whole_record(self):
        """The key and the value of a record are what was written, more than a GVariant holds"""
        deep = [1]
        for _ in range(100):
            deep = [deep]

        class Texts(Qs.Source):
            def run(self):
                self.produce(self.serialize(key='a\0b', value=['c\0d', deep]))
                self.produce(key='', value='[]')
                self.produce(value='[]')

        seen = []
        topic = Qs.Topic('texts', key_serializer='string')
        self.app.drain = True
        self.app.dataframe(topic=topic, source=Texts('texts')).update(
            lambda value, record: seen.append((record.key, record.value, value == record.value)))
        self.app.run()
        self.assertEqual(seen, [('a\0b', ['c\0d', deep], True), ('', [], True), (None, [], True)])

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


class TestBranches(ThreadCase):
    """One dataframe, many branches; each test runs on ten records {'i': 0} … {'i': 9}."""

    def setUp(self):
        super().setUp()
        self.app.auto_offset_reset = 'earliest'
        self.app.drain = True
        self.frame = self.app.dataframe(source=Numbers('numbers'))
        self.seen = []

    def run_all(self, **arguments):
        result = self.app.run(**arguments)
        return result if arguments else self.seen

    def test_branches(self):
        """What one branch drops is there in the others, and a change in one is nothing to them"""
        other = []
        self.frame.filter(lambda v: v['i'] > 7).update(lambda v: v.clear()).sink(self.seen.append)
        self.frame.sink(other.append)
        self.run_all()
        self.assertEqual((self.seen, other), ([{}, {}], [{'i': i} for i in range(10)]))

    def test_diamond(self):
        """Branches that are joined give a record twice"""
        small = self.frame.filter(lambda v: v['i'] < 1)
        named = self.frame.apply(lambda v: v['i']).filter(lambda v: v < 2)
        small.concat(named).sink(self.seen.append)
        self.assertEqual(self.run_all(), [{'i': 0}, 0, 1])

    def test_two_frames(self):
        """A topic has two dataframes; concat() joins them"""
        second = self.app.dataframe(self.frame.topic)
        both = self.frame.concat(second).filter(lambda v: v['i'] == 4).sink(self.seen.append)
        self.assertIs(both.get_topic(), self.frame.topic)
        self.assertEqual(len(both.topics), 2)
        self.assertEqual(self.run_all(), [{'i': 4}] * 2)

    def test_values_as_they_are(self):
        """Tuples stay tuples, objects stay themselves, a change in a filter shows"""
        marker = object()

        def keep(value):
            value[1].append(marker)
            return True

        self.frame.apply(lambda v: (v['i'], [])).filter(keep).sink(self.seen.append)
        self.assertEqual(self.run_all()[3], (3, [marker]))

    def test_metadata(self):
        """metadata=True gives value, key, timestamp and headers"""
        self.frame.apply(lambda *given: given, metadata=True).sink(self.seen.append)
        value, key, timestamp, headers = self.run_all()[2]
        self.assertEqual((value, key, headers), ({'i': 2}, b'2', [('h', b'x')]))
        self.assertGreater(timestamp, 0)

    def test_only_required(self):
        """A default parameter is the function's own"""
        self.frame.apply(lambda v, factor=10: v['i'] * factor).sink(self.seen.append)
        self.assertEqual(self.run_all(), [i * 10 for i in range(10)])

    def test_columns(self):
        """Columns are read, compared, joined and set"""
        frame = self.frame
        frame['c'] = frame['i'] * 2 + 1
        frame['odd'] = frame['i'].apply(lambda i: i % 2 == 1)
        frame['k'] = 'constant'
        frame['late'] = frame.apply(lambda v: v['c'] > 15)
        kept = frame[(frame['i'] > 3) & ~frame['i'].isin([5, 6]) | (frame['c'] == 1)]
        kept[['i', 'c', 'odd', 'late']].sink(self.seen.append)
        self.assertEqual(self.run_all(), [
            {'i': i, 'c': 2 * i + 1, 'odd': i % 2 == 1, 'late': i == 8 or i == 9}
            for i in (0, 4, 7, 8, 9)])

    def test_column_lazy(self):
        """& looks at its right side only if it must, and a missing column is told"""
        frame = self.frame
        frame[frame.contains('x') & (frame['x'] > 1)].sink(self.seen.append)
        self.assertEqual(self.run_all(), [])
        frame[frame['nowhere'] > 1].sink(self.seen.append)
        with self.assertRaisesRegex(GLib.Error, "no column 'nowhere'"):
            self.app.run()

    def test_helpers(self):
        """drop, fill, expand, set_headers, set_timestamp"""
        frame = self.frame.fill('n', z=1).drop(['n'])
        frame = frame.apply(lambda v: [v['i'], v['z']], expand=True)
        frame = frame.set_headers(lambda value, key, timestamp, headers: [('x', b'y')])
        frame.set_timestamp(lambda value, *_: 1000 + value).apply(
            lambda *given: given, metadata=True).sink(self.seen.append)
        self.assertEqual(self.run_all()[2:4], [(1, b'1', 1001, [('x', b'y')]),
                                               (1, b'1', 1001, [('x', b'y')])])

    def test_to_topic(self):
        """to_topic() keeps key and headers, or makes a key; null keys and tombstones stay"""
        self.frame.to_topic('same')
        self.frame.apply(lambda v: v['i']).to_topic('keyed', key=lambda v: f'k{v}')
        self.run_all()
        broker = self.app.embedded_broker
        first = broker.dup_messages('same')[3]
        self.assertEqual((first.key, first.value, first.headers['h']), (b'3', b'{"i":3}', b'x'))
        self.assertEqual([(m.key, m.value) for m in broker.dup_messages('keyed')][3], (b'k3', b'3'))

    def test_refused(self):
        """What can't work fails where it is given"""
        async def later(value):
            return value

        def generate(value):
            yield value

        frame = self.frame
        for wrong in (lambda: frame.apply(5), lambda: frame.apply(lambda: 1),
                      lambda: frame.apply(later), lambda: frame.apply(generate),
                      lambda: frame.filter(lambda a, b, c: a), lambda: frame.sink(object()),
                      lambda: frame.apply(lambda a: a, metadata=True),
                      lambda: frame.to_topic(3), lambda: frame.drop(3), lambda: frame[3],
                      lambda: frame.concat(frame), lambda: bool(frame), lambda: bool(frame['a']),
                      lambda: frame['a'] + self.app.dataframe('t')['a']):
            self.assertRaises(TypeError, wrong)
        self.assertRaises(ValueError, frame.fill)
        self.assertRaises(NotImplementedError, getattr, frame, 'tumbling_window')
        self.assertRaises(NotImplementedError, frame.apply, len, stateful=True)

    def test_returned_coroutine(self):
        """A coroutine that a step returns is a failure, and so is a generator"""
        async def later():
            pass

        for function in (lambda v: later(), lambda v: (i for i in v)):
            for method in 'apply', 'filter', 'update', 'sink':
                with self.subTest(method=method):
                    self.setUp()
                    getattr(self.frame, method)(function)
                    with self.assertRaisesRegex(GLib.Error, r'step 1 .* returned a'):
                        self.app.run()

    def test_ignored(self):
        """An error that is ignored ends its branch only"""
        self.app.connect('processing-error', lambda app, record, error: self.errors.append(
            (record.offset, error.message)) or True)
        self.errors = []
        self.frame.apply(lambda v: 1 / v['i']).sink(lambda v: None)
        self.frame.sink(self.seen.append)
        self.assertEqual(len(self.run_all()), 10)
        self.assertEqual(self.errors[0][0], 0)
        self.assertRegex(self.errors[0][1], r"offset 0 in step 1 \(apply\): ZeroDivisionError")

    def test_unreadable(self):
        """What can't be read is a consumer error"""
        told = []
        self.app.connect('consumer-error', lambda app, message, error: told.append(
            (message.offset, error.message)) or True)
        topic = self.app.topic(self.frame.topic.name, value_deserializer='int')
        self.app.dataframe(topic).sink(self.seen.append)
        self.frame.sink(self.seen.append)
        self.assertEqual(len(self.run_all()), 10)
        self.assertEqual(len(told), 10)
        self.assertRegex(told[0][1], 'Cannot deserialize .*offset 0')

    def test_rows(self):
        """run() returns what came out, with metadata if that is wanted"""
        self.frame.filter(lambda v: v['i'] > 5).apply(lambda v: v['i'])
        self.assertEqual(self.app.run(count=2), [{'_value': 6}, {'_value': 7}])
        rows = self.app.run(count=1, metadata=True)
        self.assertEqual((rows[0]['_value'], rows[0]['_key'], rows[0]['_offset']), (8, b'8', 8))
        self.assertEqual(self.app.run(timeout=0.2, collect=False), True)

    def test_collect(self):
        """With collect, dup_rows() has the rows of any run, and none of a run without it"""
        self.frame.filter(lambda v: v['i'] == 3).apply(lambda v: (v['i'], {1}))
        self.app.collect = True
        self.assertIs(self.app.run(), True)
        self.assertEqual(self.app.dup_rows(), [{'_value': (3, {1})}])
        self.assertEqual(self.app.dup_rows(metadata=True)[0]['_offset'], 3)
        self.app.collect = False
        self.app.run()
        self.assertEqual(self.app.dup_rows(), [])

    def test_rows_of_aborted(self):
        """What a transaction undoes is returned once, when it was done again"""
        self.app.processing_guarantee = 'exactly-once'
        self.app.commit_interval = 3600
        calls = []

        def look(value):
            calls.append(value['i'])
            if calls == list(range(10)):
                self.app.embedded_broker.push_error(TXN_OFFSET_COMMIT, [ILLEGAL_GENERATION])
        self.frame.update(look).to_topic('copy')
        self.assertEqual(self.app.run(timeout=60), [{'i': i} for i in range(10)])
        self.assertEqual(calls, [*range(10), *range(10)])

    def test_rows_of_failed(self):
        """What came out of a record that fails is no row, one whose failure is ignored is"""
        self.app.connect('processing-error', lambda app, record, error: record.offset == 1)
        self.frame.apply(lambda v: v['i'])
        self.frame.apply(lambda v: 1 / (v['i'] - 1) / (v['i'] - 3))
        self.app.collect = True
        with self.assertRaises(ZeroDivisionError):
            self.app.run()
        values = [row['_value'] for row in self.app.dup_rows()]
        self.assertEqual(values, [0, 1 / 3, 1, 2, -1.0])

    def test_idle(self):
        """timeout is the time without a record"""
        self.app.drain = False
        self.frame.sink(self.seen.append)
        begin = time.monotonic()
        self.assertEqual(len(self.app.run(timeout=3)), 10)
        self.assertLess(time.monotonic() - begin, 20)

    def test_sink_object(self):
        """An object gets batches before they are committed, again when it takes none"""
        class Sink:
            def __init__(self):
                self.calls = []

            def write(self, batch):
                self.calls.append([item.value['i'] for item in batch])
                if len(self.calls) == 1:
                    raise Qs.SinkBackpressureError(retry_after=0.1)

        sink = Sink()
        self.frame.sink(sink)
        self.run_all()
        self.assertEqual(sum(sink.calls[1:], []), list(range(10)))
        self.assertEqual(sink.calls[0], sink.calls[1])

    def test_sink_fails(self):
        """A batch that can't be written ends run(), and comes again"""
        class Sink:
            fails = True
            got = []

            def write(self, batch):
                if self.fails:
                    raise OSError('the database is away')
                self.got += [item.value['i'] for item in batch]

        sink = Sink()
        self.frame.sink(sink)
        with self.assertRaisesRegex(GLib.Error, 'the database is away'):
            self.app.run()
        sink.fails = False
        self.app.run()
        self.assertEqual(sink.got[:10], list(range(10)))


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


    def test_table(self):
        """A table that is not full is printed, too, before its records are committed"""
        result = self.run_program('''
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Seven(Qs.Source):
    def run(self):
        for i in range(7):
            self.produce(value=self.serialize(value={'n': i}).value)

app = Qs.Application('embedded', auto_offset_reset='earliest', drain=True, run_timeout=30)
app.dataframe(source=Seven(name='seven')).print_table(size=5, title='T', metadata=False)
app.run()
''')
        self.assertEqual(result.status, 0, result.err)
        table = 'T\nn\n0\n1\n2\n3\n4\nT\nn\n5\n6\n'
        self.assertEqual(result.out.replace(' ', ''), table)


class TestOutput(ProgramCase):
    """An output that fails, or that nobody reads."""

    PROGRAM = '''
import select, sys
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
last = -1
def stop_when_held_up():
    global last
    if done == last and not select.select([], [sys.stdout], [], 0)[1]:
        app.stop()
    last = done
    return True
if 'stop' in sys.argv:
    GLib.timeout_add(500, stop_when_held_up)
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

    def test_little(self):
        """So does a little, which is written when the offsets are committed only"""
        path = self.write(self.PROGRAM.replace('20000', '10').replace('0.05', '60'))
        with open('/dev/full', 'w') as full:
            done = subprocess.run([sys.executable, path], stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertRegex(done.stderr, 'failed .*standard output: No space left')

    def test_flush(self):
        """A sink that fails once to write what it has collected ends run() with that"""
        text = self.PROGRAM.replace('20000', '10').replace('0.05', '60')
        frame = "app.dataframe(source=Lines(name='lines'), topic=topic)"
        self.assertIn(f'{frame}.print()', text)
        path = self.write(text.replace(f'{frame}.print()', f"""frame = {frame}
calls = []
def flush():
    calls.append(1)
    if len(calls) == 1:
        raise OSError('the disk is full')
frame.set_flush_func(flush)
"""))
        done = subprocess.run([sys.executable, path], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        self.assertRegex(done.stderr, 'failed .*the disk is full|OSError: the disk is full')

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
