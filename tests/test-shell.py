#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs each command of the pages and of the documentation comments, and checks the verbs and
options of qsource that the pages have.

  test-shell.py QSOURCE LAUNCHERS EXAMPLES [TEST]...    EXAMPLES: the folder of the built ones in C

TestBroker needs kcat and QSOURCE_TEST_BROKER."""

import json
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

import doc_blocks
from doc_blocks import ROOT
from ports import free_ports

BROKER = 'localhost:9092'
SECONDS = 120
# Commands that end by themselves only in trouble.
ENDLESS = re.compile('qsource (run(?!.*--dry-run)|broker|top --web)')
# Commands about the sources of an application that runs.
WATCHING = re.compile('qsource (status|top|pause|resume|restart|stop)')
# What runs the commands that aren't run here: a page or how a command begins, and a test.
ELSEWHERE = {
    'doc/moving.md': 'tests/test-state-command.py',
    'doc/sources/': 'tests/test-source-pages.py',
    'gdbus emit': 'tests/languages/python/test_docs.py',
    'kafka-acls': 'tests/kafka/secure_kafka.py',
    'meson setup build &&': 'tests/test-install.py',
    'meson setup build-chaos': 'tests/chaos/meson.build',
    'ninja -C build-chaos': 'tests/chaos/meson.build',
    'python3 -m pytest': 'tests/languages/python/test_docs.py',
    'systemctl enable': 'tests/systemd-pid1.py',
    'tests/chaos/chaos.py': 'tests/chaos/meson.build',
    'tools/check': 'tools/check',
    'tools/demo': 'tests/test-shell.py',
}
# PyGObject without the overrides of QSource stands in for that from the network.
GI = pathlib.Path('/usr/lib/python3/dist-packages/gi')
PIP = 'venv/bin/pip install PyGObject'
DOOR = f'''#!{sys.executable}
import gi
gi.require_version('Qs', '1')
from gi.repository import GObject, Qs

class DoorSource(Qs.StatefulSource):
    device = GObject.Property(type=str, blurb='The device of the door')

    def run(self):
        n = self.state.get('n', 0)
        while self.running and n < 100000:
            n += 1
            self.state['n'] = n
            self.produce(value=self.serialize(value=n).value)
            if n % 10 == 0:
                self.flush()
            self.wait(0.005)
'''
ORDERS = '''
import sys
import gi
gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

class Orders(Qs.Source):
    def run(self):
        for reason in ['not a number'] * 4 + ['too late'] * 2:
            self.produce(Qs.Message.new_rejected(None, GLib.Bytes.new(b'nut;what?;3'), None, 0, reason))
            self.flush()

app = Qs.Application(sys.argv[1], consumer_group=sys.argv[2])
app.add_source(Orders('orders', errors='dead-letter', dead_letter_topic=sys.argv[3]))
app.run()
'''
WATCHED = '''[application]
consumer-group=watched
[source door]
type=door.py
'''

sys.path.insert(0, str(ROOT / 'tools' / 'lib'))
import demo  # noqa: E402


def split_lines(block):
    """The commands of a block, each with its lines joined, without comments."""
    text = block.text.replace('\\\n', ' ')
    return [line for line in (re.sub(r'(^|\s+)#.*', '', line) for line in text.splitlines()) if line]


def find_elsewhere(block, line):
    return next((test for start, test in ELSEWHERE.items()
                 if block.page.startswith(start) or line.startswith(start)), None)


def find_commands(with_broker):
    """Each block, with its commands for a broker or its others."""
    for block in doc_blocks.read_blocks('sh'):
        lines = [line for line in split_lines(block) if not find_elsewhere(block, line)]
        mine = [line for line in lines if with_broker == bool(
            re.search(f'{BROKER}|--config|dead-letters|state ', line) and '--dry-run' not in line)]
        if mine:
            yield block, mine


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-shell-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.mark = uuid.uuid4().hex
        self.broker = os.environ.get('QSOURCE_TEST_BROKER')
        for folder in 'bin', 'journal', 'log/app', 'opt/door', 'opt/gate', 'opt/load':
            (self.directory / folder).mkdir(parents=True)
        for name in 'dpkg.log', 'syslog', 'app.log', 'app/x.log':
            self.write(f'log/{name}', f'one {self.mark}\ntwo {self.mark}\n')
        self.write('orders.csv', 'id,time,item\n1,2026-01-31T12:00:00Z,apples\n')
        self.write('door.py', DOOR)
        self.write('opt/gate/gate.py', DOOR.replace('DoorSource', 'GateSource'))
        self.write('bin/ping', '#!/bin/sh\necho answer\n', 0o755)
        self.write('bin/vmstat', '#!/bin/sh\nprintf "a\\nb\\n1\\n2\\n"\n', 0o755)
        self.write('opt/door/read', '#!/bin/sh\necho open\n', 0o755)
        self.write('watched.conf', WATCHED)
        self.write('gateway.conf', f'''[application]
broker-address={self.broker or 'embedded'}
consumer-group={self.mark}
[source syslog]
type=file
path=log/syslog
''')
        (self.directory / 'bin' / 'qsource').symlink_to(QSOURCE)
        environment = {name: value for name, value in os.environ.items()
                       if name not in ('QSOURCE_BROKER_ADDRESS', 'QSOURCE_TEST_BROKER', 'VIRTUAL_ENV')}
        self.environment = {**environment, 'PATH': f'{self.directory}/bin:{os.environ["PATH"]}',
                            'QSOURCE_CONSUMER_GROUP': f'shell-{self.mark}',
                            'QSOURCE_LAUNCHERS': LAUNCHERS,
                            'QSOURCE_RUNTIME_DIR': f'{self.directory}/run',
                            'QSOURCE_STATE_DIR': f'{self.directory}/state'}
        self.instead = {'/var/log/': f'{self.directory}/log/', '/opt/': f'{self.directory}/opt/',
                        BROKER: self.broker or BROKER, 'journalctl ': 'journalctl -D journal ',
                        PIP: f'cp -r {GI} venv/lib/python3.*/site-packages/ && '
                             'rm -rf venv/lib/python3.*/site-packages/gi/overrides/*[Qq][Ss]*',
                        f'{GI}/overrides/': f'{ROOT}/introspection/gi/overrides/'}
        for port, free in zip(('--port 9092', ':9465'), free_ports(2)):
            self.instead[port] = re.sub(r'\d+', str(free), port)

    def write(self, name, text, mode=0o644):
        path = self.directory / name
        path.write_text(text)
        path.chmod(mode)

    def adapt(self, text):
        """The same for the files and the broker of this test."""
        for words, instead in self.instead.items():
            text = text.replace(words, instead)
        return text

    def start(self, command, output):
        with open(self.directory / output, 'w') as out, open(self.directory / f'{output}.log', 'w') as log:
            process = subprocess.Popen(f'exec {command}' if '&&' not in command else command, shell=True,
                                       stdout=out, stderr=log, cwd=self.directory, env=self.environment)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def read(self, output):
        return (self.directory / output).read_text(), (self.directory / f'{output}.log').read_text()

    def wait_for(self, condition):
        deadline = time.monotonic() + SECONDS
        while not (value := condition()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return value

    def run_line(self, line, statuses=(0,), n=1):
        """Runs a command to its end, or interrupts one without an end when it has begun, with n
        records if it prints none."""
        process = self.start(self.adapt(line), 'out')
        if ENDLESS.match(line):
            prints = not re.search('-b |--config|dbus', line)
            self.wait_for(lambda: process.poll() is not None or self.read('out')[0]
                          or not prints and self.is_working(n))
            process.send_signal(signal.SIGINT)
            statuses = (0, 128 + signal.SIGINT, -signal.SIGINT)
        status = process.wait(SECONDS)
        out, log = self.read('out')
        self.assertIn(status, statuses, f'{line}\n{out}{log}')
        return out

    def check_console(self, block):
        command, _, expected = block.text.removeprefix('$ ').partition('\n')
        self.assertTrue(expected, 'commands without an output are sh')
        self.assertRegex(self.run_line(command), doc_blocks.as_pattern(expected))

    def is_working(self, n=1):
        """Whether a source has produced n records, or has nothing to produce."""
        result = subprocess.run([QSOURCE, 'status', '--json'], env=self.environment, text=True,
                                capture_output=True, timeout=SECONDS)
        sources = [source for application in json.loads(result.stdout or '[]')
                   for source in application.get('sources', ())]
        return any(source['n-acknowledged'] >= n or source['type'] == 'QsDBusSource'
                   and source['status'] == 'running' for source in sources)

    def start_bus(self):
        """The bus of the system."""
        self.start(f'dbus-daemon --session --nofork --print-address --address=unix:path={self.directory}/bus',
                   'dbus')
        self.environment['DBUS_SYSTEM_BUS_ADDRESS'] = f'unix:path={self.directory}/bus'
        self.wait_for(lambda: self.read('dbus')[0])

    def watch(self):
        """An application with a door, which runs until it is killed or its sources are stopped."""
        self.start('qsource run --config watched.conf', 'watched')
        self.wait_for(self.is_working)


class TestCommands(Case):
    def test_elsewhere(self):
        """What isn't run here is run by a test that is there, and on some page"""
        blocks = doc_blocks.read_blocks('sh')
        for start, test in ELSEWHERE.items():
            self.assertTrue((ROOT / test).is_file(), test)
            self.assertTrue(any(block.page.startswith(start) or line.startswith(start)
                                for block in blocks for line in split_lines(block)), start)

    def test_commands(self):
        """Each command without a broker works as it stands"""
        self.start_bus()
        for block, lines in find_commands(False):
            with self.subTest(str(block)):
                if any(map(WATCHING.match, lines)):
                    self.watch()
                for line in lines:
                    out = self.run_line(line)
                    if line.startswith('qsource run file'):
                        self.assertIn(self.mark, out)

    def test_console(self):
        """Each command with its output prints that, but for the numbers"""
        for block in doc_blocks.read_blocks('console'):
            if BROKER not in block.text:
                with self.subTest(str(block)):
                    self.check_console(block)

    def test_files(self):
        """Each configuration file is a good one; test_docs.py checks the unit files"""
        for block in doc_blocks.read_blocks('ini'):
            if block.text.startswith('[Unit]'):
                self.assertEqual(block.page, 'doc/systemd-python.md')
                continue
            with self.subTest(str(block)):
                text = re.sub('(?m)^broker-address=.*', 'broker-address=embedded', self.adapt(block.text))
                self.write('page.conf', text)
                self.run_line('qsource run --dry-run --config page.conf')


