# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random JSON Schemas of draft 7, and values that mostly are what they want."""

CHARACTERS = 'a"\\/\n\x01\x7fäß€漢𝄞'
INTEGERS = [0, 1, -1, 7, 2**31, 2**53 + 1, 2**63 - 1, -2**63]
# A number without a fraction is an integer, too.
REALS = [0.5, -0.25, 1.0, -3.0, 2.0**40, 5e-324, 0.1]
PATTERNS = {'^a+$': ['a', 'aaa'], '^[0-9]{2}$': ['07', '42'], 'b': ['b', 'abc']}


class RandomJson:
    """self.schema, and by value() values, of which some don't fit."""

    def __init__(self, dice):
        self.dice = dice
        self.kinds = {'object': self._object, 'array': self._array, 'string': self._string,
                      'integer': self._integer, 'number': self._number, 'boolean': self._boolean,
                      'null': self._null, 'choice': self._choice, 'enum': self._enum,
                      'all': self._all, 'reference': self._reference}
        self.schema, self._make = self._object(0)
        self.schema.update({'$schema': 'http://json-schema.org/draft-07/schema#', 'title': 'R',
                            'definitions': {'node': {
                                'type': 'object', 'required': ['id'], 'properties': {
                                    'id': {'type': 'integer'},
                                    'next': {'$ref': '#/definitions/node'}}}}})

    def value(self):
        value = self._make()
        return self._spoil(value) if self.dice.random() < 0.4 else value

    def _spoil(self, value):
        """Something else at a random place."""
        if isinstance(value, dict) and value and self.dice.random() < 0.8:
            key = self.dice.choice(sorted(value))
            if self.dice.random() < 0.3:
                return {name: item for name, item in value.items() if name != key}
            return {**value, key: self._spoil(value[key])}
        if isinstance(value, list) and value and self.dice.random() < 0.8:
            i = self.dice.randrange(len(value))
            return value[:i] + [self._spoil(value[i])] + value[i + 1:]
        return self.dice.choice([None, True, 3, 0.5, 'x', [], {}, [1], {'x': 1}])

    def text(self):
        return ''.join(self.dice.choice(CHARACTERS) for _ in range(self.dice.choice([0, 1, 9])))

    # Each returns a schema and a function that makes values.

    def _any(self, depth):
        simple = ['string', 'integer', 'number', 'boolean', 'null', 'enum', 'reference']
        return self.kinds[self.dice.choice(simple if depth > 3 else list(self.kinds))](depth)

    def _object(self, depth):
        members = {f'p{i}': self._any(depth + 1) for i in range(self.dice.randrange(5))}
        required = [name for name in members if self.dice.random() < 0.5]
        schema = {'type': 'object', 'properties': {n: s for n, (s, _) in members.items()}}
        if required:
            schema['required'] = required
        if self.dice.random() < 0.4:
            schema['additionalProperties'] = self.dice.choice([False, {'type': 'integer'}])

        def make():
            return {name: make_one() for name, (_, make_one) in members.items()
                    if name in required or self.dice.random() < 0.7}
        return schema, make

    def _array(self, depth):
        items, make_one = self._any(depth + 1)
        schema = {'type': 'array', 'items': items, 'maxItems': 3}
        return schema, lambda: [make_one() for _ in range(self.dice.choice([0, 1, 3]))]

    def _string(self, _depth):
        if self.dice.random() < 0.3:
            pattern = self.dice.choice(sorted(PATTERNS))
            return ({'type': 'string', 'pattern': pattern},
                    lambda: self.dice.choice(PATTERNS[pattern]))
        return {'type': 'string', 'maxLength': 9}, self.text

    def _integer(self, _depth):
        if self.dice.random() < 0.3:
            return ({'type': 'integer', 'minimum': -3, 'exclusiveMaximum': 9},
                    lambda: self.dice.randint(-3, 8))
        return {'type': 'integer'}, lambda: self.dice.choice(INTEGERS)

    def _number(self, _depth):
        return {'type': 'number'}, lambda: self.dice.choice(REALS + INTEGERS)

    def _boolean(self, _depth):
        return {'type': 'boolean'}, lambda: self.dice.random() < 0.5

    def _null(self, _depth):
        return {'type': ['null', 'boolean']}, lambda: None

    def _enum(self, _depth):
        values = self.dice.sample(['a', 'ä', 1, None, True, 'b'], 3)
        return {'enum': values}, lambda: self.dice.choice(values)

    def _choice(self, depth):
        (one, make_one), (other, make_other) = self._any(depth + 1), self._any(depth + 1)
        word = self.dice.choice(['anyOf', 'oneOf'])
        return {word: [one, other]}, lambda: self.dice.choice([make_one, make_other])()

    def _all(self, depth):
        schema, make = self._any(depth + 1)
        return {'allOf': [schema, {'not': {'type': 'string', 'minLength': 100}}]}, make

    def _reference(self, _depth):
        return {'$ref': '#/definitions/node'}, self._node

    def _node(self):
        node = {'id': self.dice.choice(INTEGERS)}
        return node if self.dice.random() < 0.7 else {**node, 'next': self._node()}
