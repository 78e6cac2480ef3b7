# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verbs `qsource dead-letters …` and `qsource topics` on a real Kafka.

  test-dead-letters-command.py QSOURCE"""

import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
BROKER = os.environ.get('QSOURCE_TEST_BROKER')
TIMEOUT = 90


@unittest.skipUnless(shutil.which('kcat'), 'there is no kcat')
class TestDeadLetters(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qs-letters-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.topic = f'orders-{uuid.uuid4()}'
        self.letters = f'dead-letter__{self.topic}'

    def qsource(self, *words, status=0):
        result = subprocess.run([QSOURCE, *words], text=True, capture_output=True, timeout=TIMEOUT,
                                cwd=self.directory)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout + (result.stderr if status else '')

    def verb(self, verb, *words, status=0):
        return self.qsource('dead-letters', verb, '-b', BROKER, '-t', self.letters, *words,
                            status=status)

    def ls(self, *words):
        return [json.loads(line) for line in self.verb('ls', '--json', *words).splitlines()]

    def kcat(self, *words, text=None):
        return subprocess.run(['kcat', '-b', BROKER, *words], input=text, text=True, check=True,
                              stdout=subprocess.PIPE, timeout=TIMEOUT).stdout

    def produce(self, number, **headers):
        headers = {'source.name': 'orders', 'topic': self.topic, 'partition': -1, 'stage': 'source',
                   'error.message': f'trouble {number}', **headers}
        words = [word for name, value in headers.items()
                 for word in ('-H', f'__qsource.errors.{name}={value}')]
        self.kcat('-P', '-t', self.letters, '-p', '0', '-H', 'own=x', *words, '-k', f'key{number}',
                  text=f'value{number}')

    def create(self):
        """The topic itself, with a record, and that of its dead letters."""
        path = self.directory / 'x.log'
        path.write_text('first\n')
        self.qsource('run', 'file', f'path={path}', 'follow=no', 'errors=dead-letter', '-b', BROKER, '-t', self.topic,
                     '-g', self.topic)

    def test_terminal(self):
        """On a terminal they are listed and replayed as well"""
        self.create()
        self.produce(0)
        for verb in ['ls'], ['replay', '0:0']:
            ours, theirs = pty.openpty()
            with subprocess.Popen([QSOURCE, 'dead-letters', *verb, '-b', BROKER, '-t', self.letters],
                                  stdout=subprocess.PIPE, stderr=theirs, text=True, cwd=self.directory) as process:
                os.close(theirs)
                output = process.communicate(timeout=TIMEOUT)[0]
            os.close(ours)
            self.assertEqual(process.returncode, 0, verb)
            self.assertIn('0:0' if verb == ['ls'] else 'replayed 1 of 1', output)

    def test_progress(self):
        """The bar of a replay counts records that have arrived, not those that wait to be sent"""
        self.create()
        for number in range(3):
            self.produce(number)
        ours, theirs = pty.openpty()
        with subprocess.Popen([QSOURCE, 'dead-letters', 'replay', '--all', '-b', BROKER, '-t', self.letters,
                               '--producer-config=linger.ms=3000'], env={**os.environ, 'TERM': 'xterm'},
                              stdout=subprocess.PIPE, stderr=theirs, text=True, cwd=self.directory) as process:
            os.close(theirs)
            output = process.communicate(timeout=TIMEOUT)[0]
        shown = os.read(ours, 65536).decode()
        os.close(ours)
        self.assertEqual((process.returncode, output), (0, f'replayed 3 of 3 dead letters of {self.letters}\n'))
        self.assertEqual(set(re.findall(r'(\d+) % Replaying', shown)) - {'100'}, {'0'}, shown)

    def test_complete(self):
        """Groups are completed: those with a state on the brokers, and those that read"""
        self.create()
        deadline = time.monotonic() + TIMEOUT
        while self.topic not in self.qsource('__complete', '--', 'state', 'ls', '-b', BROKER, '-g', self.topic[:10]):
            self.assertLess(time.monotonic(), deadline)

    def test_doctor(self):
        """A topic that is missing and must not be created is named"""
        told = self.qsource('doctor', 'file', 'path=/etc/hosts', '-b', BROKER, '-t', self.topic,
                            '--auto-create-topics=no', status=1)
        self.assertIn(f"'{self.topic}' is missing", told)
        self.assertIn('auto-create-topics', told)

    def test_replay(self):
        """One dead letter out of ten is replayed as it was, and listed no more"""
        self.create()
        for number in range(10):
            self.produce(number)
        letters = self.ls()
        self.assertEqual([letter['value'] for letter in letters], [f'value{i}' for i in range(10)])
        table = self.verb('ls')
        self.assertIn('trouble 3', table)
        self.assertIn('0:3', table)
        shown = self.verb('show', '0:3')
        self.assertIn('value3', shown)
        self.assertNotIn('value4', shown)

        self.assertIn('1 of 10', self.verb('replay', '--where', 'error.message=trouble 3', '--dry-run'))
        self.assertEqual(len(self.ls()), 10)
        self.assertIn('replayed 1 of 10', self.verb('replay', '--where', 'error.message=trouble 3'))
        self.assertEqual([letter['offset'] for letter in self.ls()],
                         [0, 1, 2, 4, 5, 6, 7, 8, 9])
        out = self.kcat('-C', '-t', self.topic, '-e', '-q', '-f', '%k|%s|%h|%T\\n').splitlines()
        self.assertEqual(len(out), 2)
        key, value, headers, timestamp = out[1].split('|')
        self.assertEqual((key, value, headers, int(timestamp)),
                         ('key3', 'value3', 'own=x', letters[3]['timestamp']))

        self.assertIn('dropped 2 of 9', self.verb('drop', '0:0', '0:1'))
        self.assertIn('dropped 6 of 7', self.verb('drop', '0:2', '0:5', '0:6', '0:7', '0:8', '0:9'))
        self.assertEqual([letter['offset'] for letter in self.ls('--where', 'source.name=ord*')], [4])
        self.assertIn('replayed 1 of 1', self.verb('replay', '--all'))
        self.assertEqual(self.ls(), [])
        self.verb('replay', '--all', status=1)

    def test_choice(self):
        """What is chosen must be said, and nonsense is refused"""
        for verb in 'replay', 'drop', 'show':
            self.assertIn('--all', self.verb(verb, status=2))
        self.assertIn('HEADER=TEXT', self.verb('replay', '--where', 'x', status=2))
        self.assertIn('PARTITION:OFFSET', self.verb('replay', 'x', status=2))
        self.assertIn('--topic', self.qsource('dead-letters', 'ls', '-b', BROKER, status=2))

    def test_wrong_topic(self):
        """A topic of records is none of dead letters, and one that isn't there is no wish to create it"""
        self.create()
        for verb in ['ls'], ['show', '--all'], ['replay', '--all'], ['drop', '0:0']:
            words = ['dead-letters', *verb, '-b', BROKER, '-t']
            self.assertIn('is a dead letter', self.qsource(*words, self.topic, status=2))
            told = self.qsource(*words, f'{self.topic}-2', status=3)
            self.assertIn(f"There is no topic '{self.topic}-2'", told)
            self.assertNotIn('auto-create', told)
        self.produce(0)
        self.assertIn('value0', self.verb('show', '--all'))
        self.assertIn('is selected', self.verb('replay', '0:7', status=1))

    def test_broken(self):
        """What cannot be restored isn't replayed"""
        self.create()
        self.produce(0, **{'value.format': 'repr'})
        self.assertIn('value.format', self.verb('replay', '--all', status=1))
        self.assertEqual(len(self.ls()), 1)

    def test_config(self):
        """The configuration file says whose they are"""
        self.create()
        self.produce(0)
        path = self.directory / 'gateway.conf'
        path.write_text(f'[application]\nbroker-address={BROKER}\n'
                        f'[source orders]\ntype=file\npath=x.log\ntopic={self.topic}\n'
                        f'[source other]\ntype=file\npath=y.log\ntopic={self.topic}-2\n')
        lines = self.qsource('dead-letters', 'ls', '--json', '--config', str(path), '-n', 'orders')
        self.assertEqual(json.loads(lines)['value'], 'value0')


if __name__ == '__main__':
    unittest.main(verbosity=2)
