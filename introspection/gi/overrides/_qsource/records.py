# SPDX-License-Identifier: LGPL-2.1-or-later
"""How keys, values and headers become a record: the rules, and the slow way.

The extension does the same with the common types and calls what is here for the
others."""

import struct
import types

from gi.module import get_introspection_module
from gi.repository import Gio, GLib, GObject

from . import native
from .errors import clean, tell_exception
from .functions import is_awaitable
from .jsontext import RefusedNumber, RefusedType, RefusedValue, show, type_name
from .values import (bytes_from_glib, bytes_to_glib, from_variant, simplify, to_bytes,
                     to_schema_variant)

Qs = get_introspection_module('Qs')

_INT64 = range(-2**63, 2**63)

_NOT_THE_RECORD = {
    (GLib.quark_to_string(Qs.serialization_error_quark()), int(Qs.SerializationError.REGISTRY)),
    (GLib.quark_to_string(Qs.serialization_error_quark()), int(Qs.SerializationError.SCHEMA)),
    (GLib.quark_to_string(Gio.io_error_quark()), int(Gio.IOErrorEnum.CANCELLED)),
}


# ---- headers

def _header_name(name):
    if not isinstance(name, str):
        raise RefusedType(f'the name {show(name)} of a header is of type {type_name(name)}; it '
                          'must be a str')
    name = str.__str__(name)
    to_bytes(name, 'the name of a header')
    if '\0' in name:
        raise RefusedValue(f'the name {show(name)} of a header holds a NUL, which Kafka\'s clients '
                           'in C cannot read; a value can hold one')
    return name


def _pairs(headers):
    if isinstance(headers, Qs.Headers):
        return [(headers.get_name(i), bytes_from_glib(Qs.Headers.get_value(headers, i)))
                for i in range(headers.get_length())]
    if hasattr(headers, 'items'):
        return headers.items()
    if isinstance(headers, (str, bytes)):
        raise RefusedType(f'headers are a dict or pairs of a name and a value, not '
                          f'{type_name(headers)}')
    return headers


def flatten_headers(headers):
    """A flat tuple of names and values (bytes or None); None for no headers."""
    if headers is None:
        return None
    flat = []
    for pair in _pairs(headers):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise RefusedType(f'a header is a pair of a name and a value, not {show(pair)}')
        name = _header_name(pair[0])
        flat += name, to_bytes(pair[1], f'the value of header {name!r}')
    return tuple(flat) or None


def to_headers(headers):
    """A dictionary, pairs or None as Qs.Headers or None."""
    if isinstance(headers, Qs.Headers):
        return headers
    flat = flatten_headers(headers)
    if flat is None:
        return None
    made = Qs.Headers.new()
    for name, value in zip(flat[::2], flat[1::2]):
        Qs.Headers.append(made, name, bytes_to_glib(value))
    return made


# ---- serializers

def _write_integer(value, what):
    if isinstance(value, bool) or not isinstance(value, int):
        raise RefusedType(f"{what} is of type {type_name(value)}; the serializer 'integer' takes "
                          'an int')
    if value not in range(-2**31, 2**31):
        raise RefusedNumber(f"{what} does not fit into an integer of 32 bits; use the "
                            "'json' serializer")
    return struct.pack('>i', value)


def _write_double(value, what):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RefusedType(f"{what} is of type {type_name(value)}; the serializer 'double' takes "
                          'a float, or an int that a float can hold exactly')
    number = float(value)
    if number != value and value == value:
        raise RefusedNumber(f"{what}: a double cannot hold this integer exactly; use "
                            "the 'json' serializer")
    return struct.pack('>d', number)


def _write_text(value, what):
    if not isinstance(value, str):
        raise RefusedType(f"{what} is of type {type_name(value)}; the serializer 'string' takes "
                          'a str, such as str(value)')
    return to_bytes(value, what)


def _write_json(value, what):
    return native.write(value)


_WRITERS = {
    'bytes': to_bytes,
    'double': _write_double,
    'integer': _write_integer,
    'json': _write_json,
    'string': _write_text,
}


def own_function(serializer, name):
    """The function of Python with which @serializer implements @name; None if that is C."""
    own = getattr(serializer, '_qs_own', None)
    return own(name) if own is not None else None


