# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signatures of methods that come from the typelib, for inspect and help().

PyGObject has them as objects that neither knows."""

import re

from gi.module import get_introspection_module

# "name(self, a:str, b:int=None) -> bool or None"
_TEXT = re.compile(r'\w+\((.*)\)(?: -> (.*))?$')


def _parse(text):
    import inspect      # which takes its time to load; who asks has it

    arguments, result = _TEXT.match(text.partition('\n')[0]).groups()
    parameters = []
    is_optional = True          # only what nothing that is needed follows
    for argument in reversed(arguments.split(', ') if arguments else []):
        name, _, kind = argument.removesuffix('=None').partition(':')
        is_optional = is_optional and argument.endswith('=None')
        parameters.insert(0, inspect.Parameter(
            name, inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None if is_optional else inspect.Parameter.empty,
            annotation=kind or inspect.Parameter.empty))
    return inspect.Signature(parameters, return_annotation=result or None)


class _Described:
    """What inspect finds behind a method; put together when somebody asks."""

    def __init__(self, info):
        self._info = info

    def __call__(self, *arguments, **named):
        return self._info(*arguments, **named)

    @property
    def __signature__(self):
        return _parse(self._info.__doc__)


def _wrap(cls, name, info):
    def method(*arguments, **named):
        return info(*arguments, **named)

    method.__name__ = name
    method.__qualname__ = f'{cls.__name__}.{name}'
    method.__module__ = cls.__module__
    method.__wrapped__ = _Described(info)
    return method if info.is_method() else staticmethod(method)


def describe(*classes):
    """Gives the methods of @classes that come from the typelib their signatures."""
    native = get_introspection_module('Qs')
    for cls in {base for cls in classes for base in cls.__mro__}:
        if cls.__module__ != native.__name__:
            continue
        for name, info in list(vars(cls).items()):
            if type(info).__name__ == 'FunctionInfo' and not info.is_constructor():
                setattr(cls, name, _wrap(cls, name, info))
