# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random Protobuf schemas, as a text and as a class of Google's library, and values of them."""

import math
import struct

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf import duration_pb2, struct_pb2, timestamp_pb2, wrappers_pb2

INT32 = [0, 1, -1, 2**31 - 1, -2**31]
INT64 = INT32 + [2**53 + 1, 2**63 - 1, -2**63]
UINT64 = [0, 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
SINGLES = [0.0, -0.0, 0.5, 3.4028234663852886e38, 1.401298464324817e-45, math.nan, -math.inf]
DOUBLES = SINGLES + [0.1, 1e300, 5e-324]
CHARACTERS = 'a"\\/\n\x01\x7fäß€漢𝄞'
SCALARS = ['bool', 'int32', 'sint32', 'sfixed32', 'uint32', 'fixed32', 'int64', 'sint64',
           'sfixed64', 'uint64', 'fixed64', 'float', 'double', 'string', 'bytes']
KEYS = [name for name in SCALARS if name not in ('float', 'double', 'bytes')]
NUMBERS = {'int32': INT32, 'sint32': INT32, 'sfixed32': INT32, 'uint32': [0, 1, 2**32 - 1],
           'fixed32': [0, 1, 2**32 - 1], 'int64': INT64, 'sint64': INT64, 'sfixed64': INT64,
           'uint64': UINT64, 'fixed64': UINT64, 'float': SINGLES, 'double': DOUBLES}
KNOWN = {'Timestamp': timestamp_pb2, 'Duration': duration_pb2, 'Struct': struct_pb2,
         'Value': struct_pb2, 'ListValue': struct_pb2, 'Int64Value': wrappers_pb2,
         'StringValue': wrappers_pb2, 'BytesValue': wrappers_pb2, 'DoubleValue': wrappers_pb2}
WRAPPED = {'Int64Value': 'int64', 'StringValue': 'string', 'BytesValue': 'bytes',
           'DoubleValue': 'double'}
TIMES = ['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z',
         '1969-12-31T23:59:59.500Z', '2026-01-02T03:04:05.000006Z',
         '2026-01-02T03:04:05.000000007Z']
DURATIONS = ['0s', '1s', '-1.500s', '0.000001s', '-0.000000001s', '315576000000s']
DEFAULTS = {'bool': False, 'string': '', 'bytes': b'', 'float': 0.0, 'double': 0.0}
Type = descriptor_pb2.FieldDescriptorProto.Type
Label = descriptor_pb2.FieldDescriptorProto.Label


class Field:
    """A field; @kind is the name of a scalar or of a known type, a Message or an Enum.
    @label: '', 'optional', 'required', 'repeated', 'map' or a number, which is a oneof."""

    def __init__(self, name, number, label, kind, key=None):
        self.name, self.number, self.label, self.kind, self.key = name, number, label, kind, key

    def is_message(self):
        return isinstance(self.kind, Message) or self.kind in KNOWN

    def has_presence(self):
        return self.label not in ('', 'repeated', 'map') or self.label == '' and self.is_message()


class Enum:
    def __init__(self, name, symbols):
        self.name, self.symbols = name, symbols     # (name, number) each


class Message:
    def __init__(self, name):
        self.name, self.fields, self.messages, self.enums, self.n_oneofs = name, [], [], [], 0


class RandomProtobuf:
    """A file of message types: self.text, self.types (full name → Message) and, of Google's
    library, make_class(). self.message is the one of which there are values."""

    def __init__(self, dice, name='schema.proto'):
        self.dice, self.name = dice, name
        self.syntax = dice.choice(['proto3', 'proto3', 'proto2'])
        self.package = dice.choice(['', 'p', 'p.q_1'])
        self.types, self.n_types = {}, 0
        self.messages = [self._message(0, self.package) for _ in range(dice.randint(1, 3))]
        self.full_name = dice.choice(sorted(self.types))
        self.message = self.types[self.full_name]
        self.text = '\n'.join(self._lines())

    # ---- types

    def _message(self, depth, prefix):
        self.n_types += 1
        message = Message(f'M{self.n_types}')
        full = f'{prefix}.{message.name}' if prefix else message.name
        message.full = full
        self.types[full] = message
        if depth < 3:
            message.messages = [self._message(depth + 1, full)
                                for _ in range(self.dice.choice([0, 0, 1, 2]))]
        if self.dice.random() < 0.4:
            self.n_types += 1
            message.enums = [self._enum(full)]
        message.n_oneofs = self.dice.choice([0, 0, 1, 2])
        numbers = self.dice.sample(range(1, 18000), 12) + self.dice.sample(range(20000, 99999), 3)
        kinds = SCALARS + message.messages + message.enums + list(KNOWN) + [message]
        message.fields = [self._field(f'f_{i}', numbers[i], kinds, message)
                          for i in range(self.dice.randint(0, 9))]
        # A oneof has at least one field.
        for i in range(message.n_oneofs):
            message.fields += [Field(f'o{i}_{j}', numbers[9 + 2 * i + j], i,
                                     self.dice.choice(SCALARS)) for j in range(2)]
        return message

    def _enum(self, prefix):
        enum = Enum(f'E{self.n_types}', [(f'E{self.n_types}_{i}', number) for i, number in
                                         enumerate([0, 1, -1, 2**31 - 1, -2**31])])
        enum.full = f'{prefix}.{enum.name}'
        return enum

    def _field(self, name, number, kinds, message):
        kind = self.dice.choice(kinds)
        labels = ['', 'optional', 'repeated', 'map']
        if self.syntax == 'proto2':
            labels = ['optional', 'repeated', 'map']
            if kind is not message:
                labels.append('required')
        label = self.dice.choice(labels)
        key = self.dice.choice(KEYS) if label == 'map' else None
        return Field(name, number, label, kind, key)

    # ---- as a text

    def _lines(self):
        yield f'syntax = "{self.syntax}";'
        if self.package:
            yield f'package {self.package};'
        for name in 'duration', 'struct', 'timestamp', 'wrappers':
            yield f'import "google/protobuf/{name}.proto";'
        for message in self.messages:
            yield from self._message_lines(message)

    def _message_lines(self, message):
        yield f'message {message.name} {{'
        for inner in message.messages:
            yield from self._message_lines(inner)
        for enum in message.enums:
            yield f'enum {enum.name} {{ // ä'
            yield from (f'{name} = {number};' for name, number in enum.symbols)
            yield '}'
        yield from (self._field_line(field) for field in message.fields
                    if isinstance(field.label, str))
        for i in range(message.n_oneofs):
            yield f'oneof one_{i} {{'
            yield from (self._field_line(field) for field in message.fields if field.label == i)
            yield '}'
        yield '}'

    def _field_line(self, field):
        kind = field.kind
        if not isinstance(kind, str):
            kind = self.dice.choice([kind.name, f'.{kind.full}'])
        elif kind in KNOWN:
            kind = f'google.protobuf.{kind}'
        if field.label == 'map':
            return f'map<{field.key}, {kind}> {field.name} = {field.number};'
        label = field.label if isinstance(field.label, str) else ''
        return f'{label} {kind} {field.name} = {field.number};'

    # ---- as a class of Google's library

    def make_class(self):
        pool = descriptor_pool.DescriptorPool()
        file = descriptor_pb2.FileDescriptorProto(
            name=self.name, package=self.package, syntax=self.syntax)
        for module in (duration_pb2, struct_pb2, timestamp_pb2, wrappers_pb2):
            pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
            file.dependency.append(module.DESCRIPTOR.name)
        for message in self.messages:
            self._describe(message, file.message_type.add())
        pool.Add(file)
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(self.full_name))

    def _describe(self, message, target):
        target.name = message.name
        for inner in message.messages:
            self._describe(inner, target.nested_type.add())
        for enum in message.enums:
            described = target.enum_type.add(name=enum.name)
            for name, number in enum.symbols:
                described.value.add(name=name, number=number)
        for i in range(message.n_oneofs):
            target.oneof_decl.add(name=f'one_{i}')
        plain = [field for field in message.fields if isinstance(field.label, str)]
        for field in plain + [field for field in message.fields if field not in plain]:
            self._describe_field(message, field, target)

    def _describe_field(self, message, field, target):
        described = target.field.add(name=field.name, number=field.number)
        described.label = {'repeated': Label.LABEL_REPEATED, 'map': Label.LABEL_REPEATED,
                           'required': Label.LABEL_REQUIRED}.get(field.label, Label.LABEL_OPTIONAL)
        if field.label == 'map':
            entry = target.nested_type.add(name=f'F{field.name[2:]}Entry')
            entry.options.map_entry = True
            self._set_type(entry.field.add(name='key', number=1, label=Label.LABEL_OPTIONAL),
                           field.key)
            self._set_type(entry.field.add(name='value', number=2, label=Label.LABEL_OPTIONAL),
                           field.kind)
            described.type = Type.TYPE_MESSAGE
            described.type_name = f'.{message.full}.{entry.name}'
            return
        self._set_type(described, field.kind)
        if isinstance(field.label, int):
            described.oneof_index = field.label
        elif field.label == 'optional' and self.syntax == 'proto3':
            described.proto3_optional = True
            described.oneof_index = len(target.oneof_decl)
            target.oneof_decl.add(name=f'_{field.name}')

    def _set_type(self, described, kind):
        if kind in SCALARS:
            described.type = getattr(Type, f'TYPE_{kind.upper()}')
            return
        is_enum = isinstance(kind, Enum)
        described.type = Type.TYPE_ENUM if is_enum else Type.TYPE_MESSAGE
        described.type_name = f'.google.protobuf.{kind}' if kind in KNOWN else f'.{kind.full}'

    # ---- values

    def value(self):
        return self._message_value(self.message, 0)

    def _message_value(self, message, depth):
        value, taken = {}, set()
        for field in message.fields:
            is_deep = depth > 3 and field.is_message() and isinstance(field.kind, Message)
            wanted = field.label == 'required' or not is_deep and self.dice.random() < 0.6
            if not wanted or isinstance(field.label, int) and field.label in taken:
                continue
            taken.add(field.label)
            value[field.name] = self._field_value(field, depth)
        return value

    def _field_value(self, field, depth):
        n = self.dice.choice([0, 1, 3])
        if field.label == 'repeated':
            return [self._one(field.kind, depth) for _ in range(n)]
        if field.label == 'map':
            keys = {self._key(field.key) for _ in range(n)}
            return {key: self._one(field.kind, depth) for key in sorted(keys)}
        return self._one(field.kind, depth)

    def _key(self, kind):
        key = self._one(kind, 0)
        return str(key).lower() if kind == 'bool' else str(key)

    def _text(self):
        n = self.dice.choice([0, 1, 9, 150])
        return ''.join(self.dice.choice(CHARACTERS) for _ in range(n))

    def _json(self, depth):
        kind = self.dice.randrange(6 if depth < 3 else 4)
        if kind == 4:
            return [self._json(depth + 1) for _ in range(self.dice.randrange(3))]
        if kind == 5:
            return {self._text(): self._json(depth + 1) for _ in range(self.dice.randrange(3))}
        return [None, self.dice.random() < 0.5, self.dice.uniform(-9, 9), self._text()][kind]

    def _one(self, kind, depth):
        if isinstance(kind, Message):
            return self._message_value(kind, depth + 1)
        if isinstance(kind, Enum):
            # What has no name is its number, where the enum isn't closed.
            more = [7] if self.syntax == 'proto3' else []
            return self.dice.choice([name for name, _ in kind.symbols] + more)
        if kind in WRAPPED:
            return self._one(WRAPPED[kind], depth)
        if kind in KNOWN:
            return {'Timestamp': lambda: self.dice.choice(TIMES),
                    'Duration': lambda: self.dice.choice(DURATIONS),
                    'Struct': lambda: {self._text(): self._json(1)},
                    'ListValue': lambda: [self._json(1)],
                    'Value': lambda: self._json(0)}[kind]()
        if kind == 'bool':
            return self.dice.random() < 0.5
        if kind == 'string':
            return self._text()
        if kind == 'bytes':
            return bytes(self.dice.randrange(256) for _ in range(self.dice.choice([0, 1, 20])))
        if kind == 'float':
            number = struct.unpack('<f', struct.pack('<f', self.dice.uniform(-9, 9)))[0]
        elif kind == 'double':
            number = self.dice.uniform(-1, 1) * 10 ** self.dice.randint(-300, 300)
        else:
            number = self.dice.randint(min(NUMBERS[kind]), max(NUMBERS[kind]))
        return self.dice.choice(NUMBERS[kind] + [number])

    def complete(self, value, message=None):
        """What @value is read as: all that have no presence are there."""
        read = {}
        for field in (message or self.message).fields:
            if field.name not in value:
                if not field.has_presence():
                    read[field.name] = self._default(field)
                continue
            inner = value[field.name]
            if not isinstance(field.kind, Message):
                read[field.name] = inner
            elif field.label == 'repeated':
                read[field.name] = [self.complete(item, field.kind) for item in inner]
            elif field.label == 'map':
                read[field.name] = {key: self.complete(item, field.kind)
                                    for key, item in inner.items()}
            else:
                read[field.name] = self.complete(inner, field.kind)
        return read

    def _default(self, field):
        if field.label in ('repeated', 'map'):
            return [] if field.label == 'repeated' else {}
        if isinstance(field.kind, Enum):
            return field.kind.symbols[0][0]
        return DEFAULTS.get(field.kind, 0)


