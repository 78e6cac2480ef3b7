# SPDX-License-Identifier: LGPL-2.1-or-later
"""The edges of Python: event loops, what a class may have, what fails where nobody looks."""

import abc
import asyncio
import sys
import threading
import time
import unittest
import unittest.mock

from qs_testing import ProgramCase, ThreadCase  # first: it names the version
from gi.repository import GLib, GObject, Qs


class Calls(Qs.Source):
    def __init__(self, **functions):
        super().__init__(name='calls')
        self.functions = functions

    def run(self):
        return self.functions['run'](self)


class TestLoops(ThreadCase):
    def test_one_loop(self):
        """What setup() makes works in run() and in cleanup(), and all tasks end with it"""
        seen = []

        class One(Qs.Source):
            async def setup(self):
                self.queue = asyncio.Queue()
                self.loop = asyncio.get_running_loop()
                self.task = asyncio.ensure_future(self.feed())

            async def feed(self):
                try:
                    for i in range(3):
                        await self.queue.put(i)
                    await asyncio.sleep(1000)
                finally:
                    seen.append('task ended')

            async def run(self):
                for _ in range(3):
                    seen.append(await asyncio.wait_for(self.queue.get(), 10))

            async def cleanup(self, failed):
                seen.append((failed, asyncio.get_running_loop() is self.loop))

        source = One('one')
        self.app.add_source(source)
        for _ in range(2):      # each run has a loop of its own
            seen.clear()
            self.app.run()
            self.assertEqual(seen, [0, 1, 2, (False, True), 'task ended'])
            self.assertTrue(source.loop.is_closed())

    def test_no_cleanup(self):
        """A loop ends without a cleanup() of one's own, too"""
        class Two(Qs.Source):
            async def setup(self):
                self.loop = asyncio.get_running_loop()

            async def run(self):
                self.same = asyncio.get_running_loop() is self.loop

        source = Two('two')
        self.run_source(source)
        self.assertTrue(source.same)
        self.assertTrue(source.loop.is_closed())

    def test_cleanup_is_not_cancelled(self):
        """A stop cancels run(), but what cleanup() awaits is done"""
        seen = []

        class Slow(Qs.Source):
            async def run(self):
                self.stop()
                await asyncio.sleep(1000)

            async def cleanup(self, failed):
                await asyncio.sleep(0.01)
                seen.append('cleaned up')

        self.run_source(Slow('slow'))
        self.assertEqual(seen, ['cleaned up'])

    def test_task(self):
        """A task that fails, which nobody awaits, is the source's failure"""
        class Lost(Qs.Source):
            async def run(self):
                asyncio.get_running_loop().call_soon(self.fail_here)
                await asyncio.sleep(1000)

            def fail_here(self):
                raise ValueError('lost')

        with unittest.mock.patch('logging.Logger.error'):
            self.assertIn('ValueError: lost', self.fail_source(Lost('lost')))

    def test_within_asyncio(self):
        """app.run() works within asyncio.run(), and so do the coroutines of its sources"""
        class Inner(Qs.Source):
            async def run(self):
                await asyncio.sleep(0.001)
                self.produce('inner')

        async def main():
            return self.run_source(Inner('inner'))

        self.assertEqual([message.value for message in asyncio.run(main())], [b'inner'])

    def test_await(self):
        """await app.run_async() runs beside other coroutines, and raises what run() raises"""
        ticks = []

        async def tick():
            while True:
                ticks.append(1)
                await asyncio.sleep(0.001)

        async def main(run):
            ticker = asyncio.ensure_future(tick())
            self.app.add_source(Calls(run=run))
            try:
                return await self.app.run_async()
            finally:
                ticker.cancel()

        self.assertTrue(asyncio.run(main(lambda source: source.wait(0.05) and None)))
        self.assertGreater(len(ticks), 3)

        def fail(source):
            raise ValueError('no more')
        self.app = Qs.Application('embedded', isolation='thread')
        with self.assertRaisesRegex(GLib.Error, 'ValueError: no more') as caught:
            asyncio.run(main(fail))
        self.assertIsInstance(caught.exception.__cause__, ValueError)

    def test_cancel(self):
        """Cancelled, it stops the sources in order"""
        seen = []

        def run(source):
            seen.append('runs')
            while source.wait(0.01):
                pass
            seen.append('stopped')

        async def main():
            self.app.add_source(Calls(run=run))
            task = self.app.run_async()
            while not seen:
                await asyncio.sleep(0.001)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        self.assertEqual(seen, ['runs', 'stopped'])


