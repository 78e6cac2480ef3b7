#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An example that counts delivers 1,000 records, and fails as it says.

  test-examples.py PROGRAM [ARGUMENT…]
"""

import re
import subprocess
import sys

SECONDS = 30


def run(*arguments):
    return subprocess.run([*sys.argv[1:], *arguments], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)


def main():
    print('1..2')
    good = run()
    ok = (good.returncode == 0 and 'isolation=process' in good.stderr
          and '1000 records arrived, the last one is 1000\n' in good.stdout)
    print('ok' if ok else f'# {good}\nnot ok', '1 - delivers 1,000 records')

    bad = run('--fail')
    ok_bad = (bad.returncode == 1
              and re.search(r"source 'count' \(pid \d+\): .*nothing to count", bad.stderr))
    print('ok' if ok_bad else f'# {bad}\nnot ok', '2 - fails in setup(), with source and cause')
    return 0 if ok and ok_bad else 1


if __name__ == '__main__':
    sys.exit(main())
