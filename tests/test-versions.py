#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The version in meson.build is that of the news and of each kind of package.

  test-versions.py VERSION"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]

# What is read first there is the newest one.
PLACES = {
    'NEWS': r'^(\d+\.\d+\.\d+)\b',
    'packaging/debian/changelog': r'^qsource \(([^-)]+)',
    'packaging/conda/recipe.yaml': r'^  version: "([^"]+)"',
}


def main(version):
    wrong = 0
    for place, pattern in PLACES.items():
        found = re.search(pattern, (ROOT / place).read_text(), re.M)
        if not found or found[1] != version:
            print(f"{place} has version {found and found[1]}, but meson.build has {version}; "
                  f"raise all of them together")
            wrong += 1
    return wrong


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
