# SPDX-License-Identifier: LGPL-2.1-or-later
"""Exceptions of Python as errors of C, and back, with what is behind them."""

import os
import threading
import traceback
import types

from gi.repository import GLib

_CODING = 'backslashreplace'
_HERE = os.path.dirname(__file__) + os.sep

# The exception behind the last error that a thread has given to C, by thread: when
# the error comes back, out of a method that C failed with it, it has its cause again.
# No threading.local, whose objects would be freed while the thread's state is.
_last = {}


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
        text = f'<its __str__() failed: {type(error).__name__}>'
    return f'{name}: {text}' if text else name


def to_error(exception, domain, code=0):
    """The GLib.Error for C."""
    if isinstance(exception, GLib.Error):
        message = clean(str(exception.message or ''))
        try:
            error = GLib.Error(message, str(exception.domain or 'pygi-error'),
                               int(exception.code or 0))
        except (TypeError, ValueError):     # one that was made with odd arguments
            error = GLib.Error(clean(tell_exception(exception)), domain, code)
    else:
        error = GLib.Error(clean(tell_exception(exception)), domain, code)
    _last[threading.get_ident()] = error, exception
    return error


def forget():
    """What this thread has given to C, once nobody can ask any more."""
    _last.pop(threading.get_ident(), None)


def find_cause(exception):
    """The exception that C knows as @exception only."""
    error, cause = _last.get(threading.get_ident(), (None, None))
    if isinstance(exception, GLib.Error) and error is not None and \
            exception is not cause and exception.domain == error.domain and \
            exception.code == error.code and error.message in exception.message:
        return cause
    return None


def _without_ours(shown, seen):
    """Takes the frames of the overrides out of a traceback that is to be shown."""
    if shown is None or id(shown) in seen:
        return
    seen.add(id(shown))
    shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(_HERE)]
    for other in (shown.__cause__, shown.__context__, *(getattr(shown, 'exceptions', None) or ())):
        _without_ours(other, seen)


def describe(exception):
    """The traceback of an exception, and of the one behind it."""
    cause = find_cause(exception)
    if cause is not None and exception.__cause__ is None:
        exception.__cause__ = cause
    try:
        shown = traceback.TracebackException(type(exception), exception, exception.__traceback__)
        _without_ours(shown, set())
        lines = list(shown.format())
    except Exception:
        lines = [f'{type(exception).__name__}, whose traceback cannot be shown\n']
    return clean(''.join(lines)).rstrip()


class Failure(GLib.Error):
    """What the library failed with; its text is the message."""

    def __str__(self):
        return str(self.message)

    def __repr__(self):
        return f'{type(self).__name__}({self.message!r}, {self.domain!r}, {self.code!r})'


# As it is known outside.
Failure.__name__ = Failure.__qualname__ = 'Error'
Failure.__module__ = 'gi.repository.Qs'


def _combine(kind):
    """A class of failures that are exceptions of @kind, too."""
    def initialize(namespace):
        namespace.update(__init__=lambda self, *arguments: None, __module__=kind.__module__,
                         __qualname__=kind.__qualname__, __str__=Failure.__str__,
                         __repr__=Failure.__repr__)
    try:
        return types.new_class(kind.__name__, (Failure, kind), {}, initialize)
    except TypeError:       # their structs in C don't agree
        return Failure


def natural(error, cause=None, like_cause=False):
    """@error of PyGObject's as one of ours.

    @like_cause: except clauses for the cause catch it, too."""
    kind = Failure
    if like_cause and isinstance(cause, Exception) and not isinstance(cause, GLib.Error):
        kind = _combine(type(cause))
    try:
        failure = Failure.__new__(kind) if kind is Failure else type(cause).__new__(kind)
    except TypeError:
        failure = Failure.__new__(Failure)
    if cause is not None:
        failure.__dict__.update(getattr(cause, '__dict__', {}))
    failure.message, failure.domain, failure.code = error.message, error.domain, error.code
    failure.args = (error.message,)
    failure.__cause__ = cause
    return failure


def is_plain(error):
    """Whether it comes from PyGObject as it is."""
    return type(error) is GLib.Error
