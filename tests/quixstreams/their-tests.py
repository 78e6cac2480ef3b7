#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs Quix Streams' own tests on QSource, from a checkout of their repository: no package
has them. What comes out is counted.

    meson devenv -C build tests/quixstreams/their-tests.py CHECKOUT [argument of pytest …]"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import quix_venv  # noqa: E402
import their_sources  # noqa: E402
import their_verdicts  # noqa: E402


def copy_tests(checkout, directory):
    """Their tests without what finds containers and their own fixtures."""
    shutil.copytree(checkout / 'tests', directory / 'tests')
    for path in (directory / 'tests').rglob('*.py'):
        if path.name in ('conftest.py', 'fixtures.py'):
            path.unlink()


def run(directory, packages, arguments):
    root = directory / 'tests' / 'test_quixstreams'
    environment = {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1', 'PYTHONPATH': os.pathsep.join(
        [str(packages), str(HERE), os.environ.get('PYTHONPATH', '')])}
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'pytest', '-p', 'their_shim', '-q', '--no-header',
         '--tb=short', '-p', 'no:cacheprovider', '--junitxml', directory / 'results.xml',
         *arguments, *(root / name for name in their_verdicts.FILES)],
        cwd=directory, env=environment, stdin=subprocess.DEVNULL).returncode


def report(path):
    """How many passed, and why others did not."""
    counts, reasons = collections.Counter(), collections.Counter()
    for case in ElementTree.parse(path).iter('testcase'):
        name = re.sub(r'^.*?test_quixstreams\.', '', case.get('classname')).split('.Test')[0]
        name = name.replace('.', '/') + '.py'
        verdicts = [(item.get('name'), item.get('value')) for item in case.iter('property')]
        kind = 'failed' if case.find('failure') is not None or case.find('error') is not None \
            else verdicts[0][0] if verdicts else 'passed'
        counts[name, kind] += 1
        reasons.update(verdicts)
    for name, about in their_verdicts.FILES.items():
        row = ', '.join(f'{counts[name, kind]} {kind}' for kind in
                        ('passed', 'differs', 'out of scope', 'failed') if counts[name, kind])
        print(f'{about}: {row}')
    for (kind, reason), number in sorted(reasons.items()):
        print(f'{kind}: {reason}: {number}')
    return sum(number for (_, kind), number in counts.items() if kind == 'failed')


def main():
    if len(sys.argv) < 2 or not (pathlib.Path(sys.argv[1]) / 'tests/test_quixstreams').is_dir():
        sys.exit(__doc__)
    packages = their_sources.site_packages(quix_venv.python())
    with tempfile.TemporaryDirectory(prefix='qsource-theirs-') as name:
        directory = pathlib.Path(name)
        copy_tests(pathlib.Path(sys.argv[1]).resolve(), directory)
        status = run(directory, packages, sys.argv[2:])
        n_failed = report(directory / 'results.xml')
    return status or bool(n_failed)


if __name__ == '__main__':
    sys.exit(main())