def serialize_part(serializer, value, what, topic=None):
    """The bytes of a key or value; @topic: of which they are."""
    if native.extension:
        data = native.extension.serialize_schema(serializer, value, topic, what == 'the key')
        if data is not NotImplemented:
            return data
    name = serializer.get_name()
    if name is not None:
        if value is None and name != 'json':
            return None
        return _WRITERS[name](value, what)

    function = own_function(serializer, 'serialize')
    if function is not None:
        result = function(value)
        if isinstance(result, types.CoroutineType):
            result.close()
        if not isinstance(result, (bytes, bytearray, memoryview, str, GLib.Bytes)):
            raise RefusedType(f'serialize() of {type_name(serializer)} returned '
                              f'{type_name(result)}; it must return bytes or str')
        return to_bytes(result, what)

    # One of C's, which may be of another library: it takes variants.
    if value is None and serializer.get_content_type() != 'application/json':
        return None
    if topic is None:
        return bytes_from_glib(Qs.Serializer.serialize(serializer, to_schema_variant(value)))
    # The serializer might need to know its topic, which only the topic can provide.
    if what == 'the key':
        message = Qs.Topic.serialize(topic, to_schema_variant(value), None, None, 0)
        return bytes_from_glib(message.get_key())
    message = Qs.Topic.serialize(topic, None, to_schema_variant(value), None, 0)
    return bytes_from_glib(message.get_value())


def _read_number(layout, name):
    size = struct.calcsize(layout)

    def read(data):
        if len(data) != size:
            raise RefusedValue(f"the serializer '{name}' reads {size} bytes, not {len(data)}")
        return struct.unpack(layout, data)[0]
    return read


def _read_text(data):
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RefusedValue(f'invalid UTF-8 at byte {error.start} of a text') from None


_READERS = {
    'bytes': lambda data: data,
    'double': _read_number('>d', 'double'),
    'integer': _read_number('>i', 'integer'),
    'json': native.read,
    'string': _read_text,
}


def deserialize_part(serializer, data):
    """The value in a record's key or value; None for none."""
    if data is None:
        return None
    if native.extension:
        value = native.extension.deserialize_schema(serializer, data)
        if value is not NotImplemented:
            return value
    reader = _READERS.get(serializer.get_name()) or own_function(serializer, 'deserialize')
    if reader is None:
        return from_variant(Qs.Serializer.deserialize(serializer, bytes_to_glib(data)))
    value = reader(data)
    if is_awaitable(value):
        if isinstance(value, types.CoroutineType):
            value.close()
        raise RefusedType(f'deserialize() of {type_name(serializer)} returned a '
                          f'{type_name(value)}; it cannot be a coroutine (async def)')
    return value


def to_timestamp(timestamp):
    """What was given as a timestamp, in milliseconds; 0 = now."""
    if timestamp is None:
        return 0
    if isinstance(timestamp, bool) or not hasattr(timestamp, '__index__'):
        advice = '; use int(value.timestamp() * 1000)' if hasattr(timestamp, 'timestamp') else ''
        raise RefusedType(f'a timestamp is an int of milliseconds since 1970, not '
                          f'{show(timestamp)} of type {type_name(timestamp)}{advice}')
    timestamp = int(timestamp)
    if timestamp not in _INT64:
        raise RefusedNumber(f'the timestamp {show(timestamp)} does not fit into 64 bits; it is '
                            'in milliseconds')
    if timestamp < 0:
        raise RefusedNumber(f'the timestamp {show(timestamp)} is negative; it is in milliseconds '
                            'since 1970, and None or 0 is the time at which it is produced')
    return timestamp


def serialize_parts(topic, key, value, headers, timestamp):
    """Both as bytes, the headers flat, and the timestamp as an int."""
    return (serialize_part(topic.get_key_serializer(), key, 'the key', topic),
            serialize_part(topic.get_value_serializer(), value, 'the value', topic),
            flatten_headers(headers), to_timestamp(timestamp))


def make_message(key, value, headers, timestamp, partition=-1):
    return Qs.Message.new(bytes_to_glib(key), bytes_to_glib(value),
                          to_headers(list(zip(headers[::2], headers[1::2])) if headers else None),
                          timestamp or 0, partition)


def serialize(topic, key, value, headers, timestamp):
    """A message, made with the serializers of a topic."""
    return make_message(*serialize_parts(topic, key, value, headers, timestamp))


def complete(serialized):
    """What the extension's serialize() returned as a Qs.Message."""
    return make_message(serialized.key, serialized.value, serialized._headers,
                        serialized._timestamp)


# ---- what can't be serialized

def _tell(value):
    """As much of @value as bytes can represent, and how; the value can be of any kind."""
    try:
        if isinstance(value, (bytes, bytearray, memoryview, GLib.Bytes)):
            return to_bytes(value, 'it'), 'bytes'
        if isinstance(value, str):
            return str.encode(value, 'utf-8', 'backslashreplace'), 'text'
        return repr(value).encode('utf-8', 'backslashreplace'), 'repr'
    except Exception:
        return f'<{type_name(value)}>'.encode('utf-8', 'backslashreplace'), 'repr'


