# SPDX-License-Identifier: LGPL-2.1-or-later
"""Virtual functions under their own names: run() as well as do_run()."""

from gi._gi import VFuncInfo
from gi.repository import GObject

from .guard import Guard

_OURS = ('gi.overrides.', 'gi.repository.', '__gi__')


def _is_native(cls):
    return cls.__module__.startswith(_OURS)


def native_class(cls):
    """The nearest class of @cls that C has made."""
    return next(base for base in cls.__mro__ if _is_native(base))


class Native:
    """A virtual function as C implements it.

    PyGObject's own descriptor takes the class of the instance, so that
    super().do_x() would call itself for ever."""

    def __init__(self, info):
        self._info = info

    def __get__(self, instance, owner=None):
        if instance is None:
            return self._info.__get__(None, owner)
        bound = self._info.__get__(None, native_class(type(instance)))
        return lambda *arguments: bound(instance, *arguments)


def find_info(cls, name):
    for base in cls.__mro__:
        info = base.__dict__.get(f'do_{name}')
        if isinstance(info, VFuncInfo):
            return info
    raise AttributeError(f'{cls.__name__} has no virtual function {name}')


def expose(cls, kinds):
    """Lets subclasses of @cls implement what @kinds names, under either name."""
    for name in kinds:
        setattr(cls, f'do_{name}', Native(find_info(cls, name)))
    cls._qs_vfuncs = {**getattr(cls, '_qs_vfuncs', {}), **kinds}
    return cls


def is_chained(instance, name, method):
    """Whether @method, of one of our classes, was called by a super().x(): a
    subclass has a function of that name."""
    return getattr(type(instance), name) is not method


def call_native(instance, name, *arguments):
    """Calls C's implementation of a virtual function."""
    for base in native_class(type(instance)).__mro__:
        descriptor = base.__dict__.get(f'do_{name}')
        if isinstance(descriptor, Native):
            return descriptor.__get__(instance)(*arguments)
    raise AttributeError(name)


def _find(cls, name):
    """The class and function that implement virtual function @name, both None if
    that is C."""
    for base in cls.__mro__:
        if _is_native(base):
            return None, None
        for key in (f'do_{name}', name):
            function = base.__dict__.get(key)
            if callable(function):
                return base, function
    return None, None


def find_implementation(cls, name):
    """The function of Python that implements virtual function @name; None if that is C."""
    function = _find(cls, name)[1]
    return function.function if isinstance(function, Guard) else function


def _with_defaults(function, defaults):
    """As C calls it: with all arguments."""
    def call(self, *arguments):
        return function(self, *arguments, *defaults[len(arguments):])
    return call


def hook_up(cls):
    """Before @cls is registered: PyGObject looks at its do_x only."""
    if _is_native(cls):
        return
    for name, kind in cls._qs_vfuncs.items():
        owner, function = _find(cls, name)
        is_mixin = owner is not None and not issubclass(owner, GObject.GInterface) \
            and not issubclass(owner, GObject.Object)
        if isinstance(function, Guard) or not (owner is cls or is_mixin):
            continue
        setattr(cls, f'do_{name}', Guard(function, kind))
        # Who calls x() of a class that once had one gets the newest.
        if name not in cls.__dict__ and any(
                name in base.__dict__ for base in cls.__mro__[1:] if not _is_native(base)):
            setattr(cls, name, _with_defaults(function, kind.defaults))
