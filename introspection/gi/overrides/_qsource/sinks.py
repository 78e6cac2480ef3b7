# SPDX-License-Identifier: LGPL-2.1-or-later
"""Objects to which a dataframe delivers its records."""

import abc
import time
from collections import deque
from typing import Any, NamedTuple

from gi.repository import Gio, GLib


class SinkBackpressureError(Exception):
    """Raised by a sink that accepts no records for now; it is called again later."""

    retry_after = 1.0       # seconds

    def __init__(self, retry_after=1.0):
        super().__init__(retry_after)
        self.retry_after = retry_after


class SinkItem(NamedTuple):
    value: Any
    key: Any
    timestamp: int
    headers: Any
    offset: int


class SinkBatch:
    """The records of one partition since the last write."""

    __slots__ = ('topic', 'partition', '_items')

    def __init__(self, topic, partition):
        self.topic = topic
        self.partition = partition
        self._items = deque()

    @property
    def size(self):
        return len(self._items)

    @property
    def start_offset(self):
        return self._items[0].offset

    def append(self, value, key, timestamp, headers, offset):
        self._items.append(SinkItem(value, key, timestamp, headers, offset))

    def empty(self):
        return not self._items

    def clear(self):
        self._items.clear()

    def iter_chunks(self, n):
        if n < 1:
            raise ValueError(f'n is at least 1, not {n}')
        items = list(self._items)
        for start in range(0, len(items), n):
            yield items[start:start + n]

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)


class BaseSink(abc.ABC):
    """Base class of sinks that get each record, and report when records are safe."""

    def __init__(self, on_client_connect_success=None, on_client_connect_failure=None):
        self._on_client_connect_success = on_client_connect_success
        self._on_client_connect_failure = on_client_connect_failure

    @abc.abstractmethod
    def flush(self):
        """Writes the records of add() to where they cannot be lost; called before a commit."""

    @abc.abstractmethod
    def add(self, value, key, timestamp, headers, topic, partition, offset):
        """Adds a record."""

    def setup(self):
        """Connects, and raises an exception if that is not possible."""

    def start(self):
        """Called by run(): calls setup(), and then one of the functions that were passed."""
        try:
            self.setup()
            if self._on_client_connect_success is not None:
                self._on_client_connect_success()
        except Exception as exception:
            if self._on_client_connect_failure is None:
                raise
            self._on_client_connect_failure(exception)

    def on_paused(self):
        """Called after flush() has raised SinkBackpressureError: all records are added again."""


class BatchingSink(BaseSink):
    """Base class of sinks that write batches; a subclass needs only write()."""

    def __init__(self, on_client_connect_success=None, on_client_connect_failure=None):
        super().__init__(on_client_connect_success, on_client_connect_failure)
        self._batches = {}

    def __repr__(self):
        return f'<BatchingSink: {type(self).__name__}>'

    @abc.abstractmethod
    def write(self, batch):
        """Writes the records of one partition, in their order."""

    def add(self, value, key, timestamp, headers, topic, partition, offset):
        batch = self._batches.get((topic, partition))
        if batch is None:
            batch = self._batches[topic, partition] = SinkBatch(topic, partition)
        batch.append(value, key, timestamp, headers, offset)

    def flush(self):
        try:
            for batch in self._batches.values():
                self.write(batch)
        finally:
            self._batches.clear()

    def on_paused(self):
        self._batches.clear()


def _only_writes(sink):
    """Whether write() is all that a sink does with records."""
    return callable(getattr(sink, 'write', None)) and all(
        getattr(type(sink), name, own) is own
        for name, own in (('add', BatchingSink.add), ('flush', BatchingSink.flush)))


class Keeper:
    """Collects what is for one sink until that has taken it.

    A sink has write(batch), or add(value, key, timestamp, headers, topic, partition,
    offset) and flush(), as Quix Streams' do."""

    def __init__(self, sink):
        self.sink = sink
        self._adds = callable(getattr(sink, 'add', None)) and callable(getattr(sink, 'flush', None))
        self._writes = _only_writes(sink) or not self._adds and \
            callable(getattr(sink, 'write', None))
        if not self._writes and not self._adds:
            raise TypeError(f'sink() needs a function, or an object with write(batch) or with '
                            f'add() and flush(), not {sink!r}')
        self._batches = {}
        self._not_before = 0

    def start(self):
        self._batches.clear()
        self._not_before = 0
        if callable(getattr(self.sink, 'start', None)):
            self.sink.start()
        elif callable(getattr(self.sink, 'setup', None)):
            self.sink.setup()

    def add(self, value, key, timestamp, headers, place):
        topic, partition, offset = place
        batch = self._batches.get((topic, partition))
        if batch is None:
            batch = self._batches[topic, partition] = SinkBatch(topic, partition)
        batch.append(value, key, timestamp, headers, offset)
        if not self._writes:
            self._add(batch, batch._items[-1])

    def _add(self, batch, item):
        self.sink.add(value=item.value, key=item.key, timestamp=item.timestamp,
                      headers=item.headers, topic=batch.topic, partition=batch.partition,
                      offset=item.offset)

    def _deliver(self):
        if not self._writes:
            self.sink.flush()
            self._batches.clear()
            return
        for place in list(self._batches):
            self.sink.write(self._batches[place])
            del self._batches[place]

    def flush(self):
        """Delivers all; raises a GLib.Error 'busy' to be called again."""
        if time.monotonic() < self._not_before:
            self._wait()
        try:
            self._deliver()
        except Exception as error:
            retry_after = getattr(error, 'retry_after', None)
            if retry_after is None:
                raise
            self._not_before = time.monotonic() + float(retry_after)
            self._add_again()
            self._wait()

    def _add_again(self):
        """A sink of Quix Streams forgets what it had; here nothing is read again for it."""
        if self._writes:
            return
        if callable(getattr(self.sink, 'on_paused', None)):
            self.sink.on_paused()
        for batch in self._batches.values():
            for item in batch:
                self._add(batch, item)

    def _wait(self):
        raise GLib.Error('the sink takes nothing for now', 'g-io-error-quark',
                         int(Gio.IOErrorEnum.BUSY))
