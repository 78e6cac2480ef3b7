# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the functions of a dataframe are given, and what they must not return."""

import types

_CO_ITERABLE_COROUTINE = 0x100       # of inspect

# What a function returns that did nothing yet.
UNDONE = frozenset((types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType))


def is_awaitable(value):
    """As inspect.isawaitable(); importing inspect takes longer than a short program."""
    if isinstance(value, types.CoroutineType) or hasattr(type(value), '__await__'):
        return True
    return isinstance(value, types.GeneratorType) and bool(
        value.gi_code.co_flags & _CO_ITERABLE_COROUTINE)


def refuse_undone(result, name):
    """Raises if @result is what an async or generator function returns."""
    if type(result) not in UNDONE:
        return
    kind = 'coroutine' if isinstance(result, types.CoroutineType) else 'generator'
    if hasattr(result, 'close'):
        result.close()
    advice = '; use expand=True' if name == 'apply' and kind == 'generator' else ''
    raise TypeError(f'the function of {name}() returned a {kind}, which has done nothing yet; it '
                    f'must be a plain function{advice}')


def _describe(function):
    return getattr(function, '__qualname__', None) or repr(function)


def check_function(function, name, n_most, metadata=False, expand=False):
    """How many of at most @n_most arguments @function requires, at least one.

    Raises where it is given if it can't be called so. With @metadata it is called with
    all four."""
    if not callable(function):
        raise TypeError(f'{name}() needs a function, not {function!r}')
    import inspect
    call = function if inspect.isroutine(function) or inspect.isclass(function) \
        else type(function).__call__
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call) or \
            inspect.isasyncgenfunction(function):
        raise TypeError(f'the function {_describe(function)} of {name}() is a coroutine (async '
                        'def); it must be a plain function')
    if inspect.isgeneratorfunction(function) and not expand:
        advice = '; use expand=True' if name == 'apply' else ''
        raise TypeError(f'the function {_describe(function)} of {name}() is a generator; it must '
                        f'be a plain function{advice}')
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return 4 if metadata else 1             # one of C's that doesn't say
    parameters = signature.parameters.values()
    n_required = sum(parameter.default is parameter.empty and parameter.kind in (
        parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD) for parameter in parameters)
    n_given = 4 if metadata else max(n_required, 1)
    if n_given > n_most:
        names = 'value' if n_most == 1 else 'value, record' if n_most == 2 else \
            'value, key, timestamp, headers'
        raise TypeError(f'the function {_describe(function)} of {name}() requires {n_required} '
                        f'arguments; it is given at most {n_most}: {names}')
    try:
        signature.bind(*range(n_given))
    except TypeError as error:
        given = 'value, key, timestamp, headers' if n_given == 4 else \
            'value, record' if n_given == 2 else 'value'
        raise TypeError(f'the function {_describe(function)} of {name}() cannot be called with '
                        f'({given}): {error}') from None
    return n_given
