# SPDX-License-Identifier: LGPL-2.1-or-later
"""Quix Streams' own sources and sinks as a package of another name, with nothing but their
imports changed: their files are read from where pip has installed them."""

import importlib
import pathlib
import re
import sys

IMPORT = re.compile(r'^from (quixstreams[a-z_.]*|\.\.base) import (\([^)]*\)|.*)$', re.M)
FILES = ('sources/core/csv.py', 'sources/community/file/**/*.py', 'sources/community/pandas.py',
         'sinks/core/csv.py', 'sinks/core/list.py', 'sinks/community/file/**/*.py')

# What only annotations want of theirs.
TYPES = {'ClientConnectFailureCallback', 'ClientConnectSuccessCallback', 'HeadersTuples',
         'HeadersMapping'}


def _change(match):
    names = [name.strip() for name in match[2].strip('()').replace('\n', ' ').split(',')]
    own = [name for name in names if name and name not in TYPES]
    types = [name for name in names if name in TYPES]
    lines = [f'from gi.repository.Qs import {", ".join(own)}'] if own else []
    lines += [f'from typing import Any as {name}' for name in types]
    return '\n'.join(lines)


def change_imports(text):
    return IMPORT.sub(_change, text)


def site_packages(quix_python):
    directory, = (pathlib.Path(quix_python).parents[1] / 'lib').glob('python*/site-packages')
    return directory


def convert(package, directory):
    """Makes the package theirs in @directory of @package, which is quixstreams."""
    for pattern in FILES:
        paths = list(package.glob(pattern))
        assert paths, pattern
        for path in paths:
            target = directory / 'theirs' / path.relative_to(package)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(change_imports(path.read_text()))
    sys.path.insert(0, str(directory))


def load(module, name):
    return getattr(importlib.import_module(f'theirs.{module}'), name)
