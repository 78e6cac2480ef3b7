# SPDX-License-Identifier: LGPL-2.1-or-later
"""The consumer that an application gives."""

from gi.module import get_introspection_module

from . import override
from .properties import install
from .values import to_seconds

Qs = get_introspection_module('Qs')


def _refuse_offsets(method, offsets):
    if offsets is not None:
        raise NotImplementedError(f'{method}() takes a message, not offsets')


@override
class Consumer(Qs.Consumer):
    """Reads topics message by message, in a with statement.

    As in Quix Streams, a message is committed after store_offsets(message)."""

    def subscribe(self, topics):
        """Joins the group to read topics, given as topics or names."""
        if isinstance(topics, str):
            raise TypeError(f'subscribe() takes a list of topics, not {topics!r}')
        Qs.Consumer.subscribe(self, [topic if isinstance(topic, str) else topic.name
                                     for topic in topics])

    def poll(self, timeout=None):
        """Returns the next Qs.Message, or None if none comes within @timeout seconds.

        A @timeout of None waits without limit."""
        return Qs.Consumer.poll(self, to_seconds(timeout))

    def store_offsets(self, message=None, offsets=None):
        """Marks a message, and all before it in its partition, as processed."""
        _refuse_offsets('store_offsets', offsets)
        if message is None:
            raise TypeError('store_offsets() needs the message that has been dealt with')
        Qs.Consumer.store_offset(self, message)

    def commit(self, message=None, offsets=None, asynchronous=False):
        """Commits a message, or all whose offsets are stored, and waits for the brokers;

        @asynchronous, from Quix Streams, has no effect."""
        _refuse_offsets('commit', offsets)
        Qs.Consumer.commit(self, message)

    def close(self):
        """Commits the stored offsets and leaves the group."""
        Qs.Consumer.close(self)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


install(Consumer)
