# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's functions as virtual functions and callbacks of C.

PyGObject tells C of a GLib.Error only: of any other exception it prints the
traceback and returns FALSE, and a SystemExit ends the process. A guard turns
every exception into a GLib.Error, keeps its traceback, takes None as fine, and
converts values."""

import inspect
import sys
import threading
import traceback

from gi.repository import GLib

from . import coroutines

# The exception behind the last error that this thread has given to C: when the
# error comes back, out of a method that C failed with it, it has its cause again.
_last = threading.local()

_CODING = 'backslashreplace'


def clean(text):
    """@text as C takes it: no NUL, no lone surrogates."""
    return text.encode('utf-8', _CODING).decode().replace('\0', '\\x00')


def tell_exception(exception):
    name = type(exception).__qualname__
    module = type(exception).__module__
    if module not in ('builtins', '__main__'):
        name = f'{module}.{name}'
    try:
        text = str(exception)
    except Exception as error:      # its __str__() may be broken, too
        text = f'<its __str__() failed: {error!r}>'
    return f'{name}: {text}' if text else name


def to_error(exception, domain, code=0):
    """The GLib.Error for C."""
    if isinstance(exception, GLib.Error):
        message = clean(str(exception.message or ''))
        error = GLib.Error(message, str(exception.domain or 'pygi-error'), int(exception.code or 0))
    else:
        error = GLib.Error(clean(tell_exception(exception)), domain, code)
    _last.exception = exception
    _last.error = error
    return error


def find_cause(exception):
    """The exception that C knows as @exception only."""
    error = getattr(_last, 'error', None)
    if isinstance(exception, GLib.Error) and error is not None and \
            exception is not _last.exception and exception.domain == error.domain and \
            exception.code == error.code and error.message in exception.message:
        return _last.exception
    return None


def describe(exception):
    """The traceback of an exception, and of the one behind it."""
    cause = find_cause(exception)
    if cause is not None and exception.__cause__ is None:
        exception.__cause__ = cause
    try:
        lines = traceback.format_exception(type(exception), exception, exception.__traceback__)
    except Exception:
        lines = [f'{type(exception).__name__}, whose traceback cannot be shown\n']
    return clean(''.join(lines)).rstrip()


def count_arguments(function):
    """How many positional arguments it takes after self; None = any number."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return sum(parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
               for parameter in parameters) - 1


class Guard:
    """Stands for a function in its class: C calls it guarded, Python as it is."""

    def __init__(self, function, kind):
        self.function = function
        self._kind = kind
        self._n_arguments = count_arguments(function)
        self.__doc__ = getattr(function, '__doc__', None)
        self.__name__ = getattr(function, '__name__', 'function')

    def __get__(self, instance, owner=None):
        return self.function.__get__(instance, owner)

    def __call__(self, instance, *arguments):
        arguments = [self._kind.to_python(argument) for argument in arguments]
        if self._n_arguments is not None:
            arguments = arguments[:self._n_arguments]
        try:
            result = self._kind.call(self.function, instance, arguments)
            if inspect.iscoroutine(result):
                result = self._kind.wait(result, instance)
            return self._kind.to_c(result)
        except BaseException as exception:
            return self._kind.fail(instance, exception)


class Kind:
    """How the functions of one sort cross into C and back."""

    def __init__(self, name, domain=None, defaults=()):
        self.name = name
        self.defaults = defaults        # of its arguments
        self._domain = domain

    def to_python(self, argument):
        return argument

    def to_c(self, result):
        return result

    def call(self, function, instance, arguments):
        return function(instance, *arguments)

    def wait(self, coroutine, instance):
        coroutine.close()
        raise TypeError(f'{self.name}() cannot be a coroutine (async def); run() can')

    def fail(self, instance, exception):
        raise to_error(exception, self._domain) from None


class SourceKind(Kind):
    """A virtual function of a source that can fail: None is fine."""

    def to_c(self, result):
        return True if result is None else bool(result)

    def wait(self, coroutine, instance):
        return coroutines.run(coroutine, instance)

    def fail(self, instance, exception):
        if isinstance(exception, SystemExit) and exception.code in (None, 0):
            return True
        instance.set_error_detail(describe(exception))
        raise to_error(exception, self._domain) from None


class SetupKind(SourceKind):
    """As SourceKind; keeps the exception for on_client_connect_failure()."""

    def fail(self, instance, exception):
        instance._qs_setup_exception = exception
        return super().fail(instance, exception)


class RunKind(SourceKind):
    """As SourceKind; an exception of on_client_connect_success() counts first."""

    def call(self, function, instance, arguments):
        exception = instance.__dict__.pop('_qs_callback_exception', None)
        if exception is not None:
            raise exception
        return super().call(function, instance, arguments)


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
