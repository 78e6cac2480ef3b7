# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's functions as virtual functions and callbacks of C.

PyGObject passes only a GLib.Error to C: of any other exception it prints the
traceback and returns FALSE, and a SystemExit ends the process. A guard turns
every exception into a GLib.Error, keeps its traceback, takes None as fine, and
converts values."""

import sys
import types

from gi.module import get_introspection_module
from gi.repository import GLib

from . import threads
from .errors import describe, to_error
from .functions import is_awaitable

Qs = get_introspection_module('Qs')

# Of code objects, as in inspect, which takes longer to import than a short program.
_CO_VARARGS = 0x04
_CO_UNDONE = 0x20 | 0x80 | 0x200        # generators, coroutines, and both


def _is_plain(function):
    """Whether its code says everything; a decorated function might wrap another."""
    return type(function) is types.FunctionType and not function.__dict__


def count_arguments(function):
    """How many positional arguments it takes after self; None = any number."""
    if _is_plain(function):
        code = function.__code__
        return None if code.co_flags & _CO_VARARGS else code.co_argcount - 1
    import inspect
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return sum(parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
               for parameter in parameters) - 1


def describe_result(result):
    """What an unusual result is; None for a usual one."""
    if isinstance(result, types.CoroutineType):
        return 'a coroutine (async def)'
    if isinstance(result, types.AsyncGeneratorType):
        return 'an asynchronous generator (it has a yield)'
    if isinstance(result, types.GeneratorType):
        return 'a generator (it has a yield)'
    if is_awaitable(result):
        return f'a {type(result).__name__}, which has to be awaited'
    return None


def describe_function(function):
    """What an unusual function is, before it is called; None for a usual one."""
    if _is_plain(function) and not function.__code__.co_flags & _CO_UNDONE:
        return None
    import inspect
    function = inspect.unwrap(getattr(function, '__func__', function))
    if inspect.isasyncgenfunction(function):
        return 'an asynchronous generator (it has a yield)'
    if inspect.isgeneratorfunction(function):
        return 'a generator (it has a yield)'
    if inspect.iscoroutinefunction(function):
        return 'a coroutine (async def)'
    return None


def refuse_result(result, what):
    """Raises a TypeError if @result is of a function that has not even begun."""
    kind = describe_result(result)
    if kind is not None:
        if isinstance(result, types.CoroutineType):
            result.close()
        raise TypeError(f'{what} cannot be {kind}: nothing would run it')
    return result


class Guard:
    """Stands for a function in its class: C calls it guarded, Python as it is."""

    def __init__(self, function, kind, find=None, key=None):
        self.function = function
        self.find = find    # the function that counts now, of an instance
        self.key = key      # the name under which its class has the function
        self._kind = kind
        self.__doc__ = getattr(function, '__doc__', None)
        self.__name__ = getattr(function, '__name__', 'function')

    def __get__(self, instance, owner=None):
        return self.function.__get__(instance, owner)

    def __call__(self, instance, *arguments):
        try:
            self._kind.enter(instance)
            arguments = [self._kind.to_python(argument) for argument in arguments]
            function = self.function if self.find is None else self.find(instance)
            n_arguments = count_arguments(function)
            if n_arguments is not None:
                arguments = arguments[:n_arguments]
            result = self._kind.call(function, instance, arguments)
            if is_awaitable(result):
                result = self._kind.wait(result, instance)
            return self._kind.to_c(refuse_result(result, f'{self._kind.name}()'))
        except BaseException as exception:
            return self._kind.fail(instance, exception)
        finally:
            self._kind.leave(instance)


class Kind:
    """How the functions of one sort cross into C and back."""

    takes_coroutines = False

    def __init__(self, name, domain=None, defaults=()):
        self.name = name
        self.defaults = defaults        # of its arguments
        self._domain = domain

    def enter(self, instance):
        pass

    def leave(self, instance):
        pass

    def to_python(self, argument):
        return argument

    def to_c(self, result):
        return result

    def call(self, function, instance, arguments):
        return function(instance, *arguments)

    def wait(self, awaitable, instance):
        return awaitable        # which is refused

    def fail(self, instance, exception):
        raise to_error(exception, self._domain) from None


class SourceKind(Kind):
    """A virtual function of a source that can fail: only False is a failure."""

    takes_coroutines = True

    def __init__(self, name, domain=None, defaults=(), is_cancelled=False):
        super().__init__(name, domain, defaults)
        self._is_cancelled = is_cancelled       # when the source is to stop

    def to_c(self, result):
        if result is False:
            raise RuntimeError(f'{self.name}() returned False')
        return True

    def wait(self, awaitable, instance):
        from . import coroutines        # which import asyncio
        return coroutines.run(awaitable, instance, self._is_cancelled)

    def fail(self, instance, exception):
        if isinstance(exception, SystemExit) and exception.code in (None, 0):
            return True
        instance.__dict__['_qs_failure'] = exception
        Qs.BaseSource.set_error_detail(instance, describe(exception))
        raise to_error(exception, self._domain) from None


class StartKind(SourceKind):
    """As SourceKind, in the thread of start()."""

    def enter(self, instance):
        threads.enter(instance)

    def leave(self, instance):
        """After the last function the source has no event loop any more."""
        if self.is_last and '_qs_loop' in instance.__dict__:
            from . import coroutines
            coroutines.close(instance)

    is_last = property(lambda self: self.name in ('start', 'cleanup'))


class SetupKind(StartKind):
    """As StartKind; keeps the exception for on_client_connect_failure()."""

    def fail(self, instance, exception):
        instance._qs_setup_exception = exception
        return super().fail(instance, exception)


class RunKind(StartKind):
    """As StartKind; an exception of on_client_connect_success() counts first."""

    def call(self, function, instance, arguments):
        exception = instance.__dict__.pop('_qs_callback_exception', None)
        if exception is not None:
            raise exception
        return super().call(function, instance, arguments)


class StopKind(Kind):
    """stop() has no way to fail: what it raises is the source's failure."""

    def fail(self, instance, exception):
        threads.fail(instance, exception)


class QuietKind(Kind):
    """A virtual function that has no way to fail: what it raises is kept, and
    shown."""

    def __init__(self, name, failure=None):
        super().__init__(name)
        self._failure = failure

    def fail(self, instance, exception):
        instance._qs_exception = exception
        sys.excepthook(type(exception), exception, exception.__traceback__)
        return self._failure


class SplitsKind(SourceKind):
    """list_splits(): any iterable of names."""

    def to_c(self, result):
        if result is None or isinstance(result, (str, bytes)):
            raise TypeError(f'{self.name}() must return a list of names, not {result!r}')
        names = list(result)
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f'{self.name}() must return names, which are str; one of them is {name!r}')
        return names


class PartitionKind(Kind):
    """partition_for_split(): a number, of which a negative one is a failure."""

    def to_c(self, result):
        if isinstance(result, bool) or not isinstance(result, int):
            raise TypeError(f'{self.name}() must return the number of a partition, not {result!r}')
        return result

    def fail(self, instance, exception):
        Qs.BaseSource.set_error_detail(instance, describe(exception))
        error = to_error(exception, self._domain)
        Qs.callback_fail(GLib.quark_from_string(error.domain), error.code, error.message)
        return -1
