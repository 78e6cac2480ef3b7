#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An example whose dataframe prints has all records in order, and no other.

  test-printing-examples.py lines FILE PROGRAM…   the lines of FILE, which it is given
  test-printing-examples.py numbers N PROGRAM…    1 to N
"""

import json
import pathlib
import subprocess
import sys

SECONDS = 60


def main(what, argument, *program):
    print('1..1')
    if what == 'lines':
        key = pathlib.Path(argument).name
        values = pathlib.Path(argument).read_text().splitlines()
        program = [*program, argument]
    else:
        key = 'range'
        values = list(range(1, int(argument) + 1))
    done = subprocess.run(program, stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS)
    try:
        records = [json.loads(line) for line in done.stdout.splitlines()]
        ok = done.returncode == 0 and bool(values) and \
            [(record['key'], record['value']) for record in records] == \
            [(key, value) for value in values]
    except (ValueError, KeyError):
        ok = False
    if not ok:
        print(f'# {done}')
    print(f'{"ok" if ok else "not ok"} 1 - prints the {what}')
    return 0 if ok else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
