#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when a file breaks a rule of style that a machine can see.

  check-style.py ROOT format CLANG-FORMAT   C files are formatted (headers are by hand)
  check-style.py ROOT shell SHELLCHECK      shell scripts are clean
  check-style.py ROOT spdx                  files name their licence
  check-style.py ROOT sleeps                tests wait for what they need, and not for a while
  check-style.py ROOT typos CODESPELL       no file has a common misspelling
  check-style.py ROOT calls                 the library calls nothing that has a better stand-in
"""

import os
import pathlib
import re
import subprocess
import sys

LICENCE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
COMMENTED = {'.build', '.c', '.cc', '.gjs', '.h', '.in', '.js', '.lua', '.map', '.py', '.sh', '.supp',
             '.toml', '.txt', '.vala', '.xml'}

# Right here, though codespell takes them for misspellings.
NO_TYPOS = 'alo,filetest,gir,inout,nam,nd,nin,te,unsecure'
PROSE = COMMENTED | {'.cpp', '.md', '.service', '.yml', ''}


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


SLEEP = re.compile(r'\b(g_usleep|usleep|sleep|nanosleep) \(|(?<!`)\btime\.sleep\(')
# A loop looks whether what it waits for is there; anything else must say why it sleeps.
REASON = re.compile(r'Sleeps: |^\s*(while|for|do)\b')
LINES_ABOVE = 15


def sleeps_without_reason(path):
    above = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        # Another function begins.
        if line == '{' or re.match(r'\s*(async )?def ', line):
            above.clear()
        above.append(line)
        if SLEEP.search(line) and not any(map(REASON.search, above[-LINES_ABOVE:])):
            yield number


def check_sleeps(root):
    bad = [f'{path}:{number}: wait for a condition (wait-for.h), or say why it "Sleeps: "'
           for path in sorted((pathlib.Path(root) / 'tests').rglob('*'))
           if path.suffix in ('.c', '.h', '.py') for number in sleeps_without_reason(path)]
    print('\n'.join(bad))
    return bool(bad)


# What must not be called, and what is called in its place.
STAND_INS = {'g_cancellable_source_new': 'qs_cancel_watch_new'}


def check_calls(root):
    bad = [f'{path}:{number}: {stand_in}() stands in for {name}()'
           for folder in ('qsource', 'introspection')
           for path in sorted((pathlib.Path(root) / folder).rglob('*.c'))
           for number, line in enumerate(path.read_text().splitlines(), 1)
           for name, stand_in in STAND_INS.items() if f'{name} (' in line]
    print('\n'.join(bad))
    return bool(bad)


def main(root, rule, *program):
    files = sorted(source_files(root))
    if rule == 'format':
        sources = [path for path in files if path.suffix == '.c']
        return subprocess.call([*program, '--dry-run', '-Werror', *sources])
    if rule == 'shell':
        # Run from the root, where the scripts' own hints on other files start.
        return subprocess.call([*program, '-x', *filter(is_shell, files)], cwd=root)
    if rule == 'sleeps':
        return check_sleeps(root)
    if rule == 'typos':
        return subprocess.call([*program, '--quiet-level=2', '--ignore-words-list=' + NO_TYPOS,
                                *(path for path in files if path.suffix in PROSE)])
    if rule == 'calls':
        return check_calls(root)
    bad = [str(path) for path in files if without_licence(path)]
    print('\n'.join(f'{path}: has no line {LICENCE}' for path in bad))
    return bool(bad)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
