# SPDX-License-Identifier: LGPL-2.1-or-later
"""The application."""

import types

from gi.module import get_introspection_module
from gi.repository import GLib

from . import override, program, quix
from .errors import natural
from .failures import find_failure, note_source
from .messages import Topic
from .properties import convert_arguments, install, suggest

Qs = get_introspection_module('Qs')


@override
class Application(Qs.Application):
    def __init__(self, broker_address=None, consumer_group=None, **properties):
        given = {'broker_address': broker_address, 'consumer_group': consumer_group}
        arguments = {name: value for name, value in given.items() if value is not None}
        callbacks = {name: properties.pop(name) for name in _CALLBACKS if name in properties}
        for name, value in properties.items():
            if name in quix.REFUSED and value is not None:
                raise NotImplementedError(f'an application has no {name}: {quix.REFUSED[name]}')
            if name not in quix.TUNING and name not in quix.REFUSED and name != 'loglevel':
                arguments[quix.NAMES.get(name, name)] = value
        if isinstance(arguments.get('broker_address'), quix.ConnectionConfig):
            connection = arguments['broker_address']
            arguments['broker_address'] = connection.bootstrap_servers
            arguments['client_config'] = {**connection.client_config(),
                                          **dict(arguments.get('client_config') or {})}
        for name in ('commit_interval', 'request_timeout'):
            if hasattr(arguments.get(name), 'total_seconds'):        # a timedelta
                arguments[name] = arguments[name].total_seconds()
        quix.set_level(properties.get('loglevel'))
        super().__init__(**convert_arguments(Qs.Application, arguments))
        quix.connect(self, callbacks)

    def __setattr__(self, name, value):
        # A typing error must not become a setting that nobody reads; a subclass has
        # attributes of its own.
        if not hasattr(type(self), name) and not name.startswith('_') and (
                type(self) is Application or suggest(name, _SETTINGS)):
            raise AttributeError(f'an application has no property {name!r}'
                                 + suggest(name, dir(type(self))))
        super().__setattr__(name, value)

    @property
    def config(self):
        """Returns all settings with their current values."""
        return types.SimpleNamespace(**{name: getattr(self, name) for name in _SETTINGS})

    def topic(self, name, value_deserializer=None, key_deserializer=None, value_serializer=None,
              key_serializer=None, config=None, timestamp_extractor=None):
        """Makes a topic with the named serializers, for add_source() or dataframe().

        @timestamp_extractor makes a record's timestamp in a dataframe, of value, headers,
        timestamp and its type."""
        topic = Topic(name, config, value_deserializer=value_deserializer,
                      key_deserializer=key_deserializer, value_serializer=value_serializer,
                      key_serializer=key_serializer, timestamp_extractor=timestamp_extractor)
        self.__dict__.setdefault('_topics', {})[name] = topic
        return topic

    def get_producer(self, transactional=False):
        """Makes a producer for records that belong to no source, for a with statement;
        it creates the topics that topic() returned when it first produces to them."""
        if transactional:
            raise NotImplementedError("an application's producer takes part in no transaction; a "
                                      "source or a dataframe does with "
                                      "processing_guarantee='exactly-once'")
        producer = Qs.Application.get_producer(self)
        producer._application = self
        return producer

    def get_consumer(self, auto_commit_enable=True):
        """Makes a consumer, a member of the application's group, for a with statement; without
        @auto_commit_enable only its commit() commits."""
        return Qs.Application.get_consumer(self, auto_commit_enable)

    def add_source(self, source, topic=None):
        """Adds a source, and returns the topic that it will produce to."""
        source.__dict__.pop('_qs_exception', None)
        if self.isolation != Qs.Isolation.THREAD:
            quix.refuse_shared(source)
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
        """Makes a dataframe that processes the records of a topic, or of a source."""
        if source is not None and self.isolation != Qs.Isolation.THREAD:
            quix.refuse_shared(source)
        frame = Qs.Application.dataframe(self, Topic(topic) if isinstance(topic, str) else topic,
                                         source)
        frame._begin(None)
        frame._extractor = getattr(topic, '_timestamp_extractor', None)
        self.__dict__.setdefault('_frames', []).append(frame)
        return frame

    def _prepare(self):
        """The dataframes before a run."""
        self._rows = [] if self.collect else None
        if not Qs.is_worker():
            for frame in self.__dict__.get('_frames', ()):
                frame._prepare(self._rows)

    def dup_rows(self, metadata=False):
        """Returns the results of the dataframes in the last run with collect, as run() does."""
        rows = self.__dict__.get('_rows') or ()
        return [rows[record.get_value().unpack()].to_dict(metadata)
                for record in Qs.Application.dup_rows(self) if rows]

    def stop(self, fail=False):
        """Stops run() in order: processed records are committed."""
        if fail:
            raise NotImplementedError('stop(fail=True) is not supported: raise an exception in a '
                                      'function of the dataframe, and nothing of its record is '
                                      'committed')
        Qs.Application.stop(self)

    def run(self, cancellable=None, timeout=None, count=None, collect=True, metadata=False,
            dataframe=None):
        """Runs the sources until all have ended; in a worker it never returns.

        With a dataframe, it stops after @timeout seconds without a record, or after @count
        results. With either, and unless @collect is false, it returns the results as rows, with
        @metadata including _key, _timestamp, _headers, _topic, _partition and _offset. With
        sources only, @timeout is the maximum duration of the run, in seconds. A dataframe can be
        passed as in Quix Streams, but all dataframes of the application run."""
        program.describe()
        for frame in cancellable, dataframe:
            if isinstance(frame, Qs.Dataframe) and \
                    not set(frame._roots) & set(self.__dict__.get('_frames', ())):
                raise ValueError('the dataframe is of another application')
        if isinstance(cancellable, Qs.Dataframe):
            cancellable = None
        has_frames = bool(self.__dict__.get('_frames'))
        if count and not has_frames:
            raise ValueError('count is of what comes out of dataframes, and there is none')
        given = {'idle_timeout' if has_frames else 'run_timeout': timeout or None,
                 'run_count': count or None}
        limits = {name: value for name, value in given.items() if value is not None}
        returns_rows = bool(limits) and has_frames and collect
        if returns_rows:
            limits['collect'] = True
        before = {name: getattr(self, name) for name in limits}
        try:
            for name, value in limits.items():
                setattr(self, name, value)
            self._prepare()
            done = Qs.Application.run(self, cancellable)
            return self.dup_rows(metadata) if returns_rows else done
        except GLib.Error as error:
            failure = find_failure(self, error)
            raise failure from failure.__cause__
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def run_async(self, cancellable=None, callback=None, *user_data):
        """Begins to run.

        Without a callback, within asyncio, it returns an awaitable; cancelling that stops the
        sources in order."""
        program.describe()
        self._prepare()
        if callback is not None or not program.is_in_asyncio():
            return Qs.Application.run_async(self, cancellable, callback, *user_data)
        from . import coroutines        # which import asyncio
        return coroutines.run_application(
            lambda done: Qs.Application.run_async(self, cancellable, done), self.run_finish,
            self.stop)

    def run_finish(self, result):
        """Returns or raises the result of run_async(), as run() does."""
        try:
            return Qs.Application.run_finish(self, result)
        except GLib.Error as error:
            failure = find_failure(self, error)
            raise failure from failure.__cause__


_SETTINGS = sorted(pspec.name.replace('-', '_') for pspec in Qs.Application.list_properties())
_CALLBACKS = ('on_processing_error', 'on_producer_error', 'on_consumer_error',
              'on_message_processed')

install(Application)
