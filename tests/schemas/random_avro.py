# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random Avro schemas, and values of them as QSource and as fastavro have them."""

import datetime
import decimal
import json
import math
import struct

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
# fastavro takes a namespace '' for none, so it isn't mixed with others.
SPACES = [[''], ['a'], ['a', 'a.b', 'c_1.D']]
PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
INTS = [0, 1, -1, 63, 64, -64, -65, 2**31 - 1, -2**31]
LONGS = INTS + [2**31, -2**31 - 1, 2**53 + 1, 2**63 - 1, -2**63]
REALS = [0.0, -0.0, 0.1, 1e300, 5e-324, math.nan, math.inf, -math.inf, 2.0**53]
SINGLES = [0.0, -0.0, 0.5, 3.4028234663852886e38, 1.401298464324817e-45, math.nan, -math.inf]
CHARACTERS = 'a"\\/\n\x01\x7fäß€漢𝄞'
# What two branches of one union must not have in common: a value would fit both.
GROUPS = {'int': 'number', 'long': 'number', 'float': 'number', 'double': 'number',
          'enum': 'text', 'string': 'text', 'fixed': 'bytes', 'array': 'bytes', 'map': 'object',
          'record': 'object'}
UNIT = {'date': 86400 * 10**6, 'timestamp-millis': 1000, 'timestamp-micros': 1}
FIRST = (datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc) - EPOCH) // \
    datetime.timedelta(microseconds=1)
LAST = (datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, datetime.timezone.utc) - EPOCH) // \
    datetime.timedelta(microseconds=1)


class Node:
    """A type. A field is [name, type, default (a Value), or None]."""

    def __init__(self, kind, **members):
        self.kind, self.name, self.logical = kind, None, None
        self.fields, self.symbols, self.branches = [], [], []
        self.__dict__.update(members)

    def groups(self):
        # A decimal and a date may be written as a text.
        return {GROUPS.get(self.kind, self.kind)} | ({'text'} if self.logical else set())


class Value:
    """A value to write and what it is read as, here and there; and as a default."""

    def __init__(self, ours, theirs, ours_read, theirs_read, default):
        self.ours, self.theirs = ours, theirs
        self.ours_read, self.theirs_read, self.default = ours_read, theirs_read, default


def plain(value, default=None):
    return Value(value, value, value, value, value if default is None else default)


class Types:
    """Makes random types."""

    def __init__(self, dice):
        self.dice = dice
        self.named = []                 # complete ones
        self.n_names = 0
        self.has_own_map = False        # a map of records in such a record
        self.spaces = dice.choice(SPACES)
        self.values = Values(dice)

    def make(self, depth=0):
        kinds = ['primitive'] * 3 + ['logical', 'fixed', 'enum']
        if depth < 4:
            kinds += ['record'] * (6 if depth < 2 else 2) + ['array', 'map', 'union', 'union']
        if self.named and self.dice.random() < 0.1:
            return self.dice.choice(self.named)
        return getattr(self, '_' + self.dice.choice(kinds))(depth)

    def _name(self):
        self.n_names += 1
        space = self.dice.choice(self.spaces)
        return f'{space}.T{self.n_names}' if space else f'T{self.n_names}'

    def _done(self, node):
        self.named.append(node)
        return node

    def _primitive(self, _depth):
        return Node(self.dice.choice(PRIMITIVES))

    def _logical(self, _depth):
        logical = self.dice.choice(['decimal', 'fixed', 'date', 'timestamp-millis',
                                    'timestamp-micros'])
        if logical == 'fixed':
            size = self.dice.randint(1, 12)
            digits = int((8 * size - 1) * math.log10(2)) or 1
            return self._done(Node('fixed', name=self._name(), size=size, logical='decimal',
                                   precision=digits, scale=self.dice.randint(0, digits)))
        if logical == 'decimal':
            return Node('bytes', logical=logical, precision=25, scale=self.dice.randint(0, 25))
        return Node('int' if logical == 'date' else 'long', logical=logical)

    def _fixed(self, _depth):
        return self._done(Node('fixed', name=self._name(), size=self.dice.choice([1, 3, 16])))

    def _enum(self, _depth):
        n = self.dice.choice([1, 3, 70])
        return self._done(Node('enum', name=self._name(), symbols=[f'S{i}' for i in range(n)]))

    def _array(self, depth):
        return Node('array', items=self.make(depth + 1))

    def _map(self, depth):
        return Node('map', items=self.make(depth + 1))

    def _record(self, depth):
        node = Node('record', name=self._name())
        prefix = node.name.rpartition('.')[2]
        for i in range(self.dice.randrange(6)):
            default = None
            if self.dice.random() < 0.15:       # of itself
                kind = self.dice.choice([Node('union', branches=[Node('null'), node]),
                                         Node('array', items=node), Node('map', items=node)])
                self.has_own_map |= kind.kind == 'map'
            else:
                kind = self.make(depth + 1)
                default = self.values.make(kind, 3) if self.dice.random() < 0.4 else None
            if default is not None and default.default is None and kind.kind != 'null':
                default = None
            node.fields.append([f'{prefix}_{i}', kind, default])
        # Something that no other record has.
        node.fields.append([f'{prefix}_id', Node('int'), None])
        return self._done(node)

    def _union(self, depth):
        node, seen, names = Node('union'), set(), set()
        for _ in range(self.dice.randint(1, 5)):
            branch = self.make(depth + 1)
            groups = branch.groups()
            # Two records are told apart by their fields.
            is_new = not groups & seen or branch.kind == 'record' and 'map' not in names
            if branch.kind == 'union' or not is_new or branch in node.branches:
                continue
            seen |= groups
            names.add(branch.kind)
            node.branches.append(branch)
        return node if node.branches else Node('null')


