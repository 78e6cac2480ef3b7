#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The template unit of the command is good, and its command does what it promises systemd.

  test-systemd-unit.py QSOURCE UNIT"""

import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

QSOURCE = UNIT = None
SECONDS = 60


class TestUnit(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qs-unit-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.command, = re.findall(r'(?m)^ExecStart=(.*)$', UNIT.read_text())

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd-analyze')
    def test_verify(self):
        """systemd has nothing to say against it"""
        text = UNIT.read_text().replace(shlex.split(self.command)[0], QSOURCE)
        copy = self.directory / 'qsource@gateway.service'
        copy.write_text(text)
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', copy], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn('qsource@', done.stdout)

    def run_service(self, config, *messages):
        """Its command, as systemd runs it; what it tells, and how it ends."""
        path = self.directory / 'gateway.conf'
        path.write_text(config)
        words = shlex.split(self.command.replace('/etc/qsource/%i.conf', str(path)))
        environment = {**os.environ, 'NOTIFY_SOCKET': str(self.directory / 'notify'),
                       'QSOURCE_STATE_DIR': str(self.directory / 'state'),
                       'QSOURCE_RUNTIME_DIR': str(self.directory / 'run')}
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(environment['NOTIFY_SOCKET'])
            notify.settimeout(SECONDS)
            process = subprocess.Popen([QSOURCE, *words[1:]], env=environment, text=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            told = ''
            for message in messages:
                while message not in told:
                    told += notify.recv(4096).decode() + '\n'
            process.send_signal(signal.SIGTERM)
            return process.wait(SECONDS)

    def test_run(self):
        """It says that it is ready, and ends in order with a status that counts as success"""
        status = self.run_service('[application]\nbroker-address=embedded\n'
                                  '[source door]\ntype=command\nargv=sleep;1000\n', 'READY=1')
        self.assertEqual(status, 143)
        self.assertRegex(UNIT.read_text(), r'(?m)^SuccessExitStatus=.*\b143\b')

    def test_configuration(self):
        """A configuration that is wrong is not tried again and again"""
        path = self.directory / 'gateway.conf'
        path.write_text('[application]\nnonsense=1\n')
        done = subprocess.run([QSOURCE, 'run', '--config', path], timeout=SECONDS,
                              stderr=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(UNIT.read_text(), r'(?m)^RestartPreventExitStatus=.*\b78\b')


if __name__ == '__main__':
    QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    UNIT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
