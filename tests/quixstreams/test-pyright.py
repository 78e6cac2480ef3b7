#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pyright accepts the stubs, the examples and the documentation's programs, and finds typing
errors, as mypy does in python/test_stubs.py. pip fetches it once. Speaks TAP."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'kafka'), str(HERE.parent / 'languages' / 'python')]

import quix_venv  # noqa: E402
import test_stubs  # noqa: E402
from kafka_jars import Unavailable  # noqa: E402

VERSION = '1.1.414'
RUN_SECONDS = 300


def pyright():
    """The command that runs it, on Node.js that is there, or that comes with it."""
    node = '' if shutil.which('node') else '[nodejs]'
    return [quix_venv.environment(f'pyright-{VERSION}', f'pyright{node}=={VERSION}'), '-m', 'pyright']


def check(command, directory, names):
    """The errors in files of @directory: (name, line) and what is wrong."""
    config = {'include': names, 'extraPaths': ['stubs'], 'pythonVersion': '3.11'}
    (directory / 'pyrightconfig.json').write_text(json.dumps(config))
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    environment['PYRIGHT_PYTHON_IGNORE_WARNINGS'] = '1'
    done = subprocess.run([*command, '--outputjson', '-p', directory], env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=RUN_SECONDS)
    result = json.loads(done.stdout)
    assert result['summary']['filesAnalyzed'] >= len(names), result['summary']
    return [(pathlib.Path(found['file']).name, found['range']['start']['line'] + 1,
             found['message']) for found in result['generalDiagnostics']
            if found['severity'] == 'error']


def main():
    try:
        command = pyright()
    except Unavailable as error:
        print(f'1..0 # SKIP {error}')
        return 1 if os.environ.get('CI') else 0
    print('1..2')
    with tempfile.TemporaryDirectory(prefix='qsource-pyright-') as scratch:
        directory = pathlib.Path(scratch)
        test_stubs.write_stubs(directory / 'stubs')
        programs = test_stubs.programs()
        assert len(programs) > 10, len(programs)
        names = [f'program{number}.py' for number in range(len(programs))]
        for name, text in zip(names, programs):
            (directory / name).write_text(text)
        (directory / 'wrong.py').write_text(test_stubs.WRONG)
        errors = check(command, directory, [*names, 'stubs/gi/repository/Qs.pyi'])
        wrong = [line for _, line, _ in check(command, directory, ['wrong.py'])]
    for what, is_ok, found in (('stubs, examples and documentation have no errors', not errors, errors),
                               ('typing errors are found', wrong == test_stubs.WRONG_LINES, wrong)):
        if not is_ok:
            print('\n'.join(f'# {line}' for line in re.split('\n', f'{found}')))
        print(f'{"ok" if is_ok else "not ok"} - {what}')
    return bool(errors) or wrong != test_stubs.WRONG_LINES


if __name__ == '__main__':
    sys.exit(main())
