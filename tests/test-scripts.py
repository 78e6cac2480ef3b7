#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources in files of Python, JavaScript and Lua, run by the command qsource.

  test-scripts.py QSOURCE LAUNCHERS"""

import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
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

    def complete(self, *words, **environment):
        result = subprocess.run([QSOURCE, '__complete', '--', 'run', *words], capture_output=True, text=True,
                                timeout=SECONDS, env={**self.environment, **environment})
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return [line.partition('\t')[0] for line in result.stdout.splitlines()]

    def test_complete(self):
        """The properties of a class are completed; one that can't be loaded holds no shell up"""
        path = self.write(DOOR)
        # What takes longer than a person waits is no candidate: not on a machine that is busy.
        deadline = time.monotonic() + SECONDS
        while (found := self.complete(path, 'cou')) != ['count=']:
            self.assertEqual(found, [])
            self.assertLess(time.monotonic(), deadline)
        path = self.write('import signal\nprint(1)\nsignal.pause()\n', 'slow.py')
        folder = self.directory / 'tmp'
        folder.mkdir()
        self.assertEqual(self.complete(path, '', TMPDIR=str(folder)), [])
        self.assertEqual(list(folder.iterdir()), [])

    def test_secrets(self):
        """A value from the environment or a file is not an argument of the process"""
        text = DOOR.replace('def run(self):', '''def run(self):
        self.produce_value('argv', open('/proc/self/cmdline').read().replace('\\0', ' '))''')
        records = self.run_it(self.write(text), 'words=@env:SECRET', 'count=1', SECRET='hush')
        self.assertEqual(records[1]['value']['words'], ['hush'])
        self.assertNotIn('hush', records[0]['value'])

    def test_refused(self):
        """What can't be run is an error that says what can be"""
        path = self.write(TWO)
        self.assertIn('DoorSource, OtherSource', self.run_it(path, status=2))
        self.assertIn('DoorSource', self.run_it(f'{path}:NoSource', status=2))
        self.assertEqual([record['value'] for record in self.run_it(f'{path}:OtherSource')], ['other'])
        self.assertIn('count', self.run_it(f'{path}:DoorSource', 'cuont=1', status=2))
        self.assertIn('from 0 to 100', self.run_it(f'{path}:DoorSource', 'count=101', status=2))
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
        self.assertIn('count', self.run_it(path, 'cuont=1', status=2))

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
        self.assertIn("'cuont'", self.run_it(path, 'cuont=1', status=2))

    def call(self, *words, status=0):
        result = subprocess.run([QSOURCE, *map(str, words)], capture_output=True, text=True, timeout=SECONDS,
                                env=self.environment, cwd=self.directory)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stderr if status else result.stdout

    def write_all(self):
        """A file of each language that is there."""
        files = [self.write(DOOR)]
        for name, text, program in (('door.js', JAVASCRIPT, 'gjs'), ('door.lua', LUA, 'luajit')):
            if shutil.which(program):
                files.append(self.directory / name)
                files[-1].write_text(text)
        return files

    def test_inspect(self):
        """A class is described as a ready-made one is, and no source of it is made"""
        for path in self.write_all():
            with self.subTest(path=path.name):
                described = json.loads(self.call('inspect', path, '--json'))
                own = {entry['name']: entry for entry in described['properties']}
                self.assertIn('QsStatefulSource', described['hierarchy'])
                self.assertEqual(own['shutdown-timeout']['default'], 10)
                text = self.call('inspect', f'{path}:DoorSource')
                self.assertIn('Properties of QsStatefulSource', text)
                if path.suffix != '.lua':
                    self.assertEqual((own['count']['maximum'], own['count']['default'], own['words']['type']),
                                     (100, 3, 'array'))
                    self.assertIn('integer 0…100, default 3', text)
        self.assertIn('has: DoorSource, OtherSource', self.call('inspect', self.write(TWO), status=2))
        self.assertIn('OtherSource', self.call('inspect', f'{self.write(TWO)}:OtherSource'))

    def test_output(self):
        """What is produced is printed as that of ready-made sources is, and what a file prints isn't in it"""
        path = self.write("print('loaded')\n" + DOOR)
        table = self.call('run', path, 'count=2', '-F', 'table')
        self.assertEqual(table.count('OFFSET'), 1)
        records = [json.loads(line) for line in self.call('run', path, 'count=2').splitlines()
                   if line != 'loaded']
        self.assertEqual([record['value']['n'] for record in records], [0, 1])
        self.assertIn('type ' + str(path), self.call('run', path, '--dry-run'))
        self.assertIn('from 0 to 100', self.call('run', path, 'count=101', '--dry-run', status=2))

    def test_raises(self):
        """An exception while the file is loaded, or while the source runs, is shown with its traceback"""
        error = self.call('run', self.write('def broken():\n    raise KeyError("lost")\nbroken()\n'), status=1)
        self.assertIn('KeyError', error)
        self.assertIn('Cannot load', error)
        error = self.call('run', self.write(DOOR.replace('for i in range', "raise ValueError('jammed')\n        for i in range")),
                          status=1)
        self.assertIn("ValueError: jammed", error)

    def test_unreadable(self):
        """What the topic's serializers can't read is printed as it is, not the end"""
        path = self.write(DOOR.replace("for i in range", """self.produce(b'{"a":"\\\\u0000"}')
        self.produce(b'\\xff\\xfe')
        for i in range"""))
        records = self.run_it(path, 'count=1')
        self.assertEqual([record['value'] for record in records], ['{"a":"\\u0000"}', '0xfffe', {'n': 0, 'words': []}])

    def test_progress(self):
        """What a source reports is a bar on a terminal, which log lines don't break, and a line elsewhere"""
        path = self.write(DOOR.replace('for i in range(self.count):', '''self.report_progress(1, 4)
        self.wait(None)
        for i in []:'''))
        for has_terminal in (True, False):
            with self.subTest(terminal=has_terminal):
                ends = pty.openpty() if has_terminal else os.pipe()
                process = subprocess.Popen([QSOURCE, 'run', path], stdout=subprocess.DEVNULL, stderr=ends[1],
                                           env={**self.environment, 'TERM': 'xterm'}, cwd=self.directory)
                self.addCleanup(process.wait)
                self.addCleanup(process.kill)
                os.close(ends[1])
                text = b''
                while b'25 %' not in text:
                    text += os.read(ends[0], 4096)
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(SECONDS), 130)
                self.assertEqual(b'[######' in text, has_terminal)
                self.assertIn(b'DoorSource catches up', text + os.read(ends[0], 4096))
                os.close(ends[0])

    def test_status(self):
        """Whoever watches sees the class that the file has, and what it reports"""
        path = self.write(DOOR.replace('for i in range(self.count):', '''self.report_progress(1, 4)
        self.report_lag(7, 2.5)
        self.wait(None)
        for i in []:'''))
        config = self.directory / 'door.conf'
        config.write_text(f'[application]\nconsumer-group=house\nbroker-address=embedded\n[source door]\ntype={path}\n')
        self.environment['QSOURCE_RUNTIME_DIR'] = str(self.directory / 'run')
        process = subprocess.Popen([QSOURCE, 'run', '--config', config], env=self.environment, cwd=self.directory,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + SECONDS
        source = {}
        while source.get('lag-records') != 7 and time.monotonic() < deadline:
            result = subprocess.run([QSOURCE, 'status', '--json', '--config', config], capture_output=True, text=True,
                                    env=self.environment, timeout=SECONDS)
            source = json.loads(result.stdout)[0]['sources'][0] if result.returncode == 0 else {}
        self.assertEqual((source['progress-done'], source['progress-total'], source['lag-seconds']), (1, 4, 2.5))
        self.assertTrue(source['type'].endswith('DoorSource'), source['type'])
        self.assertIn('25 %', self.call('status', '--config', config))
        self.call('stop', 'door', '--config', config)
        self.assertEqual(process.wait(SECONDS), 0)

    def test_threads(self):
        """A source of another language can't run in a thread of the command's"""
        self.assertIn('--isolation', self.call('run', self.write(DOOR), '--isolation', 'thread', status=1))

    def test_configuration(self):
        """Sources of all languages run beside ready-made ones in one application, and are checked"""
        files = self.write_all()
        (self.directory / 'x.log').write_text('a line\n')
        text = '[source lines]\ntype=file\nfollow=no\npath=x.log\ntopic=lines\n'
        for path in files:
            text += f'[source door-{path.suffix[1:]}]\ntype={path}:DoorSource\n'
            text += 'count=2\nwords=a;b c\n' if path.suffix != '.lua' else ''
        config = self.directory / 'all.conf'
        config.write_text(text)
        records = [json.loads(line) for line in self.call('run', '--config', config, '--print').splitlines()]
        found = {}
        for record in records:
            found.setdefault(record['topic'], []).append(record['value'])
        expected = {'lines': ['a line'], 'source__door-py': [{'n': i, 'words': ['a', 'b c']} for i in range(2)],
                    'source__door-js': [{'n': i, 'words': ['a', 'b c']} for i in range(2)],
                    'source__door-lua': [{'n': i} for i in range(3)]}
        self.assertEqual(found, {topic: values for topic, values in expected.items()
                                 if topic == 'lines' or any(topic.endswith(path.suffix[1:]) for path in files)})
        for wrong, line, hint in (('cuont=2', 3, "did you mean 'count'"), ('count=101', 3, 'from 0 to 100'),
                                  ('words=@env:NOT_THERE', 3, 'NOT_THERE')):
            config.write_text(f'[source door]\ntype={files[0]}\n{wrong}\n')
            error = self.call('run', '--config', config, '--dry-run', status=78)
            self.assertIn(f'all.conf:{line}: ', error)
            self.assertIn(hint, error)
        config.write_text(f'[source door]\ntype={files[0]}:Doors\n')
        self.assertIn('all.conf:2: ', self.call('run', '--config', config, '--dry-run', status=78))

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