# ---- values of Google's library

def fill(target, message, value):
    """Sets the fields of @target, which is empty."""
    target.SetInParent()
    for field in message.fields:
        if field.name in value:
            _fill_field(target, field, value[field.name])


def _fill_field(target, field, value):
    if field.label == 'repeated':
        items = getattr(target, field.name)
        for item in value:
            if field.is_message():
                _fill_message(items.add(), field.kind, item)
            else:
                items.append(_scalar(field.kind, item))
    elif field.label == 'map':
        entries = getattr(target, field.name)
        for text, item in value.items():
            key = text if field.key == 'string' else text == 'true' if field.key == 'bool' \
                else int(text)
            if field.is_message():
                _fill_message(entries[key], field.kind, item)
            else:
                entries[key] = _scalar(field.kind, item)
    elif field.is_message():
        _fill_message(getattr(target, field.name), field.kind, value)
    else:
        setattr(target, field.name, _scalar(field.kind, value))


def _scalar(kind, value):
    return dict(kind.symbols).get(value, value) if isinstance(kind, Enum) else value


def _fill_message(target, kind, value):
    target.SetInParent()
    if isinstance(kind, Message):
        fill(target, kind, value)
    elif kind in WRAPPED:
        target.value = value
    elif kind in ('Timestamp', 'Duration'):
        target.FromJsonString(value)
    else:
        _fill_json(target, kind, value)


def _fill_json(target, kind, value):
    if kind == 'Struct':
        for key, item in value.items():
            _fill_json(target.fields[key], 'Value', item)
    elif kind == 'ListValue':
        for item in value:
            _fill_json(target.values.add(), 'Value', item)
    elif value is None:
        target.null_value = 0
    elif isinstance(value, (dict, list)):
        name, inner = ('struct_value', 'Struct') if isinstance(value, dict) \
            else ('list_value', 'ListValue')
        getattr(target, name).SetInParent()
        _fill_json(getattr(target, name), inner, value)
    else:
        name = {bool: 'bool_value', float: 'number_value', str: 'string_value'}[type(value)]
        setattr(target, name, value)
