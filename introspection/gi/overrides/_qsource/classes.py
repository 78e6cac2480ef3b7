# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a class of sources may have: attributes that set properties, other bases."""

import abc

from gi.module import get_introspection_module
from gi.repository import GObject

from .properties import to_property
from .vfuncs import is_native

Qs = get_introspection_module('Qs')

# What is said of a name that a class or its author wants for something else.
_MEANINGS = {
    'errors': "says what becomes of a record that cannot be serialized, 'fail', 'skip' or "
              "'dead-letter'; count errors in another attribute, such as n_errors",
    'running': 'says whether the source runs; stop() stops it',
    'state': 'is what the source remembers; keep other things in another attribute',
    'partition': 'is the partition of the state',
    'store_partitions_count': 'is n_partitions; set that, or give it when the source is made',
    'assigned_store_partition': 'is the partition of the state',
}


def _meaning(name):
    return _MEANINGS.get(name, 'is a property of every source; use another name')


def _specifications(cls):
    """The properties of a class, by their names in Python."""
    return {pspec.name.replace('-', '_'): pspec for pspec in cls.list_properties()}


def _can_set(pspec):
    return pspec.flags & GObject.ParamFlags.WRITABLE


def _own_names(cls):
    """What the classes of the user's have put in front of ours."""
    names = {}
    for base in cls.__mro__:
        if is_native(base):
            break
        for name, value in vars(base).items():
            names.setdefault(name, value)
    return names


def take_defaults(cls):
    """Makes defaults of a class's attributes that are named as properties are.

    What can only be read is refused where the library would not notice the loss, and
    else is the class's own."""
    native = next(base for base in cls.__mro__ if is_native(base))
    specifications = _specifications(native)
    defaults = {}
    for base in reversed(cls.__mro__[1:]):
        defaults.update(vars(base).get('_qs_defaults', {}))
    for name, value in _own_names(cls).items():
        known = getattr(native, name, None)
        if name == '_running' and not callable(value) and isinstance(known, property):
            setattr(cls, name, known)       # it begins as false in any case
            continue
        pspec = specifications.get(name)
        if not isinstance(known, property) or value is known:
            continue
        if pspec is not None and _can_set(pspec):
            if callable(value) or hasattr(type(value), '__get__'):
                raise TypeError(f'{name} of {cls.__name__} {_meaning(name)}; a class can only '
                                'set it to a value')
            _check(cls, name, pspec, value)
            defaults[name] = value
            setattr(cls, name, known)       # in front of a mixin's
        elif name in _MEANINGS:
            raise TypeError(f'{name} of {cls.__name__} cannot be defined: {name} {_meaning(name)}')
    cls._qs_defaults = defaults


def _check(cls, name, pspec, value):
    try:
        to_property(pspec, value)
    except (TypeError, ValueError) as error:
        raise type(error)(f'{name} of {cls.__name__} is {value!r}, but {name} {_meaning(name)} '
                          f'({error})') from None


# Qs.StatefulSource, once it is there.
_stateful = []


def note_stateful(cls):
    _stateful.append(cls)


class SourceMeta(abc.ABCMeta, type(Qs.BaseSource)):
    """Lets a class be abstract, and have one with a state beside one without."""

    # No virtual subclasses: abc asks all subclasses, also while one is being made.
    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__

    def __new__(meta, name, bases, namespace, **options):
        # C knows one parent only: the one that brings the most.
        stateful = [base for base in bases if issubclass(base, tuple(_stateful))]
        others = [base for base in bases if base not in stateful]
        if stateful and any(issubclass(base, Qs.BaseSource) for base in others):
            bases = (*stateful, *others)
        return super().__new__(meta, name, bases, namespace, **options)

    def __call__(cls, *arguments, **named):
        missing = getattr(cls, '__abstractmethods__', None)
        if missing:
            raise TypeError(f"cannot make a {cls.__name__}, which is abstract: it has no "
                            f"{', '.join(f'{name}()' for name in sorted(missing))}")
        return super().__call__(*arguments, **named)
