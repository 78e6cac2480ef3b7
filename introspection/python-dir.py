#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints where this Python looks for modules of a prefix.   python-dir.py PREFIX"""

import pathlib
import site
import sys
import sysconfig


def find(prefix):
    for directory in site.getsitepackages():
        path = pathlib.PurePath(directory)
        if prefix in path.parents and path.relative_to(prefix).parts[0] == 'lib':
            return path
    return sysconfig.get_path('purelib', 'posix_prefix', {'base': str(prefix)})


if __name__ == '__main__':
    print(find(pathlib.PurePath(sys.argv[1])))
