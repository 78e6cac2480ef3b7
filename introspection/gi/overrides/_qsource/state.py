# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source's state as a mapping."""

import datetime

from gi.module import get_introspection_module

from . import override
from .values import bytes_from_glib, bytes_to_glib, from_variant, to_variant

Qs = get_introspection_module('Qs')


@override
class State(Qs.State):
    def get(self, key, default=None):
        variant = Qs.State.get(self, key)
        return default if variant is None else from_variant(variant)

    def set(self, key, value, ttl=None):
        """@ttl: after how many seconds, or what timedelta, it expires."""
        if ttl is None:
            return Qs.State.set(self, key, to_variant(value))
        if isinstance(ttl, datetime.timedelta):
            ttl = ttl.total_seconds()
        return Qs.State.set_with_ttl(self, key, to_variant(value), ttl)

    def get_bytes(self, key, default=None):
        data = Qs.State.get_bytes(self, key)
        return default if data is None else bytes_from_glib(data)

    def set_bytes(self, key, value):
        return Qs.State.set_bytes(self, key, bytes_to_glib(value))

    def exists(self, key):
        return self.contains(key)

    def delete(self, key):
        self.remove(key)

    def keys(self, prefix=None):
        return Qs.State.keys(self, prefix)

    def items(self):
        return [(key, self[key]) for key in self.keys()]

    def __getitem__(self, key):
        variant = Qs.State.get(self, key)
        if variant is None:
            raise KeyError(key)
        return from_variant(variant)

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
