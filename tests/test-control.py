#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Applications that run are seen and controlled from outside, by the command qsource.

  test-control.py QSOURCE XML"""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import xml.etree.ElementTree as ElementTree

QSOURCE = XML = None
SECONDS = 60
COUNTING = 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done'


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qs-control-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith('QSOURCE_')}
        self.environment['QSOURCE_RUNTIME_DIR'] = str(self.directory / 'qsource')

    def qsource(self, *words, status=0):
        result = subprocess.run([QSOURCE, *words], env=self.environment, text=True,
                                capture_output=True, timeout=SECONDS)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout if status == 0 else result.stdout + result.stderr

    def start(self, group, name, *words, source=('command', f'shell={COUNTING}')):
        process = subprocess.Popen(
            [QSOURCE, 'run', *source, '-g', group, '-n', name, *words], env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace')
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        # Before that, it can be told nothing.
        self.wait_for(lambda: (s := self.find(group, name)) and s['status'] in ('running', 'failed'))
        return process

    def wait_for(self, condition):
        deadline = time.monotonic() + SECONDS
        while not (value := condition()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        return value

    def find(self, group, name):
        """What is told of a source, or None."""
        result = subprocess.run([QSOURCE, 'status', '--json'], env=self.environment, text=True,
                                capture_output=True, timeout=SECONDS)
        for application in json.loads(result.stdout):
            for source in application.get('sources', ()):
                if (application['name'], source['name']) == (group, name):
                    return source
        return None

    def wait_status(self, group, name, status):
        return self.wait_for(lambda: (s := self.find(group, name)) and s['status'] == status and s)


class TestControl(Case):
    def test_verbs(self):
        """A source is seen, paused, resumed, restarted and stopped"""
        process = self.start('gateway', 'door')
        source = self.wait_for(lambda: (s := self.find('gateway', 'door')) and s['rate'] > 0 and s)
        self.assertEqual((source['topic'], source['type']), ('source__door', 'QsCommandSource'))
        self.assertGreater(source['n-acknowledged'], 0)
        os.kill(source['pid'], 0)
        self.assertIn('running', self.qsource('status', 'gateway'))
        self.assertIn('running', self.qsource('status', str(process.pid)))
        for words in (['pause', 'd'], ['status', 'g']):
            # It waits for an answer for 0.3 s, which a machine that is busy may not keep to.
            self.wait_for(lambda words=words: 'gateway' in self.qsource('__complete', '--', *words))
        self.qsource('pause', 'door')
        self.wait_status('gateway', 'door', 'paused')
        self.qsource('resume', 'door', '--application=gateway')
        self.wait_status('gateway', 'door', 'running')
        self.qsource('restart', 'door')
        self.wait_for(lambda: self.find('gateway', 'door')['n-restarts'] == 1)
        self.wait_status('gateway', 'door', 'running')
        self.assertNotEqual(self.find('gateway', 'door')['pid'], source['pid'])
        self.qsource('stop', 'door')
        self.assertEqual(process.wait(SECONDS), 0)
        self.assertEqual(self.qsource('status', '--json'), '[]\n')
        self.assertEqual(list((self.directory / 'qsource').iterdir()), [])

    def test_caught_up(self):
        """A file is read to its end though its last line has no newline yet"""
        path = self.directory / 'x.log'
        path.write_text('one\ntwo, which is still being written')
        self.start('gateway', 'log', source=('file', f'path={path}'))
        self.wait_for(lambda: (s := self.find('gateway', 'log')) and
                      s['progress-done'] == s['progress-total'] == path.stat().st_size)

    def test_together(self):
        """Two terminals may ask at once; what is not possible any more is said once"""
        path = self.directory / 'two.conf'
        path.write_text('[application]\nbroker-address=embedded\nconsumer-group=gateway\n' +
                        ''.join(f'[source {name}]\ntype=command\nshell={COUNTING}\n' for name in ('door', 'bell')))
        process = subprocess.Popen([QSOURCE, 'run', '--config', path], env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        for name in 'door', 'bell':
            self.wait_status('gateway', name, 'running')
        calls = [subprocess.Popen([QSOURCE, verb, 'door'], env=self.environment, stderr=subprocess.PIPE, text=True)
                 for verb in ('pause', 'restart') * 3]
        for call in calls:
            said = call.communicate(timeout=SECONDS)[1]
            self.assertTrue(call.returncode == 0 or 'it is stopping' in said, said)
        self.wait_for(lambda: self.find('gateway', 'door')['n-restarts'] > 0)
        self.wait_for(lambda: self.find('gateway', 'door')['status'] in ('running', 'paused'))
        self.qsource('resume', 'door')
        self.wait_status('gateway', 'door', 'running')
        self.qsource('stop', 'bell')
        self.wait_status('gateway', 'bell', 'finished')
        self.assertIn("qsource: Cannot pause source 'bell': it has ended\n", self.qsource('pause', 'bell', status=1))

    def test_unknown(self):
        """What isn't there is refused, with the nearest; what is there twice must be chosen"""
        self.start('gateway', 'door')
        self.start('other', 'door')
        for words, text in ((['pause', 'dor'], "did you mean 'door'?"),
                            (['pause', 'door', '-a', 'gatewy'], "did you mean 'gateway'?"),
                            (['status', 'gatewy'], "did you mean 'gateway'?"),
                            (['pause', 'door'], '--application'),
                            (['pause'], 'needs the name'),
                            (['top', '--interval=0'], 'from 0.1 to 3600')):
            self.assertIn(text, self.qsource(*words, status=2), words)
        self.qsource('pause', 'door', '-a', 'other')
        self.wait_status('other', 'door', 'paused')
        self.assertEqual(self.find('gateway', 'door')['status'], 'running')

    def test_failure(self):
        """A source that failed is told with its error, and makes the status 1"""
        self.start('gateway', 'door', '--max-restarts=-1', '--restart-backoff=60',
                   source=('command', 'shell=exit 7'))
        source = self.wait_status('gateway', 'door', 'failed')
        self.assertIn('status 7', source['last-error'])
        self.assertEqual(source['pid'], 0)
        self.assertEqual(source['errors'][0]['message'], source['last-error'])
        self.assertIn('status 7', self.qsource('status', status=1))

    def authenticate(self, path, *prefix):
        """What the socket says to one who would like to talk to it."""
        program = ('import os, socket, sys\n'
                   's = socket.socket(socket.AF_UNIX)\n'
                   's.connect(sys.argv[1])\n'
                   's.sendall(b"\\0AUTH EXTERNAL %s\\r\\n" % str(os.getuid()).encode().hex().encode())\n'
                   'print(s.recv(100))\n')
        result = subprocess.run([*prefix, '/usr/bin/python3', '-c', program, path],
                                capture_output=True, text=True, timeout=SECONDS)
        return result.stdout

    def test_private(self):
        """The socket is its user's only, and one that a killed program left is removed"""
        process = self.start('g' * 150, 'door')
        path, = (self.directory / 'qsource').iterdir()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        if os.geteuid() == 0 and shutil.which('setpriv'):
            # Even through an open door.
            for place in (self.directory, path.parent):
                place.chmod(0o755)
            path.chmod(0o666)
            self.assertIn('OK', self.authenticate(path))
            self.assertNotIn('OK', self.authenticate(path, 'setpriv', '--reuid=65534',
                                                     '--clear-groups'))
        process.kill()
        process.wait()
        self.assertTrue(path.exists())
        self.assertEqual(self.qsource('status', '--json'), '[]\n')
        self.assertFalse(path.exists())

    def test_hanging(self):
        """An application that doesn't answer is told as such, and holds up nobody"""
        process = self.start('gateway', 'door')
        self.start('other', 'door')
        self.wait_status('other', 'door', 'running')
        process.send_signal(signal.SIGSTOP)
        try:
            text = self.qsource('status', status=1)
        finally:
            process.send_signal(signal.SIGCONT)
        self.assertIn('not answering', text)
        self.assertRegex(text, 'other +running')

    def test_no_place(self):
        """Without a directory for it, the application runs all the same"""
        self.directory.joinpath('qsource').write_text('in the way')
        path = self.directory / 'x.log'
        path.write_text('one\n')
        self.assertIn('one', self.qsource('run', 'file', f'path={path}', 'follow=no'))