class TestUnusualFunctions(ThreadCase):
    def test_refused(self):
        """What would run nothing is refused when the class is made"""
        async def coroutine(self):
            pass

        def generator(self):
            yield

        async def both(self):
            yield

        for name in ('run', 'setup', 'cleanup', 'stop', 'default_topic', 'do_run'):
            for function in (generator, both) + (coroutine,) * (name in ('stop', 'default_topic')):
                with self.subTest(name=name, function=function), \
                        self.assertRaisesRegex(TypeError, f'{name.removeprefix("do_")}.. of Bad'):
                    type('Bad', (Qs.Source,), {name: function})
        with self.assertRaisesRegex(TypeError, 'serialize'):
            type('Bad', (GObject.Object, Qs.Serializer), {'do_serialize': coroutine})

    def test_refused_later(self):
        """Or when it comes"""
        def generator():
            yield 1
        self.assertIn('run() cannot be a generator',
                      self.fail_source(Calls(run=lambda source: generator())))

    def test_awaitable(self):
        """What is awaitable is awaited"""
        seen = []

        async def main(source):
            seen.append(source.running)

        self.run_source(Calls(run=main))
        self.assertEqual(seen, [True])

    def test_callback(self):
        """A coroutine isn't taken for a callback that was called"""
        async def connected():
            pass
        class Nothing(Qs.Source):
            def run(self):
                pass
        self.assertIn('on_client_connect_success() cannot be a coroutine', self.fail_source(
            Nothing('nothing', on_client_connect_success=connected)))


class TestCallbacks(ThreadCase):
    def fail_silently(self, source):
        with unittest.mock.patch('sys.stderr'):
            return self.fail_source(source)

    def test_timeout(self):
        """What a callback on the source's thread raises is the source's failure"""
        class Ticks(Qs.Source):
            def run(self):
                context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
                timeout = GLib.timeout_source_new(5)
                timeout.set_callback(self.tick)
                timeout.attach(context)
                while self.wait(0):
                    context.iteration(True)

            def tick(self, *_):
                raise OSError('device unplugged')

        self.assertIn('OSError: device unplugged', self.fail_silently(Ticks('ticks')))

    def test_signal(self):
        """So it is with a handler of a signal"""
        class Handles(Qs.Source):
            __gsignals__ = {'arrived': (GObject.SignalFlags.RUN_FIRST, None, ())}

            def setup(self):
                self.connect('arrived', self.fail_here)

            def fail_here(self, *_):
                raise OSError('in a handler')

            def run(self):
                self.emit('arrived')

        self.assertIn('OSError: in a handler', self.fail_silently(Handles('handles')))

    def test_stop(self):
        """And with stop()"""
        class Stops(Qs.Source):
            def run(self):
                app.stop()
                deadline = time.monotonic() + 20
                while '_qs_failure' not in self.__dict__ and time.monotonic() < deadline:
                    time.sleep(0.005)

            def stop(self):
                raise OSError('in stop')

        app = self.app
        self.assertIn('OSError: in stop', self.fail_silently(Stops('stops')))

    def test_elsewhere(self):
        """What is raised elsewhere is nobody's failure"""
        def run(source):
            thread = threading.Thread(target=lambda: sys.excepthook(ValueError, ValueError(), None))
            thread.start()
            thread.join()
        with unittest.mock.patch('sys.stderr'):
            self.run_source(Calls(run=run))


class TestThreads(ProgramCase):
    def test_locals(self):
        """What a threading.local holds lasts as long as the thread, and ends with it"""
        result = self.run_program('''
import threading, weakref
import gi
gi.require_version('Qs', '1')
from gi.repository import GObject, Qs

local = threading.local()
references = []

class Kept(GObject.Object):
    pass

class Locals(Qs.Source):
    def setup(self):
        local.kept, local.source, local.error = Kept(), self, ValueError(self)
        references.append(weakref.ref(local.kept))

    def run(self):
        assert isinstance(local.kept, Kept)
        raise ValueError('device unplugged')

for _ in range(10):
    app = Qs.Application('embedded', isolation='thread')
    app.add_source(Locals(name='locals'))
    try:
        app.run()
    except Exception as error:
        assert isinstance(error.__cause__, ValueError), error
print('lived')
''')
        self.assertEqual((result.status, result.out), (0, 'lived\n'), result.err)

    def test_end(self):
        """A worker ends as Python ends: threads, atexit, files, finalizers"""
        result = self.run_program('''
import atexit, threading, time, weakref
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Finalized:
    def __del__(self):
        print('finalized', flush=True)

class Ends(Qs.Source):
    def run(self):
        self.file = open('unclosed', 'w')
        self.file.write('text')
        self.finalized = Finalized()
        self.finalizer = weakref.finalize(self.finalized, print, 'weakly')
        atexit.register(print, 'atexit')
        # Sleeps: so that the thread outlives run().
        threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()

app = Qs.Application('embedded')
app.add_source(Ends(name='ends'))
app.run()
print('parent', open('unclosed').read())
''')
        self.assertEqual(result.status, 0, result.err)
        lines = result.out.splitlines()
        self.assertEqual((lines[0], sorted(lines[1:3]), lines[3:]),
                         ('thread', ['atexit', 'weakly'], ['finalized', 'parent text']))


