#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples with a state lose nothing when they are killed, whatever they are written in.

  test-conform-examples.py range|load|ticks COMMAND [ARGUMENT]..."""

import sys
import unittest

import gi

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

RULES = 'descriptors', 'restart', 'clear', 'kill', 'state', 'takeover'


class Range(Qs.StatefulSource):
    """Stands for the source of the same name in another program."""

    def run(self):
        raise AssertionError('the other program runs it')


class Load(Range):
    """Stands for that of load-service."""


class Ticks(Range):
    """Stands for that of three-instances.py."""


class TestExample(unittest.TestCase):
    argv = None

    def check(self, conform, rules):
        for rule in rules:
            conform.check(rule)
            self.assertEqual(conform.report.get_result(rule), Qs.RuleResult.PASSED,
                             f'{rule}: {conform.report.get_message(rule)}')

    def test_range(self):
        """The range source"""
        conform = Qs.Conform(lambda: Range(name='range', worker_argv=[*self.argv, '30']),
                             kills=2, seed=3)
        self.check(conform, RULES)
        self.assertEqual((conform.report.kills, conform.report.lost), (2, 0))

    def test_load(self):
        """The load of the machine, which no two runs share: what compares records is left out"""
        conform = Qs.Conform(lambda: Load(name='load', worker_argv=self.argv), seed=3)
        self.check(conform, ['properties', 'first-record', 'stop', 'stop-blocked', 'errors',
                             'descriptors'])

    def test_ticks(self):
        """A source with several partitions, each of which goes on by itself"""
        conform = Qs.Conform(lambda: Ticks(name='ticks', n_partitions=6, worker_argv=self.argv),
                             kills=2, records=12, seed=3)
        self.check(conform, ['stop', 'stop-blocked', 'errors', 'descriptors', 'restart', 'clear', 'kill',
                             'takeover', 'share'])
        self.assertEqual((conform.report.kills, conform.report.lost), (2, 0))


if __name__ == '__main__':
    TestExample.argv = sys.argv[2:]
    unittest.main(argv=[sys.argv[0], f'TestExample.test_{sys.argv[1]}'], verbosity=2)
