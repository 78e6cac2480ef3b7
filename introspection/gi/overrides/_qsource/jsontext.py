# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's own values as JSON text, and back: the rules.

Each value is written exactly, converted as is written here, or refused with its
type and what to use. The text is that of orjson, which Quix Streams uses."""

import enum
import json
import json.encoder
import math
import re
import sys

# The depth to which arrays and objects can be nested, written and read.
MAX_DEPTH = 500

_escape = json.encoder.encode_basestring
_INTEGERS = range(-2**63, 2**64)
_STATE_INTEGERS = range(-2**63, 2**63)

# What to use instead of a type, by its name.
_ADVICE = {
    'bytes': "text, such as value.hex(), or the 'bytes' serializer",
    'bytearray': "text, such as value.hex(), or the 'bytes' serializer",
    'memoryview': "text, such as value.hex(), or the 'bytes' serializer",
    'set': 'a list, such as sorted(value)',
    'frozenset': 'a list, such as sorted(value)',
    'complex': 'a list of its real and its imaginary part',
    'decimal.Decimal': 'str(value), which is exact, or float(value)',
    'fractions.Fraction': 'str(value), which is exact, or float(value)',
    'datetime.datetime': 'value.isoformat(), or value.timestamp()',
    'datetime.date': 'value.isoformat()',
    'datetime.time': 'value.isoformat()',
    'datetime.timedelta': 'value.total_seconds()',
    'numpy.ndarray': 'value.tolist()',
    'numpy.datetime64': 'str(value)',
    'numpy.timedelta64': 'str(value)',
    'range': 'list(value)',
    'generator': 'list(value)',
    'collections.deque': 'list(value)',
}
_USABLE = 'None, bool, int, float, str, list, tuple or dict'


class Refused(Exception):
    """Among an exception's bases: bytes or JSON text can't hold a value."""


def _refusal(base):
    """A subclass of @base that users see as that."""
    return type(base.__name__, (Refused, base), {'__module__': 'builtins'})


RefusedType = _refusal(TypeError)
RefusedValue = _refusal(ValueError)
RefusedNumber = _refusal(OverflowError)


def type_name(value):
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == 'builtins' else \
        f'{kind.__module__}.{kind.__qualname__}'


def show(value):
    """A short repr() of @value, which may have an odd one."""
    try:
        text = ascii(value)
    except Exception:
        return f'<{type_name(value)}>'
    return text if len(text) <= 60 else f'{text[:57]}...'


def _advise(value):
    for kind in type(value).__mro__:
        name = kind.__qualname__ if kind.__module__ == 'builtins' else \
            f'{kind.__module__}.{kind.__qualname__}'
        if name in _ADVICE:
            return _ADVICE[name]
    if isinstance(value, tuple):
        return 'value._asdict() or list(value)' if hasattr(value, '_asdict') else 'list(value)'
    if hasattr(value, '__dataclass_fields__'):
        return 'dataclasses.asdict(value)'
    if hasattr(value, '__await__'):
        return 'await value'
    if hasattr(value, 'keys') and hasattr(value, '__getitem__'):
        return 'dict(value)'
    return _USABLE


class _Writer:
    def __init__(self, for_state, name):
        self._for_state = for_state
        self._path = [name]
        self._parts = []

    def write(self, value):
        try:
            self._add(value)
        except RecursionError:
            raise self._too_deep() from None
        return ''.join(self._parts).encode()

    def _where(self):
        return ''.join(self._path if len(self._path) <= 12
                       else [*self._path[:6], '…', *self._path[-6:]])

    def _too_deep(self):
        return RefusedValue(f'{self._where()} cannot be written as JSON: it contains itself, or it '
                            f'is nested more than {MAX_DEPTH} levels deep')

    def _add(self, value):
        """One frame a level: Python has a thousand."""
        kind = type(value)
        put = self._parts.append
        path = self._path
        if kind is str:
            put(self._text(value))
        elif value is None:
            put('null')
        elif value is True or value is False:
            put('true' if value else 'false')
        elif kind is int:
            put(self._integer(value))
        elif kind is float:
            put(self._float(value))
        elif len(path) > MAX_DEPTH:     # it is as long as the value is deep
            raise self._too_deep()
        elif kind is dict:
            separator = '{'
            for key, member in value.items():
                put(separator)
                put(self._name(key))
                path.append(f'[{show(key)}]')
                self._add(member)
                path.pop()
                separator = ','
            put('}' if separator == ',' else '{}')
        elif kind is list or kind is tuple:
            separator = '['
            for i, member in enumerate(value):
                put(separator)
                path.append(f'[{i}]')
                self._add(member)
                path.pop()
                separator = ','
            put(']' if separator == ',' else '[]')
        else:
            self._add(self._convert(value))

    def _name(self, key):
        if not isinstance(key, str):
            raise RefusedType(f'the key {show(key)} of {self._where()}, a {type_name(key)}, '
                              'cannot be written as JSON; it must be a str, such as str(key)')
        return f'{self._text(str.__str__(key))}:'

    def _convert(self, value):
        """What is written as something that it is not: as that."""
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return int.__index__(value)
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, enum.Enum):
            return value.value
        if isinstance(value, dict):
            return dict(value.items())
        if isinstance(value, list):
            return list(value)
        return self._plain(value)

    def _plain(self, value):
        """A number of numpy's, a UUID or a GVariant as Python's own value."""
        uuid = sys.modules.get('uuid')
        if uuid is not None and isinstance(value, uuid.UUID):
            return str(value)
        numpy = sys.modules.get('numpy')
        if numpy is not None and isinstance(value, numpy.generic):
            plain = value.item()
            if type(plain) in (bool, int, float) and not isinstance(value, numpy.timedelta64):
                return plain
        glib = sys.modules.get('gi.repository.GLib')
        if glib is not None and isinstance(value, glib.Variant):
            from .values import from_variant
            return from_variant(value)
        advice = _advise(value)
        if self._for_state:
            advice = advice.replace("the 'bytes' serializer", 'set_bytes()')
        raise RefusedType(f'{self._where()}, a value of type {type_name(value)}, cannot be written '
                          f'as JSON; use {advice}')

    def _text(self, value):
        # A lone surrogate is the only character that UTF-8 doesn't have.
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise RefusedValue(f'{self._where()} is text with a lone surrogate, '
                               f'\\u{ord(value[error.start]):04x} at character {error.start}, '
                               'which UTF-8 cannot hold') from None
        return _escape(value)

    def _integer(self, value):
        if value not in (_STATE_INTEGERS if self._for_state else _INTEGERS):
            # Python refuses to write one of thousands of digits.
            text = value if value.bit_length() < 400 else f'of {value.bit_length()} bits'
            raise RefusedNumber(f'{self._where()}, the integer {text}, does not fit into 64 bits'
                                f'{" with a sign" if self._for_state else ""}; use str(value)')
        return int.__repr__(value)

    def _float(self, value):
        if not math.isfinite(value):
            if self._for_state:
                raise RefusedValue(f'{self._where()} is {value}, which JSON does not have; use '
                                   'None or text')
            return 'null'
        return _lay_out(float.__repr__(value))


def _lay_out(text):
    """Python's shortest text of a float as orjson lays it out."""
    mantissa, e, exponent = text.partition('e')
    if not e:
        return text
    if mantissa.endswith('.0'):
        mantissa = mantissa[:-2]
    if exponent == '-05':       # orjson writes these without an exponent
        sign = '-' if mantissa.startswith('-') else ''
        return f'{sign}0.0000{mantissa.lstrip("-").replace(".", "")}'
    return f'{mantissa}e{int(exponent)}'


