# SPDX-License-Identifier: LGPL-2.1-or-later
"""A build directory of Meson that is made when it isn't there yet."""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from command import run
from progress import Progress

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD_SECONDS = 1200
OUTPUT_LINES = 60


class BuildError(Exception):
    """Its text is the end of the output of what failed."""


def _cache():
    home = os.environ.get('HOME')
    cache = os.environ.get('XDG_CACHE_HOME') or (home and os.path.join(home, '.cache'))
    return pathlib.Path(cache or tempfile.gettempdir()) / 'qsource'


def _directory(name):
    """Inside of the checkout, unless that is somebody else's."""
    directory = SOURCE / name
    if os.access(directory if directory.exists() else SOURCE, os.W_OK):
        return directory
    return _cache() / (name + '-' + hashlib.sha256(bytes(SOURCE)).hexdigest()[:12])


def _meson():
    """Debian's, which runs under Debian's Python, before one that is in PATH."""
    return '/usr/bin/meson' if os.access('/usr/bin/meson', os.X_OK) else 'meson'


class Build:
    def __init__(self, name, *options):
        self.directory = _directory(name)
        self._options = options

    def make(self):
        """Sets it up and compiles it. Raises BuildError."""
        self.directory.mkdir(parents=True, exist_ok=True)
        # Held until this process ends: two runs at once would mix their files.
        self._lock = open(self.directory / '.lock', 'w')
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        if self._is_set_up():
            self._run('setup', '--reconfigure', self.directory, SOURCE, *self._options)
        else:
            shutil.rmtree(self.directory / 'meson-private', ignore_errors=True)
            self._run('setup', self.directory, SOURCE, *self._options)
        self._run('compile', '-C', self.directory)

    def _is_set_up(self):
        """Whether an earlier setup of this very source succeeded."""
        if not (self.directory / 'meson-private' / 'coredata.dat').exists():
            return False
        try:
            info = json.loads((self.directory / 'meson-info' / 'meson-info.json').read_text())
            return info['directories']['source'] == str(SOURCE)
        except (OSError, ValueError, KeyError):
            return False

    def _run(self, *arguments):
        command = [_meson(), *map(str, arguments)]
        output = run(command, None, BUILD_SECONDS, Progress(f'  {self.directory.name}'))
        if output is not None:
            raise BuildError('\n'.join(output.splitlines()[-OUTPUT_LINES:]))

    def tests(self):
        """The description of the tests by 'meson introspect': name, suite, protocol, ..."""
        output = subprocess.run([_meson(), 'introspect', '--tests', self.directory], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        return json.loads(output)

    def test_command(self, *arguments):
        return [_meson(), 'test', '-C', str(self.directory), '--no-rebuild', *arguments]
