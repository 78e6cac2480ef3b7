#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""qsource conform, and the ready-made sources that it checks.

  test-conform-command.py QSOURCE"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

QSOURCE = None
SECONDS = 240
WITH_STATE = ('--rule=restart', '--rule=clear', '--rule=kill', '--rule=state')


def conform(*words):
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith('QSOURCE_')}
    return subprocess.run([QSOURCE, 'conform', *words], capture_output=True, text=True,
                          timeout=SECONDS, env=environment)


class TestConform(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-conform-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def check(self, *words, results):
        report = self.directory / 'report.json'
        result = conform(*words, '--seed=7', f'--report={report}')
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        found = json.loads(report.read_text())
        self.assertEqual({rule['name']: rule['result'] for rule in found['rules']
                          if rule['name'] in results}, results, result.stdout)
        self.assertEqual((found['seed'], found['lost'], found['passed']), (7, 0, True))
        return found, result.stdout

    def test_file(self):
        """The file source passes, and the report says how it was tried"""
        path = self.write('x.log', ''.join(f'{i}\n' for i in range(30)))
        found, text = self.check('file', f'path={path}', 'follow=no', '--kills=2', *WITH_STATE,
                                 results={'stop': 'passed', 'restart': 'passed', 'clear': 'passed',
                                          'kill': 'passed'})
        self.assertEqual((found['kills'], found['class'], found['source'], found['broker']),
                         (2, 'QsFileSource', 'file', 'embedded'))
        self.assertRegex(text, r'(?m)^kill +passed')
        self.assertRegex(text, r'2 kills, \d+ records, 0 lost, \d+ duplicated, seed 7')

    def test_csv(self):
        """The CSV source passes"""
        path = self.write('x.csv', 'a,b\n' + ''.join(f'{i},v{i}\n' for i in range(30)))
        self.check('csv', f'path={path}', '--kills=2', *WITH_STATE,
                   results={'restart': 'passed', 'clear': 'passed', 'kill': 'passed'})

    def test_command(self):
        """The command source passes, with lines left out that are known"""
        self.check('command', 'argv=seq', 'argv=1', 'argv=30', 'skip-known=yes', '--kills=2',
                   *WITH_STATE, results={'restart': 'passed', 'clear': 'passed', 'kill': 'passed',
                                         'state': 'passed'})

    def test_failure(self):
        """A source that fails a rule has the status 1, and its error is shown"""
        result = conform('file', '--rule=properties', '--rule=stop')
        self.assertEqual((result.returncode, result.stderr), (1, ''), result.stdout)
        self.assertRegex(result.stdout, r'(?m)^properties +passed')
        self.assertRegex(result.stdout, r"(?m)^stop +skipped  It depends on the rule 'first-record'")
        result = conform('file', '--rule=first-record', '--json')
        self.assertEqual(result.returncode, 1)
        self.assertIn('Cannot read files without a path',
                      json.loads(result.stdout)['rules'][0]['message'])

    def test_skip(self):
        """A rule can be left out, and exactly-once is not tested where it can't be seen"""
        path = self.write('x.log', 'one\n')
        self.check('file', f'path={path}', 'follow=no', '--rule=outage', '--rule=restart',
                   '--skip=outage', '--skip=stop', '--processing-guarantee=exactly-once',
                   results={'outage': 'skipped', 'stop': 'skipped', 'restart': 'skipped'})

    def test_usage(self):
        """What is wrong with a call is an error of usage"""
        for words, text in (
                ((), 'No source was named'),
                (('fil',), "did you mean 'file'"),
                (('file', 'pth=x'), 'path'),
                (('file', '--rule=kil'), 'the rules are properties'),
                (('file', '--skip=kil'), "did you mean 'kill'"),
                (('file', '--kills=0'), 'from 1 to 100000'),
                (('file', '--seed=x'), 'from 0 to 4294967295'),
                (('file', '--timeout=-1'), 'from 0.1'),
                (('file', '--processing-guarantee=twice'), 'at-least-once, exactly-once')):
            with self.subTest(words=words):
                result = conform(*words)
                self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
                self.assertIn(text, result.stderr)


if __name__ == '__main__':
    QSOURCE = sys.argv.pop(1)
    unittest.main(verbosity=2)
