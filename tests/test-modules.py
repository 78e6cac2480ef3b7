#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Modules: sources in shared objects, the one of the systemd journal among them.

  test-modules.py QSOURCE SCANNER FOLDER DOOR CRASH"""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

QSOURCE = SCANNER = FOLDER = DOOR = CRASH = None
SECONDS = 120
REMOTE = '/lib/systemd/systemd-journal-remote'
BOOTS = ('1' * 32, '2' * 32)


def run(*words, path, status=0):
    """What a command of qsource prints, and what it says."""
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith('QSOURCE_')}
    environment.update(QSOURCE_MODULE_PATH=str(path), QSOURCE_MODULE_SCANNER=SCANNER)
    result = subprocess.run([QSOURCE, *words], capture_output=True, timeout=SECONDS, text=True,
                            env=environment)
    if result.returncode != status:
        raise AssertionError(f'{words}: {result.returncode}\n{result.stderr}')
    return result.stdout, result.stderr


def records(*words, path):
    out, err = run('run', *words, path=path)
    return [json.loads(line) for line in out.splitlines()], err


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-modules-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)


class TestModules(Case):
    def setUp(self):
        super().setUp()
        self.path = self.directory / 'modules'
        self.path.mkdir()
        (self.path / 'door.so').symlink_to(DOOR)

    def values(self, *words):
        found, _ = records(*words, path=self.path)
        return [record['value'] for record in found]

    def test_found(self):
        """A module's types are listed, described and run by their short and their full names"""
        self.assertIn('Who comes and goes', run('inspect', path=self.path)[0])
        self.assertIn('How many come', run('inspect', 'acme-door', path=self.path)[0])
        self.assertEqual(self.values('acme-door', 'count=3'), [0, 1, 2])
        self.assertEqual(self.values('AcmeDoorSource'), [0, 1])

    def test_file(self):
        """A module that lies anywhere is run by its file"""
        empty = self.directory / 'empty'
        empty.mkdir()
        for name in (DOOR, f'{DOOR}:acme-door', f'{DOOR}:AcmeDoorSource'):
            found, _ = records(name, 'count=1', path=empty)
            self.assertEqual([record['value'] for record in found], [0])
        self.assertIn("no source of type 'x'", run('run', f'{DOOR}:x', path=empty, status=2)[1])
        self.assertIn('not-there.so', run('run', '/not-there.so', path=empty, status=2)[1])

    def test_crash(self):
        """A module that crashes does so alone; all others can be used"""
        (self.path / 'crash.so').symlink_to(CRASH)
        out, err = run('inspect', path=self.path)
        self.assertIn('acme-door', out)
        self.assertIn('file', out)
        self.assertIn('crash.so', err)
        self.assertEqual(self.values('acme-door'), [0, 1])
        self.assertIn('signal', run('run', str(self.path / 'crash.so'), path=self.path, status=2)[1])


def to_export(entries):
    """Entries as journald exports them."""
    out = b''
    for entry in entries:
        for field, value in entry:
            value = value if isinstance(value, bytes) else str(value).encode()
            if b'\n' in value or b'\0' in value or b'\xff' in value:
                out += field.encode() + b'\n' + struct.pack('<Q', len(value)) + value + b'\n'
            else:
                out += field.encode() + b'=' + value + b'\n'
        out += b'\n'
    return out


def write_journal(path, numbers):
    """A file of the journal, with entries of these numbers."""
    entries = [[('__REALTIME_TIMESTAMP', 1767323045000000 + i * 1000),
                ('__MONOTONIC_TIMESTAMP', 1000 + i), ('_BOOT_ID', BOOTS[i % 100 // 50]),
                ('MESSAGE', f'line {i}'), ('PRIORITY', i % 8), ('_SYSTEMD_UNIT', f'unit{i % 3}.service'),
                ('BYTES', b'\xff\0\n' if i % 5 == 0 else b'two\nlines'), ('TWICE', 'a'), ('TWICE', 'b'),
                ('LONG', 'x' * 100000 if i % 50 == 0 else 'x')] for i in numbers]
    subprocess.run([REMOTE, '-o', str(path), '-'], input=to_export(entries), check=True,
                   capture_output=True, timeout=SECONDS)


def journalctl(directory, *words):
    """The oracle."""
    result = subprocess.run(['journalctl', '-D', str(directory), '-o', 'json', '--all', *words],
                            capture_output=True, check=True, timeout=SECONDS)
    return [json.loads(line) for line in result.stdout.splitlines()]


def has_journal():
    return (os.path.exists(REMOTE) and shutil.which('journalctl') is not None
            and (pathlib.Path(FOLDER) / 'libqsource-journal.so').exists())


class TestJournal(Case):
    def read(self, *words):
        found, err = records('journal', f'directory={self.directory}', 'follow=no', *words, path=FOLDER)
        return [record['value'] for record in found], err

    def test_oracle(self):
        """Entries are what journalctl says they are, whichever are selected"""
        write_journal(self.directory / 'a.journal', range(100))
        write_journal(self.directory / 'b.journal', range(100, 150))
        for ours, theirs in (((), ()), (('unit=unit1',), ('-u', 'unit1')),
                             (('priority=err',), ('-p', 'err')),
                             (('unit=unit2.service', 'priority=warning'), ('-u', 'unit2', '-p', 'warning')),
                             (('matches=MESSAGE=line 7', 'matches=MESSAGE=line 8', 'matches=TWICE=a'),
                              ('MESSAGE=line 7', 'MESSAGE=line 8', 'TWICE=a'))):
            with self.subTest(ours):
                found, err = self.read(*ours)
                self.assertNotIn('WARNING **: [journal]', err)
                self.assertEqual(found, journalctl(self.directory, *theirs))
                self.assertTrue(found)
        found, _ = self.read('fields=MESSAGE', 'fields=PRIORITY')
        self.assertEqual(set(found[0]), {'__CURSOR', '__REALTIME_TIMESTAMP', '__MONOTONIC_TIMESTAMP',
                                         '_BOOT_ID', 'MESSAGE', 'PRIORITY'})
        self.assertIn('matches', run('run', 'journal', f'directory={self.directory}', 'matches=x',
                                     path=FOLDER, status=1)[1])

    def test_broken(self):
        """A file that can't be read is told of, and the others are read"""
        write_journal(self.directory / 'a.journal', range(10))
        (self.directory / 'b.journal').write_bytes(b'this is no journal' * 1000)
        found, err = self.read()
        self.assertEqual(len(found), 10)
        self.assertIn('b.journal', err)


if __name__ == '__main__':
    QSOURCE, SCANNER, FOLDER, DOOR, CRASH = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:6])
    del sys.argv[1:6]
    if not has_journal():
        print('the journal is not tested: systemd-journal-remote or the module is missing')
        del TestJournal
    unittest.main(verbosity=2)
