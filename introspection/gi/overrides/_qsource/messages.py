# SPDX-License-Identifier: LGPL-2.1-or-later
"""Messages, headers, records and topics."""

from gi.module import get_introspection_module

from . import override
from .errors import clean
from .properties import convert_arguments, install, is_function, of_functions
from .records import (flatten_headers, make_record, serialize, to_headers, to_partition,
                      to_timestamp)
from .values import bytes_from_glib, bytes_to_glib, from_variant, to_seconds

Qs = get_introspection_module('Qs')

for _class in (Qs.Topic, Qs.Message, Qs.Record, Qs.EmbeddedBroker, Qs.SourceStats,
               Qs.StateAdmin):
    install(_class)


@override
class Headers(Qs.Headers):
    """An ordered list of names and values, in which a name may repeat."""

    def __new__(cls, headers=None):
        return Qs.Headers.new()

    def __init__(self, headers=None):
        flat = flatten_headers(headers) or ()
        for name, value in zip(flat[::2], flat[1::2]):
            Qs.Headers.append(self, name, bytes_to_glib(value))

    def append(self, name, value):
        name, value = flatten_headers([(name, value)])
        Qs.Headers.append(self, name, bytes_to_glib(value))

    def items(self):
        """Returns all headers, as pairs of str and bytes or None."""
        return [(self.get_name(i), self.get_value(i)) for i in range(self.get_length())]

    def get_value(self, index):
        return bytes_from_glib(Qs.Headers.get_value(self, index))

    def lookup(self, name):
        """Returns the last value of a name; None if it is null, or if there is none."""
        return bytes_from_glib(Qs.Headers.lookup(self, name))

    def __len__(self):
        return self.get_length()

    def __iter__(self):
        return iter(self.items())

    def __contains__(self, name):
        return any(name == other for other, _ in self.items())

    def __getitem__(self, name):
        """Returns the last value of a name."""
        for other, value in reversed(self.items()):
            if name == other:
                return value
        raise KeyError(name)

    def __eq__(self, other):
        if not isinstance(other, (Qs.Headers, list, tuple, dict)):
            return NotImplemented
        try:
            return flatten_headers(self) == flatten_headers(other)
        except (TypeError, ValueError):
            return False            # others are none

    def __repr__(self):
        return f'Qs.Headers({self.items()!r})'


class RejectedBytes(bytes):
    """The key or value of a rejected message, which must not be produced unchanged."""

    def __new__(cls, data, message):
        self = super().__new__(cls, data)
        self.rejected_message = message
        return self


def _part(message, data):
    data = bytes_from_glib(data)
    if data is None or message.get_rejection() is None:
        return data
    return RejectedBytes(data, message)


@override
class Message(Qs.Message):
    key = property(lambda self: _part(self, self.get_key()))
    value = property(lambda self: _part(self, self.get_value()))

    def __new__(cls, key=None, value=None, headers=None, timestamp=None, partition=None):
        return cls.new(bytes_to_glib(key), bytes_to_glib(value), to_headers(headers),
                       to_timestamp(timestamp), to_partition(partition))

    @staticmethod
    def new_rejected(key, value, headers, timestamp, reason):
        """Makes a rejected message, which produce() treats as the source's errors property says."""
        return Qs.Message.new_rejected(bytes_to_glib(key), bytes_to_glib(value),
                                       to_headers(headers), to_timestamp(timestamp), clean(reason))

    def __init__(self, *arguments, **named):
        pass        # new() has made it

    def __repr__(self):
        return f'<Qs.Message key={self.key!r} value={self.value!r}>'


class TopicConfig:
    """How a topic is created."""

    def __init__(self, num_partitions=-1, replication_factor=-1, extra_config=None):
        self.num_partitions = -1 if num_partitions is None else num_partitions
        self.replication_factor = -1 if replication_factor is None else replication_factor
        self.extra_config = extra_config or {}

    def as_dict(self):
        return dict(vars(self))


def _is_covered(serializer, deserializer):
    """Whether what reads has a schema that what writes has as well, or none of its own."""
    return serializer == deserializer or type(serializer) is type(deserializer) and \
        hasattr(serializer, 'schema') and deserializer.schema in (None, serializer.schema)


def _one_serializer(serializer, deserializer, what):
    reads = is_function(deserializer)
    if reads and (serializer is None or is_function(serializer)):
        return of_functions(serializer, deserializer)
    if serializer is not None and deserializer is not None and \
            not _is_covered(serializer, deserializer):
        raise ValueError(f'the {what}_serializer {serializer!r} and the {what}_deserializer '
                         f'{deserializer!r} differ: a topic has one for both directions')
    return serializer if serializer is not None else deserializer


