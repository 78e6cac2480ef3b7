# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/configuration.md has every property, its true default and range, and every variable."""

import os
import pathlib
import re
import unittest

import gi

gi.require_version('Qs', '1')
from gi.repository import GObject, Qs

ROOT = pathlib.Path(__file__).resolve().parents[3]
TEXT = (ROOT / 'doc' / 'configuration.md').read_text()
LARGEST = {2 ** 31 - 1, 2 ** 32 - 1, 2 ** 63 - 1, 2 ** 64 - 1}

for variable in ('QSOURCE_BROKER_ADDRESS', 'QSOURCE_CONSUMER_GROUP', 'QSOURCE_STATE_DIR'):
    os.environ.pop(variable, None)


class Numbers(Qs.StatefulSource):
    def run(self):
        pass


SOURCE = Numbers(name='NAME')
TOPIC = Qs.Topic(name='NAME')
# Each class, and an object as it is made.
CLASSES = {
    Qs.Application: Qs.Application(),
    Qs.BaseSource: SOURCE,
    Qs.Source: SOURCE,
    Qs.StatefulSource: SOURCE,
    Qs.CommandSource: Qs.CommandSource(name='NAME'),
    Qs.CsvSource: Qs.CsvSource(name='NAME'),
    Qs.DBusSource: Qs.DBusSource(name='NAME'),
    Qs.FileSource: Qs.FileSource(name='NAME'),
    Qs.Topic: TOPIC,
    Qs.Dataframe: Qs.Application('embedded').dataframe(topic=TOPIC),
}


def show_number(number):
    return '∞' if number in LARGEST or number > 1e300 else f'{number:.12g}'


def show(value):
    """A value as the page has it."""
    if value is None or value == []:  # of no strings
        return '–'
    if isinstance(value, bool):
        return '`true`' if value else '`false`'
    if isinstance(value, GObject.GEnum):
        return f'`{value.value_nick}`'
    if isinstance(value, Qs.Serializer):
        names = [name for name in ('bytes', 'json')
                 if Qs.Serializer.for_name(name).__gtype__ == value.__gtype__]
        return f'`{names[0]}`'
    return f'`{value}`' if isinstance(value, str) else f'`{show_number(value)}`'


def show_range(pspec):
    if not hasattr(pspec, 'minimum') or isinstance(pspec.default_value, bool):
        return ''
    return f'`{show_number(pspec.minimum)}` … `{show_number(pspec.maximum)}`'


def properties():
    """Each property: its link in the page, its object and its specification."""
    for klass, made in CLASSES.items():
        for pspec in klass.list_properties():
            if pspec.owner_type == klass.__gtype__:
                yield f'[property@{klass.__gtype__.name[2:]}:{pspec.name}]', made, pspec


def all_classes():
    """Every class of the library."""
    for name in dir(Qs):
        klass = getattr(Qs, name)
        if isinstance(klass, type) and issubclass(klass, GObject.Object) \
                and klass.__gtype__.name == f'Qs{name}':
            yield klass


class TestConfiguration(unittest.TestCase):
    def test_complete(self):
        """Every property is there, and none that isn't"""
        links = {link for link, *_ in properties()}
        self.assertEqual(set(re.findall(r'\[property@\w+:[\w-]+\]', TEXT)), links)

    def test_values(self):
        """Each that can be set has a line of its own, with its default and its range"""
        rows = {}
        for line in TEXT.splitlines():
            cells = [cell.strip() for cell in line.strip('|').split('|')]
            if cells[0].startswith('[property@'):
                rows[cells[0]] = cells
        for link, made, pspec in properties():
            with self.subTest(link):
                if not pspec.flags & GObject.ParamFlags.WRITABLE:
                    self.assertNotIn(link, rows)
                    continue
                default = ('must be given' if pspec.name == 'name'
                           else show(made.get_property(pspec.name)))
                _, _, told_default, told_range, what = rows[link]
                self.assertEqual((told_default, told_range), (default, show_range(pspec)))
                self.assertTrue(what)

    def test_blurbs(self):
        """Every property of every class has one line that says what it is"""
        classes = list(all_classes())
        self.assertTrue({Qs.BaseSource, Qs.Message, Qs.Topic} <= set(classes))
        for klass in classes:
            for pspec in klass.list_properties():
                if pspec.owner_type == klass.__gtype__:
                    with self.subTest(f'{klass.__gtype__.name}:{pspec.name}'):
                        blurb = pspec.blurb or ''
                        self.assertTrue(blurb and blurb[0].isupper() and '\n' not in blurb)
                        self.assertFalse(blurb.endswith('.'))
                        self.assertLessEqual(len(blurb), 100)

    def test_environment(self):
        """Every variable of the environment that the library reads is there"""
        read = set()
        for path in (ROOT / 'qsource').rglob('*.c'):
            if path.name != 'qs-kill-point.c':
                read.update(re.findall(r'g_getenv \("(\w+)"\)', path.read_text()))
        self.assertTrue(read)
        for name in read:
            self.assertIn(f'`{name}`', TEXT)


if __name__ == '__main__':
    unittest.main()
