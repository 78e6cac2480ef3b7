# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whole programs in Python: how they are started again, and how they end."""

import os
import re
import signal
import sys

from qs_testing import ProgramCase, SECONDS

HEAD = '''
import os, sys, time
import gi
gi.require_version('Qs', '1')
from gi.repository import GLib, Qs

def show(app, topic):
    for message in app.embedded_broker.dup_messages(topic.name, 0):
        print('got', message.value.decode())
'''

ECHO = HEAD + '''
class Echo(Qs.Source):
    def run(self):
        self.produce(value=' '.join(sys.argv[1:]) + str(os.getpid() == PARENT))

PARENT = int(os.environ.setdefault('PARENT', str(os.getpid())))
app = Qs.Application('embedded', run_timeout=30)
topic = app.add_source(Echo('echo'))
app.run()
show(app, topic)
'''


# What takes long to import, and a short program has no use for.
IMPORTS = HEAD + '''
class Plain(Qs.Source):
    def run(self):
        self.produce(value='x')

app = Qs.Application('embedded', isolation='thread')
topic = app.add_source(Plain('plain'))
app.run()
show(app, topic)
slow = ('asyncio', 'copy', 'datetime', 'difflib', 'inspect', 'logging', 'numbers', 'pickle')
print('slow', [name for name in slow if name in sys.modules])
'''


class TestStarting(ProgramCase):
    def check(self, result, expected):
        self.assertEqual(result.status, 0, result.err)
        self.assertIn(expected, result.out)

    def test_script(self):
        """A script is started again with its arguments and Python's flags"""
        text = ECHO.replace("' '.join", "str(sys.flags.optimize) + ' '.join")
        self.check(self.run_program(text, 'one', 'two', options=['-OO', '-B']), 'got 2one twoFalse')

    def test_imports(self):
        """A plain program imports none of what takes long to import"""
        result = self.run_program(IMPORTS)
        self.check(result, 'got x')
        self.assertIn('slow []', result.out, result.err)

    def test_module(self):
        """python3 -m works"""
        self.write(ECHO, 'mymodule.py')
        self.check(self.execute(sys.executable, '-m', 'mymodule', 'x'), 'got xFalse')

    def test_command(self):
        """python3 -c works"""
        self.check(self.execute(sys.executable, '-c', ECHO, 'x'), 'got xFalse')

    def test_standard_input(self):
        """A program from standard input says why it runs in threads"""
        result = self.execute(sys.executable, '-', text=ECHO)
        self.check(result, 'got True')
        self.assertIn('the program was read from standard input', result.err)

    def test_standard_input_refused(self):
        """Where it must be a process, it fails at once, in words"""
        text = ECHO.replace("'embedded',", "'embedded', isolation='process',")
        result = self.execute(sys.executable, text=text)
        self.assertNotEqual(result.status, 0)
        self.assertIn('the program was read from standard input', result.err)
        self.assertIn("isolation='thread'", result.err)

    def test_interactive(self):
        """python3 -i runs sources in threads, and says why"""
        result = self.execute(sys.executable, '-i', self.write(ECHO), text='')
        self.check(result, 'got True')
        self.assertIn('this Python is interactive', result.err)

    def test_title(self):
        """A program that has changed its own command line is started again"""
        text = ECHO.replace('import gi\n', '''
import ctypes, gi
ctypes.CDLL(None).prctl(15, b'other', 0, 0, 0)
''', 1)
        self.check(self.run_program(text), 'got False')