class TestClasses(ThreadCase):
    def test_defaults(self):
        """A class may set properties; an instance still counts more"""
        class Sets(Qs.StatefulSource):
            name = 'sets'
            shutdown_timeout = 3
            errors = 'skip'
            store_name = 'store'

        class Mixin:
            shutdown_timeout = 4

        class Both(Mixin, Sets):
            errors = Qs.ErrorHandling.DEAD_LETTER

        source = Sets()
        self.assertEqual((source.name, source.shutdown_timeout, source.errors, source.store_name),
                         ('sets', 3, Qs.ErrorHandling.SKIP, 'store'))
        source.shutdown_timeout = 5
        self.assertEqual(source.get_property('shutdown-timeout'), 5)
        self.assertEqual(Sets(shutdown_timeout=6).shutdown_timeout, 6)
        both = Both('both')
        self.assertEqual((both.name, both.shutdown_timeout, both.errors),
                         ('both', 4, Qs.ErrorHandling.DEAD_LETTER))

    def test_refused(self):
        """A name of ours that would mean something else is refused, with the reason"""
        for name, value, text in (('errors', 0, 'count errors in another attribute'),
                                  ('errors', 'ignore', "'skip'"),
                                  ('errors', property(lambda self: 0), 'a class can only set'),
                                  ('running', False, r'stop\(\) stops'),
                                  ('state', {}, 'what the source remembers'),
                                  ('run', 5, 'the name of a function'),
                                  ('flush', True, 'the name of a function')):
            with self.subTest(name=name), self.assertRaisesRegex((TypeError, ValueError), text):
                type('Bad', (Qs.StatefulSource,), {name: value})

        def run(source):
            source.errors = 0
        with self.assertRaisesRegex(GLib.Error, "errors cannot be 0"):
            self.run_source(Calls(run=run))

    def test_own(self):
        """Others are the author's own"""
        seen = []

        class Own(Qs.Source):
            topic = 'of mqtt'

            def connect(self):
                self.status = 'connected'

            def stats(self):
                return 7

            def get_topic(self):
                return 'mine'

            def setup(self):
                self.connect()
                self.producer = 'of one\'s own'

            def run(self):
                seen.extend([self.topic, self.status, self.stats(), self.producer])
                self.produce(self.serialize(value=1))

        topic = self.app.add_source(Own('own', on_client_connect_success=lambda: None))
        self.app.run()
        self.assertEqual(seen, ['of mqtt', 'connected', 7, 'of one\'s own'])
        self.assertEqual([message.value for message in self.messages(topic)], [b'1'])

    def test_abstract(self):
        """abc.ABC is a base beside ours, and an abstract class makes no instance"""
        class Base(Qs.Source, abc.ABC):
            @abc.abstractmethod
            def fetch(self):
                pass

            def run(self):
                self.produce(self.fetch())

        class Fetches(Base):
            def fetch(self):
                return 'fetched'

        with self.assertRaisesRegex(TypeError, r'abstract.*fetch\(\)'):
            Base('base')
        self.assertEqual([m.value for m in self.run_source(Fetches('fetches'))], [b'fetched'])

    def test_mock(self):
        """A function that a test puts in its place is the one that runs"""
        class Real(Qs.Source):
            def run(self):
                raise AssertionError('the real one')

        self.app.add_source(source := Real('real'))
        with unittest.mock.patch.object(Real, 'run') as run:
            self.app.run()
        run.assert_called_once_with()
        with unittest.mock.patch.object(Real, 'run', autospec=True) as run:
            self.app.run()
        run.assert_called_once_with(source)
        with unittest.mock.patch.object(source, 'run', side_effect=ValueError('mocked')), \
                self.assertRaisesRegex(GLib.Error, 'mocked'):
            self.app.run()
        with self.assertRaisesRegex(GLib.Error, 'the real one'):
            self.app.run()

    def test_diamond(self):
        """A class of a source's and of StatefulSource has both, in either order"""
        class Mine(Qs.Source):
            def run(self):
                self.state['k'] = self.value()
                self.produce(self.serialize(value=self.state['k']))

            def value(self):
                return 1

        class First(Mine, Qs.StatefulSource):
            pass

        class Second(Qs.StatefulSource, Mine):
            def value(self):
                return 2

        for number, cls in ((1, First), (2, Second)):
            source = cls(f'diamond{number}')
            self.assertTrue(GObject.type_is_a(source, Qs.StatefulSource))
            self.app = Qs.Application('embedded', isolation='thread')
            self.assertEqual([m.value for m in self.run_source(source)], [b'%d' % number])


