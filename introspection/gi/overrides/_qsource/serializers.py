# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serializers written in Python, and those of the library."""

from gi.module import get_introspection_module
from gi.repository import GLib, GObject

from . import override
from .guard import Kind, QuietKind
from .records import deserialize_part, serialize_part
from .values import bytes_from_glib, bytes_to_glib, from_variant, to_bytes, to_variant
from .vfuncs import find_implementation, hook_up

Qs = get_introspection_module('Qs')
_DOMAIN = GLib.quark_to_string(Qs.serialization_error_quark())


class _SerializeKind(Kind):
    """Where C calls it; Python calls the function with the value as it is."""

    def to_python(self, argument):
        return from_variant(argument)

    def to_c(self, result):
        if result is None:
            raise TypeError('serialize() returned None; it must return bytes or str')
        return bytes_to_glib(result)


class _DeserializeKind(Kind):
    def to_python(self, argument):
        return bytes_from_glib(argument)

    def to_c(self, result):
        return to_variant(result)


@override
class Serializer(Qs.Serializer):
    """Subclass GObject.Object and this, with do_serialize(value), which returns
    bytes or str, and do_deserialize(bytes), which returns a value."""

    _qs_vfuncs = {
        'serialize': _SerializeKind('serialize', _DOMAIN),
        'deserialize': _DeserializeKind('deserialize', _DOMAIN),
        'get_content_type': QuietKind('get_content_type'),
    }

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        hook_up(cls)

    def serialize(self, value):
        data = serialize_part(self, value, 'the value')
        if data is None:
            raise TypeError(f'the serializer {self.get_name()!r} does not take None')
        return data

    def deserialize(self, data):
        return deserialize_part(self, to_bytes(data))

    def _qs_own(self, name):
        """The function, bound, with which Python implements @name; None if that is C."""
        function = find_implementation(type(self), name)
        return None if function is None else function.__get__(self)


class FunctionSerializer(GObject.Object, Serializer):
    """A serializer that is a function of a value to bytes or str, or an object that
    has serialize() and deserialize()."""

    __module__ = 'Qs'       # of gi.overrides PyGObject would not register it

    def __init__(self, function=None, reader=None):
        super().__init__()
        self._function = function
        self._reader = reader

    def do_serialize(self, value):
        if self._function is None:
            raise NotImplementedError('this serializer is a function, which only deserializes')
        return self._function(value)

    def do_deserialize(self, data):
        if self._reader is None:
            raise NotImplementedError('this serializer is a function, which only serializes')
        return self._reader(data)
