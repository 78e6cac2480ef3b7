# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's own values and GVariant, in both directions."""

import numbers
import operator

from gi.repository import GLib

_INT64 = range(-2**63, 2**63)
_UINT64 = range(2**64)
_BYTES_TYPE = GLib.VariantType('ay')
_NOTHING = GLib.Variant('mv', None)


def bytes_to_glib(data):
    """Bytes of any kind, text (as UTF-8) or None as a GLib.Bytes or None."""
    if data is None or isinstance(data, GLib.Bytes):
        return data
    if isinstance(data, str):
        data = data.encode()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return GLib.Bytes.new(bytes(data))
    raise TypeError(f'expected bytes, str or None, not {_name(data)}; serialize() makes bytes of '
                    'other values')


def bytes_from_glib(data):
    return None if data is None else data.get_data() or b''


def _name(value):
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == 'builtins' else \
        f'{kind.__module__}.{kind.__qualname__}'


def _integer(value):
    if value in _INT64:
        return GLib.Variant('x', value)
    if value in _UINT64:
        return GLib.Variant('t', value)
    raise OverflowError(f'the integer {value} does not fit into 64 bits')


def _array(values):
    builder = GLib.VariantBuilder.new(GLib.VariantType('av'))
    for value in values:
        builder.add_value(GLib.Variant.new_variant(to_variant(value)))
    return builder.end()


def _dictionary(values):
    builder = GLib.VariantBuilder.new(GLib.VariantType('a{sv}'))
    for key, value in values.items():
        if not isinstance(key, str):
            raise TypeError(f'the key {key!r} of a dictionary is a {_name(key)}; it must be a str')
        builder.add_value(GLib.Variant.new_dict_entry(
            GLib.Variant('s', key), GLib.Variant.new_variant(to_variant(value))))
    return builder.end()


_MAKERS = {
    type(None): lambda value: _NOTHING,
    bool: lambda value: GLib.Variant('b', value),
    int: _integer,
    float: lambda value: GLib.Variant('d', value),
    str: lambda value: GLib.Variant('s', value),
    list: _array,
    tuple: _array,
    dict: _dictionary,
}


def to_variant(value):
    """A value as a GLib.Variant; one that is a GLib.Variant already as it is.

    None is a maybe of nothing, which JSON writes as null."""
    maker = _MAKERS.get(type(value))
    if maker is not None:
        return maker(value)
    if isinstance(value, GLib.Variant):
        return value
    if isinstance(value, GLib.Bytes):
        return GLib.Variant.new_from_bytes(_BYTES_TYPE, value, True)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return GLib.Variant.new_from_bytes(_BYTES_TYPE, GLib.Bytes.new(bytes(value)), True)
    for kind, maker in _MAKERS.items():         # subclasses, such as enumerations
        if isinstance(value, kind):
            return maker(kind(value))
    if hasattr(value, '__index__'):             # numpy's integers, too
        return _integer(operator.index(value))
    if isinstance(value, numbers.Real) or hasattr(value, '__float__'):
        return GLib.Variant('d', float(value))
    raise TypeError(f'cannot make a value out of {value!r}, a {_name(value)}: None, bool, int, '
                    'float, str, bytes, list, tuple and dict can be, and what is made of them')


def _unpack_array(variant):
    kind = variant.get_type_string()
    if kind == 'ay':
        return bytes_from_glib(variant.get_data_as_bytes())
    children = (variant.get_child_value(i) for i in range(variant.n_children()))
    if kind.startswith('a{'):
        return {from_variant(child.get_child_value(0)): from_variant(child.get_child_value(1))
                for child in children}
    return [from_variant(child) for child in children]


def _unpack_maybe(variant):
    child = variant.get_maybe()
    return None if child is None else from_variant(child)


_READERS = {
    'b': GLib.Variant.get_boolean,
    'y': GLib.Variant.get_byte,
    'n': GLib.Variant.get_int16,
    'q': GLib.Variant.get_uint16,
    'i': GLib.Variant.get_int32,
    'u': GLib.Variant.get_uint32,
    'h': GLib.Variant.get_handle,
    'x': GLib.Variant.get_int64,
    't': GLib.Variant.get_uint64,
    'd': GLib.Variant.get_double,
    's': GLib.Variant.get_string,
    'o': GLib.Variant.get_string,
    'g': GLib.Variant.get_string,
    'v': lambda variant: from_variant(variant.get_variant()),
    'a': _unpack_array,
    'm': _unpack_maybe,
    '(': lambda variant: tuple(from_variant(variant.get_child_value(i))
                               for i in range(variant.n_children())),
    '{': lambda variant: tuple(from_variant(variant.get_child_value(i)) for i in range(2)),
}


def from_variant(variant):
    """The value in a GLib.Variant; None for None."""
    return None if variant is None else _READERS[variant.get_type_string()[0]](variant)
