# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source in any language is tested by the rules of QsConform, in a test framework of that
language: a good one obeys all of them, and a broken one fails exactly the rule about its fault."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SECONDS = 240
HERE = pathlib.Path(__file__).resolve().parent
LANGUAGE = os.environ['QSOURCE_CONFORM_LANGUAGE']
COMMAND = os.environ['QSOURCE_CONFORM_PROGRAM'].split()
# The rule that the broken source of each program fails.
BROKEN = {'gtest': 'restart', 'gjs': 'repeatable', 'lua': 'restart', 'vala': 'stop'}
# Those that depend on the library and its broker as well, or need more records or partitions.
UNSURE = {'kill-points', 'memory', 'share'}

sys.path.insert(0, str(HERE.parent / 'python'))
from qs_testing import doc_blocks

# A line of TAP or of GoogleTest: the result, and the rule at the end of the path of the test.
LINE = re.compile(r'^(ok|not ok|\[ +(?:OK|FAILED|SKIPPED) +\]) (?:\d+ )?(?:- )?'
                  r'\S*/([a-z_-]+)(.*)$', re.M)


def read_results(text):
    """The rules by their results."""
    results = {'ok': set(), 'not ok': set(), 'skipped': set()}
    for word, rule, rest in LINE.findall(text):
        result = word.strip('[] ').lower().replace('failed', 'not ok')
        if '# SKIP' in rest:
            result = 'skipped'
        results[result].add(rule.replace('_', '-'))
    return results


class TestConformPrograms(unittest.TestCase):
    def run_kind(self, kind):
        with tempfile.TemporaryDirectory(prefix='qsource-conform-') as directory:
            result = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, cwd=directory,
                                    env={**os.environ, 'QSOURCE_CONFORM_SOURCE': kind},
                                    capture_output=True, text=True, timeout=SECONDS)
        self.text = result.stdout + result.stderr
        return read_results(result.stdout)

    def test_good(self):
        """A good source obeys all rules"""
        results = self.run_kind('good')
        self.assertEqual(results['not ok'], set(), self.text)
        self.assertLessEqual(results['skipped'], UNSURE, self.text)
        self.assertGreaterEqual(results['ok'], {'properties', 'stop', 'descriptors', 'outage', 'kill',
                                                'state', 'takeover'}, self.text)

    def test_broken(self):
        """A broken source fails exactly the rule about its fault"""
        self.assertEqual(self.run_kind('broken')['not ok'], {BROKEN[LANGUAGE]}, self.text)


class TestGoogleTest(unittest.TestCase):
    def test_page(self):
        """Each piece of C++ is part of this program; test_docs.py runs the other languages"""
        blocks = doc_blocks.read_blocks('cpp')
        self.assertTrue(blocks)
        for block in blocks:
            self.assertIn(block.text, (HERE / 'program.cc').read_text(), str(block))
