# SPDX-License-Identifier: LGPL-2.1-or-later
"""What makes Qs feel native in Python; see Qs.py, which puts it together."""

import gi.overrides


def override(cls):
    """As PyGObject's decorator, in a module that isn't named after its namespace."""
    cls.__module__ = 'gi.overrides.Qs'
    return gi.overrides.override(cls)
