#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `qsource new` writes builds, runs and passes its test; inside of meson devenv.

  test-new-sources.py QSOURCE BUILD"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

QSOURCE = BUILD = None
SECONDS = 120
SCRIPTS = {'python': ['/usr/bin/python3', 'door-bell.py'], 'js': ['gjs', '-m', 'door-bell.js'],
           'lua': ['luajit', 'door-bell.lua']}


class TestNew(unittest.TestCase):
    def setUp(self):
        self.installed = {}
        scratch = tempfile.TemporaryDirectory(prefix='qs-new-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def call(self, *words, cwd=None, status=0):
        environment = {key: value for key, value in os.environ.items()
                       if key in ('QSOURCE_LAUNCHERS',) or not key.startswith('QSOURCE_')}
        environment.pop('G_DEBUG', None)
        environment.update(self.installed)
        result = subprocess.run(words, cwd=cwd or self.directory, text=True, timeout=SECONDS,
                                capture_output=True, env=environment)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def check_script(self, language):
        told = self.call(QSOURCE, 'new', language, 'door-bell')
        self.assertIn('test it:', told)
        place = self.directory / 'door-bell'
        self.assertIn('10 of 10', self.call('sh', 'test.sh', *SCRIPTS[language], cwd=place))

    def test_python(self):
        """in Python"""
        self.check_script('python')

    @unittest.skipUnless(shutil.which('gjs'), 'there is no gjs')
    def test_js(self):
        """in JavaScript"""
        self.check_script('js')

    @unittest.skipUnless(shutil.which('luajit'), 'there is no luajit')
    def test_lua(self):
        """in Lua"""
        self.check_script('lua')

    def install(self):
        """What a compiler needs is where it is when the library is installed."""
        root = self.directory / 'root'
        self.call('meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', str(root))
        library, = root.rglob('libqsource-1.so')
        config, = root.rglob('qsource-1.pc')
        self.installed = {'PKG_CONFIG_PATH': str(config.parent), 'PKG_CONFIG_SYSROOT_DIR': '',
                          'LD_LIBRARY_PATH': str(library.parent)}
        text = config.read_text()
        prefix = text.partition('prefix=')[2].partition('\n')[0]
        config.write_text(text.replace(f'prefix={prefix}', f'prefix={root}{prefix}', 1))
        self.installed['XDG_DATA_DIRS'] = f'{root}{prefix}/share:/usr/share'

    def check_compiled(self, language):
        self.install()
        self.call(QSOURCE, 'new', language, 'door-bell')
        place = self.directory / 'door-bell'
        self.call('meson', 'setup', 'build', cwd=place)
        self.call('meson', 'test', '-C', 'build', cwd=place)

    def test_c(self):
        """in C"""
        self.check_compiled('c')

    @unittest.skipUnless(shutil.which('valac'), 'there is no valac')
    def test_vala(self):
        """in Vala"""
        self.check_compiled('vala')

    def test_refused(self):
        """Nothing is overwritten, and nonsense is refused"""
        self.call(QSOURCE, 'new', 'python', 'door')
        self.call(QSOURCE, 'new', 'c', 'door', status=1)
        self.assertIn("did you mean 'python'?", self.call(QSOURCE, 'new', 'pyhton', 'x', status=2))
        self.assertIn('begins with a letter', self.call(QSOURCE, 'new', 'c', '../x', status=2))
        self.call(QSOURCE, 'new', 'c', status=2)
        self.assertEqual(sorted(path.name for path in self.directory.rglob('*')),
                         ['door', 'door.py', 'test.sh'])


if __name__ == '__main__':
    QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    BUILD = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
