#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources in files of Python, JavaScript and Lua, run by the command qsource.

  test-scripts.py QSOURCE LAUNCHERS"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

QSOURCE = LAUNCHERS = None
SECONDS = 120
SHEBANG = f'#!{sys.executable}\n'
DOOR = '''
import gi
gi.require_version('Qs', '1')
from gi.repository import GObject, Qs


class DoorSource(Qs.StatefulSource):
    count = GObject.Property(type=int, default=3, minimum=0, maximum=100)
    words = GObject.Property(type=GObject.TYPE_STRV)

    def run(self):
        for i in range(self.count):
            self.produce_value(f'k{i}', {'n': i, 'words': list(self.words or [])})
'''
JAVASCRIPT = '''
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

export class DoorSource extends Qs.StatefulSource {
    static {
        GObject.registerClass({
            Properties: {
                count: GObject.ParamSpec.int('count', '', '', GObject.ParamFlags.READWRITE, 0, 100, 3),
                words: GObject.ParamSpec.boxed('words', '', '', GObject.ParamFlags.READWRITE, GLib.strv_get_type()),
            },
        }, this);
    }

    vfunc_run() {
        for (let i = 0; i < (this.count ?? 3); i++)
            this.produce_value(`k${i}`, {n: i, words: this.words ?? []});
        return true;
    }
}
'''.replace("import Qs", "import GLib from 'gi://GLib';\nimport Qs", 1)
LUA = '''
local lgi = require 'lgi'
local Qs = require 'qsource'

local DoorSource = Qs.StatefulSource:derive('DoorSource')

function DoorSource:do_run()
   for i = 0, 2 do
      self:produce_value('k' .. i, {n = i})
   end
end

return DoorSource
'''
TWO = DOOR + '''

class OtherSource(Qs.Source):
    def run(self):
        self.produce_value(None, 'other')
'''


class TestScripts(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-scripts-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith('QSOURCE_') and key != 'VIRTUAL_ENV'}
        self.environment['QSOURCE_LAUNCHERS'] = LAUNCHERS

    def write(self, text, name='door.py'):
        path = self.directory / name
        path.write_text(SHEBANG + text)
        return path

    def run_it(self, *words, status=0, **environment):
        result = subprocess.run([QSOURCE, 'run', *words], capture_output=True, text=True,
                                timeout=SECONDS, env={**self.environment, **environment})
        self.assertEqual(result.returncode, status, result.stderr)
        if status:
            return result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_run(self):
        """A class runs with its properties, a list among them, and those of the application"""
        path = self.write(DOOR)
        records = self.run_it(path, 'count=2', 'words=a', 'words=b c', '-t', 'doors')
        self.assertEqual([(record['key'], record['value']) for record in records],
                         [('k0', {'n': 0, 'words': ['a', 'b c']}), ('k1', {'n': 1, 'words': ['a', 'b c']})])
        self.assertEqual(len(self.run_it(f'{path}:DoorSource')), 3)
        self.assertEqual(len(self.run_it(path, '--count', '1')), 1)

    def test_secrets(self):
        """A value from the environment or a file is not an argument of the process"""
        text = DOOR.replace('def run(self):', '''def run(self):
        self.produce_value('argv', open('/proc/self/cmdline').read())''')
        records = self.run_it(self.write(text), 'words=@env:SECRET', 'count=1', SECRET='hush')
        self.assertEqual(records[1]['value']['words'], ['hush'])
        self.assertNotIn('hush', records[0]['value'])

    def test_refused(self):
        """What can't be run is an error that says what can be"""
        path = self.write(TWO)
        self.assertIn('DoorSource, OtherSource', self.run_it(path, status=2))
        self.assertIn('DoorSource', self.run_it(f'{path}:NoSource', status=2))
        self.assertEqual([record['value'] for record in self.run_it(f'{path}:OtherSource')], ['other'])
        self.assertIn('count', self.run_it(f'{path}:DoorSource', 'cuont=1', status=1))
        self.assertIn('from 0 to 100', self.run_it(f'{path}:DoorSource', 'count=101', status=1))
        self.assertIn('no such file', self.run_it('/not/there.py', status=2))

    @unittest.skipUnless(shutil.which('gjs'), 'there is no gjs')
    def test_javascript(self):
        """A class that a JavaScript module exports runs by gjs, with its properties"""
        path = self.directory / 'door.js'
        path.write_text(JAVASCRIPT)
        records = self.run_it(path, 'count=2', 'words=a', 'words=b c', '-t', 'doors')
        self.assertEqual([(record['key'], record['value'], record['topic']) for record in records],
                         [(f'k{i}', {'n': i, 'words': ['a', 'b c']}, 'doors') for i in range(2)])
        self.assertEqual(len(self.run_it(f'{path}:DoorSource', 'words=x', '--count', '1')), 1)
        self.assertIn('DoorSource', self.run_it(f'{path}:NoSource', status=2))
        self.assertIn('count', self.run_it(path, 'cuont=1', status=1))

    @unittest.skipUnless(shutil.which('luajit'), 'there is no luajit')
    def test_lua(self):
        """A class that a file of Lua returns runs by Lua"""
        path = self.directory / 'door.lua'
        path.write_text(LUA)
        records = self.run_it(path, '-t', 'doors')
        self.assertEqual([(record['key'], record['value'], record['topic']) for record in records],
                         [(f'k{i}', {'n': i}, 'doors') for i in range(3)])
        self.assertEqual(len(self.run_it(path, '--count', '1')), 1)
        self.assertIn('DoorSource', self.run_it(f'{path}:NoSource', status=2))
        self.assertIn('cuont', self.run_it(path, 'cuont=1', status=1))

    def test_environment(self):
        """The virtual environment beside a file counts, and one that is active does more"""
        path = self.write(DOOR)
        for folder in ('.venv', 'active'):
            python = self.directory / folder / 'bin' / 'python'
            python.parent.mkdir(parents=True)
            python.write_text(f'#!/bin/sh\necho {folder} >>{self.directory}/used\n'
                              f'exec {sys.executable} "$@"\n')
            python.chmod(0o755)
        used = self.directory / 'used'
        self.run_it(path, 'count=1')
        self.assertIn('.venv', used.read_text())
        used.unlink()
        self.run_it(path, 'count=1', VIRTUAL_ENV=str(self.directory / 'active'))
        self.assertNotIn('.venv', used.read_text())


if __name__ == '__main__':
    QSOURCE, LAUNCHERS = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:3])
    del sys.argv[1:3]
    unittest.main(verbosity=2)