class TestPages(Case):
    def help(self, *words):
        return subprocess.run([QSOURCE, 'help', *words], text=True, capture_output=True,
                              timeout=SECONDS).stdout

    def test_pages(self):
        """Each verb and each option of qsource in the pages exists"""
        seen = set()
        for path in [ROOT / 'README.md', ROOT / 'NEWS', *(ROOT / 'doc').rglob('*.md')]:
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
    def test_commands(self):
        """Each command with a broker works as it stands"""
        self.assertTrue(shutil.which('kcat'), 'there is no kcat')
        for block, lines in find_commands(True):
            with self.subTest(str(block)):
                if any('dead-letters' in line for line in lines):
                    self.bury('dead-letter__source__orders')
                if any(' state ' in line for line in lines):
                    self.write_history()
                options = re.search('-b .*|$', lines[0])[0]
                for line in lines:
                    # To diff is to find differences.
                    self.run_line(line.replace('…', options), (0, 1) if ' diff ' in line else (0,))

    def test_exactly_once(self):
        """What the README shows of it produces each line once"""
        line, = (line for block, lines in find_commands(True) for line in lines
                 if block.page == 'README.md')
        self.run_line(line, n=2)
        lines = self.run_line(f'kcat -C -e -q -b {BROKER} -t source__file -X isolation.level=read_committed')
        self.assertEqual(sorted(line for line in lines.splitlines() if self.mark in line),
                         [f'one {self.mark}', f'two {self.mark}'])

    def test_console(self):
        """Each command with its output prints that, but for the numbers"""
        self.bury('bad-orders')
        blocks = [block for block in doc_blocks.read_blocks('console') if BROKER in block.text]
        self.assertTrue(blocks)
        for block in blocks:
            with self.subTest(str(block)):
                self.check_console(block)

    def bury(self, topic):
        """Dead letters, as doc/operations.md describes them."""
        self.write('orders.py', ORDERS)
        self.run_line(f'{sys.executable} orders.py {BROKER} {self.mark} {topic}')

    def write_history(self):
        """A state that has changed between the times that the pages name."""
        for hour in '12', '13':
            self.write('log/syslog', f'one {self.mark}\n' * int(hour))
            self.run_line('qsource run --config gateway.conf')
            self.instead[f'2026-01-31T{hour}:00:00'] = time.strftime('%Y-%m-%dT%H:%M:%S')
            # Sleeps: the times have whole seconds, and the changes must be in between.
            time.sleep(2)


class TestDemo(unittest.TestCase):
    def test_demo(self):
        """tools/demo shows what it promises, on the examples that are built already"""
        with tempfile.TemporaryDirectory(prefix='qsource-demo-') as directory:
            self.assertTrue(demo.show_file(EXAMPLES, directory))
            self.assertTrue(demo.show_state(EXAMPLES, directory))


if __name__ == '__main__':
    QSOURCE, LAUNCHERS, EXAMPLES = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    del sys.argv[1:4]
    unittest.main(verbosity=2)
