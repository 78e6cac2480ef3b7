# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dataframes: functions of plain values."""

from gi.module import get_introspection_module
from gi.repository import GLib

from . import override
from .guard import Guard, Kind, count_arguments
from .messages import Topic
from .properties import install
from .values import from_variant, to_variant

Qs = get_introspection_module('Qs')
_DOMAIN = GLib.quark_to_string(Qs.application_error_quark())


class _FunctionKind(Kind):
    """A function of a value and, if it takes two arguments, its Qs.Record."""

    def __init__(self, name, to_c):
        super().__init__(name, _DOMAIN)
        self._to_c = to_c

    def to_c(self, result):
        return self._to_c(result)


def _verdict(result):
    if result is None:
        raise TypeError('the function of filter() returned None; it must return what is true or '
                        'false')
    return Qs.Verdict.KEEP if result else Qs.Verdict.DROP


_APPLY = _FunctionKind('apply', to_variant)
_FILTER = _FunctionKind('filter', _verdict)
_SINK = _FunctionKind('sink', lambda result: True)


def _guard(function, kind):
    """@function as a callback of C."""
    guard = Guard(_as_method(function), kind)

    def call(value, record, *_):
        return guard(record, from_variant(value))
    return call


def _as_method(function):
    """Guard calls it with the record as the instance."""
    n_arguments = count_arguments(function)
    takes_record = n_arguments is not None and n_arguments + 1 >= 2

    def call(record, value):
        return function(value, record) if takes_record else function(value)
    return call


@override
class Dataframe(Qs.Dataframe):
    def apply(self, function):
        """Replaces each value by what @function makes of it."""
        return Qs.Dataframe.apply(self, _guard(function, _APPLY))

    def expand(self, function=None):
        """Makes a value of each item of what @function makes of each value, or of the value."""
        return Qs.Dataframe.expand(self, _guard(function or (lambda value: value), _APPLY))

    def replace(self, function):
        """Replaces each value in its place: this dataframe goes on with the new ones."""
        return Qs.Dataframe.replace(self, _guard(function, _APPLY))

    def filter(self, function):
        """Keeps the values for which @function returns what is true."""
        return Qs.Dataframe.filter(self, _guard(function, _FILTER))

    def update(self, function):
        """Lets @function change each value in its place."""
        def change(value, record):
            result = call(record, value)
            if hasattr(result, 'close') and hasattr(result, 'send'):
                return result       # a coroutine, which is refused
            return value

        call = _as_method(function)
        return Qs.Dataframe.replace(self, _guard(change, _APPLY))

    def sink(self, function):
        """Gives each value to @function."""
        return Qs.Dataframe.sink(self, _guard(function, _SINK))

    def to_topic(self, topic):
        return Qs.Dataframe.to_topic(self, Topic(topic) if isinstance(topic, str) else topic)

    def print(self, metadata=False, pretty=None):
        """Prints each value, or all of each record.

        @pretty is of Quix Streams: here a terminal decides."""
        return Qs.Dataframe.print_(self, metadata)


install(Dataframe)
