# SPDX-License-Identifier: LGPL-2.1-or-later
"""The worker of a source that is tested: another program than the test, so that no test runs
again. It loads the file of the source's class, makes one, and serves it."""

import functools
import importlib
import importlib.util
import json
import os
import sys

_CODE = ('import json, sys; sys.path[:] = json.loads(sys.argv[1]); '
         'from gi.overrides._qsource.serving import main; main(*sys.argv[2:])')


def dup_argv(source):
    """The command that serves @source; None if only its own program can."""
    cls = type(source)
    module = sys.modules.get(cls.__module__)
    path = getattr(module, '__file__', None)
    if '<locals>' in cls.__qualname__ or path is None or not sys.executable:
        return None
    if cls.__module__ == '__main__':
        return None
    return [sys.executable, '-c', _CODE, json.dumps([entry or os.getcwd() for entry in sys.path]),
            os.path.abspath(path), cls.__module__, cls.__qualname__, source.name]


def _load(path, name):
    """The module, without what would have run it as a program."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is not None and spec.origin and os.path.samefile(spec.origin, path):
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _make(cls, name):
    """A source by that name, of a class whose constructor may give it one by itself."""
    try:
        return cls(name=name)
    except TypeError:
        source = cls()
        if source.name != name:
            raise
        return source


def main(path, module, qualname, name):
    import gi
    gi.require_version('Qs', '1')
    from gi.repository import Qs

    cls = functools.reduce(getattr, qualname.split('.'), _load(path, module))
    Qs.Harness.serve(_make(cls, name))
    sys.exit(f"'{path}' has no source '{name}' that a harness runs")