def reject(key, value, headers, timestamp, exception):
    """The message of a record that can't be serialized because of @exception."""
    try:
        headers = to_headers(headers)
    except Exception:
        headers = None
    headers = headers.copy() if headers is not None else Qs.Headers.new()
    parts = []
    for name, part in (('key', key), ('value', value)):
        data, how = _tell(part) if part is not None else (None, None)
        parts.append(bytes_to_glib(data))
        if how is not None:
            Qs.Headers.append(headers, f'__qsource.errors.{name}.format', bytes_to_glib(how))
    try:
        timestamp = max(to_timestamp(timestamp), 0)
    except Exception:
        timestamp = 0
    reason = clean(f'Cannot serialize a record: {tell_exception(exception)}')
    return Qs.Message.new_rejected(*parts, headers, timestamp, reason)


def rejects(source, exception=None):
    """Whether @source deals with what can't be serialized because of @exception, rather
    than fail: not where no other record could be serialized either."""
    if isinstance(exception, GLib.Error) and (exception.domain, exception.code) in _NOT_THE_RECORD:
        return False
    return Qs.BaseSource.get_topic(source) is not None and Qs.Source.get_errors(source) != Qs.ErrorHandling.FAIL


# ---- the slow way of a source

def serialize_for(source, key, value, headers, timestamp):
    topic = Qs.BaseSource.get_topic(source)
    if topic is None:
        # The library has the words for it.
        return Qs.Source.serialize(source, None, None, None, 0)
    try:
        return serialize(topic, key, value, headers, timestamp)
    except Exception as exception:
        if not rejects(source, exception):
            raise
        return reject(key, value, headers, timestamp, exception)


def send(source, key, value, headers, partition, timestamp):
    """Produces exact bytes, text or None; the headers are flat."""
    if not headers and partition == -1:
        return Qs.Source.produce_bytes(source, bytes_to_glib(key), bytes_to_glib(value),
                                       timestamp)
    return Qs.Source.produce(source, make_message(key, value, headers, timestamp, partition))


def to_partition(partition):
    if partition is None:
        return -1
    if isinstance(partition, bool) or not hasattr(partition, '__index__') or \
            int(partition) not in range(-1, 2**31):
        raise RefusedType(f'a partition is an int from 0 on, or None, not {show(partition)}')
    return int(partition)


def make_record(value, key, headers, partition, timestamp):
    """The message of what a produce() is given."""
    if isinstance(value, Qs.Message) or hasattr(value, 'to_message'):
        if any(other is not None for other in (key, headers, partition, timestamp)):
            raise TypeError(_MESSAGE_AND_MORE)
        return value if isinstance(value, Qs.Message) else value.to_message()
    return make_message(to_bytes(key, 'the key'), to_bytes(value, 'the value'),
                        flatten_headers(headers), to_timestamp(timestamp), to_partition(partition))


_MESSAGE_AND_MORE = ('a message has its own key, headers, partition and timestamp: give '
                     "produce() either the message, or the message's value with others")


def _produce_message(source, message, *others):
    if any(other is not None for other in others):
        raise TypeError(_MESSAGE_AND_MORE)
    if not isinstance(message, Qs.Message):
        message = message.to_message()
    return Qs.Source.produce(source, message)


def _is_message(value):
    try:
        return isinstance(value, Qs.Message) or hasattr(value, 'to_message')
    except Exception:       # a value may raise at whatever it is asked
        return False


def _rejected_message(part):
    try:
        return getattr(part, 'rejected_message', None)
    except Exception:
        return None


def produce_for(source, value, key, headers, partition, timestamp):
    if _is_message(value):
        return _produce_message(source, value, key, headers, partition, timestamp)
    for part in (value, key):
        message = _rejected_message(part)
        if message is not None:
            return Qs.Source.produce(source, message)
    try:
        record = (to_bytes(key, 'the key'), to_bytes(value, 'the value'),
                  flatten_headers(headers), to_partition(partition), to_timestamp(timestamp))
    except Exception as exception:
        if not rejects(source, exception):
            raise
        return Qs.Source.produce(source, reject(key, value, headers, timestamp, exception))
    return send(source, *record)


def produce_value_for(source, key, value):
    """None is null in the record; a source that is not configured yet is an error."""
    topic = Qs.BaseSource.get_topic(source)
    if topic is None:
        return Qs.Source.produce_value(source, None, None)
    try:
        parts = [None if part is None else serialize_part(serializer, part, what, topic)
                 for serializer, part, what in (
                     (topic.get_key_serializer(), key, 'the key'),
                     (topic.get_value_serializer(), value, 'the value'))]
    except Exception as exception:
        if not rejects(source, exception):
            raise
        return Qs.Source.produce(source, reject(key, value, None, 0, exception))
    return send(source, *parts, None, -1, 0)


def raise_error(domain, code, message):
    raise GLib.Error(message, domain, code)


if native.extension:
    native.extension.set_hooks(produce=produce_for, serialize=serialize_for, complete=complete,
                               headers=flatten_headers, raise_error=raise_error,
                               simplify=simplify, object_type=GObject.Object)
