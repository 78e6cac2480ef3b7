#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when a file breaks a rule of style that a machine can see.

  check-style.py ROOT format CLANG-FORMAT   C files are formatted (headers are by hand)
  check-style.py ROOT shell SHELLCHECK      shell scripts are clean
  check-style.py ROOT spdx                  files name their licence
"""

import os
import pathlib
import subprocess
import sys

LICENCE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
COMMENTED = {'.build', '.c', '.cc', '.gjs', '.h', '.in', '.js', '.lua', '.map', '.py', '.sh', '.supp',
             '.toml', '.txt', '.vala', '.xml'}


def is_source_directory(name):
    return name == '.ci' or not name.startswith(('.', 'build', '__'))


def source_files(root):
    for directory, subdirectories, names in os.walk(root):
        subdirectories[:] = filter(is_source_directory, subdirectories)
        yield from (pathlib.Path(directory, name) for name in names)


def first_line(path):
    with open(path, 'rb') as file:
        return file.readline()


def is_shell(path):
    return path.suffix == '.sh' or (not path.suffix and first_line(path).startswith(b'#!/bin/sh'))


def without_licence(path):
    is_script = not path.suffix and first_line(path).startswith(b'#!')
    return (path.suffix in COMMENTED or is_script) and LICENCE not in path.read_text()[:500]


def main(root, rule, *program):
    files = sorted(source_files(root))
    if rule == 'format':
        sources = [path for path in files if path.suffix == '.c']
        return subprocess.call([*program, '--dry-run', '-Werror', *sources])
    if rule == 'shell':
        # Run from the root, where the scripts' own hints on other files start.
        return subprocess.call([*program, '-x', *filter(is_shell, files)], cwd=root)
    bad = [str(path) for path in files if without_licence(path)]
    print('\n'.join(f'{path}: has no line {LICENCE}' for path in bad))
    return bool(bad)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
