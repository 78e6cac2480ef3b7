# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs in the manner of Quix Streams run with their imports changed, and
what they write has the same bytes."""

import datetime
import multiprocessing
import tempfile
import time

from qs_testing import ProgramCase, ThreadCase  # first: it names the version
from gi.repository import GLib, Qs

IMPORTS = '''
import gi
gi.require_version('Qs', '1')
from gi.repository.Qs import Application, Source, StatefulSource, TopicConfig
'''


class Producer:
    """What stands for a producer in a test."""

    def __init__(self, left=0):
        self.records = []
        self.left = left

    def produce(self, **record):
        self.records.append(record)

    def flush(self, timeout=None):
        return self.left


class TestAuthors(ThreadCase):
    """What authors of Quix Streams' sources are used to"""

    def values(self, source, **properties):
        app = Qs.Application('embedded', isolation='thread', run_timeout=30, **properties)
        topic = app.add_source(source)
        app.run()
        return [int(message.value) for message in app.embedded_broker.dup_messages(topic)]

    def test_running(self):
        """_running is there in setup(), and stops the source when it is set"""
        class Three(Qs.Source):
            _running = False

            def __init__(self, name):
                self._running = False
                super().__init__(name)

            def setup(self):
                self.seen = [self._running, self.running]

            def run(self):
                for i in range(9):
                    if not self.running:
                        return
                    self._producer.produce(topic=self._producer_topic.name, key='k', value=str(i))
                    self._running = i < 2

        source = Three('three')
        self.assertEqual((source._running, source.running), (False, False))
        self.assertEqual(self.values(source), [0, 1, 2])
        self.assertEqual(source.seen, [True, True])
        self.assertFalse(source._running)

    def test_base_source(self):
        """A BaseSource without a name, with a _running of its own"""
        class Numbers(Qs.BaseSource):
            def __init__(self):
                super().__init__()
                self._running = False

            def start(self):
                self._running = True
                for i in range(3):
                    message = self._producer_topic.serialize(value=i)
                    self._producer.produce(self._producer_topic.name, message.value, message.key)
                self._producer.flush()

            def stop(self):
                self._running = False

            def default_topic(self):
                return Qs.Topic('numbers', value_deserializer='json')

        self.assertEqual(self.values(Numbers()), [0, 1, 2])

    def test_alone(self):
        """configure() with what stands for a producer, then start()"""
        class Two(Qs.Source):
            def run(self):
                for i in range(2):
                    assert self.running and self.producer is not None
                    message = self.serialize(key='k', value=i)
                    self.produce(key=message.key, value=message.value, timestamp=5)

        source, producer = Two('two'), Producer()
        source.configure(topic=Qs.Topic('t'), producer=producer)
        source.start()
        self.assertEqual(producer.records, [
            {'topic': 't', 'key': b'k', 'value': value, 'timestamp': 5, 'headers': None,
             'partition': None, 'poll_timeout': 30.0, 'buffer_error_max_tries': 10}
            for value in (b'0', b'1')])
        source.configure(Qs.Topic('t'), Producer(left=1))
        with self.assertRaises(TimeoutError):
            source.start()
        with self.assertRaisesRegex(TypeError, 'has no produce'):
            source.configure(Qs.Topic('t'), object())

    def test_multiprocessing(self):
        """What is shared by multiprocessing is refused, unless sources run in threads"""
        class Shared(Qs.Source):
            def __init__(self, name, shared):
                super().__init__(name)
                self.shared = shared

            def run(self):
                pass

        for shared in (multiprocessing.Queue(), multiprocessing.Event(), multiprocessing.Lock(),
                       multiprocessing.Value('i', 0), multiprocessing.Pipe()[0]):
            for method in 'add_source', 'dataframe':
                add = getattr(Qs.Application('embedded'), method)
                with self.assertRaisesRegex(TypeError, "shared of source 's'.*thread"):
                    add(source=Shared('s', shared))
        Qs.Application('embedded', isolation='thread').add_source(Shared('s', shared))


