#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library exports exactly the functions that its public headers declare.

  test-symbols.py LIBRARY HEADER..."""

import pathlib
import re
import subprocess
import sys

# A declaration starts with its availability; its name stands before the first "(" or ";".
DECLARATION = re.compile(r'QS_AVAILABLE_IN_\w+\s+((?:(?!QS_AVAILABLE_IN)[^;])*);', re.S)
# G_DECLARE_*_TYPE (QsName, qs_name, ...) declares qs_name_get_type().
TYPE = re.compile(r'G_DECLARE_\w+\s*\(\s*\w+\s*,\s*(qs_\w+)')


def declared(paths):
    names = set()
    for path in paths:
        text = re.sub(r'/\*.*?\*/', '', pathlib.Path(path).read_text(), flags=re.S)
        text = re.sub(r'^#.*?(?<!\\)$', '', text, flags=re.M)
        names |= {f'{prefix}_get_type' for prefix in TYPE.findall(text)}
        for declaration in DECLARATION.findall(text):
            names.update(re.findall(r'\b(qs_\w+)\s*\(', declaration)[:1])
    return names


def exported(library):
    output = subprocess.run(['nm', '--dynamic', '--defined-only', library], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    lines = [line.split() for line in output.splitlines()]
    return {name.partition('@')[0] for _, kind, name in lines if kind != 'A'}


def main(library, *headers):
    names, symbols = declared(headers), exported(library)
    for name in sorted(symbols - names):
        print(f'{name} is exported, but no public header declares it')
    for name in sorted(names - symbols):
        print(f'{name} is declared in a public header, but not exported')
    print(f'{len(symbols)} functions')
    return names != symbols


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
