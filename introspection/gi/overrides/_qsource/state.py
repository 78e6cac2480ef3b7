# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source's state as a mapping."""

import math

from gi.module import get_introspection_module
from gi.repository import GLib

from . import jsontext, native, override
from .jsontext import RefusedType, RefusedValue, show, type_name
from .values import bytes_from_glib, to_bytes

Qs = get_introspection_module('Qs')
_DOMAIN = GLib.quark_to_string(Qs.state_error_quark())


def to_key(key):
    """A key as a str of no subclass."""
    if not isinstance(key, str):
        raise RefusedType(f'the key {show(key)} of a state is of type {type_name(key)}; it must '
                          'be a str, such as str(key)')
    to_bytes(key, 'a key of the state')
    return str.__str__(key)


def write(key, value):
    """JSON text of the value of @key: only values that are read back equal."""
    return jsontext.write(value, True, f'state[{show(key)}]')


def raise_not_json(key, error):
    raise GLib.Error(f'Cannot read the key {show(key)} of the state: it is not JSON ({error}); it '
                     'was stored as bytes: read it with get_bytes()', _DOMAIN,
                     int(Qs.StateError.WRONG_TYPE)) from error


def to_seconds(ttl):
    """For how long, of a number or a timedelta; -1 = without end."""
    if ttl is None:
        return -1.0
    if hasattr(ttl, 'total_seconds'):
        ttl = ttl.total_seconds()
    if isinstance(ttl, bool) or not isinstance(ttl, (int, float)):
        raise RefusedType(f'ttl is a number of seconds or a timedelta, not {type_name(ttl)}')
    if math.isnan(ttl) or ttl < 0 and ttl != -1:
        raise RefusedValue(f'ttl is a number of seconds from 0 on, or None, not {ttl}')
    return float(ttl)


@override
class State(Qs.State):
    def __setattr__(self, name, value):
        # It would be a value that nobody stores.
        if not hasattr(type(self), name) and not name.startswith('_'):
            raise AttributeError(f'a state has no attribute {name!r}; to set an entry, write '
                                 f'state[{name!r}] = …')
        super().__setattr__(name, value)

    def get(self, key, default=None):
        """Returns the value of an entry, or the default."""
        data = self.get_bytes(key)
        if data is None:
            return default
        try:
            return native.read(data)
        except ValueError as error:
            raise_not_json(key, error)

    def set(self, key, value, ttl=None):
        """Sets an entry. ttl: the time after which it expires, in seconds or as a timedelta."""
        return Qs.State.set_json(self, to_key(key).encode(), write(key, value), to_seconds(ttl))

    def get_with_fallback(self, key, fallback):
        """Does the same as get(), under its name in C."""
        return self.get(key, fallback)

    def set_with_ttl(self, key, value, ttl):
        """Does the same as set(), under its name in C."""
        return self.set(key, value, ttl)

    def get_bytes(self, key, default=None):
        """Returns the stored bytes unchanged, or the default."""
        data = Qs.State.get_data(self, to_key(key).encode())
        return default if data is None else bytes_from_glib(data)

    def set_bytes(self, key, value, ttl=None):
        """Stores bytes unchanged."""
        if value is None:
            raise TypeError('set_bytes() does not take None; delete() removes an entry')
        return Qs.State.set_data(self, to_key(key).encode(), to_bytes(value, 'the value'),
                                 to_seconds(ttl))

    def contains(self, key):
        """Returns whether there is such an entry."""
        return Qs.State.contains_data(self, to_key(key).encode())

    def exists(self, key):
        """Returns whether there is such an entry."""
        return self.contains(key)

    def remove(self, key):
        """Removes an entry, if there is one."""
        return Qs.State.remove_data(self, to_key(key).encode())

    def delete(self, key):
        """Removes an entry, if there is one."""
        self.remove(key)

    def keys(self, prefix=None):
        """Returns all keys, or those that begin with @prefix, sorted."""
        prefix = to_key(prefix or '').encode()
        keys = Qs.State.list_data(self, prefix)
        return [bytes_from_glib(keys.get_child_value(i).get_data_as_bytes()).decode()
                for i in range(keys.n_children())]

    def items(self):
        """Returns all entries, as pairs of a key and a value."""
        return [(key, self[key]) for key in self.keys()]

    def __getitem__(self, key):
        missing = object()
        value = State.get(self, key, missing)
        if value is missing:
            raise KeyError(key)
        return value

    def __setitem__(self, key, value):
        self.set(key, value)

    def __delitem__(self, key):
        if not self.contains(key):
            raise KeyError(key)
        self.remove(key)

    def __contains__(self, key):
        return self.contains(key)

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.keys())


if native.extension:
    native.extension.set_hooks(state_key=to_key, write_state=write, not_json=raise_not_json,
                               seconds=to_seconds)
    native.extension.install_state(State)
