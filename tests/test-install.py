#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed is enough: the README's first C program is compiled and run
with nothing but pkg-config's flags, and so are programs in other languages.

  test-install.py BUILD-DIRECTORY"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = ROOT / 'README.md'
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
        text = README.read_text()
        source = self.directory / 'hello.c'
        source.write_text(re.search('^```c\n(.*?)^```', text, re.M | re.S)[1])
        command = re.search('`(cc .*?)`', text)[1]
        subprocess.run(command, shell=True, check=True, env=self.environment, cwd=self.directory)
        subprocess.run(self.directory / 'a.out', check=True, env=self.environment,
                       cwd=self.directory, timeout=SECONDS)

    def find(self, name):
        """The folder of an installed file; skips the test where it isn't installed."""
        for path in (self.directory / 'root').rglob(name):
            return path.parent
        self.skipTest(f'{name} is not installed')

    def run_program(self, page, language, *command):
        """Runs the program with a state of a page of the documentation."""
        if not shutil.which(command[0]):
            self.skipTest(f'there is no {command[0]}')
        text = (ROOT / 'doc' / page).read_text()
        blocks = re.findall(f'^```{language}\n(.*?)^```', text, re.M | re.S)
        program = self.directory / f'program.{language}'
        program.write_text(blocks[1])
        environment = {**self.environment, 'GI_TYPELIB_PATH': str(self.find('Qs-1.typelib'))}
        result = subprocess.run([*command, program], env=environment, cwd=self.directory, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_python_of_readme(self):
        """Those programs that need no other broker run as they stand"""
        self.environment['PYTHONPATH'] = str(self.find('Qs.py').parents[1])
        self.environment['GI_TYPELIB_PATH'] = str(self.find('Qs-1.typelib'))
        blocks = re.findall('^```python\n(.*?)^```', README.read_text(), re.M | re.S)
        blocks = [block for block in blocks if 'embedded' in block]
        outputs = []
        for block in blocks:
            program = self.directory / 'readme.py'
            program.write_text(block)
            result = subprocess.run(['/usr/bin/python3', program], env=self.environment, text=True,
                                    cwd=self.directory, capture_output=True, timeout=SECONDS)
            self.assertEqual(result.returncode, 0, result.stderr)
            outputs.append(result.stdout)
        self.assertEqual(len(outputs), 2)
        self.assertEqual(re.findall(r'\d+', outputs[1]), ['1', '9', '25', '49', '81'], outputs)

    def test_python(self):
        self.environment['PYTHONPATH'] = str(self.find('Qs.py').parents[1])
        result = self.run_program('python.md', 'python', '/usr/bin/python3')
        self.assertIn('Source finished', result.stderr)

    def test_javascript(self):
        self.environment['GJS_PATH'] = str(self.find('Qs.js').parent)
        result = self.run_program('javascript.md', 'js', 'gjs', '-m')
        self.assertIn('Source finished', result.stderr)

    def test_lua(self):
        self.environment['LUA_PATH'] = f'{self.find("qsource.lua")}/?.lua;;'
        result = self.run_program('lua.md', 'lua', 'luajit')
        self.assertIn('Source finished', result.stderr)

    def test_vala(self):
        self.run_program('vala.md', 'vala', 'valac', '--pkg', 'qsource-1', '-X', '-w',
                         '--vapidir', str(self.find('qsource-1.vapi')), '-o', 'program')
        result = subprocess.run([self.directory / 'program'], env=self.environment, check=True,
                                cwd=self.directory, text=True, stderr=subprocess.PIPE,
                                timeout=SECONDS)
        self.assertIn('Source finished', result.stderr)

    def test_no_private_header(self):
        headers = sorted(path.name for path in (self.directory / 'root').rglob('*.h'))
        self.assertIn('qsource.h', headers)
        self.assertEqual([name for name in headers if 'private' in name], [])


if __name__ == '__main__':
    TestInstall.build = sys.argv.pop(1)
    unittest.main()
