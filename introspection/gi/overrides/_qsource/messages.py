# SPDX-License-Identifier: LGPL-2.1-or-later
"""Messages, headers, records and topics."""

from gi.module import get_introspection_module

from . import override
from .errors import clean
from .properties import convert_arguments, install
from .records import flatten_headers, serialize, to_headers
from .values import bytes_from_glib, bytes_to_glib

Qs = get_introspection_module('Qs')

for _class in (Qs.Topic, Qs.Message, Qs.Record, Qs.Producer, Qs.EmbeddedBroker, Qs.SourceStats,
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
        """All of them, as pairs of str and bytes or None."""
        return [(self.get_name(i), self.get_value(i)) for i in range(self.get_length())]

    def get_value(self, index):
        return bytes_from_glib(Qs.Headers.get_value(self, index))

    def lookup(self, name):
        """The last value of that name; None if it is null, or if there is none."""
        return bytes_from_glib(Qs.Headers.lookup(self, name))

    def __len__(self):
        return self.get_length()

    def __iter__(self):
        return iter(self.items())

    def __contains__(self, name):
        return any(name == other for other, _ in self.items())

    def __getitem__(self, name):
        """The last value of that name."""
        for other, value in reversed(self.items()):
            if name == other:
                return value
        raise KeyError(name)

    def __eq__(self, other):
        return self.items() == (other.items() if isinstance(other, Qs.Headers) else other)

    def __repr__(self):
        return f'Qs.Headers({self.items()!r})'


class RejectedBytes(bytes):
    """The key or value of a rejected message, which must not be produced as it is."""

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
                       timestamp or 0, -1 if partition is None else partition)

    @staticmethod
    def new_rejected(key, value, headers, timestamp, reason):
        """What produce() deals with as a source's errors property says."""
        return Qs.Message.new_rejected(bytes_to_glib(key), bytes_to_glib(value),
                                       to_headers(headers), timestamp or 0, clean(reason))

    def __init__(self, *arguments, **named):
        pass        # new() has made it

    def __repr__(self):
        return f'<Qs.Message key={self.key!r} value={self.value!r}>'


class TopicConfig:
    """How a topic is created."""

    def __init__(self, num_partitions=-1, replication_factor=-1, extra_config=None):
        self.num_partitions = num_partitions
        self.replication_factor = replication_factor
        self.extra_config = extra_config or {}


@override
class Topic(Qs.Topic):
    def __init__(self, name, config=None, **properties):
        if isinstance(config, TopicConfig):
            properties.setdefault('n_partitions', config.num_partitions)
            properties.setdefault('replication_factor', config.replication_factor)
            config = config.extra_config
        if config:
            properties['config'] = config
        super().__init__(**convert_arguments(Qs.Topic, {'name': name, **properties}))

    def serialize(self, key=None, value=None, headers=None, timestamp_ms=None, timestamp=None):
        """A message, made with the topic's serializers. None is JSON's null."""
        return serialize(self, key, value, headers,
                         timestamp if timestamp is not None else timestamp_ms)

    def __repr__(self):
        return f'<Qs.Topic {self.name!r}>'


@override
class Record(Qs.Record):
    def __repr__(self):
        return f'<Qs.Record {self.topic!r} [{self.partition}] at {self.offset}: {self.value!r}>'


@override
class EmbeddedBroker(Qs.EmbeddedBroker):
    def __init__(self, n_brokers=1):
        super().__init__(n_brokers=n_brokers)

    def create_topic(self, name, n_partitions=1):
        return Qs.EmbeddedBroker.create_topic(self, name, n_partitions)

    def dup_messages(self, topic, n_max=0):
        """The messages of a topic, or of a topic's name."""
        return Qs.EmbeddedBroker.dup_messages(
            self, topic.name if isinstance(topic, Qs.Topic) else topic, n_max)
