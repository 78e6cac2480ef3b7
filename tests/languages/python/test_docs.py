# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs that the documentation shows run as they stand, wherever they are. Pieces of
programs run in test_snippets.py; what is neither fails here."""

import importlib.util
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import unittest
import venv

from qs_testing import ROOT, SECONDS, ProgramCase, Result, doc_blocks
from test_snippets import find_piece

# Programs that wait for somebody outside, and the only ones of their pages: their tests are below.
WAITING = ('doc/events.md', 'doc/systemd-python.md')
# What a program reports when it did what it is for.
DONE = 'Source finished|Failed: nobody is there|passed'


def find_programs(page, language='python'):
    """The texts of the blocks of a page."""
    return [block.text for block in doc_blocks.read_blocks(language) if block.page == page]


def has(*tools):
    """Whether these tools are there; without one of them, CI fails where it is used."""
    return bool(os.environ.get('CI')) or all(map(shutil.which, tools))


class Bus:
    """A session bus of one's own."""

    def __init__(self, directory):
        self._daemon = subprocess.Popen(
            ['dbus-daemon', '--session', '--nofork', '--print-address',
             f'--address=unix:path={directory}/bus'], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.address = self._daemon.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._daemon.terminate()
        self._daemon.communicate()


class TestDocs(ProgramCase):
    def check(self, language, run):
        """Runs each program, and compares its output with the block below it."""
        found = [block for block in doc_blocks.read_blocks(language)
                 if block.page not in WAITING and not find_piece(block)]
        self.assertTrue(found)
        (self.directory / 'file.txt').write_text('one\ntwo\n')
        for block in found:
            with self.subTest(str(block)):
                result = run(block.text)
                self.assertEqual(result.status, 0, result.out + result.err)
                self.assertRegex(result.out + result.err, DONE)
                if block.below and block.below.language == 'text':
                    self.assertRegex(result.out, doc_blocks.as_pattern(block.below.text))

    def test_text(self):
        """Text is a drawing, or what the program above it prints"""
        others = [str(block) for block in doc_blocks.read_blocks('text') if not block.is_drawing
                  and not (block.above and block.above.language in ('c', 'js', 'lua', 'python', 'vala'))]
        self.assertEqual(others, [], 'give it a language that a test knows')

    def test_python(self):
        """Python; the tests of a test session are those of doc/testing.md"""
        def run(text):
            if text.startswith('# test_'):
                return self.run_session(text)
            return self.run_program(text)
        self.check('python', run)

    def run_session(self, text):
        """A file of tests in a test session; its module has the class that the page shows."""
        source, = (block.text for block in doc_blocks.read_blocks('python')
                   if block.page == 'doc/testing.md' and 'class Numbers' in block.text)
        self.write(source.partition('\nQs.Harness')[0], 'numbers_source.py')
        self.write(text, 'test_numbers.py')
        session = 'pytest' if importlib.util.find_spec('pytest') else 'unittest'
        result = self.execute(sys.executable, '-m', session, 'test_numbers.py', timeout=6 * SECONDS)
        result.out = result.out.replace('\nOK', '\npassed')
        return result

    def test_c(self):
        """C"""
        self.check('c', lambda text: self.execute(self.compile_c(text)))

    @unittest.skipUnless(has('gjs'), 'there is no gjs')
    def test_javascript(self):
        """JavaScript"""
        self.check('js', lambda text: self.execute('gjs', '-m', self.write(text, 'program.js')))

    @unittest.skipUnless(has('luajit'), 'there is no luajit')
    def test_lua(self):
        """Lua"""
        self.check('lua', lambda text: self.execute('luajit', self.write(text, 'program.lua')))

    @unittest.skipUnless(has('valac'), 'there is no valac')
    def test_vala(self):
        """Vala"""
        self.check('vala', lambda text: self.execute(self.compile_vala(text)))

    def run_until(self, block, poke, *command):
        """Runs a program that waits for an event, and causes one again and again until it ends."""
        process = self.spawn(*command, sys.executable, self.write(block))
        for _ in range(10 * SECONDS):
            poke()
            try:
                out, err = process.communicate(timeout=0.1)
                return Result(process.returncode, out, err)
            except subprocess.TimeoutExpired:
                pass
        self.fail('the program goes on')

    def test_events(self):
        """doc/events.md"""
        text = (ROOT / 'doc/events.md').read_text()
        doors, readings, uploads = find_programs('doc/events.md')
        (self.directory / 'uploads').mkdir()
        file = self.directory / 'uploads' / 'a.csv'
        results = [(self.run_program(readings), '20.5\n20.7\n'),
                   (self.run_until(uploads, lambda: file.write_text('x')), '"a.csv"\n')]
        if has('dbus-daemon', 'gdbus'):
            emit = re.search('```sh\n(.*?)```', text, re.S)[1]
            with Bus(self.directory) as bus:
                environment = {**os.environ, 'DBUS_SESSION_BUS_ADDRESS': bus.address}
                results.append((self.run_until(doors, lambda: subprocess.run(
                    emit, shell=True, env=environment, check=True, timeout=SECONDS),
                    'env', f'DBUS_SESSION_BUS_ADDRESS={bus.address}'),
                    '{"event":"Opened","arguments":["front"]}\n'))
        for result, expected in results:
            self.assertEqual((result.status, result.out), (0, expected), result.err)

    def test_service(self):
        """doc/systemd-python.md, in a virtual environment, as systemd would run it"""
        block, = find_programs('doc/systemd-python.md')
        unit, = find_programs('doc/systemd-python.md', 'ini')
        venv.create(self.directory / 'venv', system_site_packages=True, symlinks=True)
        python = self.directory / 'venv/bin/python'
        state = self.directory / 'state'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(self.directory / 'notify'))
            notify.settimeout(SECONDS)
            process = self.spawn(python, self.write(block), QSOURCE_BROKER_ADDRESS='embedded',
                                 QSOURCE_STATE_DIR=str(state), PYTHONUNBUFFERED='1',
                                 NOTIFY_SOCKET=str(self.directory / 'notify'))
            told = ''
            while 'READY=1' not in told:
                told += notify.recv(4096).decode() + '\n'
            children = pathlib.Path(f'/proc/{process.pid}/task/{process.pid}/children')
            worker, = children.read_text().split()
            words = pathlib.Path(f'/proc/{worker}/cmdline').read_bytes().split(b'\0')
            self.assertEqual(words[0].decode(), str(python))
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=SECONDS)
            self.assertEqual(process.returncode, 0, err)
        if has('systemd-analyze'):
            text = re.sub('ExecStart=.*', f'ExecStart={python} {self.directory}/program.py', unit)
            result = self.execute('systemd-analyze', 'verify', '--man=no',
                                  self.write(text, 'load.service'))
            self.assertEqual(result.status, 0, result.err)
            self.assertNotIn('load.service', result.out + result.err)
