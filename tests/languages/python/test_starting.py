# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that cannot be started again run their sources in threads, by themselves."""

import sys

from qs_testing import ProgramCase

PROGRAM = '''
import os, sys
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Where(Qs.Source):
    def run(self):
        print('same' if os.getpid() == main else 'other', flush=True)

main = int(os.environ.setdefault('MAIN', str(os.getpid())))

def work():
    global main
    main = os.getpid()
    app = Qs.Application('embedded')
    app.add_source(Where(name='where'))
    app.run()
'''
CHILD = PROGRAM + '''
if __name__ == '__main__':
    import multiprocessing
    context = multiprocessing.get_context(sys.argv[1])
    child = context.Process(target=work)
    child.start()
    child.join()
    sys.exit(child.exitcode)
'''
TEST = PROGRAM + '''
import unittest
class Test(unittest.TestCase):
    def test(self):
        print('test', flush=True)
        work()
'''


class TestStarting(ProgramCase):
    def check(self, result, out='same\n'):
        self.assertEqual((result.status, result.out), (0, out), result.err)

    def test_multiprocessing(self):
        """A child of multiprocessing"""
        for method in ('spawn', 'forkserver'):
            with self.subTest(method=method):
                self.check(self.run_program(CHILD, method))

    def test_unittest(self):
        """A test: the session isn't run again"""
        self.write(TEST, 'test_where.py')
        self.check(self.execute(sys.executable, '-m', 'unittest', '-q', 'test_where'),
                   'test\nsame\n')

    def test_streams(self):
        """A program that can be read once only"""
        program = self.write(PROGRAM + 'work()\n')
        self.check(self.execute(sys.executable, '/dev/stdin', text=program.read_text()))
        self.check(self.execute('bash', '-c', f'{sys.executable} <(cat {program})'))

    def test_debugger(self):
        """A program in pdb"""
        program = self.write(PROGRAM + 'work()\n')
        result = self.execute(sys.executable, '-m', 'pdb', '-c', 'continue', '-c', 'quit', program)
        self.assertIn('same\n', result.out)

    def test_worker(self):
        """All others have workers"""
        text = PROGRAM.replace('main = os.getpid()\n    app', 'app') + 'work()\n'
        self.check(self.run_program(text), 'other\n')
