# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is behind the failure of an application, if that happened in this process."""

import weakref

from gi.module import get_introspection_module

from .errors import find_cause, natural, tell_exception

Qs = get_introspection_module('Qs')

# The sources of each application.
_sources = weakref.WeakKeyDictionary()


def note_source(application, source):
    _sources.setdefault(application, []).append(source)


def _find_in_sources(application, error):
    """What a source of @application raised that ran in a thread."""
    for source in _sources.get(application, ()):
        exception = source.__dict__.get('_qs_failure')
        if exception is not None and tell_exception(exception) in error.message:
            return exception
    return None


def find_failure(application, error):
    """The exception for what run() of @application failed with."""
    cause = find_cause(error)
    if isinstance(cause, (KeyboardInterrupt, SystemExit)):
        return cause
    if cause is not None:
        return natural(error, cause, like_cause=True)
    return natural(error, _find_in_sources(application, error))