def write(value, for_state=False, name='value'):
    """JSON text of @value, as bytes.

    @for_state: refuse what doesn't come back equal."""
    return _Writer(for_state, name).write(value)


def _refuse_constant(name):
    raise ValueError(f'{name} is no JSON')


def _read_float(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f'the number {text:.40} is too large for a float')
    return value


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_read_float)
_surrogate = re.compile(r'\\u[dD][89a-fA-F]')


def _is_too_deep(text):
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[][{}]', text, re.DOTALL):
        depth += {'[': 1, '{': 1, ']': -1, '}': -1}.get(match[0], 0)
        if depth > MAX_DEPTH:
            return True
    return False


def read(data):
    """The value that JSON text stands for."""
    data = bytes(data)
    try:
        text = data.decode()
        if _is_too_deep(text):
            raise ValueError(f'arrays and objects are nested more than {MAX_DEPTH} levels deep')
        start = len(text) - len(text.lstrip(' \t\r\n'))
        value, end = _decoder.raw_decode(text, start)
        if text[end:].strip(' \t\r\n'):
            raise ValueError(f'something follows the value at character {end}')
        if _surrogate.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError('invalid JSON: it is nested too deeply') from None
    except UnicodeError:
        raise ValueError('invalid JSON: text that is not UTF-8, or a lone surrogate') from None
    except ValueError as error:
        raise ValueError(f'invalid JSON: {error}') from None
    return value