class TestDataframes(ThreadCase):
    """What those who wrote dataframes for Quix Streams are used to"""

    def frame(self, **properties):
        class Two(Qs.Source):
            def run(self):
                for i in range(2):
                    self.produce(key='k', value=str(i))

        self.app = Qs.Application('embedded', isolation='thread', auto_offset_reset='earliest',
                                  drain=True, run_timeout=60, **properties)
        return self.app.dataframe(source=Two('two'))

    def test_trial(self):
        """test() runs all branches with one value, produces nothing, and tells where it is"""
        frame = self.frame()
        frame.apply(lambda v, r: (v, r.offset)).set_headers(lambda *_: [('h', b'x')])
        frame['c'] = frame.apply(lambda v: Qs.message_context().offset)
        frame = frame.filter(lambda v: v['a'] > 1).set_timestamp(lambda *_: 9)
        frame.to_topic('out')
        self.assertEqual(frame.test({'a': 1}), [(({'a': 1}, 0), b'key', 0, [('h', b'x')])])
        context = Qs.MessageContext('source__two', 0, 5, 3)
        self.assertEqual(frame.test({'a': 2}, 'k', 1, None, context), [
            (({'a': 2}, 5), 'k', 1, [('h', b'x')]), ({'a': 2, 'c': 5}, 'k', 9, None)])
        with self.assertRaises(KeyError):
            frame.test({})
        both = frame.concat(self.app.dataframe('other'))
        with self.assertRaisesRegex(ValueError, 'topic='):
            both.test({'a': 2})
        self.assertEqual(len(both.test(3, topic=Qs.Topic('other'))), 1)

    def test_columns_of_branches(self):
        """What becomes a column or a condition makes one value of each, and has no branches"""
        def make(build, use):
            frame = self.frame()
            use(frame, build(frame))

        def condition(frame, made):
            frame[made]

        def column(frame, made):
            frame['c'] = made

        def branched(frame):
            middle = frame.apply(lambda v: v)
            middle.apply(lambda v: v)
            return middle.apply(lambda v: v)

        def went_on(frame):
            made = frame.apply(lambda v: v)
            made.apply(lambda v: v)
            return made

        for use in condition, column:
            for build in (lambda frame: frame.apply(lambda v: [v, v], expand=True),
                          lambda frame: frame.filter(bool).apply(lambda v: v),
                          lambda frame: frame.apply(lambda v: v).update(lambda v: None),
                          lambda frame: frame.apply(lambda v: v).print()):
                with self.assertRaisesRegex(ValueError, 'is not for a dataframe that is a column'):
                    make(build, use)
            for build in branched, went_on:
                with self.assertRaisesRegex(Qs.InvalidOperation, 'has a branch'):
                    make(build, use)
        frame = self.frame()
        made = frame.apply(lambda v: v)
        frame['c'] = made
        with self.assertRaisesRegex(Qs.InvalidOperation, 'would do nothing'):
            made.apply(lambda v: v)

    def test_none_headers(self):
        """Headers that set_headers() takes away are None, as those that were not there"""
        self.assertEqual(self.frame().set_headers(lambda *_: None).test(1, headers=[('h', b'x')]),
                         [(1, b'key', 0, None)])

    def test_empty_table(self):
        with self.assertWarnsRegex(UserWarning, 'prints nothing'):
            self.frame().print_table(columns=[], metadata=False)

    def test_message_context(self):
        """message_context() is that of the record, and an error elsewhere"""
        frame, seen = self.frame(), []
        frame.update(lambda v: seen.append(Qs.message_context()))
        self.app.run()
        self.assertEqual([(c.topic, c.partition, c.offset, c.size) for c in seen],
                         [('source__two', 0, 0, 2), ('source__two', 0, 1, 2)])
        with self.assertRaisesRegex(RuntimeError, 'while they deal with a record'):
            Qs.message_context()

    def test_sinks(self):
        """A sink may derive from BatchingSink, and add() and flush() of its own count"""
        class Sink(Qs.BatchingSink):
            def __init__(self):
                super().__init__(on_client_connect_success=lambda: calls.append('connected'))

            def setup(self):
                calls.append('setup')

            def add(self, value, **more):
                super().add(value=value + 1, **more)

            def write(self, batch):
                if calls[-1] == 'connected':
                    calls.append('again')
                    raise Qs.SinkBackpressureError(0.01)
                calls.append([item.value for item in batch])

        calls = []
        self.frame().sink(Sink())
        self.app.run()
        self.assertEqual(calls, ['setup', 'connected', 'again', [1, 2]])
        with self.assertRaises(TypeError):
            Qs.BatchingSink()

    def test_run(self):
        """run() takes the dataframe, but not one of another application"""
        frame = self.frame()
        self.assertEqual(len(self.app.run(frame, count=1)), 1)
        self.assertEqual(len(self.app.run(dataframe=frame, count=1)), 1)
        with self.assertRaisesRegex(ValueError, 'another application'):
            Qs.Application('embedded').run(frame)
        with self.assertRaisesRegex(NotImplementedError, 'stop'):
            self.app.stop(fail=True)

    def test_connection(self):
        """Settings of a connection are written as librdkafka does; others are refused, or left out"""
        given = {'bootstrap.servers': 'h:1', 'sasl.mechanisms': 'plain', 'sasl.password': 'secret',
                 'security.protocol': 'SASL_SSL', 'enable.ssl.certificate.verification': False}
        config = Qs.ConnectionConfig.from_librdkafka_dict({**given, 'linger.ms': 5},
                                                          ignore_extras=True)
        self.assertEqual((config.sasl_mechanism, config.security_protocol, config.ssl_ca_location),
                         ('PLAIN', 'sasl_ssl', None))
        self.assertEqual(config.client_config(), {
            'sasl.mechanism': 'PLAIN', 'sasl.password': 'secret', 'security.protocol': 'sasl_ssl',
            'enable.ssl.certificate.verification': False})
        self.assertNotIn('secret', f'{config!r} {config.as_dict()}')
        with self.assertRaisesRegex(TypeError, 'linger_ms'):
            Qs.ConnectionConfig.from_librdkafka_dict({**given, 'linger.ms': 5})
        with self.assertRaises(AttributeError):
            config.sasl_mechanisms

    def test_serializer_names(self):
        """A serializer that is not there is a wrong value, and an error of the library's"""
        for kind in ValueError, GLib.Error:
            with self.assertRaisesRegex(kind, "no serializer named 'quix'"):
                Qs.Topic('t', value_deserializer='quix')

    def test_own_serializers(self):
        """A function may read only, write only, or be one of two; one of two arguments is refused"""
        topic = Qs.Topic('t', value_serializer=lambda v: f'<{v}>', value_deserializer=lambda b: b[1:-1])
        message = topic.serialize(value='x')
        self.assertEqual((message.value, topic.deserialize(message).value), (b'<x>', b'x'))
        reader = Qs.Topic('t', value_deserializer=lambda b: len(b))
        self.assertEqual(reader.deserialize(message).value, 3)
        with self.assertRaisesRegex(NotImplementedError, 'only deserializes'):
            reader.serialize(value='x')
        for given in {'value_serializer': lambda v, ctx: b''}, {'value_deserializer': lambda v, ctx: b''}:
            with self.assertRaisesRegex(TypeError, 'takes one argument'):
                Qs.Topic('t', **given)
        with self.assertRaises(ValueError):
            Qs.Topic('t', value_serializer='json', value_deserializer=len)

    def test_consumer(self):
        """What of Quix Streams' consumer has no meaning here is refused"""
        app = Qs.Application('embedded', isolation='thread')
        with app.get_consumer() as consumer:
            for call in (lambda: consumer.commit(None, [1]), lambda: consumer.store_offsets(offsets=[1])):
                with self.assertRaisesRegex(NotImplementedError, 'takes a message'):
                    call()
            with self.assertRaisesRegex(TypeError, 'needs the message'):
                consumer.store_offsets()

    def test_small_things(self):
        """A topic's configuration may be open, and a name is text"""
        self.assertEqual(Qs.Topic('t', Qs.TopicConfig(None, None)).n_partitions, -1)
        with self.assertRaisesRegex(TypeError, 'is text'):
            type('Base', (Qs.BaseSource,), {})(print)
        column = self.frame()['a'].apply(func=lambda v: v + 1)
        self.assertEqual(column.test({'a': 1}, 'k', 2, None), (2, 'k', 2, None))

    def test_headers(self):
        """Headers are equal to what they were made of"""
        headers = Qs.Topic('t').serialize(value=1, headers={'h': 'x'}).headers
        self.assertEqual(headers, {'h': 'x'})
        self.assertEqual(headers, [('h', b'x')])
        for other in {'h': 'y'}, [], None, [5], 'h':
            self.assertNotEqual(headers, other)

    def test_store_names(self):
        """The store's partitions are called as there, and can't be set unseen"""
        class Counter(Qs.StatefulSource):
            n_partitions = 3

        self.assertEqual(Counter('c').store_partitions_count, 3)
        self.assertEqual(Counter('c').assigned_store_partition, 0)
        for name in 'store_partitions_count', 'assigned_store_partition':
            for value in 3, property(lambda self: 3):
                with self.assertRaisesRegex(TypeError, name):
                    type('Wrong', (Qs.StatefulSource,), {name: value})


