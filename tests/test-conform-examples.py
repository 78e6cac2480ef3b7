#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples with a state lose nothing when they are killed, whatever they are written in.

  test-conform-examples.py COMMAND [ARGUMENT]..."""

import sys
import unittest

import gi

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

RULES = 'restart', 'clear', 'kill', 'state'


class Range(Qs.StatefulSource):
    """Stands for the source of the same name in another program."""

    def run(self):
        raise AssertionError('the other program runs it')


class TestExample(unittest.TestCase):
    argv = None

    def test_range(self):
        """The range source"""
        conform = Qs.Conform(lambda: Range(name='range', worker_argv=[*self.argv, '30']),
                             kills=2, seed=3)
        for rule in RULES:
            conform.check(rule)
            self.assertEqual(conform.report.get_result(rule), Qs.RuleResult.PASSED,
                             f'{rule}: {conform.report.get_message(rule)}')
        self.assertEqual((conform.report.kills, conform.report.lost), (2, 0))


if __name__ == '__main__':
    TestExample.argv = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
