# SPDX-License-Identifier: LGPL-2.1-or-later
"""GObject's properties as attributes, with Python's own values."""

import keyword

from gi._gi import EnumInfo, Repository
from gi.module import get_introspection_module
from gi.repository import GLib, GObject

from .values import bytes_from_glib, from_variant

Qs = get_introspection_module('Qs')

# An enumeration that GObject meets first, as a property's value, would have no names.
for _info in Repository.get_default().get_infos('Qs'):
    if isinstance(_info, EnumInfo):
        getattr(Qs, _info.get_name())


def is_function(value):
    """Whether it is a function that serializes, or reads what is serialized."""
    return callable(value) and not isinstance(value, GObject.Object) and not any(
        callable(getattr(value, name, None)) for name in ('serialize', 'deserialize'))


def of_functions(serialize, deserialize):
    """A serializer of two functions, each of which may be None."""
    import inspect
    for function in serialize, deserialize:
        try:
            if function is not None:
                inspect.signature(function).bind(None)
        except ValueError:
            pass            # one of C's that doesn't say
        except TypeError as error:
            raise TypeError(f'the function {function!r} of a serializer takes one argument, the '
                            f'value or the bytes: {error}') from None
    from .serializers import FunctionSerializer
    return FunctionSerializer(serialize, deserialize)


def serializer(value):
    """A serializer, made from its name, a function, or an object that has the methods."""
    if isinstance(value, str):
        try:
            return Qs.Serializer.for_name(value)
        except GLib.Error as error:
            # For Python it is a wrong value, too.
            from .errors import natural
            raise natural(error, ValueError(error.message), like_cause=True) from None
    if isinstance(value, GObject.Object):
        return value
    functions = [getattr(value, name, None) for name in ('serialize', 'deserialize')]
    if not isinstance(value, type) and any(map(callable, functions)):
        return of_functions(*functions)
    if callable(value):
        return of_functions(value, None)
    raise TypeError(f'a serializer is a name, a function of a value, or an object with '
                    f'serialize() and deserialize(), not {value!r}')


def _enumerator(pspec, value):
    values = pspec.value_type.pytype.__enum_values__
    if isinstance(value, pspec.value_type.pytype):
        return value
    for enumerator in values.values():
        if isinstance(value, str) and enumerator.value_nick == value.replace('_', '-'):
            return enumerator
    nicks = ', '.join(repr(enumerator.value_nick) for enumerator in values.values())
    raise ValueError(f'{pspec.name.replace("-", "_")} cannot be {value!r}; it is one of {nicks}')


def _text(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return str(value)


def strings_to_variant(values):
    """A dictionary or pairs as an a{ss}, in the way that librdkafka writes values."""
    if values is None or isinstance(values, GLib.Variant):
        return values
    return GLib.Variant('a{ss}', {key: _text(value) for key, value in dict(values).items()})


_INTEGERS = (GObject.TYPE_INT, GObject.TYPE_UINT, GObject.TYPE_INT64, GObject.TYPE_UINT64)


def _check_number(pspec, value):
    """Refuses what PyGObject would change: any text is true, and a fraction is cut off."""
    if pspec.value_type == GObject.TYPE_BOOLEAN and value is not None and value not in (0, 1):
        raise TypeError(f'{pspec.name} is True or False, not {value!r}')
    if pspec.value_type in _INTEGERS and isinstance(value, float) and not value.is_integer():
        raise TypeError(f'{pspec.name} is an int, not {value!r}')


def to_property(pspec, value):
    """What GObject takes for @value."""
    _check_number(pspec, value)
    if pspec.value_type.is_a(GObject.TYPE_ENUM):
        return _enumerator(pspec, value)
    if pspec.value_type == Qs.Serializer.__gtype__:
        return serializer(value)
    if pspec.value_type == Qs.Topic.__gtype__ and isinstance(value, str):
        return Qs.Topic.new(value)
    if pspec.name == 'references' and value is not None and not isinstance(value, GLib.Variant):
        return GLib.Variant('a(ssi)', [tuple(reference) for reference in value])
    if pspec.value_type == GObject.TYPE_VARIANT:
        return strings_to_variant(value)
    return value


def from_property(value):
    if isinstance(value, GLib.Variant):
        return from_variant(value)
    if isinstance(value, GLib.Bytes):
        return bytes_from_glib(value)
    return value


def convert_arguments(cls, arguments):
    """The keyword arguments of a constructor, each as its property takes it."""
    known = {pspec.name.replace('-', '_'): pspec for pspec in cls.list_properties()}
    converted = {}
    for name, value in arguments.items():
        # from_ is how Python writes what it has a keyword for.
        name = name.rstrip('_')
        pspec = known.get(name.replace('-', '_'))
        if pspec is None:
            raise TypeError(f'{cls.__name__}() has no argument {name!r}{suggest(name, known)}')
        converted[name.replace('-', '_')] = to_property(pspec, value)
    return converted


def suggest(name, known):
    import difflib
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else ''


# What the author of a source may well have an attribute of his own for: that counts,
# and the library doesn't look at it.
_FREE = {'producer', 'stats', 'status', 'topic'}


class _Readable:
    """A property that an attribute of the instance replaces."""

    def __init__(self, get, name):
        self._get = get
        self.__name__ = name

    def __get__(self, instance, owner=None):
        return self if instance is None else self._get(instance)


def _make(pspec, getter):
    name = pspec.name.replace('-', '_')

    def get(self):
        return from_property(getter(self) if getter else self.get_property(pspec.name))

    def set_(self, value):
        self.set_property(pspec.name, to_property(pspec, value))

    def refuse(self, value):
        raise AttributeError(f'{name} of {type(self).__name__} can only be read'
                             + (', or given when it is made'
                                if pspec.flags & GObject.ParamFlags.CONSTRUCT_ONLY else ''))

    if name in _FREE and not pspec.flags & GObject.ParamFlags.WRITABLE:
        return _Readable(get, name)
    can_set = pspec.flags & GObject.ParamFlags.WRITABLE and \
        not pspec.flags & GObject.ParamFlags.CONSTRUCT_ONLY
    return property(get, set_ if can_set else refuse)


def install(cls):
    """Makes attributes of those properties that @cls itself brings."""
    for pspec in cls.list_properties():
        name = pspec.name.replace('-', '_')
        if pspec.owner_type == cls.__gtype__ and not hasattr(cls, name):
            setattr(cls, f'{name}_' if keyword.iskeyword(name) else name,
                    _make(pspec, getattr(cls, f'get_{name}', None)))
    return cls