class TestEnding(ProgramCase):
    def test_output(self):
        """What a worker prints arrives, without a newline, too"""
        text = HEAD + '''
class Prints(Qs.Source):
    def run(self):
        print('from run', end='')
        sys.stderr.write('on stderr')

app = Qs.Application('embedded')
app.add_source(Prints('prints'))
app.run()
'''
        result = self.run_program(text)
        self.assertEqual((result.status, result.out), (0, 'from run'))
        self.assertIn('on stderr', result.err)

    def test_failure(self):
        """The parent's exception has the worker's type and traceback"""
        text = HEAD + '''
class Fails(Qs.Source):
    def run(self):
        try:
            {}['missing']
        except KeyError as error:
            raise RuntimeError('bad line') from error

app = Qs.Application('embedded')
app.add_source(Fails('fails'))
try:
    app.run()
except GLib.Error as error:
    print(error.message)
    sys.exit(3)
'''
        result = self.run_program(text)
        self.assertEqual(result.status, 3, result.err)
        self.assertRegex(result.out, r"source 'fails' \(pid \d+\): RuntimeError: bad line")
        self.assertIn("{}['missing']", result.out)
        self.assertIn("KeyError: 'missing'", result.out)

    def interrupt(self, program, *numbers):
        """Sends signals, one after another, once the source runs."""
        process = self.spawn(sys.executable, '-u', self.write(program))
        pid = int(re.match(r'running (\d+)', process.stdout.readline())[1])
        for number in numbers:
            os.kill(process.pid, number)
        out, err = process.communicate(timeout=SECONDS)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)
        return process.returncode, out, err

    WAITS = HEAD + '''
class Waits(Qs.Source):
    def run(self):
        print('running', os.getpid(), flush=True)
        while self.running:
            self.wait(60)

app = Qs.Application('embedded')
app.add_source(Waits('waits', shutdown_timeout=5))
'''

    def test_interrupt(self):
        """Ctrl-C stops the sources in order, and run() returns"""
        status, out, err = self.interrupt(self.WAITS + "app.run()\nprint('done')", signal.SIGINT)
        self.assertEqual((status, out), (0, 'done\n'), err)

    def test_terminate(self):
        """SIGTERM does, too"""
        status, out, err = self.interrupt(self.WAITS + "app.run()\nprint('done')", signal.SIGTERM)
        self.assertEqual((status, out), (0, 'done\n'), err)

    def test_signals_afterwards(self):
        """After run() Ctrl-C raises KeyboardInterrupt again"""
        status, out, err = self.interrupt(self.WAITS + '''
app.run()
import signal
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(20)  # Sleeps: until the signal ends it.
except KeyboardInterrupt:
    print('interrupted')
''', signal.SIGINT)
        self.assertEqual((status, out), (0, 'interrupted\n'), err)

    def test_no_descriptors(self):
        """What was started with descriptors 0 to 2 closed has nothing else there"""
        program = self.write(HEAD + '''
class Looks(Qs.Source):
    def run(self):
        print('to nobody', flush=True)
        self.produce(value=' '.join(os.readlink(f'/proc/self/fd/{fd}') for fd in range(3)))

app = Qs.Application('embedded', run_timeout=30)
topic = app.add_source(Looks('looks'))
app.run()
with open('result', 'w') as file:
    for message in app.embedded_broker.dup_messages(topic.name, 0):
        file.write(message.value.decode())
''')
        result = self.execute('sh', '-c', 'exec "$0" "$1" <&- >&- 2>&-', sys.executable, program)
        self.assertEqual(result.status, 0)
        self.assertEqual((self.directory / 'result').read_text(), ' '.join(3 * ['/dev/null']))

    def test_two_applications(self):
        """Two applications, one after the other, do not multiply"""
        text = HEAD + '''
class Says(Qs.Source):
    def run(self):
        print('run', self.name)

for name in 'first', 'second':
    app = Qs.Application('embedded')
    app.add_source(Says(name))
    app.run()
'''
        self.assertEqual(self.run_program(text).out, 'run first\nrun second\n')

    def test_worker_argv(self):
        """With worker-argv another program runs the source"""
        worker = self.write(HEAD + '''
class Works(Qs.Source):
    def run(self):
        print('in another program')

app = Qs.Application('embedded')
app.add_source(Works('works'))
app.run()
''', 'worker.py')
        text = HEAD + f'''
class Works(Qs.Source):
    def run(self):
        raise ValueError

app = Qs.Application('embedded', worker_argv=[sys.executable, {str(worker)!r}])
app.add_source(Works('works'))
app.run()
'''
        result = self.run_program(text)
        self.assertEqual((result.status, result.out), (0, 'in another program\n'), result.err)

        # A source's own goes before the application's.
        own = text.replace(f"worker_argv=[sys.executable, {str(worker)!r}]", "worker_argv=['/bin/false']").replace(
            "Works('works')", f"Works('works', worker_argv=[sys.executable, {str(worker)!r}])")
        result = self.run_program(own)
        self.assertEqual((result.status, result.out), (0, 'in another program\n'), result.err)


class TestMissingOverride(ProgramCase):
    def test_says_so(self):
        """Without the override, an exception is still no success"""
        text = '''
import os, sys, gi
gi.require_version('Qs', '1')
from gi.repository import GLib, GObject, Qs

class Fails(Qs.Source):
    def do_run(self):
        raise ValueError('lost')

app = Qs.Application.new('embedded')
source = GObject.new(Fails, name='fails')
app.add_source(source, None)
try:
    app.run(None)
except GLib.Error as error:
    print(error.message)
'''
        path = [entry for entry in os.environ['PYTHONPATH'].split(os.pathsep)
                if not entry.endswith('introspection')]
        result = self.run_program(text, PYTHONPATH=os.pathsep.join(path))
        self.assertIn('failed without an error', result.out)
