#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs each command of the README, and checks the verbs and options of qsource that the pages
have. The programs of the README, and its installation, are tested by test-install.py and by the
suite languages.

  test-readme.py QSOURCE EXAMPLES [TEST]...    EXAMPLES: the folder of the built ones in C

TestBroker needs kcat and QSOURCE_TEST_BROKER."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = ROOT / 'README.md'
FILE = '/var/log/dpkg.log'
BROKER = 'localhost:9092'
SECONDS = 60
# What runs the commands that aren't run here.
ELSEWHERE = {
    'tools/demo': 'TestDemo, without compiling the library once more',
    'tools/check': 'this test is a part of it',
    'meson setup build && meson install -C build && ldconfig': 'test-install.py',
}

sys.path.insert(0, str(ROOT / 'tools' / 'lib'))
import demo  # noqa: E402


def commands():
    """The lines of the shell in the README, without their comments."""
    blocks = re.findall('^```sh\n(.*?)^```', README.read_text(), re.M | re.S)
    return [re.sub(r'\s+#.*', '', line) for block in blocks for line in block.splitlines()]


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-readme-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.mark = uuid.uuid4().hex
        (self.directory / 'dpkg.log').write_text(f'one {self.mark}\ntwo {self.mark}\n')
        (self.directory / 'bin').mkdir()
        (self.directory / 'bin' / 'qsource').symlink_to(QSOURCE)
        environment = {name: value for name, value in os.environ.items()
                       if name not in ('QSOURCE_BROKER_ADDRESS', 'QSOURCE_STATE_DIR')}
        self.environment = {**environment, 'PATH': f'{self.directory}/bin:{os.environ["PATH"]}',
                            'QSOURCE_CONSUMER_GROUP': f'readme-{self.mark}'}

    def start(self, command):
        """As it stands, but for where the file and the broker are."""
        command = command.replace(FILE, str(self.directory / 'dpkg.log'))
        command = command.replace(BROKER, os.environ.get('QSOURCE_TEST_BROKER', BROKER))
        with open(self.directory / 'log', 'w') as log:
            process = subprocess.Popen(f'exec {command}', shell=True, text=True, stderr=log,
                                       cwd=self.directory, env=self.environment,
                                       stdout=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)
        log = (self.directory / 'log').read_text()
        self.assertIn('Source finished: 2 records', log)


class TestCommands(Case):
    def test_all_run(self):
        """Each command is run by some test"""
        unknown = [line for line in commands()
                   if line not in ELSEWHERE and not line.startswith('qsource ')]
        self.assertEqual(unknown, [], 'run it here, or name what runs it')

    def test_qsource(self):
        """Those without a broker print what the README says"""
        mine = [line for line in commands() if line.startswith('qsource ') and BROKER not in line]
        self.assertEqual(len(mine), 2)
        for command in mine:
            with self.subTest(command):
                process = self.start(command)
                if ' run ' in command:
                    lines = [process.stdout.readline() for _ in range(2)]
                    self.assertIn(f'one {self.mark}', lines[0])
                    self.assertIn(f'two {self.mark}', lines[1])
                    self.interrupt(process)
                else:
                    listed = process.communicate(timeout=SECONDS)[0]
                    for name in 'file', 'csv', 'command', 'dbus':
                        self.assertRegex(listed, rf'(?m)^\s*{name}\b')


class TestPages(Case):
    def help(self, *words):
        return subprocess.run([QSOURCE, 'help', *words], text=True, capture_output=True,
                              timeout=SECONDS).stdout

    def test_pages(self):
        """Each verb and each option of qsource in the pages exists"""
        seen = set()
        for path in [README, ROOT / 'NEWS', *(ROOT / 'doc').rglob('*.md')]:
            for call in re.findall(r'(?m)(?:^(?:\$ )?|`)qsource ([a-z][^`\n#|]*)', path.read_text()):
                words = re.split(r'\s+', call.split(' -- ')[0].strip())
                verb = words[:1 + (words[0] in ('state', 'dead-letters') and len(words) > 1)]
                options = [word.partition('=')[0] for word in words if re.match('--?[a-zA-Z]', word)]
                text = self.help(*verb)
                seen.update(verb[:1])
                with self.subTest(f'{path.name}: qsource {call}'):
                    self.assertNotIn(text, ('', self.help()) if verb != ['help'] else ('',))
                    for option in options:
                        self.assertRegex(text, rf'(?m)(?<![\w-]){re.escape(option)}(?![\w-])')
        verbs = set(re.findall(r'(?m)^  ([a-z-]+) .* {2,}', self.help())) - {'help'}
        self.assertEqual(verbs - seen, set(), 'no page has these verbs')


class TestBroker(Case):
    def test_qsource(self):
        """Those with a broker produce each line once"""
        self.assertTrue(shutil.which('kcat'), 'there is no kcat')
        mine = [line for line in commands() if BROKER in line]
        self.assertEqual(len(mine), 1)
        for command in mine:
            process = self.start(command)
            deadline = time.monotonic() + SECONDS
            while len(self.read()) < 2 and time.monotonic() < deadline:
                time.sleep(0.2)
            self.interrupt(process)
            self.assertEqual(self.read(), [f'one {self.mark}', f'two {self.mark}'])

    def read(self):
        """The values in the topic that are from this test, sorted."""
        output = subprocess.run(['kcat', '-C', '-e', '-q', '-b', os.environ['QSOURCE_TEST_BROKER'],
                                 '-t', 'source__file', '-X', 'isolation.level=read_committed'],
                                capture_output=True, text=True, timeout=SECONDS).stdout
        return sorted(line for line in output.splitlines() if self.mark in line)


class TestDemo(unittest.TestCase):
    def test_demo(self):
        """tools/demo shows what it promises, on the examples that are built already"""
        with tempfile.TemporaryDirectory(prefix='qsource-demo-') as directory:
            self.assertTrue(demo.show_file(EXAMPLES, directory))
            self.assertTrue(demo.show_state(EXAMPLES, directory))


if __name__ == '__main__':
    QSOURCE, EXAMPLES = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    del sys.argv[1:3]
    unittest.main(verbosity=2)
