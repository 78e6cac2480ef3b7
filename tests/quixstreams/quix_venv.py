#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Quix Streams, and other tools, in virtual environments: made once by pip, kept outside of
the source tree.

Run by itself it makes the environment. Exit status 77: there can be none here (no venv
module, no network).
"""

import fcntl
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'kafka'))
from kafka_jars import Unavailable, cache_directory  # noqa: E402

VERSION = '3.28.0'
# What its sources and its own tests want besides.
MORE = ('pandas==3.*', 'pytest==9.*')
INSTALL_SECONDS = 900
UNAVAILABLE = 77


def python():
    """The interpreter that knows Quix Streams."""
    return environment(f'quixstreams-{VERSION}-tests', f'quixstreams=={VERSION}', *MORE)


def environment(name, *packages):
    """The interpreter of a virtual environment that has @packages; the first one is what
    it is for."""
    cache = cache_directory()
    directory = cache / f'{name}-python{sys.version_info[0]}.{sys.version_info[1]}'
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with open(cache / f'lock-{name}', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)        # tests that start side by side make it once
            if not directory.is_dir():
                _make(cache, directory, packages)
    except OSError as error:
        raise Unavailable(f"cannot keep {packages[0]} in '{cache}': {error}") from error
    return directory / 'bin' / 'python'


def _make(cache, directory, packages):
    with tempfile.TemporaryDirectory(dir=cache, prefix='make-') as scratch:
        target = pathlib.Path(scratch) / 'venv'
        _run(packages[0], sys.executable, '-m', 'venv', target)
        _run(packages[0], target / 'bin' / 'python', '-m', 'pip', '--quiet', '--no-input',
             'install', *packages)
        target.rename(directory)                    # all of it or nothing


def _run(what, *command):
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        last = (error.stdout.strip().splitlines() or ['it says nothing'])[-1]
        raise Unavailable(f'cannot install {what}: {last}') from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f'pip did not install {what} in {INSTALL_SECONDS} s') from error


if __name__ == '__main__':
    try:
        python()
    except Unavailable as error:
        print(f'quixstreams: {error}', file=sys.stderr)
        sys.exit(UNAVAILABLE)
