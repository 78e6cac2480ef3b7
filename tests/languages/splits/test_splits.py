# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources with splits are the same in each language."""

import os
import subprocess
import unittest

SECONDS = 60
PROGRAMS = dict(item.split('=', 1) for item in os.environ['QSOURCE_SPLITS'].split(';'))
# Where Kafka's clients send records with these keys, of two partitions.
HASHED = {'a': 0, 'b': 0, 'c': 0, 'd': 1}


def run(language, behaviour):
    result = subprocess.run([*PROGRAMS[language].split(), behaviour], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=SECONDS)
    return sorted(result.stdout.splitlines()), result.stdout + result.stderr


def records(partitions):
    """Each split twice, with a state of one key of its own."""
    return sorted(f'{split} {n} 1 {partition}' for split, partition in partitions.items()
                  for n in (1, 2))


class TestSplits(unittest.TestCase):
    def check(self, behaviour, expected):
        for language in PROGRAMS:
            with self.subTest(language=language):
                lines, text = run(language, behaviour)
                self.assertEqual(lines, sorted(expected), text)

    def check_error(self, behaviour, part):
        for language in PROGRAMS:
            with self.subTest(language=language):
                lines, text = run(language, behaviour)
                self.assertIn('error: ', text)
                self.assertIn(part, ' '.join(lines), text)

    def test_hash(self):
        """Each split is read by one partition, that of its hash, and has a state of its own"""
        self.check('splits', records(HASHED))

    def test_own_partition(self):
        """A class chooses the partitions"""
        self.check('own-partition', records({'a': 1, 'b': 0, 'c': 1, 'd': 0}))

    def test_events(self):
        """A source can be nothing but handlers"""
        self.check('events', [f'added {split} {partition}' for split, partition in HASHED.items()])

    def test_errors(self):
        """What the functions fail with is the source's error"""
        self.check_error('error-list', 'broken list')
        self.check_error('error-run', 'broken run')
        self.check_error('error-partition', "partition of split 'a'")
