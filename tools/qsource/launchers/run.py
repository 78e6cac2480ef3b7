# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a class of sources that a file has, as a worker of 'qsource run FILE.py', or describes
it: run.py FILE PLAN. The plan is in the environment, where others can't read it."""

import importlib.util
import os
import pathlib
import sys

import gi

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs  # noqa: E402


class Refused(Exception):
    pass


def load(path):
    """The file as a module, which may import what lies beside it."""
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def find_class(module, path, name):
    classes = [value for value in vars(module).values()
               if isinstance(value, type) and issubclass(value, Qs.BaseSource)
               and value.__module__ == module.__name__]
    names = ', '.join(value.__name__ for value in classes) or 'none'
    if name is not None:
        for value in classes:
            if value.__name__ == name:
                return value
        raise Refused(f"'{path}' has no source '{name}'; it has: {names}")
    if len(classes) != 1:
        raise Refused(f"Which source of '{path}'? Name one, as in FILE.py:CLASS; it has: {names}")
    return classes[0]


def make(cls, plan):
    values = plan.lookup_value('properties', None)
    return Qs.Source.make(cls.__gtype__.name, get(plan, 'name') or cls.__name__,
                          {name: values.lookup_value(name, None) for name in values.keys()})


def get(plan, name):
    value = plan.lookup_value(name, None)
    return value and value.unpack()


def describe(cls, plan):
    if plan.lookup_value('properties', None) is None:
        return Qs.Source.dup_description(cls.__gtype__)
    return Qs.Source.describe(make(cls, plan))


def main():
    path, name = sys.argv[1:]
    plans = GLib.Variant.parse(GLib.VariantType('a{sv}'), os.environ['QSOURCE_SCRIPT_PLANS'], None, None)
    plan = plans.lookup_value(name, None)
    answer = get(plan, 'answer')
    try:
        cls = find_class(load(path), path, get(plan, 'class'))
        if answer is None:
            app = Qs.Application()
            app.add_source(make(cls, plan), get(plan, 'topic'))
            app.run()
            return
        described = describe(cls, plan)
    except (Refused, GLib.Error) as error:
        if answer is None:
            raise
        described = GLib.Variant('a{sv}', {'error': GLib.Variant('s', getattr(error, 'message', str(error))),
                                           'status': GLib.Variant('i', 2)})
    pathlib.Path(answer).write_text(described.print_(True))


if __name__ == '__main__':
    main()
