# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs that the documentation shows run as they stand."""

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

from qs_testing import ROOT, SECONDS, ProgramCase, Result


def programs(path, language='python'):
    """The code blocks that run by themselves: those of Python import something."""
    blocks = re.findall(f'^```{language}\n(.*?)^```', (ROOT / path).read_text(), re.M | re.S)
    return [block for block in blocks
            if language != 'python' or re.search('^(import|from) ', block, re.M)]


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

    def test_c(self):
        """doc/c.md"""
        self.check('doc/c.md', 'c', lambda block: self.execute(self.compile_c(block)))

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
        doors, readings, uploads = programs('doc/events.md')
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
        block, = programs('doc/systemd-python.md')
        unit, = programs('doc/systemd-python.md', 'ini')
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
        return self.execute(self.compile_vala(block))
