# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's own values and GVariant, in both directions."""

import operator

from gi.repository import GLib

from .jsontext import RefusedType, RefusedValue, type_name

_INT64 = range(-2**63, 2**63)
_UINT64 = range(2**64)
_BYTES_TYPE = GLib.VariantType('ay')
_NOTHING = GLib.Variant('mv', None)


def to_bytes(data, what='a key or value'):
    """Bytes of any kind, text (as UTF-8) or None as bytes or None."""
    if data is None or type(data) is bytes:
        return data
    if isinstance(data, str):
        try:
            return str.encode(data)
        except UnicodeEncodeError as error:
            raise RefusedValue(f'{what} is text with a lone surrogate, '
                               f'\\u{ord(data[error.start]):04x} at character {error.start}, '
                               'which UTF-8 cannot hold') from None
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if isinstance(data, GLib.Bytes):
        return bytes_from_glib(data)
    raise RefusedType(f'{what} is of type {type_name(data)}; expected bytes, str or None. '
                      'serialize() makes bytes of other values')


def to_seconds(timeout):
    """A timeout; None is no limit."""
    if timeout != timeout:
        raise ValueError('nan is not a number of seconds; None waits without limit')
    return -1 if timeout is None else timeout


def bytes_to_glib(data):
    """Bytes of any kind, text (as UTF-8) or None as a GLib.Bytes or None."""
    if data is None or isinstance(data, GLib.Bytes):
        return data
    return GLib.Bytes.new(to_bytes(data))


def bytes_from_glib(data):
    return None if data is None else data.get_data() or b''


def _integer(value):
    if value in _INT64:
        return GLib.Variant('x', value)
    if value in _UINT64:
        return GLib.Variant('t', value)
    raise OverflowError(f'the integer {value} does not fit into 64 bits')


def _array(values, convert=None):
    convert = convert or to_variant
    builder = GLib.VariantBuilder.new(GLib.VariantType('av'))
    for value in values:
        builder.add_value(GLib.Variant.new_variant(convert(value)))
    return builder.end()


def _dictionary(values, convert=None):
    convert = convert or to_variant
    builder = GLib.VariantBuilder.new(GLib.VariantType('a{sv}'))
    for key, value in values.items():
        if not isinstance(key, str):
            raise TypeError(f'the key {key!r} of a dictionary is a {type_name(key)}; it must be a str')
        builder.add_value(GLib.Variant.new_dict_entry(
            GLib.Variant('s', key), GLib.Variant.new_variant(convert(value))))
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
    import numbers                              # slow to import, and rarely needed
    if isinstance(value, numbers.Real) or hasattr(value, '__float__'):
        return GLib.Variant('d', float(value))
    raise TypeError(f'cannot make a value out of {value!r}, a {type_name(value)}: None, bool, int, '
                    'float, str, bytes, list, tuple and dict can be, and what is made of them')


def _members(value):
    """The members of a dataclass, or of a model of pydantic; None for another value."""
    if isinstance(value, type):
        return None
    if hasattr(value, '__dataclass_fields__'):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    dump = getattr(value, 'model_dump', None)
    return dump() if callable(dump) else None


def simplify(value):
    """As one of the common types what has another one, for formats with a schema: times in
    ISO 8601, decimals as a text, and the members of dataclasses and models."""
    kind = type(value)
    if isinstance(value, dict):
        return dict(value.items())
    if isinstance(value, (list, tuple)):
        return list(value)
    members = _members(value)
    if members is not None:
        return members
    if kind.__module__ == 'datetime' and hasattr(value, 'isoformat'):
        return value.isoformat()
    if kind.__module__ == 'decimal':
        return f'{value:f}'
    if kind.__module__ == 'uuid':
        return str(value)
    return NotImplemented


def to_schema_variant(value):
    """As to_variant(), and with what simplify() knows."""
    kind = type(value)
    if kind in (type(None), bool, int, float, str, bytes):
        return to_variant(value)
    if kind is dict:
        return _dictionary(value, to_schema_variant)
    if kind is list or kind is tuple:
        return _array(value, to_schema_variant)
    if isinstance(value, GLib.Variant):
        return value
    simple = simplify(value)
    return to_variant(value) if simple is NotImplemented else to_schema_variant(simple)


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
