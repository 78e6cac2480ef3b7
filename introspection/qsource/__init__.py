# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources for Apache Kafka: the names of the namespace Qs, as `qsource.Application`.

A wheel carries the library in the folder `lib` of this package; this module loads it and lets
`gi` find its typelib. Where QSource was installed in another way, `gi` finds it by itself. Either
way `from gi.repository import Qs` works after `import qsource`."""

import ctypes
import pathlib

LIBRARY = 'libqsource-1.so.0'
NO_PYGOBJECT = """QSource needs PyGObject, the Python package "gi", which is not installed. Install it with
    apt install python3-gi        (a virtual environment needs --system-site-packages to see it)
or, if your distribution has GLib 2.80 or newer, with
    apt install gcc libgirepository-2.0-dev libcairo2-dev python3-dev && pip install PyGObject"""


def _import_gi():
    """PyGObject; the overrides of a wheel alone would make up a package of the same name."""
    try:
        import gi
        return gi if hasattr(gi, 'require_version') else None
    except ImportError:
        return None


def _add_typelib_path(directory):
    import gi._gi
    repository = getattr(gi._gi, 'Repository', None)
    if hasattr(repository, 'prepend_search_path'):      # since PyGObject 3.52
        repository.get_default().prepend_search_path(directory)
    else:                                               # gi has loaded it already
        library = ctypes.CDLL('libgirepository-1.0.so.1')
        library.g_irepository_prepend_search_path(directory.encode())


def _load():
    gi = _import_gi()
    if gi is None:
        raise ImportError(NO_PYGOBJECT, name='gi')
    bundled = pathlib.Path(__file__).resolve().parent / 'lib'
    if (bundled / LIBRARY).exists():
        # The typelib names the library without a folder, and finds the one that is loaded.
        ctypes.CDLL(str(bundled / LIBRARY), mode=ctypes.RTLD_GLOBAL)
        _add_typelib_path(str(bundled))
    gi.require_version('Qs', '1')
    from gi.repository import Qs
    return Qs


Qs = _load()


def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return getattr(Qs, name)


def __dir__():
    return sorted({'Qs', *dir(Qs)})
