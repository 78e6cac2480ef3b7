# SPDX-License-Identifier: LGPL-2.1-or-later
"""Coroutines in a source: asyncio and GLib's main context take turns."""

import asyncio
import selectors

from gi.repository import GLib


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


async def _cancel_when_stopping(coroutine, source):
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(coroutine)
    cancellable = source.get_cancellable()
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


def run(coroutine, source):
    """Awaits @coroutine, which is cancelled when @source is to stop."""
    try:
        with asyncio.Runner(
                loop_factory=lambda: asyncio.SelectorEventLoop(_Selector())) as runner:
            return runner.run(_cancel_when_stopping(coroutine, source))
    except asyncio.CancelledError:
        if source.is_stopping():
            return None
        raise
