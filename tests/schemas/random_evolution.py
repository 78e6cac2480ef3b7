# SPDX-License-Identifier: LGPL-2.1-or-later
"""A random Avro schema that a random one has become: with fields that are gone, new, renamed
or of another type, some of which no reader can take."""

import copy
import json

from random_avro import Node, RandomAvro, Types, Writer

WIDER = {'int': ['long', 'float', 'double'], 'long': ['float', 'double'], 'float': ['double'],
         'string': ['bytes'], 'bytes': ['string']}
# What fastavro gives for a default is its JSON.
ADDED = [('null', None), ('boolean', True), ('int', -3), ('long', 2**40), ('double', 0.5),
         ('string', 'ä"')]


class PlainTypes(Types):
    """Without logical types, for which fastavro takes the writer's word; and without unions
    of string and bytes, of which fastavro takes the first one for both."""

    def _logical(self, depth):
        return self._primitive(depth)

    def _union(self, depth):
        node = super()._union(depth)
        kinds = {branch.kind for branch in node.branches}
        if {'string', 'bytes'} <= kinds:
            node.branches = [b for b in node.branches if b.kind != 'bytes']
        return node


class EvolvedWriter(Writer):
    def _content(self, node, own):
        content = super()._content(node, own)
        if node.aliases:
            content['aliases'] = node.aliases
        if node.kind == 'enum' and node.fallback:
            content['default'] = node.fallback
        for field, made in zip(node.fields, content.get('fields', [])):
            made['aliases'] = node.old.get(field[0], [])
            if field[0] in node.added:
                made['default'] = node.added[field[0]]
        return content


class Evolution:
    def __init__(self, dice):
        self.dice = dice
        self.known = {}         # id of a named type → what it has become
        self.n_new = 0

    def chance(self, percent):
        return self.dice.random() * 100 < percent

    def evolve(self, node, in_union=False):
        if id(node) in self.known:
            return self.known[id(node)]
        new = copy.copy(node)
        new.aliases, new.fallback, new.old, new.added = [], None, {}, {}
        if node.name:
            self.known[id(node)] = new
            self._rename(new)
        getattr(self, '_' + node.kind, self._primitive)(node, new)
        if not in_union and node.kind not in ('union', 'null') and self.chance(8):
            return self._plain('union', branches=self._shuffled([self._plain('null'), new]))
        return new

    def _plain(self, kind, **members):
        return Node(kind, aliases=[], fallback=None, old={}, added={}, **members)

    def _shuffled(self, values):
        return self.dice.sample(values, len(values))

    def _rename(self, new):
        space, _, bare = new.name.rpartition('.')
        if self.chance(8):
            new.aliases = [new.name]
            bare = f'New{bare}'
        elif self.chance(2):
            bare = f'Other{bare}'
        elif self.chance(8) and space:
            space = f'{space}.moved'
        new.name = f'{space}.{bare}' if space else bare

    def _primitive(self, node, new):
        if self.chance(25) and node.kind in WIDER:
            new.kind = self.dice.choice(WIDER[node.kind])
        elif self.chance(3):
            new.kind = self.dice.choice(['boolean', 'int', 'string', 'null'])

    def _array(self, node, new):
        new.items = self.evolve(node.items)

    _map = _array

    def _fixed(self, _node, new):
        if self.chance(4):
            new.size += 1

    def _enum(self, node, new):
        new.symbols = self._shuffled([s for s in node.symbols if not self.chance(20)]) + ['More']
        if self.chance(50):
            new.fallback = self.dice.choice(new.symbols)

    def _record(self, node, new):
        new.fields = []
        for name, kind, default in node.fields:
            if self.chance(20):
                continue
            later = name
            if self.chance(10):
                later = f'{name}_new'
                new.old[later] = ['unused', name]
            new.fields.append([later, self.evolve(kind), None])
        while self.chance(30):
            kind, default = self.dice.choice(ADDED)
            self.n_new += 1
            new.fields.append([f'new_{self.n_new}', self._plain(kind), None])
            if not self.chance(5):
                new.added[f'new_{self.n_new}'] = default
        new.fields = self._shuffled(new.fields)

    def _union(self, node, new):
        branches = [self.evolve(branch, True) for branch in node.branches
                    if not self.chance(8)]
        if len({b.name or b.kind for b in branches}) < len(branches) or \
                {'string', 'bytes'} <= {b.kind for b in branches}:
            branches = [self.evolve(b, True) if b.name else self._copy(b) for b in node.branches]
        if self.chance(10) and 'boolean' not in [b.kind for b in branches]:
            branches.append(self._plain('boolean'))
        if self.chance(15):
            branches = self._shuffled(branches)
        new.branches = branches or [self._plain('null')]

    def _copy(self, node):
        new = copy.copy(node)
        new.aliases, new.fallback, new.old, new.added = [], None, {}, {}
        if hasattr(node, 'items'):
            new.items = self.evolve(node.items)
        return new


class RandomEvolution(RandomAvro):
    """As RandomAvro, and `wanted`, the text of what the reader has instead."""

    def __init__(self, dice):
        super().__init__(dice, PlainTypes)
        wanted = Evolution(dice).evolve(self.node)
        self.wanted = json.dumps(EvolvedWriter(dice).write(wanted))