@override
class Topic(Qs.Topic):
    _timestamp_extractor = None

    def __init__(self, name, config=None, create_config=None, value_deserializer=None,
                 key_deserializer=None, value_serializer=None, key_serializer=None,
                 timestamp_extractor=None, **properties):
        if config is not None and create_config is not None:
            raise TypeError('config and create_config are the same: give one of them')
        config = config if config is not None else create_config
        if timestamp_extractor is not None:
            if not callable(timestamp_extractor):
                raise TypeError('timestamp_extractor must be a function of value, headers, '
                                f'timestamp and its type, not {timestamp_extractor!r}')
            self._timestamp_extractor = timestamp_extractor
        for what, pair in (('key', (key_serializer, key_deserializer)),
                           ('value', (value_serializer, value_deserializer))):
            serializer = _one_serializer(*pair, what)
            if serializer is not None:
                properties[f'{what}_serializer'] = serializer
        if isinstance(config, TopicConfig):
            properties.setdefault('n_partitions', config.num_partitions)
            properties.setdefault('replication_factor', config.replication_factor)
            config = config.extra_config
        if config:
            properties['config'] = config
        super().__init__(**convert_arguments(Qs.Topic, {'name': name, **properties}))

    @property
    def create_config(self):
        """How the topic is created, with its current settings."""
        return TopicConfig(self.n_partitions, self.replication_factor, self.config)

    @create_config.setter
    def create_config(self, config):
        if not isinstance(config, TopicConfig):
            raise TypeError(f'create_config must be a TopicConfig, not {config!r}')
        self.n_partitions = config.num_partitions
        self.replication_factor = config.replication_factor
        self.config = config.extra_config or None

    def serialize(self, key=None, value=None, headers=None, timestamp_ms=None, timestamp=None):
        """Makes a message with the topic's serializers. None is JSON's null."""
        return serialize(self, key, value, headers,
                         timestamp if timestamp is not None else timestamp_ms)

    def __repr__(self):
        return f'<Qs.Topic {self.name!r}>'


@override
class Producer(Qs.Producer):
    """Ours takes a topic and a message; Quix Streams' a topic's name, value, key, …"""

    # The application whose it is; a source's has none.
    _application = None

    def produce(self, topic, value=None, key=None, headers=None, partition=None, timestamp=None,
                poll_timeout=None, buffer_error_max_tries=None, on_delivery=None, message=None):
        """Produces a record of bytes or text (None is null), or a Qs.Message, to a topic or
        a topic's name. It blocks while the queue is full."""
        if on_delivery is not None:
            raise NotImplementedError('produce() has no on_delivery: flush() returns when all '
                                      'was delivered, and raises what could not be')
        if message is not None:
            if value is not None:
                raise TypeError('produce() takes a message or a value, not both')
            value = message
        made = make_record(value, key, headers, partition, timestamp)
        return Qs.Producer.produce(self, self._find_topic(topic), made)

    def _find_topic(self, topic):
        topics = self.__dict__.setdefault('_topics', {})
        name = topic if isinstance(topic, str) else topic.name
        if name not in topics:
            known = getattr(self._application, '_topics', {}).get(name)
            found = known or (Topic(name) if isinstance(topic, str) else topic)
            # As run() makes those that it knows; any other is the broker's affair.
            if self._application is not None and (known or found is topic):
                self._application.create_topic(found)
            topics[name] = found
        return topics[name] if isinstance(topic, str) else topic

    def flush(self, timeout=None):
        """Waits until all records are acknowledged, or raises; returns the number of records
        left, which is 0."""
        Qs.Producer.flush(self, to_seconds(timeout))
        return 0

    def poll(self, timeout=0):
        """Does nothing; exists in Quix Streams, but delivery needs no help here."""
        return 0

    def __len__(self):
        return self.n_in_flight

    def __bool__(self):
        return True

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.flush()


install(Producer)


@override
class Record(Qs.Record):
    # A GVariant holds less than Python does: text without NUL, and nothing deep.
    key = property(lambda self: self._read('key', True))
    value = property(lambda self: self._read('value', False))

    def _read(self, part, is_key):
        steps = self.__dict__.get('_qs_steps')
        if steps is None:
            return from_variant(getattr(self, f'get_{part}')())
        return steps.read(bytes_from_glib(getattr(self, f'dup_{part}_bytes')()), is_key)

    def __repr__(self):
        return f'<Qs.Record {self.topic!r} [{self.partition}] at {self.offset}: {self.value!r}>'


@override
class EmbeddedBroker(Qs.EmbeddedBroker):
    def __init__(self, n_brokers=1):
        super().__init__(n_brokers=n_brokers)

    def create_topic(self, name, n_partitions=1):
        return Qs.EmbeddedBroker.create_topic(self, name, n_partitions)

    def dup_messages(self, topic, n_max=0):
        """Returns the messages of a topic, given as a topic or a name."""
        return Qs.EmbeddedBroker.dup_messages(
            self, topic.name if isinstance(topic, Qs.Topic) else topic, n_max)
