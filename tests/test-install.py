#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed is enough: the README's first C program is compiled and run
with nothing but pkg-config's flags.   test-install.py BUILD-DIRECTORY"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

README = pathlib.Path(__file__).resolve().parents[1] / 'README.md'
SECONDS = 60


def install(build, destination):
    """The installed qsource-1.pc, which is made to find itself in there."""
    subprocess.run([sys.executable, '-m', 'mesonbuild.mesonmain', 'install', '-C', build,
                    '--no-rebuild', '--quiet', '--destdir', destination], check=True)
    pc_file, = destination.rglob('qsource-1.pc')
    text = pc_file.read_text()
    pc_file.write_text(re.sub('^prefix=', f'prefix={destination}', text, flags=re.M))
    return pc_file


class TestInstall(unittest.TestCase):
    build = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-install-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.pc_file = install(self.build, self.directory / 'root')
        self.environment = {**os.environ, 'PKG_CONFIG_PATH': str(self.pc_file.parent),
                            'LD_LIBRARY_PATH': str(self.pc_file.parents[1])}

    def test_first_program_of_readme(self):
        source = self.directory / 'first.c'
        source.write_text(re.search('^```c\n(.*?)^```', README.read_text(), re.M | re.S)[1])
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'qsource-1'], check=True,
                               env=self.environment, stdout=subprocess.PIPE, text=True).stdout
        program = self.directory / 'first'
        subprocess.run(['cc', source, '-o', program, *shlex.split(flags)], check=True)
        subprocess.run([program], check=True, env=self.environment, cwd=self.directory,
                       timeout=SECONDS)

    def test_no_private_header(self):
        headers = sorted(path.name for path in (self.directory / 'root').rglob('*.h'))
        self.assertIn('qsource.h', headers)
        self.assertEqual([name for name in headers if 'private' in name], [])


if __name__ == '__main__':
    TestInstall.build = sys.argv.pop(1)
    unittest.main()
