# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source is checked against rules in tests of Python's own frameworks."""

import importlib.util
import sys
import unittest

from qs_testing import ProgramCase

SECONDS = 120

SOURCES = '''
import sys
import gi
gi.require_version('Qs', '1')
from gi.repository import GObject, Qs

class Numbers(Qs.StatefulSource):
    last = GObject.Property(type=int, default=0, blurb='Last number')

    def run(self):
        for n in range(self.state.get('n', 0) + 1, self.last + 1):
            if not self.running:
                return
            self.state.set('n', n)
            self.produce(key='n', value=self.serialize(value=n).value)
            self.flush()

class Forgets(Numbers):
    def run(self):
        for n in range(1, self.last + 1):
            if not self.running:
                return
            self.produce(key='n', value=self.serialize(value=n).value)
            self.flush()

def is_short(harness):
    assert harness.source.last < 10, 'it is long'
'''

TESTS = SOURCES + '''
ONLY = ['first-record', 'repeatable', 'restart', 'clear', 'kill', 'stop', 'short']

print('loaded', Qs.is_worker(), file=sys.stderr)

def make(cls):
    conform = Qs.Conform(lambda: cls(name='numbers', last=12), kills=1, seed=5,
                         skip={'outage': 'takes its time'})
    conform.add_rule('short', is_short)
    case = conform.test_case()
    for rule in conform.rules:
        if rule not in ONLY:
            delattr(case, 'test_' + rule.replace('-', '_'))
    return case

TestNumbers = make(Numbers)
TestForgets = make(Forgets)

def test_once():
    print('one test', file=sys.stderr)
'''


class TestConform(ProgramCase):
    @unittest.skipUnless(importlib.util.find_spec('pytest'), 'there is no pytest')
    def test_pytest(self):
        """pytest has a test for each rule, and runs none of them in a worker"""
        self.write(TESTS, 'test_numbers.py')
        result = self.execute(sys.executable, '-m', 'pytest', '-v', '-s', '-p', 'no:cacheprovider',
                              timeout=SECONDS)
        text = result.out + result.err
        for passed in 'first_record', 'repeatable', 'restart', 'clear', 'kill', 'stop':
            self.assertRegex(text, f'TestNumbers::test_{passed} PASSED')
        self.assertRegex(text, 'TestNumbers::test_short FAILED')
        self.assertRegex(text, 'AssertionError: .*it is long')
        self.assertRegex(text, 'TestForgets::test_restart FAILED')
        self.assertRegex(text, 'TestForgets::test_kill SKIPPED .*It depends on')
        self.assertEqual((text.count('one test'), text.count('loaded False')), (1, 1), text)
        self.assertIn('loaded True', text)

    def test_script(self):
        """A program serves its sources, and a factory returns a source or a harness"""
        result = self.run_program(SOURCES + '''
Qs.Harness.serve(Numbers(name='numbers'))
conform = Qs.Conform(lambda: Qs.Harness(Numbers(name='numbers', last=9)), kills=1)
conform.check('kill')
conform.add_rule('short', is_short)
conform.check('short')
try:
    conform.check('kil')
except Exception as error:
    print(error)
print(conform.report.kills, conform.report.lost, conform.report.get_result('kill'))
try:
    Qs.Conform(lambda: None).run()
except Exception as error:
    print(error)
''')
        self.assertEqual(result.status, 0, result.out + result.err)
        self.assertRegex(result.out, "There is no rule 'kil'; did you mean 'kill'")
        self.assertRegex(result.out, '1 0 .*PASSED')
        self.assertRegex(result.out, 'the factory made no QsHarness')


if __name__ == '__main__':
    unittest.main()
