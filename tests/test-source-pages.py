#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples on the pages of the ready-made sources run, and do what the pages say.

  test-source-pages.py QSOURCE SCANNER MODULES PAGES"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from ports import free_ports

SECONDS = 120
REMOTE = '/lib/systemd/systemd-journal-remote'
JOURNAL = ('__REALTIME_TIMESTAMP=1767323045000000\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=' + '1' * 32
           + '\nMESSAGE={}\nPRIORITY={}\n\n')
NEEDS = {'dbus': ['dbus-run-session', 'gdbus'], 'journal': [REMOTE]}
QSOURCE = SCANNER = MODULES = PAGES = None


def contains(found, expected):
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            key in found and contains(found[key], value) for key, value in expected.items())
    return found == expected


class TestPages(unittest.TestCase):
    def check(self, path, directory):
        text = path.read_text()
        script = re.search(r'```sh\n(.*?)```', text, re.S)[1]
        expected = [json.loads(line) for line in
                    re.search(r'```json\n(.*?)```', text, re.S)[1].splitlines()]
        # Somebody else may have the port.
        script = script.replace('8123', str(free_ports(1)[0]))
        (directory / 'bin').mkdir()
        (directory / 'bin' / 'qsource').symlink_to(QSOURCE)
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith('QSOURCE_')}
        environment.update(PATH=f"{directory}/bin:{environment['PATH']}", QSOURCE_MODULE_PATH=MODULES,
                           QSOURCE_MODULE_SCANNER=SCANNER)
        result = subprocess.run(['sh', '-e', '-c', script], cwd=directory, env=environment,
                                capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(result.returncode, 0, result.stderr)
        found = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len(found), len(expected), result.stdout)
        for one, other in zip(found, expected):
            self.assertTrue(contains(one, other), f'{one} is not {other}')

    def test_examples(self):
        """Each example can be typed as it stands, and prints what stands below it"""
        pages = sorted(pathlib.Path(PAGES).glob('*.md'))
        self.assertTrue(pages)
        for path in pages:
            if not all(shutil.which(need) for need in NEEDS.get(path.stem, [])):
                print(f'{path.stem}: its example needs {NEEDS[path.stem]}')
                continue
            with self.subTest(path.stem), tempfile.TemporaryDirectory() as scratch:
                directory = pathlib.Path(scratch)
                if path.stem == 'journal':
                    (directory / 'journal').mkdir()
                    entries = JOURNAL.format('all is well', 6) + JOURNAL.format('the disk is full', 3)
                    subprocess.run([REMOTE, '-o', directory / 'journal/x.journal', '-'], check=True,
                                   input=entries.encode(), capture_output=True, timeout=SECONDS)
                self.check(path, directory)


if __name__ == '__main__':
    QSOURCE, SCANNER, MODULES, PAGES = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:5])
    del sys.argv[1:5]
    unittest.main(verbosity=2)