def members(node):
    interface, = (i for i in node.findall('interface')
                  if i.get('name') == 'org.qsource.Application1')
    return {(m.tag, m.get('name'), tuple((a.get('name'), a.get('type')) for a in m.findall('arg')))
            for m in interface}


@unittest.skipUnless(shutil.which('gdbus') and shutil.which('dbus-daemon'), 'there is no D-Bus')
class TestBus(Case):
    def call(self, *words):
        return subprocess.run(['gdbus', *words], env=self.environment, capture_output=True,
                              text=True, timeout=SECONDS, check=True).stdout

    def test_bus(self):
        """With a bus-name it is on the bus, too, with the interface that is published"""
        bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--print-address',
                                '--nopidfile', f'--address=unix:path={self.directory}/bus'],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(bus.stdout.close)
        self.addCleanup(bus.wait)
        self.addCleanup(bus.kill)
        self.environment['DBUS_SESSION_BUS_ADDRESS'] = bus.stdout.readline().strip()
        self.start('gateway', 'door', '--bus-name=org.example.Gateway')
        self.call('wait', '--session', '--timeout=30', 'org.example.Gateway')
        told = self.call('call', '--session', '-d', 'org.example.Gateway', '-o',
                         '/org/qsource/Application1', '-m', 'org.qsource.Application1.GetStatus')
        self.assertIn("'name': <'gateway'>", told)
        self.call('call', '--session', '-d', 'org.example.Gateway', '-o',
                  '/org/qsource/Application1', '-m', 'org.qsource.Application1.PauseSource', 'door')
        self.wait_status('gateway', 'door', 'paused')
        told = self.call('introspect', '--session', '-d', 'org.example.Gateway', '-o',
                         '/org/qsource/Application1', '--xml')
        self.assertEqual(members(ElementTree.fromstring(told)),
                         members(ElementTree.parse(XML).getroot()))
        self.assertIn('bus-name', self.qsource('run', 'file', 'path=x', '--bus-name=x', status=2))


