# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources written in Python: what they produce, and how they fail."""

import asyncio
import socket
import threading
import unittest
import unittest.mock

from qs_testing import SECONDS, ThreadCase  # first: it names the version
from gi.overrides._qsource import coroutines
from gi.repository import Gio, GLib, GObject, Qs


class Produce(Qs.Source):
    """Calls a function of the test."""

    def __init__(self, what, **arguments):
        super().__init__(name='test', **arguments)
        self.what = what

    def do_run(self):
        return self.what(self)


def raiser(exception):
    def raise_it(*_):
        raise exception
    return raise_it


class TestProduce(ThreadCase):
    def produced(self, what, topic=None):
        return [(message.key, message.value) for message in
                self.run_source(Produce(what), topic)]

    def test_bytes_and_text(self):
        """Text is UTF-8; None is null and empty is empty"""
        def run(source):
            source.produce(key='ü', value=b'\0\xff')
            source.produce(value=None)
            source.produce(key='', value='')
            source.produce(b'first', 'second')
            source.produce_data(b'', None)
            source.produce_data(b'k', b'v')

        self.assertEqual(self.produced(run), [
            ('ü'.encode(), b'\0\xff'), (None, None), (b'', b''), (b'second', b'first'),
            (b'', None), (b'k', b'v')])

    def test_all_of_a_record(self):
        """Headers repeat and keep their order; partition and timestamp are kept"""
        headers = [('a', b'1'), ('b', None), ('a', 'ü'), ('c', b'')]
        topic = Qs.Topic('wide', n_partitions=3)

        def run(source):
            source.produce(key='k', value='v', headers=headers, timestamp=1234, partition=2)
            source.produce(value='w', headers={'one': 'x'})

        first, second = sorted(self.run_source(Produce(run), topic),
                               key=lambda message: message.value)
        self.assertEqual(first.headers.items(), [('a', b'1'), ('b', None), ('a', 'ü'.encode()),
                                                 ('c', b'')])
        self.assertEqual((first.partition, first.timestamp), (2, 1234))
        self.assertEqual(first.headers['a'], 'ü'.encode())
        self.assertIn('b', first.headers)
        self.assertEqual(second.headers, [('one', b'x')])

    def test_values(self):
        """Plain values are serialized by the topic; None is JSON's null"""
        def run(source):
            message = source.serialize(key='k', value={'b': [1, None, 2.5], 'a': 'ü'})
            source.produce(key=message.key, value=message.value)
            source.produce(source.serialize(value=None))
            source.produce(value=source._producer_topic.serialize(value=2**53 + 1).value)
            source.produce_value('k', 5)
            source.produce_value('k', None)

        self.assertEqual(self.produced(run), [
            (b'k', '{"b":[1,null,2.5],"a":"ü"}'.encode()), (None, b'null'),
            (None, b'9007199254740993'), (b'k', b'5'), (b'k', None)])

    def test_serializers_by_name(self):
        """Serializers are given by their names"""
        topic = self.app.topic('named', key_serializer='json', value_serializer='integer')

        def run(source):
            source.produce(source.serialize(key=None, value=258))
            source.produce(source.serialize(key=[1], value=None))

        self.assertEqual(self.produced(run, topic), [(b'null', b'\0\0\x01\x02'), (b'[1]', None)])
        with self.assertRaisesRegex(GLib.Error, 'xml'):
            Qs.Topic('named', value_serializer='xml')

    def test_own_serializer(self):
        """A serializer in Python gets and returns plain values"""
        class Reversed(GObject.Object, Qs.Serializer):
            def do_serialize(self, value):
                return repr(value)[::-1]

            def do_deserialize(self, data):
                return data.decode()[::-1]

        topic = Qs.Topic('own', key_serializer=Reversed(), value_serializer=str)
        self.assertEqual(self.produced(lambda source: source.produce_value([1], {'a': None}), topic),
                         [(b']1[', b"{'a': None}")])
        self.assertEqual(topic.key_serializer.deserialize(b']1['), '[1]')

    def test_wrong_types(self):
        """What is no bytes is refused in words"""
        self.assertIn('the value is of type int; expected bytes, str or None. serialize() makes bytes',
                      self.fail_source(Produce(lambda source: source.produce(value=5))))

    def test_threads(self):
        """produce() works from other threads"""
        def run(source):
            threads = [threading.Thread(target=lambda: [source.produce(value='x') and None
                                                        for _ in range(100)]) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        self.assertEqual(len(self.produced(run)), 300)


class Unfriendly(Exception):
    def __init__(self, first, second):
        super().__init__(first)

    def __str__(self):
        raise RuntimeError('no text')


class TestFailures(ThreadCase):
    def test_types(self):
        """Any exception is the source's failure, with its type and traceback"""
        for exception, text in ((ValueError('bad value'), 'ValueError: bad value'),
                                (KeyError('k'), "KeyError: 'k'"),
                                (KeyboardInterrupt(), 'KeyboardInterrupt'),
                                (SystemExit(5), 'SystemExit: 5'),
                                (Unfriendly(1, 2), 'Unfriendly: <its __str__() failed'),
                                (ValueError('nul \0 and \udc80'), r'nul \x00 and \udc80')):
            with self.subTest(exception=type(exception)):
                self.setUp()
                message = self.fail_source(Produce(raiser(exception)))
                self.assertIn(text, message)
                self.assertIn('in raise_it', message)
                self.assertIn("source 'test'", message)

    def test_every_function(self):
        """Each virtual function can fail"""
        for name in ('do_configure', 'do_setup', 'do_run', 'do_flush', 'configure', 'setup', 'run',
                     'flush'):
            with self.subTest(name=name):
                self.setUp()
                functions = {'do_run': lambda self: None, name: raiser(ValueError(f'in {name}'))}
                if name == 'run':
                    del functions['do_run']
                cls = type('Failing', (Qs.Source,), functions)
                self.assertIn(f'ValueError: in {name}', self.fail_source(cls('test')))

    def test_cleanup(self):
        """cleanup() can fail, and is told of a failure"""
        told = []

        class Failing(Qs.Source):
            def do_run(self):
                if told:
                    raise ValueError('run')

            def cleanup(self, failed):
                told.append(failed)
                raise KeyError('cleanup')

        self.assertIn("KeyError: 'cleanup'", self.fail_source(Failing('test')))
        self.setUp()
        self.assertIn('ValueError: run', self.fail_source(Failing('test')))
        self.assertEqual(told, [False, True])

    def test_system_exit(self):
        """SystemExit(0) is an end like any other"""
        self.assertEqual(self.run_source(Produce(raiser(SystemExit(0)))), [])

    def test_error_of_glib(self):
        """A GLib.Error keeps its domain, code and message"""
        def run(source):
            Gio.File.new_for_path('/nowhere/at/all').load_contents()

        seen = []
        self.app.connect('source-failed', lambda app, source, error: seen.append(error) or False)
        self.assertIn('load_contents', self.fail_source(Produce(run)))
        self.assertTrue(seen[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))

    def test_serializer(self):
        """What a serializer raises is the source's failure, with its own traceback"""
        def fail_here(value):
            raise ZeroDivisionError('in a serializer')

        source = Produce(lambda source: source.produce_value(None, 1))
        self.app.add_source(source, Qs.Topic('t', value_serializer=fail_here))
        with self.assertRaises(GLib.Error) as caught:
            self.app.run()
        self.assertIn('ZeroDivisionError: in a serializer', caught.exception.message)
        self.assertIn('in fail_here', caught.exception.message)

    def test_default_topic(self):
        """What default_topic() raises is the cause of add_source()'s error"""
        class NoTopic(Qs.Source):
            def default_topic(self):
                raise ValueError('no topic')

        with unittest.mock.patch('sys.excepthook'), self.assertRaises(GLib.Error) as caught:
            self.app.add_source(NoTopic('test'))
        self.assertEqual(str(caught.exception.__cause__), 'no topic')

    def test_false(self):
        """An explicit False is a failure; None is fine"""
        self.assertIn('run() returned False', self.fail_source(Produce(lambda source: False)))
        self.app = Qs.Application('embedded', isolation='thread')
        self.app.add_source(source := Produce(None))
        for other in (0, [], '', 1):
            source.what = lambda source: other
            self.app.run()


class TestStop(ThreadCase):
    def test_failure(self):
        """An exception in stop() is an error of run(), however close the two end"""
        for pause in (0, 0, 0.2):
            class Source(Qs.Source):
                def run(self):
                    app.stop()
                    while self.running:
                        self.wait(0.1)

                def stop(self):
                    super().stop()
                    threading.Event().wait(pause)
                    raise RuntimeError('stop is broken')

            self.setUp()
            app = self.app
            self.assertIn('stop is broken', self.fail_source(Source(name='s')))


class TestTimestamps(ThreadCase):
    def test_negative(self):
        """A negative timestamp is refused wherever one is given, and costs nothing else"""
        told = []

        class Source(Qs.Source):
            def run(self):
                topic = self.topic
                for call in (lambda time: self.produce(value=b'x', timestamp=time),
                             lambda time: self.produce(value=b'x', headers={'h': b''},
                                                       timestamp=time),
                             lambda time: self.serialize(value='x', timestamp=time),
                             lambda time: self.serialize(value='x', timestamp_ms=time),
                             lambda time: topic.serialize(value='x', timestamp=time),
                             lambda time: Qs.Message(value=b'x', timestamp=time)):
                    for time in (-1, -7000, -2**63):
                        try:
                            call(time)
                        except Exception as error:
                            told.append(f'{time} in milliseconds' in str(error).replace(
                                ' is negative; it is', ''))
                        else:
                            told.append(f'{time} was taken')
                self.produce(value=b'good', timestamp=0)

        self.assertEqual([bytes(message.value) for message in self.run_source(Source(name='s'))],
                         [b'good'])
        self.assertEqual(told, [True] * 18)

    def test_uncaught(self):
        """Whoever doesn't catch that has failed"""
        class Source(Qs.Source):
            def run(self):
                self.produce_bytes(b'x', b'x', -5)

        self.assertRegex(self.fail_source(Source(name='s')), 'timestamp -5 .*milliseconds')


class TestNames(ThreadCase):
    """Quix Streams' names for virtual functions."""

    def test_all(self):
        """Each runs under its own name, and super() calls do not recurse"""
        called = []

        class Named(Qs.Source):
            def configure(self, topic, producer, **arguments):
                called.append(('configure', topic.name, type(producer)))
                super().configure(topic, producer, **arguments)

            def setup(self):
                called.append('setup')
                super().setup()

            def run(self):
                called.append(('run', self.running))
                self.produce(value='x')
                self.flush()
                self.flush(5)

            def cleanup(self, failed):
                called.append(('cleanup', failed))
                super().cleanup(failed)

            def flush(self, timeout=None):
                called.append(('flush', timeout))
                super().flush(timeout)

            def default_topic(self):
                called.append('default_topic')
                return super().default_topic()

        messages = self.run_source(Named('named'))
        self.assertEqual(len(messages), 1)
        self.assertEqual(called, [
            'default_topic', ('configure', 'source__named', Qs.Producer), 'setup', ('run', True),
            ('flush', None), ('flush', 5), ('cleanup', False), ('flush', -1.0), ('flush', -1.0)])

    def test_inheritance(self):
        """A subclass of a subclass, under the other name, is the one that counts"""
        called = []

        class First(Qs.Source):
            def flush(self, timeout=None):
                called.append('first')
                super().flush(timeout)

            def do_run(self):
                called.append('first run')

        class Second(First):
            def do_flush(self, timeout):
                called.append('second')
                super().do_flush(timeout)

            def run(self):
                super().do_run()
                self.flush()

        self.run_source(Second('test'))
        self.assertEqual(called[:3], ['first run', 'second', 'first'])

    def test_mixin(self):
        """A plain mixin brings virtual functions, too"""
        class Mixin:
            def run(self):
                self.produce(value='mixed')

        class Mixed(Mixin, Qs.Source):
            pass

        self.assertEqual([message.value for message in self.run_source(Mixed('test'))], [b'mixed'])

    def test_arguments(self):
        """A function that wants no arguments gets none"""
        class Short(Qs.Source):
            def run(self):
                pass

            def cleanup(self):
                self.cleaned = True

        source = Short('test')
        self.run_source(source)
        self.assertTrue(source.cleaned)

    def test_stop(self):
        """stop() of one's own is called, and stops when called by oneself"""
        class Stops(Qs.Source):
            n_stops = 0

            def run(self):
                self.stop()
                self.stopped = not self.running

            def stop(self):
                self.n_stops += 1
                super().stop()

        source = Stops('test')
        self.run_source(source)
        self.assertTrue(source.stopped)

    def test_base_source(self):
        """BaseSource with start(), stop() and default_topic()"""
        class Base(Qs.BaseSource):
            def start(self):
                topic = self._producer_topic
                self._producer.produce(topic, topic.serialize(key='k', value=1))

            def stop(self):
                pass

            def default_topic(self):
                return Qs.Topic('base')

        message, = self.run_source(Base('test'))
        self.assertEqual((message.key, message.value), (b'k', b'1'))


class TestCallbacks(ThreadCase):
    def test_success(self):
        """on_client_connect_success is called without arguments"""
        called = []
        self.run_source(Produce(lambda source: None,
                                on_client_connect_success=lambda: called.append(1)))
        self.assertEqual(called, [1])

    def test_success_fails(self):
        """An exception of on_client_connect_success is the source's failure"""
        source = Produce(lambda source: None, on_client_connect_success=raiser(ValueError('cb')))
        self.assertIn('ValueError: cb', self.fail_source(source))

    def failing(self, callback):
        class Failing(Produce):
            def setup(self):
                raise ConnectionError('no client')

        return Failing(lambda source: source.produce(value='x'),
                       on_client_connect_failure=callback)

    def test_failure_is_dealt_with(self):
        """on_client_connect_failure gets the exception; when it returns, run() goes on"""
        called = []
        messages = self.run_source(self.failing(called.append))
        self.assertEqual(len(messages), 1)
        self.assertIsInstance(called[0], ConnectionError)

    def test_failure_is_raised(self):
        """When on_client_connect_failure raises, the source has failed"""
        def raise_it(exception):
            raise exception

        self.assertIn('ConnectionError: no client', self.fail_source(self.failing(raise_it)))


class TestRunning(ThreadCase):
    def test_async(self):
        """async def run() is awaited, with GLib's main context alive"""
        class Async(Qs.Source):
            async def run(self):
                future = asyncio.get_running_loop().create_future()
                context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
                source = GLib.timeout_source_new(1)
                source.set_callback(lambda *_: future.done() or future.set_result('glib'))
                source.attach(context)
                self.produce(value=await future)
                await asyncio.sleep(0.001)
                self.produce(value='asyncio')

        self.assertEqual([message.value for message in self.run_source(Async('test'))],
                         [b'glib', b'asyncio'])

    def test_async_sleeps(self):
        """While async def run() waits, nothing wakes up to look around"""
        class Async(Qs.Source):
            async def run(self):
                await asyncio.sleep(0.3)

        def select(selector, timeout=None):
            timeouts.append(timeout)
            return real_select(selector, timeout)

        timeouts = []
        real_select = coroutines._Selector.select
        with unittest.mock.patch.object(coroutines._Selector, 'select', select):
            self.run_source(Async('test'))
        self.assertGreater(max(filter(None, timeouts)), 0.1)

    def test_async_files(self):
        """async def run() reads from what is no file of GLib's"""
        class Async(Qs.Source):
            async def run(self):
                reader, writer = socket.socketpair()
                writer.sendall(b'data')
                writer.close()
                reader, _ = await asyncio.open_connection(sock=reader)
                self.produce(value=await reader.read())

        self.assertEqual([message.value for message in self.run_source(Async('test'))], [b'data'])

    def test_async_stop(self):
        """async def run() is cancelled when the source is stopped"""
        class Async(Qs.Source):
            cancelled = False

            async def run(self):
                app.stop()
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    self.cancelled = True
                    raise

        app = self.app
        source = Async('test')
        self.run_source(source)
        self.assertTrue(source.cancelled)

    def test_async_fails(self):
        """What async def run() raises is the source's failure"""
        class Async(Qs.Source):
            async def run(self):
                await asyncio.sleep(0)
                raise ValueError('async')

        self.assertIn('ValueError: async', self.fail_source(Async('test')))

    def test_async_serializer(self):
        """Where async def makes no sense, it is refused in words"""
        async def serializer(value):
            return b''

        source = Produce(lambda source: source.produce_value(None, 1))
        self.app.add_source(source, Qs.Topic('t', value_serializer=serializer))
        with self.assertRaisesRegex(GLib.Error, 'coroutine'):
            self.app.run()

    def test_default_run(self):
        """Without a run(), handlers that setup() connects produce"""
        class Handlers(Qs.Source):
            def setup(self):
                source = GLib.idle_source_new()
                source.set_callback(self.tick)
                source.attach(GLib.MainContext.get_thread_default())

            def tick(self, *_):
                self.produce(value='tick')
                self.stop()
                return False

        self.assertEqual(len(self.run_source(Handlers('test'))), 1)

    def test_again(self):
        """An application runs again"""
        source = Produce(lambda source: source.produce(value='x'))
        self.run_source(source)
        self.app.run()
        self.assertEqual(len(self.messages(source.topic)), 2)

    def test_timeout(self):
        """run(timeout=…) stops, for this run only"""
        def run(source):
            source.wait()

        self.app.add_source(Produce(run))
        self.app.run(timeout=0.1)
        self.assertEqual(self.app.run_timeout, SECONDS)


class TestAttributes(unittest.TestCase):
    def test_application(self):
        """Properties are attributes, and an unknown one is an error"""
        app = Qs.Application('a:1', 'group', producer_config={'linger.ms': 5, 'x': True})
        self.assertEqual((app.broker_address, app.consumer_group), ('a:1', 'group'))
        self.assertEqual(app.producer_config, {'linger.ms': '5', 'x': 'true'})
        app.client_config = [('client.id', 'me')]
        self.assertEqual(app.client_config, {'client.id': 'me'})
        app.isolation = 'thread'
        self.assertEqual(app.isolation, Qs.Isolation.THREAD)
        app.worker_argv = ['a', 'b']
        self.assertEqual(app.worker_argv, ['a', 'b'])
        with self.assertRaisesRegex(AttributeError, "'broker_adress'; did you mean 'broker_address'"):
            app.broker_adress = 'x'
        with self.assertRaisesRegex(TypeError, "'isolaton'; did you mean 'isolation'"):
            Qs.Application(isolaton='thread')
        with self.assertRaisesRegex(ValueError, "'treads'.*'auto', 'process', 'thread'"):
            app.isolation = 'treads'
        with self.assertRaises(AttributeError):
            app.embedded_broker = None

    def test_source(self):
        """Properties of sources are attributes"""
        source = Produce(None, shutdown_timeout=3)
        self.assertEqual((source.name, source.shutdown_timeout, source.running), ('test', 3, False))
        self.assertIsNone(source.topic)
        self.assertEqual(source.status, Qs.SourceStatus.IDLE)
        source.shutdown_timeout = 4.5
        self.assertEqual(source.shutdown_timeout, 4.5)
        source.anything = 1
        with self.assertRaisesRegex(AttributeError, 'when it is made'):
            source.name = 'other'
        with self.assertRaisesRegex(TypeError, 'nam'):
            Produce(None, nam='x')

    def test_topic(self):
        """Properties of topics are attributes"""
        topic = Qs.Topic('t', config={'cleanup.policy': 'compact'}, value_serializer='str')
        self.assertEqual(topic.config, {'cleanup.policy': 'compact'})
        topic.key_serializer = 'json'
        self.assertEqual(topic.serialize(key={'a': 1}, value='x').key, b'{"a":1}')
        quix = Qs.Topic('t', Qs.TopicConfig(num_partitions=4, extra_config={'a': 1}))
        self.assertEqual((quix.n_partitions, quix.config), (4, {'a': '1'}))
        record = topic.deserialize(Qs.Message(key=b'[1]', value='x', timestamp=5))
        self.assertEqual((record.key, record.value, record.timestamp), ([1], 'x', 5))


