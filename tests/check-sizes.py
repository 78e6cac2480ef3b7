#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when a file of the library has more than 600 lines, or a function more than 60."""

import pathlib, sys

root = pathlib.Path (sys.argv[1])
MAX_FILE, MAX_FUNCTION = 600, 60

# Nothing but a table, most of it the documentation of what stands in it.
TABLES = {'qs-settings-table.c'}

errors = []
for path in sorted (root.rglob ('*.[ch]')):
    if path.name in TABLES:
        continue
    lines = path.read_text ().splitlines ()
    if len (lines) > MAX_FILE:
        errors.append (f'{path} has {len (lines)} lines, of which {MAX_FILE} are allowed')

    start = None
    for number, line in enumerate (lines, 1):
        if line == '{':
            start = number
        elif line == '}' and start is not None:
            if number - start - 1 > MAX_FUNCTION:
                errors.append (f'{path}:{start}: a function of {number - start - 1} lines')
            start = None

print ('\n'.join (errors) or 'no file and no function is too long')
sys.exit (bool (errors))
