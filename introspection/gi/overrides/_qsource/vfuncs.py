# SPDX-License-Identifier: LGPL-2.1-or-later
"""Virtual functions under their own names: run() as well as do_run()."""

from gi._gi import VFuncInfo
from gi.repository import GObject

from .guard import Guard, describe_function

_OURS = ('gi.overrides.', 'gi.repository.', '__gi__')


def is_native(cls):
    return cls.__module__.startswith(_OURS)


def native_class(cls):
    """The nearest class of @cls that C has made."""
    return next(base for base in cls.__mro__ if is_native(base))


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
        if is_native(base):
            continue        # a class of one's own may follow, beside it
        for key in (f'do_{name}', name):
            function = base.__dict__.get(key)
            # A guard that was made of name() is looked for there.
            if isinstance(function, Guard):
                function = None if function.key == name else function.function
            if callable(function) or isinstance(function, (staticmethod, classmethod)):
                return base, function
    return None, None


def find_implementation(cls, name):
    """The function of Python that implements virtual function @name; None if that is C."""
    return _find(cls, name)[1]


def _find_now(name, fallback):
    """What finds the function that C means, of an instance: somebody may have put in
    another one, as a test does."""
    def find(instance):
        for other in (f'do_{name}', name):
            function = instance.__dict__.get(other)
            if callable(function):
                return lambda self, *arguments: function(*arguments)
        function = _find(type(instance), name)[1]
        if function is None:
            return fallback
        bind = getattr(type(function), '__get__', None)
        if bind is None:        # an object that can be called, which takes no self
            return lambda self, *arguments: function(*arguments)
        if isinstance(function, (staticmethod, classmethod)):
            bound = bind(function, instance, type(instance))
            return lambda self, *arguments: bound(*arguments)
        return function
    return find


def _with_defaults(function, defaults):
    """As C calls it: with all arguments."""
    def call(self, *arguments):
        return function(self, *arguments, *defaults[len(arguments):])
    return call


def _check(cls, name, function, kind):
    """Refuses a function of which nothing would run."""
    what = describe_function(function)
    if what is None or kind.takes_coroutines and what.startswith('a coroutine'):
        return
    advice = '; run() can be a coroutine' if what.startswith('a coroutine') and name != 'run' \
        else '; call produce() for each record, where it would yield one' if 'yield' in what else ''
    raise TypeError(f'{name}() of {cls.__name__} cannot be {what}{advice}')


def _check_attribute(cls, name):
    """Refuses an attribute where a function belongs."""
    for key in (f'do_{name}', name):
        value = cls.__dict__.get(key)
        if value is not None and not callable(value) and \
                not isinstance(value, (Guard, staticmethod, classmethod)):
            raise TypeError(f'{key} of {cls.__name__} is {value!r}, but it is the name of a '
                            f'function that is called as {name}(): use another name')


def _brings(cls, owner):
    """Whether @cls has to hook up a function of @owner: its own, that of a plain mixin, or
    of a class that C doesn't know as its parent."""
    if owner is cls or issubclass(owner, GObject.GInterface) or \
            not issubclass(owner, GObject.Object):
        return not issubclass(owner, GObject.GInterface) or owner is cls
    return owner not in cls.__base__.__mro__


def hook_up(cls):
    """Before @cls is registered: PyGObject looks at its do_x only."""
    if is_native(cls):
        return
    for name, kind in cls._qs_vfuncs.items():
        _check_attribute(cls, name)
        owner, function = _find(cls, name)
        if owner is None or not _brings(cls, owner):
            continue
        _check(cls, name, function, kind)
        if isinstance(cls.__dict__.get(f'do_{name}'), Guard):
            continue
        key = name if f'do_{name}' not in owner.__dict__ or \
            isinstance(owner.__dict__[f'do_{name}'], Guard) and \
            owner.__dict__[f'do_{name}'].key == name else f'do_{name}'
        setattr(cls, f'do_{name}', Guard(function, kind, _find_now(name, function), key))
        # Who calls x() of a class that once had one gets the newest.
        if name not in cls.__dict__ and any(
                name in base.__dict__ for base in cls.__mro__[1:] if not is_native(base)):
            setattr(cls, name, _with_defaults(function, kind.defaults))
    _hook_up_end(cls)


def has_guard(cls, name):
    """Whether C calls Python for virtual function @name."""
    return any(isinstance(base.__dict__.get(f'do_{name}'), Guard) for base in cls.__mro__)


def _hook_up_end(cls):
    """Has cleanup() come by Python if there is a coroutine: it ends the event loop."""
    kinds = cls._qs_vfuncs
    if 'cleanup' not in kinds or has_guard(cls, 'cleanup'):
        return
    functions = (find_implementation(cls, name) for name in kinds)
    if any(function is not None and describe_function(function) for function in functions):
        cls.do_cleanup = Guard(lambda self, failed: call_native(self, 'cleanup', failed),
                               kinds['cleanup'], key='do_cleanup')
