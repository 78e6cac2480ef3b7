# SPDX-License-Identifier: LGPL-2.1-or-later
"""The application."""

from gi.module import get_introspection_module
from gi.repository import GLib

from . import override, program
from .errors import natural
from .failures import find_failure, note_source
from .messages import Topic
from .properties import convert_arguments, install, suggest

Qs = get_introspection_module('Qs')

# Quix Streams' names of what is ours, too.
_NAMES = {
    'consumer_extra_config': 'consumer_config',
    'producer_extra_config': 'producer_config',
}


def _one_serializer(serializer, deserializer, what):
    if serializer is not None and deserializer is not None and serializer != deserializer:
        raise ValueError(f'the {what}_serializer {serializer!r} and the {what}_deserializer '
                         f'{deserializer!r} differ: a topic has one for both directions')
    return serializer if serializer is not None else deserializer


@override
class Application(Qs.Application):
    def __init__(self, broker_address=None, consumer_group=None, **properties):
        given = {'broker_address': broker_address, 'consumer_group': consumer_group}
        arguments = {name: value for name, value in given.items() if value is not None}
        arguments.update({_NAMES.get(name, name): value for name, value in properties.items()})
        super().__init__(**convert_arguments(Qs.Application, arguments))

    def __setattr__(self, name, value):
        # A typing error must not be a setting that nobody reads.
        if not hasattr(type(self), name):
            raise AttributeError(f'an application has no property {name!r}'
                                 + suggest(name, dir(type(self))))
        super().__setattr__(name, value)

    def topic(self, name, value_deserializer=None, key_deserializer=None, value_serializer=None,
              key_serializer=None, config=None):
        """A topic with the named serializers, to be given to add_source()."""
        serializers = {
            'key_serializer': _one_serializer(key_serializer, key_deserializer, 'key'),
            'value_serializer': _one_serializer(value_serializer, value_deserializer, 'value'),
        }
        return Topic(name, config, **{name: serializer for name, serializer in serializers.items()
                                      if serializer is not None})

    def add_source(self, source, topic=None):
        """Adds a source; the topic that it will produce to."""
        source.__dict__.pop('_qs_exception', None)
        try:
            added = Qs.Application.add_source(self, source,
                                              Topic(topic) if isinstance(topic, str) else topic)
        except GLib.Error as error:
            # What its default_topic() raised.
            cause = source.__dict__.pop('_qs_exception', None)
            raise natural(error, cause) from cause
        note_source(self, source)
        return added

    def dataframe(self, topic=None, source=None):
        """What processes the records of a topic, or of a source."""
        frame = Qs.Application.dataframe(self, Topic(topic) if isinstance(topic, str) else topic,
                                         source)
        self.__dict__.setdefault('_frames', []).append(frame)
        return frame

    def _prepare(self, collect=False, metadata=False):
        """The dataframes before a run; the rows that they collect, or None."""
        rows = [] if collect else None
        if not Qs.is_worker():
            for frame in self.__dict__.get('_frames', ()):
                frame._prepare(rows, metadata)
        return rows

    def run(self, cancellable=None, timeout=None, count=None, collect=True, metadata=False):
        """Runs the sources until all are done; in a worker it never returns.

        With a dataframe, @timeout is the time without a record after which it stops, and
        @count the number of values that came out; with either, and unless @collect is
        false, these are returned as rows, with @metadata as _key, _timestamp, _headers,
        _topic, _partition and _offset. With sources only, @timeout is the time that the
        run takes at most."""
        program.describe()
        has_frames = bool(self.__dict__.get('_frames'))
        if count and not has_frames:
            raise ValueError('count is of what comes out of dataframes, and there is none')
        given = {'idle_timeout' if has_frames else 'run_timeout': timeout or None,
                 'run_count': count or None}
        limits = {name: value for name, value in given.items() if value is not None}
        rows = self._prepare(bool(limits) and has_frames and collect, metadata)
        before = {name: getattr(self, name) for name in limits}
        try:
            for name, value in limits.items():
                setattr(self, name, value)
            done = Qs.Application.run(self, cancellable)
            return done if rows is None else rows
        except GLib.Error as error:
            failure = find_failure(self, error)
            raise failure from failure.__cause__
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def run_async(self, cancellable=None, callback=None, *user_data):
        """Begins to run. Without a callback, within asyncio, it returns what can be
        awaited; cancelled, it stops the sources in order."""
        program.describe()
        self._prepare()
        if callback is not None or not program.is_in_asyncio():
            return Qs.Application.run_async(self, cancellable, callback, *user_data)
        from . import coroutines        # which import asyncio
        return coroutines.run_application(
            lambda done: Qs.Application.run_async(self, cancellable, done), self.run_finish,
            self.stop)

    def run_finish(self, result):
        """What came of run_async(), as run() returns or raises it."""
        try:
            return Qs.Application.run_finish(self, result)
        except GLib.Error as error:
            failure = find_failure(self, error)
            raise failure from failure.__cause__


install(Application)
