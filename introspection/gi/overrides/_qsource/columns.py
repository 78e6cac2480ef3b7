# SPDX-License-Identifier: LGPL-2.1-or-later
"""Columns of a dataframe: expressions, compiled into one function each."""

import operator

from .functions import check_function


class InvalidOperation(TypeError):
    """Raised for an operation that a dataframe or a column does not support."""


class ColumnDoesNotExist(KeyError):
    """Raised if a value has no such column."""

    def __str__(self):
        return self.args[0]


class InvalidColumnReference(TypeError):
    """Raised if a value has no columns at all."""


def get_column(value, name):
    try:
        return value[name]
    except KeyError:
        raise ColumnDoesNotExist(f"the value has no column '{name}'") from None
    except (TypeError, IndexError):
        raise InvalidColumnReference(f"cannot get column '{name}' of a value of type "
                                     f"{type(value).__qualname__}; it must be a dict") from None


def _compile(code, names):
    return eval(f'lambda value, key, timestamp, headers: {code}', dict(names))


class Series:
    """A column, or an expression of columns; sdf['a'] makes one.

    Its code is an expression of value, key, timestamp and headers."""

    __hash__ = None

    def __init__(self, dataframe, code, names, slow=None):
        self.dataframe = dataframe
        self._code = code
        self._slow = slow or code       # says what is wrong with a column
        self._names = names             # what the code means by its names
        self._function = None

    @classmethod
    def column(cls, dataframe, name):
        names = {'_get': get_column}
        this = cls(dataframe, '', names)
        constant = this._name(name)
        this._code = f'value[{constant}]'
        this._slow = f'_get(value, {constant})'
        return this

    @classmethod
    def of_function(cls, dataframe, function):
        """@function takes value, key, timestamp and headers."""
        this = cls(dataframe, '', {})
        this._code = this._slow = f'{this._name(function)}(value, key, timestamp, headers)'
        return this

    def _name(self, constant):
        """A name for @constant that no other expression uses."""
        name = f'_c{id(constant):x}_{len(self._names)}'
        self._names[name] = constant
        return name

    def function(self):
        """It as a function of value, key, timestamp and headers."""
        if self._function is not None:
            return self._function
        quick = _compile(self._code, self._names)
        if self._slow == self._code:
            self._function = quick
            return quick
        slow = _compile(self._slow, self._names)

        def call(value, key, timestamp, headers):
            try:
                return quick(value, key, timestamp, headers)
            except (KeyError, TypeError, IndexError):
                return slow(value, key, timestamp, headers)
        self._function = call
        return call

    def parts(self):
        """Quick and slow code, and their names, for who compiles them into more."""
        return self._code, self._slow, self._names

    def test(self, value, key=None, timestamp=0, headers=None, ctx=None):
        """What it is for a value, with the key, the timestamp and the headers."""
        return self.function()(value, key, timestamp, headers), key, timestamp, headers

    def _join(self, other, layout):
        names = dict(self._names)
        if isinstance(other, Series):
            if other.dataframe is not self.dataframe:
                raise InvalidOperation('all columns of an expression must be of one dataframe')
            names.update(other._names)
            code, slow = other._code, other._slow
        else:
            made = Series(self.dataframe, '', names)
            code = slow = made._name(other)
        return Series(self.dataframe, layout.format(self._code, code), names,
                      layout.format(self._slow, slow))

    def _wrap(self, layout, **names):
        return Series(self.dataframe, layout.format(self._code), {**self._names, **names},
                      layout.format(self._slow))

    def apply(self, func):
        """What @func makes of it."""
        check_function(func, 'apply', 1)
        names = dict(self._names)
        made = Series(self.dataframe, '', names)
        name = made._name(func)
        # A function isn't called twice to find out what was wrong.
        return Series(self.dataframe, f'{name}({self._slow})', names)

    def isin(self, other):
        operator.contains(other, None) if not hasattr(other, '__contains__') else None
        return self._join(other, '({0} in {1})')

    def contains(self, other):
        return self._join(other, '({1} in {0})')

    def is_(self, other):
        return self._join(other, '({0} is {1})')

    def isnot(self, other):
        return self._join(other, '({0} is not {1})')

    def isnull(self):
        return self._wrap('({} is None)')

    def notnull(self):
        return self._wrap('({} is not None)')

    def abs(self):
        return self._wrap('_abs({})', _abs=abs)

    def __getitem__(self, item):
        return self._join(item, '{0}[{1}]')

    def __bool__(self):
        raise InvalidOperation('a column is neither true nor false: use & and | for "and" and '
                               '"or", ~ for "not", and put comparisons into brackets')

    def __iter__(self):
        raise InvalidOperation('a column cannot be iterated: it has a value only while records '
                               'come')

    def __contains__(self, item):
        raise InvalidOperation('use contains() for "in"')

    def __invert__(self):
        return self._wrap('(not {})')

    def __neg__(self):
        return self._wrap('(-{})')


def _binary(layout):
    return lambda self, other: self._join(other, layout)


for _name, _sign in (('add', '+'), ('sub', '-'), ('mul', '*'), ('truediv', '/'), ('mod', '%'),
                     ('floordiv', '//'), ('pow', '**')):
    setattr(Series, f'__{_name}__', _binary(f'({{0}} {_sign} {{1}})'))
    setattr(Series, f'__r{_name}__', _binary(f'({{1}} {_sign} {{0}})'))
for _name, _sign in (('eq', '=='), ('ne', '!='), ('lt', '<'), ('le', '<='), ('gt', '>'),
                     ('ge', '>='), ('and', 'and'), ('or', 'or')):
    setattr(Series, f'__{_name}__', _binary(f'({{0}} {_sign} {{1}})'))
for _name, _sign in (('and', 'and'), ('or', 'or')):
    setattr(Series, f'__r{_name}__', _binary(f'({{1}} {_sign} {{0}})'))
