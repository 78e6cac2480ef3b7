#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the page of a ready-made source: what doc/sources/NAME.md says, and what the class
knows of itself.

  pages.py QSOURCE TEMPLATE OUTPUT"""

import json
import pathlib
import subprocess
import sys


def to_text(value):
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def to_cell(property):
    return f"`{to_text(property['default'])}`" if property.get('default') is not None else '–'


def to_range(property):
    if 'enum' in property:
        return ', '.join(f'`{choice}`' for choice in property['enum'])
    if 'maximum' in property:
        return f"{property['type']} {to_text(property['minimum'])}…{to_text(property['maximum'])}"
    return {'array': 'list of texts', 'string': 'text', 'boolean': '`yes`, `no`'}[property['type']]


def main():
    qsource, template, output = sys.argv[1:]
    name = pathlib.Path(template).stem
    about = json.loads(subprocess.run([qsource, 'inspect', name, '--json'], check=True,
                                      capture_output=True, text=True).stdout)
    rows = ['| property | value | default | meaning |', '|---|---|---|---|']
    for property in about['properties']:
        if property['owner'] == about['class'] and property['writable']:
            text = property['description'].replace('|', '\\|')
            rows.append(f"| `{property['name']}` | {to_range(property)} "
                        f"| {to_cell(property)} | {text} |")
    text = pathlib.Path(template).read_text()
    for mark, value in (('@SUMMARY@', about['summary'] + '.'), ('@PROMISE@', about['promise']),
                        ('@PROPERTIES@', '\n'.join(rows))):
        assert mark in text, f'{template} has no {mark}'
        text = text.replace(mark, value)
    pathlib.Path(output).write_text(text)


if __name__ == '__main__':
    main()
