# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs in Python that the documentation shows run as they stand."""

import pathlib
import re

from qs_testing import ProgramCase

ROOT = pathlib.Path(__file__).resolve().parents[3]


def programs(path):
    """The code blocks that run by themselves: they import something."""
    blocks = re.findall('^```python\n(.*?)^```', (ROOT / path).read_text(), re.M | re.S)
    return [block for block in blocks if re.search('^(import|from) ', block, re.M)]


class TestDocs(ProgramCase):
    def check(self, path):
        blocks = programs(path)
        self.assertTrue(blocks)
        for block in blocks:
            with self.subTest(block=block):
                (self.directory / 'file.txt').write_text('one\ntwo\n')
                result = self.run_program(block)
                self.assertEqual(result.status, 0, result.err)
                self.assertIn('Source finished', result.err)

    def test_readme(self):
        """README.md"""
        self.check('README.md')