class TestErrors(ThreadCase):
    def test_text(self):
        """The text of an error is its message: no domain, no code, no frames of ours"""
        def run(source):
            raise ValueError('of mine')
        self.app.add_source(Calls(run=run))
        with self.assertRaises(GLib.Error) as caught:
            self.app.run()
        text = str(caught.exception)
        self.assertEqual(text, caught.exception.message)
        self.assertNotIn('_qsource', text)
        self.assertNotIn('(0)', text)
        self.assertIn('in run\n', text)
        self.assertIsInstance(caught.exception.__cause__, ValueError)

    def test_nan(self):
        """No call waits for nan seconds, which would be without end"""
        refused = []

        def run(source):
            harness = Qs.Harness(source=Calls(run=lambda source: None))
            for call in (source.wait, source.flush, source.get_producer().flush, harness.pull,
                         harness.wait_ended, lambda seconds: harness.wait_records(1, seconds)):
                with self.assertRaises(Exception) as caught:
                    call(float('nan'))
                refused.append(str(caught.exception))
        self.app.add_source(Calls(run=run))
        self.app.run()
        self.assertEqual(len(refused), 6)
        for text in refused:
            self.assertIn('nan', text.lower())

    def test_like_its_cause(self):
        """What a function of a dataframe raised is caught by its own type"""
        class Custom(Exception):
            def __init__(self, one, two):
                super().__init__(one)
                self.two = two

        for make, kind in ((lambda: ValueError('v'), ValueError), (lambda: KeyError('k'), KeyError),
                           (lambda: Custom('one', 2), Custom),
                           (lambda: FileNotFoundError(2, 'f'), FileNotFoundError)):
            def fail(value):
                raise make()
            app = Qs.Application('embedded', isolation='thread', run_timeout=30)
            frame = app.dataframe(source=Calls(run=lambda source: source.produce('1')))
            frame.apply(fail)
            with self.subTest(kind=kind), self.assertRaises(kind) as caught:
                app.run()
            self.assertIsInstance(caught.exception, GLib.Error)
            self.assertIsInstance(caught.exception.__cause__, kind)
            if kind is Custom:
                self.assertEqual(caught.exception.two, 2)


class TestSerializers(ThreadCase):
    def test_own_values(self):
        """A serializer of one's own gets the values as they are, as a function or an object"""
        import datetime
        import decimal
        values = [datetime.datetime(2026, 1, 2), (1, 2), decimal.Decimal('1.5'), {1}, 'a\0b', None]
        seen = []

        def function(value):
            seen.append(value)
            return b'x'

        class Duck:
            def serialize(self, value):
                return function(value)

            def deserialize(self, data):
                return (1, 2)

        class Whole(GObject.Object, Qs.Serializer):
            do_serialize = Duck.serialize
            do_deserialize = Duck.deserialize

        for serializer in (function, Duck(), Whole()):
            topic = Qs.Topic('own', value_serializer=serializer)
            seen.clear()
            for value in values:
                self.assertEqual(topic.serialize(value=value).value, b'x')
            self.assertEqual([type(value) for value in seen], [type(value) for value in values])
            self.assertEqual(seen, values)
            if serializer is not function:
                self.assertEqual(topic.value_serializer.deserialize(b'x'), (1, 2))
        with self.assertRaisesRegex(TypeError, 'a serializer is'):
            Qs.Topic('own', value_serializer=5)
