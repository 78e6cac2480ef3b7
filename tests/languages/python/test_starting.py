# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that cannot be started again run their sources in threads, by themselves."""

import importlib.util
import sys
import threading
import unittest

from qs_testing import SECONDS, ProgramCase

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
        print('runs', flush=True)
        while self.running:
            self.wait(0.1)

if sys.argv[1] == 'files' and not Qs.is_worker():
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), ) * 2)
app = Qs.Application('embedded', run_timeout=30,
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
        self.assertIn('stop is broken',
                      self.terminate(sys.executable, self.write(LITTLE), 'stop'))


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

    def write_pytest(self):
        self.write(PROGRAM + '''
import pytest

if os.environ.get('COLLECTED'):
    work()

@pytest.fixture(scope='session')
def session():
    work()

def test_one(session):
    print('test', flush=True)

def test_two():
    print('test', flush=True)
    work()
''', 'test_where.py')

    @unittest.skipUnless(importlib.util.find_spec('pytest'), 'there is no pytest')
    def test_pytest(self):
        """A test of pytest, its fixtures, and a module that it collects"""
        self.write_pytest()
        for command in ('-m', 'pytest'), ('-c', 'import pytest; pytest.main()'):
            result = self.execute(sys.executable, *command, '-q', '-s', '-p', 'no:cacheprovider')
            self.assertEqual((result.out.count('same'), result.out.count('test\n'),
                              result.out.count('other')), (2, 2, 0), result.out + result.err)
        result = self.execute(sys.executable, '-m', 'pytest', '-q', '-s', '-p', 'no:cacheprovider',
                              COLLECTED='yes')
        self.assertEqual((result.out.count('same'), result.out.count('other')), (3, 0),
                         result.out + result.err)

    @unittest.skipUnless(importlib.util.find_spec('xdist'), 'there is no pytest-xdist')
    def test_xdist(self):
        """A test in a process of pytest-xdist's"""
        self.write_pytest()
        for variables in {}, {'COLLECTED': 'yes'}:
            result = self.execute(sys.executable, '-m', 'pytest', '-n', '2', '-p',
                                  'no:cacheprovider', '-rP', **variables)
            self.assertIn('2 passed', result.out, result.err)
            self.assertEqual((result.out.count('same'), result.out.count('other')), (2, 0),
                             result.out + result.err)

    @unittest.skipUnless(importlib.util.find_spec('debugpy'), 'there is no debugpy')
    def test_debugpy(self):
        """A program in the debugger of editors"""
        program = self.write(PROGRAM + 'work()\n')
        result = self.execute(sys.executable, '-m', 'debugpy', '--listen', '127.0.0.1:0', program)
        self.assertEqual(result.out, 'same\n', result.err)

    def read_errors(self, process, text):
        """Up to the line that has @text; a worker that hangs is ended by a timer."""
        timer = threading.Timer(SECONDS, process.kill)
        timer.start()
        self.addCleanup(timer.cancel)
        for line in process.stderr:
            if text in line:
                return line
        return None

    def test_no_overrides(self):
        """A run() that the library doesn't see, as its overrides are missing, is told of"""
        program = self.write('''
import gi
gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

class Unseen(Qs.Source):
    def run(self):
        pass

class Handlers(Qs.Source):
    def do_setup(self):
        # GLib.timeout_add() would be for the main thread, whatever thread this is.
        timeout = GLib.timeout_source_new(10000000)
        timeout.set_callback(print)
        timeout.attach(GLib.MainContext.get_thread_default())
        return True

app = Qs.Application(broker_address='embedded', isolation=Qs.Isolation.THREAD)
app.add_source(Handlers(name='handlers'), None)
app.add_source(Unseen(name='unseen'), None)
app.run(None)
''')
        process = self.spawn(sys.executable, program, PYTHONPATH='')
        line = self.read_errors(process, 'has no run() of its own')
        self.assertRegex(line or '', r"\[unseen\] .*Unseen has no run\(\) .* overrides .* are not installed")

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
