# SPDX-License-Identifier: LGPL-2.1-or-later
"""Coroutines in a source: asyncio and GLib's main context take turns."""

import asyncio
import inspect
import selectors
import threading
import weakref

from gi.module import get_introspection_module
from gi.repository import GLib

from . import threads
from .vfuncs import has_guard

Qs = get_introspection_module('Qs')


class _Wake(GLib.Source):
    """Wakes up a main context when a file of asyncio's is ready, or at a time."""

    def __init__(self, fd):
        super().__init__()
        self._poll = GLib.PollFD(fd, GLib.IO_IN)
        self.add_poll(self._poll)

    def prepare(self):
        return False, -1

    def check(self):
        return bool(self._poll.revents)

    def dispatch(self, callback, arguments):
        self.set_ready_time(-1)
        return True


class _Selector(selectors.EpollSelector):
    """Waits in the main context of its thread, which thus gets all its turns."""

    def __init__(self):
        super().__init__()
        self._context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
        self._wake = _Wake(self.fileno())
        self._wake.attach(self._context)

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout is not None and timeout <= 0:
            self._context.iteration(False)
            return ready
        self._wake.set_ready_time(
            -1 if timeout is None else GLib.get_monotonic_time() + int(timeout * 1e6) + 1)
        self._context.iteration(True)
        return super().select(0)

    def close(self):
        self._wake.destroy()
        super().close()


async def _await(awaitable, source):
    """Cancelled when @source is to stop, if there is one."""
    if source is None:
        return await awaitable
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(awaitable)
    cancellable = Qs.BaseSource.get_cancellable(source)
    fd = cancellable.get_fd()

    def stop():
        loop.remove_reader(fd)
        task.cancel()

    loop.add_reader(fd, stop)
    try:
        return await task
    finally:
        loop.remove_reader(fd)
        cancellable.release_fd()


def _make_loop():
    return asyncio.SelectorEventLoop(_Selector())


class Loop:
    """The event loop of a source, from its first coroutine until its cleanup() is done."""

    def __init__(self, source):
        self._source = weakref.ref(source)
        self._thread = threading.get_ident()
        self._runner = asyncio.Runner(loop_factory=_make_loop)
        self._runner.get_loop().set_exception_handler(self._fail)

    def _fail(self, loop, context):
        """What nobody awaits has failed: a callback, or a task."""
        loop.default_exception_handler(context)
        source = self._source()
        exception = context.get('exception')
        if source is not None and exception is not None:
            threads.fail(source, exception)

    def is_of(self, ident):
        return self._thread == ident

    def run(self, awaitable, source):
        # A program may call app.run() within asyncio.run(): that loop stands still for
        # as long, and this one doesn't mind.
        outer = asyncio._get_running_loop()
        if outer is self._runner.get_loop():
            if inspect.iscoroutine(awaitable):
                awaitable.close()
            raise RuntimeError('this function is a coroutine (async def), and was called by '
                               'another one of the same source: await it there, by its own name')
        asyncio._set_running_loop(None)
        try:
            return self._runner.run(_await(awaitable, source))
        finally:
            asyncio._set_running_loop(outer)

    def close(self):
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            self._runner.close()
        finally:
            asyncio._set_running_loop(outer)


def run(awaitable, source, is_cancelled):
    """Awaits what a function of @source returned, in the source's loop.

    @is_cancelled: when @source is to stop."""
    loop = source.__dict__.get('_qs_loop')
    if loop is None or not loop.is_of(threading.get_ident()):
        loop = source.__dict__['_qs_loop'] = Loop(source)
    try:
        return loop.run(awaitable, source if is_cancelled else None)
    except asyncio.CancelledError:
        if is_cancelled and Qs.BaseSource.is_stopping(source):
            return None
        raise
    finally:
        if not has_guard(type(source), 'cleanup') and not has_guard(type(source), 'start'):
            close(source)       # nobody else would


def close(source):
    """Ends the loop of @source, and cancels what still runs in it."""
    loop = source.__dict__.pop('_qs_loop', None)
    if loop is not None and loop.is_of(threading.get_ident()):
        loop.close()


async def _iterate(finished):
    """Gives GLib's main context its turns until @finished."""
    context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
    while not finished():
        if not context.iteration(False):
            await asyncio.sleep(0.005)
        else:
            await asyncio.sleep(0)


def run_application(start, finish, stop):
    """A task that awaits what @start begins: @finish makes its result. Cancelled, it
    calls @stop and waits on."""
    result = []
    start(lambda application, outcome: result.append(outcome))

    async def wait():
        cancelled = None
        while not result:
            try:
                await _iterate(lambda: result)
            except asyncio.CancelledError as error:
                cancelled = error
                stop()
        outcome = finish(result[0])
        if cancelled is not None:
            raise cancelled
        return outcome

    return asyncio.ensure_future(wait())