class TestTop(Case):
    def start_top(self, *words):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(QSOURCE, [QSOURCE, 'top', *words], {**self.environment, 'TERM': 'xterm'})
        self.addCleanup(os.close, terminal)
        return pid, terminal

    def read_until(self, terminal, *texts):
        """What comes from here on, until all of @texts were in it"""
        deadline = time.monotonic() + SECONDS
        output = b''
        while not all(text in output for text in texts):
            ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, output[-2000:])
            try:
                output += os.read(terminal, 65536)
            except OSError:  # it has ended
                self.assertFalse([text for text in texts if text not in output], output[-2000:])
        return output

    def test_keys(self):
        """It is drawn again and again, and leaves the terminal as it was"""
        self.start('gateway', 'door')
        for end, status in ((lambda p, t: os.write(t, b'q'), 0),
                            (lambda p, t: os.write(t, b'k\x1b[Bq'), 0),
                            (lambda p, t: os.write(t, b'\x03'), 130),
                            (lambda p, t: os.kill(p, signal.SIGTERM), 143)):
            pid, terminal = self.start_top('--interval=0.1')
            self.read_until(terminal, b'\x1b[?1049h', b'gateway', b'door', b'running')
            os.write(terminal, b'j')
            self.read_until(terminal, b'door')
            end(pid, terminal)
            self.read_until(terminal, b'\x1b[?1049l')
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), status)

    def test_narrow(self):
        """No line is wider than the terminal"""
        self.start('gateway', 'door')
        pid, terminal = self.start_top('--interval=0.1')
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 40, 0, 0))
        self.read_until(terminal, b'\x1b[J')
        self.read_until(terminal, b'\x1b[J')
        drawn = self.read_until(terminal, b'running', b'\x1b[J')
        os.write(terminal, b'q')
        self.read_until(terminal, b'\x1b[?1049l')
        os.waitpid(pid, 0)
        for line in re.sub('\x1b\\[[0-9;?]*[A-Za-z]', '', drawn.decode()).splitlines():
            self.assertLess(len(line), 40, line)

    def test_once(self):
        """Without a terminal it is shown once, without colour"""
        self.start('gateway', 'door')
        for words in ([], ['--once'], ['gateway']):
            text = self.qsource('top', *words)
            self.assertIn('door', text)
            self.assertNotIn('\x1b', text)
        self.assertEqual(json.loads(self.qsource('top', '--json'))[0]['name'], 'gateway')


if __name__ == '__main__':
    QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    XML = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
