# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serializers written in Python, and those of the library."""

from gi.module import get_introspection_module
from gi.repository import GLib, GObject

from . import override
from .guard import Kind, QuietKind
from .values import bytes_from_glib, bytes_to_glib, from_variant, to_variant
from .vfuncs import hook_up

Qs = get_introspection_module('Qs')
_DOMAIN = GLib.quark_to_string(Qs.serialization_error_quark())


class _SerializeKind(Kind):
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
        return bytes_from_glib(Qs.Serializer.serialize(self, to_variant(value)))

    def deserialize(self, data):
        return from_variant(Qs.Serializer.deserialize(self, bytes_to_glib(data)))


class FunctionSerializer(GObject.Object, Serializer):
    """A serializer that is one function, of a value to bytes or str."""

    __module__ = 'Qs'       # of gi.overrides PyGObject would not register it

    def __init__(self, function):
        super().__init__()
        self._function = function

    def do_serialize(self, value):
        return self._function(value)

    def do_deserialize(self, data):
        raise NotImplementedError('this serializer is a function, which only serializes')


def takes_none(serializer):
    """Whether None is a value for it, as for JSON, and not a payload of null."""
    return type(serializer).__module__ != '__gi__' or \
        serializer.get_content_type() == 'application/json'