class TestPrograms(ProgramCase):
    def test_lines(self):
        """A source that reads a file, with run() and serialize()"""
        (self.directory / 'lines.txt').write_text('first\nsecond\n\nlast')
        result = self.run_program(IMPORTS + '''
class Lines(Source):
    def run(self):
        with open('lines.txt') as file:
            while self.running:
                line = file.readline()
                if not line:
                    return
                message = self.serialize(key='lines.txt', value=line.strip())
                self.produce(key=message.key, value=message.value)

def main():
    app = Application(broker_address='embedded', auto_offset_reset='earliest')
    sdf = app.dataframe(source=Lines(name='lines'))
    sdf.print(metadata=True, pretty=False)
    app.run(count=4, timeout=30)

if __name__ == '__main__':
    main()
''')
        self.assertEqual(result.status, 0, result.err)
        values = [line for line in result.out.splitlines() if 'lines.txt' in line]
        self.assertEqual(len(values), 4, result.out)
        self.assertIn('"first"', values[0])
        self.assertIn('"last"', values[3])

    def test_counter(self):
        """A stateful source goes on where it was"""
        result = self.run_program(IMPORTS + '''
import sys, time

class Counter(StatefulSource):
    def run(self):
        start = self.state.get('current', 0) + 1
        for i in range(start, sys.maxsize):
            if not self.running:
                return
            self.state.set('current', i)
            serialized = self._producer_topic.serialize(value=i)
            self.produce(key='counter', value=serialized.value)
            if i % 10 == 0:
                self.flush()
                return

app = Application(broker_address='embedded', consumer_group='mine')
topic = app.add_source(Counter(name='counter'))
for _ in range(3):
    app.run()
print([int(message.value) for message in app.embedded_broker.dup_messages(topic)])
''')
        self.assertEqual(result.out, f'{list(range(1, 31))}\n', result.err)

    def test_topic(self):
        """app.topic() with serializers and a configuration"""
        result = self.run_program(IMPORTS + '''
class One(Source):
    def default_topic(self):
        raise NotImplementedError

    def run(self):
        self.produce(**dict(zip(('key', 'value'), pair(self))))

def pair(source):
    message = source.serialize(key='k', value='v')
    return message.key, message.value

app = Application('embedded', 'group', auto_create_topics=True)
topic = app.topic('strings', value_serializer='string', key_serializer='str',
                  config=TopicConfig(num_partitions=2, replication_factor=1))
app.add_source(One('one', 5), topic=topic)
app.run()
print([(m.key, m.value) for m in app.embedded_broker.dup_messages('strings')], topic.n_partitions)
''')
        self.assertEqual(result.out, "[(b'k', b'v')] 2\n", result.err)

    def test_callbacks(self):
        """setup() with the callbacks for connections"""
        result = self.run_program(IMPORTS + '''
class Connects(Source):
    def setup(self):
        raise ConnectionError('refused')

    def run(self):
        print('runs anyway')

def failed(exception):
    print('failed:', type(exception).__name__, exception)

app = Application(broker_address='embedded')
app.add_source(Connects(name='connects', shutdown_timeout=3, on_client_connect_success=None,
                        on_client_connect_failure=failed))
app.run()
''')
        self.assertEqual(result.out, 'failed: ConnectionError refused\nruns anyway\n', result.err)


