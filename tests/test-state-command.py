# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verbs `qsource state …` on a real Kafka.

  test-state-command.py QSOURCE"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import uuid

QSOURCE = sys.argv.pop(1)
BROKER = os.environ.get('QSOURCE_TEST_BROKER')
TIMEOUT = 60


class TestState(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix='qs-command-')
        self.addCleanup(directory.cleanup)
        self.options = ['-b', BROKER, '-g', f'command-{uuid.uuid4()}', '-n', 'door',
                        '--state-dir', directory.name]

    def run_verb(self, *words, stdin='', status=0):
        result = subprocess.run([QSOURCE, 'state', *words, *self.options], input=stdin, text=True,
                                capture_output=True, timeout=TIMEOUT)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout

    def test_entries(self):
        """What is set is listed, shown and removed; nonsense is refused"""
        self.run_verb('set', 'count', '5')
        self.run_verb('set', 'a "b"\n', '{"x":[1,null],"n":"\\u0000"}')
        self.run_verb('set', 'count', '01', status=1)
        self.run_verb('set', 'count', status=2)
        self.assertEqual(self.run_verb('get', 'count'), '5\n')
        self.assertEqual(self.run_verb('ls', 'c'), 'count\n')
        self.run_verb('get', 'nothing', status=1)
        self.run_verb('rm', 'nothing', status=1)
        self.run_verb('rm', 'count')
        self.run_verb('get', 'count', status=1)

    def test_export(self):
        """What was exported, from the store too, is imported as it was"""
        self.run_verb('set', 'count', '5')
        self.run_verb('set', 'a "b"\\\n', '{"x":[1,null],"n":"\\u0000"}')
        lines = self.run_verb('export')
        self.assertEqual(lines, self.run_verb('export', '--from', 'store'))
        self.assertEqual([json.loads(line)['key'] for line in lines.splitlines()],
                         ['a "b"\\\n', 'count'])
        self.run_verb('verify')
        self.run_verb('reset', status=2)
        self.run_verb('reset', '--yes')
        self.assertEqual(self.run_verb('ls'), '')
        self.run_verb('import', stdin=lines)
        self.assertEqual(self.run_verb('export'), lines)
        self.run_verb('import', stdin='{"key":"a"}\n', status=2)

    def test_history(self):
        """The state is shown as the changelog had it"""
        self.run_verb('set', 'count', '5')
        self.run_verb('set', 'count', '6')
        # An identity, an entry and the marker of a commit.
        self.assertEqual(json.loads(self.run_verb('at', '3'))['value'], 5)
        self.assertEqual(json.loads(self.run_verb('at', 'now'))['value'], 6)
        self.assertEqual(self.run_verb('diff', '3', 'now', status=1), 'count\n')
        self.assertEqual(self.run_verb('diff', 'now', 'now'), '')
        self.run_verb('at', 'yesterday', status=2)


if __name__ == '__main__':
    unittest.main(verbosity=2)
