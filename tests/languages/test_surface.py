# SPDX-License-Identifier: LGPL-2.1-or-later
"""The public surface is the one that surface.txt lists.

After a change that is meant:  python3 test_surface.py GIR > surface.txt"""

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

TYPES = ['class', 'interface', 'record', 'enumeration', 'bitfield', 'callback', 'constant']
FUNCTIONS = ['constructor', 'function', 'method', 'virtual-method']


def type_name(element):
    array = element.find(CORE + 'array')
    if array is not None:
        return f'[{type_name(array)}]'
    kind = element.find(CORE + 'type')
    return '...' if kind is None else kind.get('name') or kind.get(C + 'type')


def value_text(element):
    nullable = '?' if element.get('nullable') == '1' else ''
    transfer = element.get('transfer-ownership')
    scope = f" scope={element.get('scope')}" if element.get('scope') else ''
    return f"{type_name(element)}{nullable}{' full' if transfer == 'full' else ''}" \
           f"{' container' if transfer == 'container' else ''}{scope}"


def function_text(element):
    parameters = ', '.join(f"{parameter.get('name')}: {value_text(parameter)}" for parameter in
                           element.findall(f'{CORE}parameters/{CORE}parameter'))
    throws = ' throws' if element.get('throws') == '1' else ''
    return f"({parameters}) -> {value_text(element.find(CORE + 'return-value'))}{throws}"


def members(element, name):
    for kind in FUNCTIONS:
        for function in element.findall(CORE + kind):
            # What is for C only.
            if function.get('introspectable') == '0':
                continue
            yield f"{name}: {kind} {function.get('name')}{function_text(function)}"
    for function in element.findall(GLIB + 'signal'):
        yield f"{name}: signal {function.get('name')}{function_text(function)}"
    for prop in element.findall(CORE + 'property'):
        flags = ''.join(f' {flag}' for flag in ('readable', 'writable', 'construct', 'construct-only')
                        if prop.get(flag, '1' if flag == 'readable' else '0') == '1')
        yield f"{name}: property {prop.get('name')}: {type_name(prop)}{flags}"
    for member in element.findall(CORE + 'member'):
        yield f"{name}: {member.get('name')} = {member.get('value')}"


def surface(gir):
    namespace = ElementTree.parse(gir).getroot().find(CORE + 'namespace')
    for kind in TYPES:
        for element in namespace.findall(CORE + kind):
            name = element.get('name')
            if name.endswith(('Class', 'Interface')) or element.get('disguised') == '1':
                continue
            parent = f" : {element.get('parent')}" if element.get('parent') else ''
            abstract = ' abstract' if element.get('abstract') == '1' else ''
            text = function_text(element) if kind == 'callback' else ''
            yield f'{kind} {name}{parent}{abstract}{text}'
            yield from members(element, name)
    for function in namespace.findall(CORE + 'function'):
        if not function.get('moved-to'):
            yield f"function {function.get('name')}{function_text(function)}"


class TestSurface(unittest.TestCase):
    def test_surface(self):
        """What is public is what surface.txt lists"""
        self.maxDiff = None
        expected = (HERE / 'surface.txt').read_text().splitlines()[1:]
        found = sorted(surface(os.environ['QSOURCE_GIR']))
        missing = [line for line in expected if line not in found]
        added = [line for line in found if line not in expected]
        self.assertEqual((missing, added), ([], []),
                         'if that is meant: tests/languages/test_surface.py GIR > surface.txt')


if __name__ == '__main__':
    print(f'# {LICENCE}')
    print('\n'.join(sorted(surface(sys.argv[1]))))