HEADERS = [('__column_family__', b'default'), ('__processed_tp_offsets__', b'null')]


class TestBytes(ThreadCase):
    """The bytes are those that Quix Streams writes."""

    def setUp(self):
        super().setUp()
        scratch = tempfile.TemporaryDirectory(prefix='qsource-quix-')
        self.addCleanup(scratch.cleanup)
        self.app.state_dir = scratch.name
        self.app.consumer_group = 'g'

    def run_range(self, function):
        class Range(Qs.StatefulSource):
            def run(self):
                function(self)

        topic = self.app.add_source(Range(name='range'))
        self.app.run()
        return self.messages(topic)

    def test_data(self):
        """A data record: topic, key, value, no headers"""
        message, = self.run_range(lambda source: source.produce(
            key='range', value=source.serialize(value=1).value))
        self.assertEqual((message.topic, message.key, message.value, message.headers),
                         ('source__range', b'range', b'1', None))

    def test_changelog(self):
        """The changelog of a state: topic, keys, values, headers"""
        def run(source):
            state = source.state
            state.set('current', 5)
            state.set('é/x', {'a': 1.5, 'b': [None, True], 'ü': '日'})
            state.set('none', None)
            state.delete('gone')

        self.run_range(run)
        messages = self.app.embedded_broker.dup_messages('changelog__g--source-range')
        records = {message.key: message.value for message in messages
                   if message.headers is not None and message.headers.items()[:2] == HEADERS}
        self.assertEqual(records[b'"current"'], b'5')
        self.assertEqual(records['"é/x"'.encode()],
                         '{"a":1.5,"b":[null,true],"ü":"日"}'.encode())
        self.assertEqual(records[b'"none"'], b'null')
        self.assertIsNone(records[b'"gone"'])

    def changelog(self):
        """What a flush has written, without the library's own entries."""
        return [(message.key, message.value, message.headers.items())
                for message in self.app.embedded_broker.dup_messages('changelog__g--source-range')
                if not message.key.startswith(b'__qsource')]

    def test_bytes_and_deletions(self):
        """set_bytes() writes exactly the bytes, delete() a null; the last call counts"""
        def run(source):
            state = source.state
            state.set_bytes('raw', b'\x00\x01')
            state.set_bytes('empty', b'')
            state.set('twice', 1)
            state.set('twice', 2)
            state.set('gone', 1)
            state.delete('gone')
            source.flush()
            source.state.delete('raw')
            source.state['back'] = 1
            del source.state['back']
            source.state['back'] = [1, 'ü']

        self.run_range(run)
        self.assertEqual(sorted(self.changelog()[:4]), [
            (b'"empty"', b'', HEADERS), (b'"gone"', None, HEADERS),
            (b'"raw"', b'\x00\x01', HEADERS), (b'"twice"', b'2', HEADERS)])
        self.assertEqual(sorted(self.changelog()[4:]), [
            (b'"back"', '[1,"ü"]'.encode(), HEADERS), (b'"raw"', None, HEADERS)])

    def test_expiry(self):
        """An entry that expires is written as any other; a header of ours says when"""
        times = []

        def run(source):
            times.append(int(time.time() * 1000))
            source.state.set('k', 5, ttl=60)
            source.state.set('longer', {'a': 1}, ttl=datetime.timedelta(hours=1))
            source.state.set('perm', 1)
            source.state.set('short', 1, ttl=0.05)
            source.flush()
            times.append(int(time.time() * 1000))
            source.wait(0.1)
            source.state['k'] = 6       # for ever

        self.run_range(run)
        written = {key: (value, headers) for key, value, headers in self.changelog()[:4]}
        self.assertEqual(written[b'"perm"'], (b'1', HEADERS))
        for key, value, seconds in ((b'"k"', b'5', 60), (b'"longer"', b'{"a":1}', 3600)):
            self.assertEqual((written[key][0], written[key][1][:2]), (value, HEADERS))
            (name, data), = written[key][1][2:]
            self.assertEqual(name, '__qsource_expires__')
            expires = int(data) - seconds * 1000
            self.assertTrue(times[0] <= expires <= times[1], (times, expires))
        self.assertEqual(sorted(self.changelog()[4:]),
                         [(b'"k"', b'6', HEADERS), (b'"short"', None, HEADERS)])

    def test_values(self):
        """JSON as orjson writes it, and the other serializers by their names"""
        def values(source):
            for value in (5.0, 0.1, -0.0, 1e16, 1.5e300, 'a\n\x01"\\', '\u2028', [], {},
                          2**64 - 1, -2**63, float('nan')):
                source.produce(source.serialize(value=value))

        self.assertEqual([message.value for message in self.run_range(values)], [
            b'5.0', b'0.1', b'-0.0', b'1e16', b'1.5e300', b'"a\\n\\u0001\\"\\\\"',
            '"\u2028"'.encode(), b'[]', b'{}', b'18446744073709551615', b'-9223372036854775808',
            b'null'])
        for name, value, data in (('int', -2, b'\xff\xff\xff\xfe'), ('bytes', b'\0\1', b'\0\1'),
                                  ('double', 1.5, b'\x3f\xf8\0\0\0\0\0\0'), ('str', 'ü', b'\xc3\xbc')):
            self.assertEqual(Qs.Serializer.for_name(name).serialize(value), data)
