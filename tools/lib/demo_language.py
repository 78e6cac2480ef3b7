# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds QSource and runs the source of numbers in another language; see
'tools/demo --help'.   demo_language.py LANGUAGE"""

import os
import subprocess
import sys
import tempfile

from build import SOURCE, Build, BuildError

RUN_SECONDS = 60


def say(text):
    print(text, flush=True)


def commands(build):
    examples = SOURCE / 'examples'
    return {
        'gjs': ['gjs', '-m', examples / 'gjs' / 'range-source.js'],
        'lua': ['luajit', examples / 'lua' / 'range-source.lua'],
        'python': ['/usr/bin/python3', examples / 'python' / 'range-source.py'],
        'vala': [build.directory / 'examples' / 'vala' / 'range-source'],
    }


def environment(build):
    """What a program needs to find the library before it is installed."""
    introspection = SOURCE / 'introspection'
    return {
        **os.environ,
        'GI_TYPELIB_PATH': str(build.directory / 'introspection'),
        'GJS_PATH': str(introspection / 'gjs'),
        'LD_LIBRARY_PATH': str(build.directory / 'qsource'),
        'LUA_PATH': f'{introspection / "lua"}/?.lua;;',
        'PYTHONDONTWRITEBYTECODE': '1',
        'PYTHONPATH': os.pathsep.join((str(introspection),
                                       str(build.directory / 'introspection' / 'python'))),
    }


def run(command, variables):
    """What it printed, which is shown as well; None if it failed."""
    with tempfile.TemporaryDirectory(prefix='qsource-demo-') as directory:
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  text=True, timeout=RUN_SECONDS,
                                  env={**variables, 'QSOURCE_STATE_DIR': directory})
        except subprocess.TimeoutExpired:
            say(f'It was ended after {RUN_SECONDS} s.')
            return None
    say(done.stdout.rstrip())
    return done.stdout if done.returncode == 0 else None


def main(language):
    build = Build('build-demo-languages', '-Ddocumentation=false', '-Dtests=false')
    say('1. Building QSource and what other languages need ...')
    try:
        build.make()
    except BuildError as error:
        say(str(error))
        return 1

    command = commands(build)[language]
    say(f'2. Running {" ".join(map(str, command))}\n'
        '   A worker process counts to 20; the program prints what arrives.\n')
    output = run(command, environment(build))
    if output is None or '"value":20' not in output:
        say('\nThis failed: the numbers 1 to 20 should have arrived.')
        return 1
    say('\nAll 20 numbers arrived.')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
