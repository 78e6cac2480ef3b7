# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs that the documentation shows run as they stand."""

import os
import pathlib
import re
import shutil
import unittest

from qs_testing import ProgramCase

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def programs(path, language='python'):
    """The code blocks that run by themselves: those of Python import something."""
    blocks = re.findall(f'^```{language}\n(.*?)^```', (ROOT / path).read_text(), re.M | re.S)
    return [block for block in blocks
            if language != 'python' or re.search('^(import|from) ', block, re.M)]


class TestDocs(ProgramCase):
    def check(self, path, language='python', run=None):
        blocks = programs(path, language)
        self.assertTrue(blocks)
        (self.directory / 'file.txt').write_text('one\ntwo\n')
        for block in blocks:
            with self.subTest(block=block):
                result = run(block) if run else self.run_program(block)
                self.assertEqual(result.status, 0, result.out + result.err)
                self.assertRegex(result.err, 'Source finished|Failed: nobody is there')

    def test_readme(self):
        """README.md"""
        self.check('README.md')

    def test_python(self):
        """doc/python.md"""
        self.check('doc/python.md')

    def test_quix_streams(self):
        """doc/coming-from-quix-streams.md"""
        self.check('doc/coming-from-quix-streams.md')

    @unittest.skipUnless(shutil.which('gjs'), 'there is no gjs')
    def test_javascript(self):
        """doc/javascript.md"""
        self.check('doc/javascript.md', 'js', lambda block: self.execute(
            'gjs', '-m', self.write(block, 'program.js')))

    @unittest.skipUnless(shutil.which('luajit'), 'there is no luajit')
    def test_lua(self):
        """doc/lua.md"""
        self.check('doc/lua.md', 'lua', lambda block: self.execute(
            'luajit', self.write(block, 'program.lua')))

    @unittest.skipUnless(shutil.which('valac'), 'there is no valac')
    def test_vala(self):
        """doc/vala.md"""
        self.check('doc/vala.md', 'vala', self.run_vala)

    def test_testing(self):
        """doc/testing.md, whose programs don't run their tests again in a worker"""
        runs = {'python': (None, self.run_program),
                'js': ('gjs', lambda block: self.execute(
                    'gjs', '-m', self.write(block, 'program.js'))),
                'lua': ('luajit', lambda block: self.execute(
                    'luajit', self.write(block, 'program.lua'))),
                'vala': ('valac', self.run_vala)}
        for language, (tool, run) in runs.items():
            if tool is None or shutil.which(tool):
                def check(block, run=run):
                    result = run(block)
                    self.assertEqual(result.out.count('passed'), 1, result.out + result.err)
                    return result
                self.check('doc/testing.md', language, check)

    def run_vala(self, block):
        build = pathlib.Path(os.environ['QSOURCE_BUILD'])
        folders = [folder for root in (ROOT, build) for folder in
                   (root, root / 'qsource', *(root / 'qsource').glob('**/'))]
        flags = [f'-I{folder}' for folder in folders if folder.is_dir()]
        flags += [f'-L{build / "qsource"}', '-lqsource-1', '-w']
        result = self.execute('valac', '--vapidir', build / 'introspection',
                              '--pkg', 'gio-2.0', '--pkg', 'qsource-1',
                              *(word for flag in flags for word in ('-X', flag)),
                              '-o', 'program', self.write(block, 'program.vala'))
        self.assertEqual(result.status, 0, result.err)
        self.assertNotIn('warning', result.err)
        return self.execute(self.directory / 'program')