class Values:
    """Makes random values."""

    def __init__(self, dice):
        self.dice = dice
        self.n_unions = 0

    def make(self, node, depth=0):
        if node.logical == 'decimal':
            return self._decimal(node)
        if node.logical:
            return self._time(node)
        return getattr(self, '_' + node.kind)(node, depth)

    def text(self):
        return ''.join(self.dice.choice(CHARACTERS) for _ in range(self.dice.choice([0, 1, 9, 70])))

    def _data(self, size):
        data = bytes(self.dice.randrange(256) for _ in range(size))
        return plain(data, data.decode('latin-1'))

    def _null(self, _node, _depth):
        return plain(None)

    def _boolean(self, _node, _depth):
        return plain(self.dice.random() < 0.5)

    def _int(self, _node, _depth):
        return plain(self.dice.choice(INTS + [self.dice.randint(-2**31, 2**31 - 1)]))

    def _long(self, _node, _depth):
        return plain(self.dice.choice(LONGS + [self.dice.randint(-2**63, 2**63 - 1)]))

    def _real(self, number):
        value = plain(number)
        if not math.isfinite(number):
            value.default = None        # JSON has none
        return value

    def _float(self, _node, _depth):
        number = struct.unpack('<f', struct.pack('<f', self.dice.uniform(-1e6, 1e6)))[0]
        return self._real(self.dice.choice(SINGLES + [number]))

    def _double(self, _node, _depth):
        number = self.dice.uniform(-1, 1) * 10 ** self.dice.randint(-300, 300)
        return self._real(self.dice.choice(REALS + [number]))

    def _bytes(self, _node, _depth):
        return self._data(self.dice.choice([0, 1, 20]))

    def _fixed(self, node, _depth):
        return self._data(node.size)

    def _string(self, _node, _depth):
        return plain(self.text())

    def _enum(self, node, _depth):
        return plain(self.dice.choice(node.symbols))

    def _decimal(self, node):
        digits = self.dice.randint(1, node.precision)
        number = self.dice.choice([0, 127, 128, -128, -129, 255, 256, 10**digits - 1,
                                   1 - 10**digits,
                                   self.dice.randint(1 - 10**digits, 10**digits - 1)])
        if abs(number) >= 10**node.precision:
            number = 0
        with decimal.localcontext() as context:
            context.prec = 60
            value = decimal.Decimal(number).scaleb(-node.scale)
        text = f'{value:f}'
        size = node.size if node.kind == 'fixed' else (number.bit_length() + 8) // 8
        data = number.to_bytes(size, 'big', signed=True)
        return Value(text, value, text, value, data.decode('latin-1'))

    def _time(self, node):
        unit = UNIT[node.logical]
        number = self.dice.choice([0, 1, -1, FIRST // unit + 1, LAST // unit,
                                   self.dice.randint(FIRST // unit + 1, LAST // unit)])
        moment = EPOCH + datetime.timedelta(microseconds=number * unit)
        text = moment.date().isoformat().zfill(10) if node.logical == 'date' else \
            f'{moment.replace(tzinfo=None).isoformat()}Z'
        theirs = moment.date() if node.logical == 'date' else moment
        # Beside a string in a union, a text would be one.
        ours = number if self.n_unions else self.dice.choice([number, text])
        return Value(ours, theirs, number, theirs, number)

    def _array(self, node, depth):
        n = 0 if depth > 6 else self.dice.choice([0, 1, 3, 70 if depth == 0 else 2])
        return self._gather([self.make(node.items, depth + 1) for _ in range(n)], list)

    def _map(self, node, depth):
        n = 0 if depth > 6 else self.dice.choice([0, 1, 3])
        keys = {self.text(): None for _ in range(n)}
        values = [self.make(node.items, depth + 1) for _ in keys]
        return self._gather(values, lambda parts: dict(zip(keys, parts)))

    def _gather(self, values, make):
        default = [value.default for value in values]
        return Value(*(make(getattr(value, name) for value in values)
                       for name in ('ours', 'theirs', 'ours_read', 'theirs_read')),
                     None if None in default else make(default))

    def _record(self, node, depth):
        ours, theirs, ours_read, theirs_read, default = {}, {}, {}, {}, {}
        for name, kind, fallback in node.fields:
            is_missing = fallback is not None and self.dice.random() < 0.5
            value = fallback if is_missing else self.make(kind, depth + 1)
            if not is_missing:
                ours[name] = value.ours
            theirs[name] = value.theirs
            ours_read[name], theirs_read[name] = value.ours_read, value.theirs_read
            default[name] = value.default
            if value.default is None and kind.kind != 'null':
                default = None
                default = {'unusable': None} if default is None else default
        unusable = default.get('unusable', 0) is None
        return Value(ours, theirs, ours_read, theirs_read, None if unusable else default)

    def _union(self, node, depth):
        branches = [b for b in node.branches if b.kind == 'null'] if depth > 6 else []
        branch = self.dice.choice(branches or node.branches)
        self.n_unions += 1
        value = self.make(branch, depth)
        self.n_unions -= 1
        theirs = (branch.name, value.theirs) if branch.kind == 'record' else value.theirs
        is_first = branch is node.branches[0]
        return Value(value.ours, theirs, value.ours_read, value.theirs_read,
                     value.default if is_first and branch.kind != 'null' else None)


class Writer:
    """Writes a type as JSON, each name by one of the ways that there are."""

    def __init__(self, dice):
        self.dice = dice
        self.written = set()

    def write(self, node, space=''):
        if node.kind == 'union':
            return [self.write(branch, space) for branch in node.branches]
        if node.kind in ('array', 'map'):
            key = 'items' if node.kind == 'array' else 'values'
            return {'type': node.kind, key: self.write(node.items, space)}
        if node.name:
            return self._named(node, space)
        if not node.logical:
            return node.kind if self.dice.random() < 0.8 else {'type': node.kind}
        return {'type': node.kind, **self._logical(node)}

    def _logical(self, node):
        if node.logical == 'decimal':
            return {'logicalType': 'decimal', 'precision': node.precision, 'scale': node.scale}
        return {'logicalType': node.logical} if node.logical else {}

    def _named(self, node, space):
        own, _, bare = node.name.rpartition('.')
        if node.name in self.written:
            return bare if own == space and self.dice.random() < 0.5 else node.name
        self.written.add(node.name)
        way = self.dice.randrange(3)
        if way == 0 and own == space:
            names = {'name': bare}
        elif way == 1 and own:
            names = {'name': node.name}
        else:
            names = {'name': bare, 'namespace': own}
        return {'type': node.kind, **names, **self._logical(node), **self._content(node, own)}

    def _content(self, node, own):
        if node.kind == 'fixed':
            return {'size': node.size}
        if node.kind == 'enum':
            return {'symbols': node.symbols, 'doc': 'kept: ä'}
        fields = []
        for name, kind, default in node.fields:
            field = {'name': name, 'type': self.write(kind, own), 'aliases': [f'old_{name}']}
            if default is not None:
                field['default'] = default.default
            fields.append(field)
        return {'fields': fields}


class RandomAvro:
    """A schema, and by value() values of it."""

    def __init__(self, dice, make_types=Types):
        self.dice = dice
        types = make_types(dice)
        self.node = types.make()
        self.has_own_map = types.has_own_map
        self.values = types.values
        self.schema = Writer(dice).write(self.node)
        self.text = json.dumps(self.schema, ensure_ascii=dice.random() < 0.5)

    def value(self):
        return self.values.make(self.node)
