# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a class of sources that a file has. 'qsource run FILE.py' starts it, with what is to be
run as a GVariant's text in the environment, where others can't read it."""

import importlib.util
import os
import pathlib
import sys

import gi

gi.require_version('Qs', '1')
from gi.repository import GLib, GObject, Qs  # noqa: E402


def fail(text, status=2):
    print(f'qsource: {text}', file=sys.stderr)
    sys.exit(status)


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
        found = [value for value in classes if value.__name__ == name]
        return found[0] if found else fail(f"'{path}' has no source '{name}'; it has: {names}")
    if len(classes) != 1:
        fail(f"Which source of '{path}'? Name one, as in FILE.py:CLASS; it has: {names}")
    return classes[0]


def to_properties(cls, given):
    """Values as texts; a property that is a list has a list of them."""
    kinds = {pspec.name: pspec.value_type for pspec in cls.list_properties()}
    values = {}
    for name, texts in given.items():
        name = name.replace('_', '-')
        is_list = len(texts) > 1 or kinds.get(name) == GObject.TYPE_STRV
        values[name] = texts if is_list else texts[0]
    return values


def main():
    given = GLib.Variant.parse(GLib.VariantType('a{sv}'), os.environ['QSOURCE_SCRIPT_PLAN'], None, None)
    plan = given.unpack()
    path = plan['file']
    cls = find_class(load(path), path, plan.get('class'))
    name = plan.get('name', cls.__name__)
    try:
        source = Qs.Source.make(cls.__gtype__.name, name, to_properties(cls, plan['properties']))
        app = Qs.Application.make(given.lookup_value('application', None))
        topic = plan.get('topic')
        if not plan['print'] and not plan['count']:
            app.add_source(source, topic)
            app.run()
            return
        frame = app.dataframe(topic, source)
        if plan['print']:
            frame.print(metadata=True)
        app.run(collect=False)
    except GLib.Error as error:
        fail(error.message, 1)


if __name__ == '__main__':
    main()
