# SPDX-License-Identifier: LGPL-2.1-or-later
"""What programs in C are compiled against is still what abi.txt has: each function with its
types in C, those that other languages don't see too, and the structs that a subclass contains.

Names that are new don't matter to programs that are there. They are recorded with the next
version, whose number is in the first line:  python3 test_abi.py GIR VERSION > abi.txt

From the GIR, not from abidw: what that writes has the private structs and those of librdkafka
as well, is a megabyte, and differs from compiler to compiler."""

import os
import pathlib
import sys
import unittest
import xml.etree.ElementTree as ElementTree

LICENCE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
HERE = pathlib.Path(__file__).resolve().parent
CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'
FUNCTIONS = [CORE + kind for kind in ('constructor', 'function', 'method')]

WHAT_TO_DO = """
programs that were built against version {} would not run any more. If that is not meant, restore
the lines; a function that nobody should use is deprecated rather than removed. If it is meant, raise
`soversion` in qsource/meson.build (not before 1.0), say it in NEWS, and record it:
tests/languages/test_abi.py GIR VERSION > tests/languages/abi.txt"""


def c_type(element):
    """As the header has it; of an array, that of the whole."""
    kind = element.find(CORE + 'array')
    if kind is None:
        kind = element.find(CORE + 'type')
    if kind is None:
        return '...'
    size = f"[{kind.get('fixed-size')}]" if kind.get('fixed-size') else ''
    inner = kind.find(CORE + 'type') if size else None
    return (kind.get(C + 'type') or (inner if inner is not None else kind).get('name')) + size


def signature(function):
    parameters = function.find(CORE + 'parameters')
    own = [] if parameters is None else list(parameters)
    types = [c_type(parameter) for parameter in own]
    types += ['GError**'] if function.get('throws') == '1' else []
    return f"({', '.join(types) or 'void'}) -> {c_type(function.find(CORE + 'return-value'))}"


def struct(element):
    """Its fields in their order, which subclasses are compiled with."""
    for number, field in enumerate(element.findall(CORE + 'field')):
        callback = field.find(CORE + 'callback')
        text = c_type(field) if callback is None else signature(callback)
        yield f"{element.get(C + 'type')}: {number:02} {field.get('name')} {text}"


def abi(gir):
    namespace = ElementTree.parse(gir).getroot().find(CORE + 'namespace')
    for element in namespace.iter():
        if element.tag in FUNCTIONS and not element.get('moved-to'):
            yield f"{element.get(C + 'identifier')} {signature(element)}"
        elif element.tag in (CORE + 'record', CORE + 'class'):
            yield from struct(element)
        elif element.tag == CORE + 'member':
            yield f"{element.get(C + 'identifier')} = {element.get('value')}"
        if element.get(GLIB + 'get-type', 'intern') != 'intern':
            yield f"{element.get(GLIB + 'get-type')} (void) -> GType"


def name_of(line):
    """The function, the constant, or the place in a struct."""
    words = line.split()
    return ' '.join(words[:2 if words[0].endswith(':') else 1])


def changed(recorded, found):
    """What is recorded and is not there as it was, each with what there is now."""
    now = {name_of(line): line for line in found}
    gone = [line for line in recorded if line not in set(found)]
    return [f"{line}\n    now: {now.get(name_of(line), 'not there')}" for line in gone]


class TestAbi(unittest.TestCase):
    def setUp(self):
        head, *self.recorded = (HERE / 'abi.txt').read_text().splitlines()
        self.version = head.split()[-1]
        self.found = sorted(set(abi(os.environ['QSOURCE_GIR'])))

    def test_what_programs_are_built_against(self):
        """Nothing that is recorded in abi.txt has changed or is gone"""
        gone = changed(self.recorded, self.found)
        self.assertFalse(gone, '\n'.join([*gone, WHAT_TO_DO.format(self.version)]))

    def test_is_recorded_with_each_version(self):
        """What is new is recorded when the version is raised"""
        self.assertEqual(self.version, os.environ['QSOURCE_VERSION'],
                         'record it: tests/languages/test_abi.py GIR VERSION > tests/languages/abi.txt')


if __name__ == '__main__':
    print(f'# {LICENCE}, version {sys.argv[2]}')
    print('\n'.join(sorted(set(abi(sys.argv[1])))))
