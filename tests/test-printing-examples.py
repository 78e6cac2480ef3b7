#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An example whose dataframe prints has all records in order, and no other.

  test-printing-examples.py lines FILE PROGRAM…   the lines of FILE, which it is given
  test-printing-examples.py numbers N PROGRAM…    1 to N
  test-printing-examples.py text TEXT PROGRAM…    just TEXT
"""

import json
import pathlib
import subprocess
import sys

SECONDS = 60


def run(program):
    return subprocess.run(program, stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS)


def prints_records(program, key, values):
    done = run(program)
    try:
        records = [json.loads(line) for line in done.stdout.splitlines()]
        return done, done.returncode == 0 and bool(values) and \
            [(record['key'], record['value']) for record in records] == \
            [(key, value) for value in values]
    except (ValueError, KeyError):
        return done, False


def main(what, argument, *program):
    print('1..1')
    if what == 'text':
        done = run(program)
        ok = done.returncode == 0 and done.stdout == argument
    elif what == 'lines':
        lines = pathlib.Path(argument).read_text().splitlines()
        done, ok = prints_records([*program, argument], pathlib.Path(argument).name, lines)
    else:
        done, ok = prints_records(program, 'range', list(range(1, int(argument) + 1)))
    if not ok:
        print(f'# {done}')
    print(f'{"ok" if ok else "not ok"} 1 - prints the {what}')
    return 0 if ok else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
