# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verbs `qsource state …` on a real Kafka.

  test-state-command.py QSOURCE"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import uuid

QSOURCE = sys.argv.pop(1)
BROKER = os.environ.get('QSOURCE_TEST_BROKER')
TIMEOUT = 60
MOVING = pathlib.Path(__file__).resolve().parents[1] / 'doc' / 'moving.md'


class TestState(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix='qs-command-')
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.options = ['-b', BROKER, '-g', f'command-{uuid.uuid4()}', '-n', 'door',
                        '--state-dir', directory.name]

    def call_verb(self, *words, stdin='', status=0):
        result = subprocess.run([QSOURCE, 'state', *words, *self.options], input=stdin, text=True,
                                capture_output=True, timeout=TIMEOUT)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def run_verb(self, *words, **more):
        return self.call_verb(*words, **more).stdout

    def end_of_changelog(self):
        """The offset behind all that was written."""
        result = subprocess.run([QSOURCE, 'state', 'export', *self.options], capture_output=True, text=True,
                                timeout=TIMEOUT)
        return re.search('offset ([0-9]+)', result.stderr).group(1)

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

    def test_counts(self):
        """One entry isn't called entries"""
        for n in 1, 2:
            word = 'entry' if n == 1 else 'entries'
            self.run_verb('set', f'key{n}', '5')
            result = self.call_verb('export', '--from', 'store')
            self.assertIn(f'{n} {word}, up to offset', result.stderr)
            self.assertEqual(self.call_verb('import', stdin=result.stdout).stderr, f'Wrote {n} {word}\n')

    def test_day(self):
        """A date alone is its midnight"""
        self.run_verb('set', 'count', '5')
        for day, n in ('2001-01-31', 0), ('2099-01-31', 1):
            self.assertEqual(self.run_verb('at', day).count('\n'), n)
            self.assertEqual(self.run_verb('at', day), self.run_verb('at', f'{day}T00:00:00'))
        self.run_verb('reset', '--to', '2001-01-31', '--yes')
        self.assertEqual(self.run_verb('ls'), '')
        for word in '2026-13-31', '12:00', '2026-01':
            self.run_verb('at', word, status=2)

    def test_moving(self):
        """What doc/moving.md shows moves a state to another group"""
        self.run_verb('set', 'count', '5')
        self.run_verb('set', 'other', '{"a":[1]}')
        script = re.search(r'```sh\n(.*?)```', MOVING.read_text(), re.S)[1]
        old, new = self.options[3], f'command-{uuid.uuid4()}'
        for name, value in (('old.example:9092', BROKER), ('new.example:9092', BROKER),
                            ('gateway-2', new), ('gateway', old)):
            self.assertIn(name, script)
            script = script.replace(name, value)
        bin = pathlib.Path(self.directory) / 'bin'
        bin.mkdir()
        (bin / 'qsource').symlink_to(pathlib.Path(QSOURCE).resolve())
        subprocess.run(['sh', '-ec', script], check=True, cwd=self.directory, timeout=TIMEOUT, env={
            **os.environ, 'PATH': f"{bin}:{os.environ['PATH']}",
            'QSOURCE_STATE_DIR': self.directory})
        self.options[3] = new
        self.assertEqual(self.run_verb('ls'), 'count\nother\n')
        self.assertEqual(self.run_verb('get', 'other'), '{"a":[1]}\n')

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

    def test_unknown(self):
        """A name that no source has is not taken for a topic with too few partitions"""
        for verb in ['ls'], ['get', 'x'], ['at', 'now'], ['export', '--from', 'changelog']:
            result = subprocess.run([QSOURCE, 'state', *verb, *self.options], text=True,
                                    capture_output=True, timeout=TIMEOUT)
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertIn("by the name of 'door' has no state", result.stderr)
            self.assertNotIn('add some', result.stderr)

    def test_set_back(self):
        """A state is set back to what it was, in one step, and can be set forth again"""
        self.run_verb('set', 'count', '5')
        self.run_verb('set', 'gone', '1')
        then = self.run_verb('export')
        offset = self.end_of_changelog()
        self.run_verb('set', 'count', '6')
        self.run_verb('set', 'later', '{"a":[1]}')
        self.run_verb('rm', 'gone')
        now = self.run_verb('export')
        self.run_verb('reset', '--to', offset, status=2)
        self.run_verb('reset', '--to', 'yesterday', '--yes', status=2)
        self.run_verb('reset', '--to', offset, '--yes')
        self.assertEqual(self.run_verb('export'), then)
        self.assertEqual(self.run_verb('export', '--from', 'store'), then)
        self.run_verb('verify')
        self.run_verb('import', stdin=now)
        self.run_verb('rm', 'gone')
        self.assertEqual(self.run_verb('export'), now)

    def test_configuration(self):
        """A file names the application, and what store its source has"""
        path = os.path.join(self.directory, 'house.conf')
        options = self.options
        with open(path, 'w') as file:
            file.write(f'[application]\nbroker-address={BROKER}\nconsumer-group={options[3]}\n'
                       f'state-dir={options[-1]}\n[source door]\ntype=command\nshell=true\nstore-name=gate\n')
        self.options = [*options, '--store-name', 'gate']
        self.run_verb('set', 'count', '5')
        self.options = ['--config', path, '-n', 'door']
        self.assertEqual(self.run_verb('get', 'count'), '5\n')
        self.options = ['--config', path, '-n', 'dor']
        self.run_verb('get', 'count', status=2)


if __name__ == '__main__':
    unittest.main(verbosity=2)
