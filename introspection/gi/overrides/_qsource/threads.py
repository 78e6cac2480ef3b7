# SPDX-License-Identifier: LGPL-2.1-or-later
"""The threads in which sources run, and what fails there outside of their functions."""

import sys
import threading
import weakref

from gi.module import get_introspection_module
from gi.repository import GLib

from . import native
from .errors import describe, to_error

Qs = get_introspection_module('Qs')
_DOMAIN = GLib.quark_to_string(Qs.source_error_quark())

# The source whose start() runs in a thread, by thread; weak.
_sources = {}

# Whether Python's state of a thread is kept, without the extension.
_kept = threading.local()


class _Hook:
    """In place of sys.excepthook: PyGObject calls it for what a callback has raised.

    In the thread of a source that is its failure."""

    def __init__(self, before):
        self.before = before

    def __call__(self, kind, exception, where):
        self.before(kind, exception, where)
        source = find_source()
        if source is not None and isinstance(exception, BaseException):
            fail(source, exception.with_traceback(where))


def find_source():
    """The source that runs in this thread; None if there is none."""
    reference = _sources.get(threading.get_ident())
    return reference() if reference is not None else None


def fail(source, exception):
    """Ends @source as failed with @exception; from any thread."""
    Qs.BaseSource.set_error_detail(source, describe(exception))
    Qs.BaseSource.fail(source, to_error(exception, _DOMAIN))
    source.__dict__['_qs_failure'] = exception


def enter(source):
    """C calls a function of @source in this thread."""
    ident = threading.get_ident()
    reference = _sources.get(ident)
    if reference is None or reference() is not source:
        _sources[ident] = weakref.ref(source)
    if native.extension:
        native.extension.keep_thread()
    elif isinstance(threading.current_thread(), threading._DummyThread) and \
            not hasattr(_kept, 'state'):
        import ctypes
        _kept.state = ctypes.pythonapi.PyGILState_Ensure()      # see keep_thread(); for ever
    # Somebody may have put in another one.
    if not isinstance(sys.excepthook, _Hook):
        sys.excepthook = _Hook(sys.excepthook)


def let_go():
    """At the end of a worker: what its source holds is finalized."""
    source = find_source()
    if source is not None:
        source.__dict__.clear()
