# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds QSource and runs its examples; see 'tools/demo --help'."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading

from build import Build, BuildError

LINES = 20000
RUN_SECONDS = 60
KILLS = (27, 54)        # at these numbers; it commits at 20 and at 50
LAST = 80
NUMBERS_A_ROW = 10

STARTED = re.compile(r'Source started \(pid (\d+)\)')


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

    examples = build.directory / 'examples' / 'c'
    with tempfile.TemporaryDirectory(prefix='qsource-demo-') as directory:
        if not show_file(examples, directory) or not show_state(examples, directory):
            return 1
    say('\nNext: both examples take --broker HOST:PORT, for a Kafka of yours.')
    return 0


def show_file(examples, directory):
    path = pathlib.Path(directory, 'measurements.txt')
    path.write_text(''.join(f'measurement {i} of {LINES}\n' for i in range(1, LINES + 1)))
    say(f'\n2. A worker process delivers a file of {LINES} lines to a broker in memory:')
    try:
        done = subprocess.run([examples / 'file-source', '--broker', 'embedded', path],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        return fail(f'file-source did not end within {RUN_SECONDS} s')
    if done.returncode or f'{LINES} records' not in done.stdout:
        return fail(f'{LINES} records should have been acknowledged:\n{done.stdout}{done.stderr}')
    say(f'   All {LINES} records were acknowledged.')
    return True


def show_state(examples, directory):
    say(f'\n3. A source that counts, and keeps in its state how far it is: it commits every 10\n'
        f'   numbers. Its worker process is killed {len(KILLS)} times (kill -9) while it runs.\n'
        '   A number in brackets comes for the second time.\n')
    environment = {**os.environ, 'QSOURCE_STATE_DIR': directory}
    for name in ('G_MESSAGES_DEBUG', 'QSOURCE_CONSUMER_GROUP'):
        environment.pop(name, None)
    process = subprocess.Popen([examples / 'range-source', '--print'], env=environment, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    watchdog = threading.Timer(RUN_SECONDS, process.kill)
    watchdog.start()
    seen = watch(process.stdout)
    watchdog.cancel()
    process.terminate()
    process.communicate()

    missing = sorted(set(range(1, LAST + 1)) - set(seen))
    if missing:
        return fail(f'these numbers of 1 to {LAST} did not come: {missing}')
    say(f'\n   All numbers from 1 to {LAST} came, none is missing.\n'
        f'   {len(seen) - len(set(seen))} came twice: those after the last commit before a kill.\n'
        '   With exactly-once, on a real Kafka, none would.')
    return True


def watch(lines):
    """Shows the numbers, kills the worker at some; returns all that came."""
    seen = []
    kills = list(KILLS)
    row = Row()
    worker = None
    for line in lines:
        started = STARTED.search(line)
        if started:
            worker = int(started[1])
            row.end(f'worker process {worker} starts')
        elif line.strip().isdigit():
            number = int(line)
            row.add(f'({number})' if number in seen else number)
            seen.append(number)
            if kills and number == kills[0]:
                del kills[0]
                os.kill(worker, signal.SIGKILL)
                row.end(f'kill -9 {worker}')
            if number == LAST:
                break
    row.end()
    return seen


class Row:
    """Numbers side by side, each shown when it comes."""

    def __init__(self):
        self._length = 0

    def add(self, text):
        print(f'{"" if self._length else "   "}{text:>5}', end='', flush=True)
        self._length += 1
        if self._length == NUMBERS_A_ROW:
            self.end()

    def end(self, text=None):
        if self._length:
            say('')
        self._length = 0
        if text:
            say(f'   {text}')


def fail(text):
    say(f'\nThis failed: {text}')
    return False


if __name__ == '__main__':
    sys.exit(main())
