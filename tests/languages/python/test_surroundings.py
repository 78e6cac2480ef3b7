# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs in surroundings that aren't what they are used to."""

import pathlib
import shutil
import subprocess
import sys
import unittest

from qs_testing import ProgramCase

PROGRAM = '''
import locale, sys
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

try:
    locale.setlocale(locale.LC_ALL, '')
except locale.Error:
    pass

class Some(Qs.StatefulSource):
    def do_run(self):
        self.state['TITLE'] = 1.25
        self.flush()
        self.produce(key='k', value=self.serialize(value={'TITLE': self.state['TITLE']}).value)

app = Qs.Application('embedded', request_timeout=20.5, drain=True, **eval(sys.argv[1]))
app.dataframe(source=Some(name='vessel')).print()
app.run()
'''
UNSHARE = ('unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc')
INIT = 'docker run --init'
LOCALES = pathlib.Path('/usr/share/i18n/locales')


def can_unshare():
    return shutil.which('unshare') and subprocess.run([*UNSHARE, 'true'], check=False).returncode == 0


class TestSurroundings(ProgramCase):
    def test_empty_state_dir(self):
        """An empty state-dir isn't the working directory; an empty variable is as good as none"""
        result = self.run_program(PROGRAM, "{'state_dir': ''}")
        self.assertNotEqual(result.status, 0)
        self.assertIn('Cannot use an empty state-dir', result.err)
        result = self.run_program(PROGRAM, '{}', QSOURCE_STATE_DIR='', QSOURCE_BROKER_ADDRESS='')
        self.assertEqual(result.status, 0, result.err)

    def test_temporary_directory(self):
        """Without a place for temporary files, the error says which one, what for, and what to do"""
        result = self.run_program(PROGRAM, '{}', TMPDIR='/nonexistent')
        self.assertNotEqual(result.status, 0)
        self.assertRegex(result.err, "temporary directory in '/nonexistent' for the states .*: No such file .*set TMPDIR")

    def test_no_standard_input(self):
        """Of several sources none has standard input: to read it is an error with our words"""
        program = self.write('''
import sys
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Reader(Qs.Source):
    def do_run(self):
        for line in open('/dev/stdin') if sys.argv[1] == 'name' else sys.stdin:
            self.produce(value=line)

app = Qs.Application('embedded')
for i in range(int(sys.argv[2])):
    app.add_source(Reader(name=f'reader-{i}'))
app.run()
''')
        for way in ('name', 'descriptor'):
            with self.subTest(way=way):
                result = self.execute(sys.executable, program, way, '2', text='1\n2\n')
                self.assertNotEqual(result.status, 0)
                self.assertIn('if that is standard input: it reaches a source only where', result.err)
                result = self.execute(sys.executable, program, way, '1', text='1\n2\n')
                self.assertEqual(result.status, 0, result.err)
                self.assertIn('finished: 2 records', result.err)

    @unittest.skipUnless(can_unshare(), 'no namespace of processes can be made')
    def test_process_one(self):
        """Process 1 works, and names an init"""
        program = self.write(PROGRAM)
        result = self.execute(*UNSHARE, sys.executable, program, '{}')
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(result.err.count(INIT), 1, result.err)
        self.assertNotIn(INIT, self.execute(sys.executable, program, '{}').err)

    @unittest.skipUnless(shutil.which('localedef') and LOCALES.is_dir(), 'no locale can be made')
    def test_locale(self):
        """Numbers and letters are what they are, whatever a language makes of them"""
        program = self.write(PROGRAM)
        for name in ('de_DE', 'tr_TR'):
            with self.subTest(locale=name):
                made = subprocess.run(['localedef', '-i', name, '-f', 'UTF-8',
                                       self.directory / f'{name}.UTF-8'], check=False,
                                      capture_output=True, text=True)
                self.assertTrue((self.directory / f'{name}.UTF-8').exists(), made.stderr)
                result = self.execute(sys.executable, program, "{'commit_interval': 0.5}",
                                      LOCPATH=str(self.directory), LC_ALL=f'{name}.UTF-8')
                self.assertEqual(result.status, 0, result.err)
                self.assertIn('{"TITLE":1.25}', result.out)


if __name__ == '__main__':
    unittest.main()
