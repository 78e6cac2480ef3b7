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


LITTLE = '''
import resource, sys
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Keep(Qs.StatefulSource):
    def run(self):
        self.state['x'] = 1

    def stop(self):
        super().stop()
        raise RuntimeError('stop is broken')

class Stopped(Keep):
    def run(self):
        while self.running:
            self.wait(0.1)

if sys.argv[1] == 'files' and not Qs.is_worker():
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), ) * 2)
app = Qs.Application('embedded', run_timeout=1 if sys.argv[1] == 'stop' else 30,
                     consumer_group=sys.argv[2] if sys.argv[1] == 'group' else 'g')
app.add_source(Stopped(name='s') if sys.argv[1] == 'stop' else Keep(name='s'))
try:
    app.run()
    print('done')
except Exception as error:
    print(error)
'''


class TestRefusals(ProgramCase):
    """What is refused, or fails, in a program with a worker."""

    def test_files(self):
        """Too few file descriptors are an error that says so, and enough of them work"""
        self.assertRegex(self.run_program(LITTLE, 'files', '24').out,
                         r'24 open files \(RLIMIT_NOFILE\).*file descriptors')
        self.assertEqual(self.run_program(LITTLE, 'files', '80').out, 'done\n')

    def test_group(self):
        """A consumer-group that changelogs can't have in their names is named"""
        for group in ('a/b', 'a b', '\u00fc', 'x' * 300, ''):
            self.assertRegex(self.run_program(LITTLE, 'group', group).out, 'consumer-group', group)
        self.assertEqual(self.run_program(LITTLE, 'group', 'a.b_C-1').out, 'done\n')

    def test_stop(self):
        """An exception in the stop() of a worker is an error of run()"""
        self.assertIn('stop is broken', self.run_program(LITTLE, 'stop').out)


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
