# SPDX-License-Identifier: LGPL-2.1-or-later
"""The extension that is quick, if there is one; without it Python does the same.

QSOURCE_PYTHON_EXTENSION=no leaves it out."""

import os

from gi.repository import GObject

from . import jsontext


def _load():
    if os.environ.get('QSOURCE_PYTHON_EXTENSION') == 'no':
        return None
    try:
        import _qsource_native
    except ImportError:
        return None
    # Another PyGObject than that which it was built for may lay out its objects
    # in another way.
    return _qsource_native if _qsource_native.check_wrapper(GObject.Object()) else None


extension = _load()


def write(value, for_state=False):
    """JSON text of @value, as bytes."""
    return extension.write(value, for_state) if extension else jsontext.write(value, for_state)


def read(data):
    """The value that JSON text stands for."""
    return extension.read(data) if extension else jsontext.read(data)


if extension:
    extension.set_hooks(write=jsontext.write)
