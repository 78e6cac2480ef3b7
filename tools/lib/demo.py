# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds QSource and runs its example on a file; see 'tools/demo --help'."""

import pathlib
import subprocess
import sys
import tempfile

from build import Build, BuildError

LINES = 20000
RUN_SECONDS = 60


def say(text):
    print(text, flush=True)


def main():
    build = Build('build-demo', '-Dintrospection=false', '-Ddocumentation=false', '-Dtests=false')
    say('1. Building QSource ...')
    try:
        build.make()
    except BuildError as error:
        say(str(error))
        return 1

    with tempfile.TemporaryDirectory(prefix='qsource-demo-') as directory:
        path = pathlib.Path(directory, 'measurements.txt')
        path.write_text(''.join(f'measurement {i} of {LINES}\n' for i in range(1, LINES + 1)))
        say(f'2. Wrote {path}: {LINES} lines of text')

        example = build.directory / 'examples' / 'c' / 'file-source'
        say(f'3. Running {example} --broker embedded {path.name}\n'
            '   It starts a broker in memory and a worker process, which reads the file.\n')
        output = run([example, '--broker', 'embedded', path])
    if output is None or f'{LINES} records' not in output:
        say(f'\nThis failed: {LINES} records should have been acknowledged.')
        return 1
    say(f'\nAll {LINES} lines were acknowledged by the broker.\n'
        f'Next: --broker HOST:PORT delivers them to a Kafka of yours.')
    return 0


def run(command):
    """What it printed, which is shown as well; None if it failed."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        say(f'It was ended after {RUN_SECONDS} s.')
        return None
    say(done.stdout.rstrip())
    return done.stdout if done.returncode == 0 else None


if __name__ == '__main__':
    sys.exit(main())
