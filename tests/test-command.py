#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command qsource, used as a person uses it.

  test-command.py QSOURCE"""

import fcntl
import json
import os
import pathlib
import pty
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

from ports import free_ports

QSOURCE = None
SECONDS = 60
VERBS = ('run', 'inspect', 'conform', 'broker', 'topics', 'doctor', 'status', 'top', 'pause', 'resume', 'restart', 'stop',
         'new', 'help')


def qsource(*words, **options):
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith('QSOURCE_')}
    environment.update(options.pop('env', {}))
    return subprocess.run([QSOURCE, *words], capture_output=True, text=True, timeout=SECONDS,
                          env=environment, **options)


def on_terminal(columns, *words):
    """What a terminal so wide gets on standard output, without its colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    with subprocess.Popen([QSOURCE, *words], stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        output = b''
        try:
            while block := os.read(ours, 65536):
                output += block
        except OSError:
            pass
        process.wait(SECONDS)
    os.close(ours)
    return re.sub('\x1b\\[[0-9;]*m', '', output.decode()).replace('\r\n', '\n')


class CommandCase(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-command-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def assertFails(self, status, text, *words, **options):
        result = qsource(*words, **options)
        self.assertEqual((result.returncode, result.stdout), (status, ''), result.stderr)
        self.assertIn(text, result.stderr)
        self.assertTrue(result.stderr.startswith('qsource: '), result.stderr)

    def read_error(self, text, *words):
        """The line of standard error that has the text, upon which the command is ended."""
        with subprocess.Popen([QSOURCE, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, cwd=self.directory) as process:
            timer = threading.Timer(SECONDS, process.kill)
            timer.start()
            try:
                return next((line for line in process.stderr if text in line), None)
            finally:
                process.terminate()
                process.communicate()
                timer.cancel()

    def complete(self, *words, **options):
        begun = time.monotonic()
        result = qsource('__complete', '--', *words, cwd=self.directory, **options)
        # A second is promised; far more is a wait for somebody who gives no answer.
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return [line.partition('\t')[0] for line in result.stdout.splitlines()]

    def wait_completed(self, wanted, *words, **options):
        """The candidates, once all that are wanted are among them: it ends within a second with
        what it has, which on a machine that is busy may be nothing."""
        deadline = time.monotonic() + SECONDS
        while not set(wanted) <= set(found := self.complete(*words, **options)):
            self.assertLess(time.monotonic(), deadline, (words, found))
        return found

    def assertCompletes(self, wanted, *words, **options):
        found = self.wait_completed(wanted, *words, **options)
        self.assertEqual(sorted(found), sorted(wanted), words)


class TestRun(CommandCase):
    def test_first_try(self):
        """A file needs no broker, no configuration and no second command to be shown"""
        path = self.write('x.log', 'one\ntwo\nlast')
        result = qsource('run', 'file', f'path={path}', 'follow=no', cwd=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        records = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([record['value'] for record in records], ['one', 'two', 'last'])
        self.assertEqual([record['offset'] for record in records], [0, 1, 2])
        self.assertEqual({record['key'] for record in records}, {str(path)})
        self.assertEqual(list(self.directory.iterdir()), [path])  # nothing is left behind

    def test_ends(self):
        """--count, --for and a signal end it, each with its status"""
        path = self.write('x.log', 'one\ntwo\nthree\n')
        result = qsource('run', 'file', f'path={path}', '--count=2')
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (0, 2))
        self.assertEqual(qsource('run', 'file', f'path={path}', '--for=0.1').returncode, 0)
        for number in signal.SIGINT, signal.SIGTERM:
            process = subprocess.Popen([QSOURCE, 'run', 'file', f'path={path}', '-F', 'json'],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for _ in range(3):
                process.stdout.readline()
            process.send_signal(number)
            self.assertEqual(process.wait(SECONDS), 128 + number)
            process.stdout.close()

    def test_pipe(self):
        """A reader that has seen enough is no error"""
        path = self.write('x.log', ''.join(f'{i}\n' for i in range(100000)))
        for command in (f'run file path={path}', 'inspect file', 'help'):
            result = subprocess.run(
                ['bash', '-c', f'{QSOURCE} {command} 2>{self.directory}/stderr | head -1; '
                               'echo ${PIPESTATUS[0]}'],
                capture_output=True, text=True, timeout=SECONDS)
            self.assertEqual(result.stdout.splitlines()[-1], '0', command)

    def test_nothing_lost(self):
        """All that is produced is printed, or the status says that it isn't"""
        path = self.write('x.log', ''.join(f'{i:0115}\n' for i in range(100000)))
        words = ['run', 'file', f'path={path}', 'follow=no', '-F', 'json']
        result = qsource(*words)
        self.assertEqual((result.returncode, len(result.stdout.splitlines())), (0, 100000))
        # Without what has the source wait for its reader.
        result = qsource(*words, '--producer-config=batch.size=1000000')
        n_lines = len(result.stdout.splitlines())
        self.assertEqual(result.returncode, 0 if n_lines == 100000 else 1, result.stderr)
        if n_lines < 100000:
            self.assertIn(f'{100000 - n_lines} records are missing', result.stderr)

    def test_no_file(self):
        """A name that no file has is no silence"""
        error = qsource('run', 'file', f'path={self.directory}/nothing', 'follow=no', cwd=self.directory).stderr
        self.assertIn(f"There is no file '{self.directory}/nothing' to read", error)
        path = f'path={self.directory}/nothing'
        self.assertIsNotNone(self.read_error('waiting for one', 'run', 'file', path))

    def test_needs(self):
        """A source that lacks what it can't do without is a wrong call; nothing is started"""
        path = self.write('csv.conf', '[application]\nbroker-address=embedded\n[source orders]\ntype=csv\n')
        calls = [([source], 2, lack) for source, lack in
                 (('csv', 'path'), ('file', 'path'), ('command', 'argv or shell'))]
        for words, status, lack in [*calls, (['--config', path], 78, 'path')]:
            for more in [], ['--dry-run']:
                result = qsource('run', *words, *more, cwd=self.directory)
                self.assertEqual(result.returncode, status, (words, result.stderr))
                self.assertIn(f'lacks its property {lack}. ', result.stderr)
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                self.assertEqual(result.stdout, '')
            result = qsource('doctor', *words, '-b', '127.0.0.1:1', cwd=self.directory)
            self.assertEqual(result.returncode, status, (words, result.stderr))
        self.assertEqual(qsource('run', 'command', 'shell=true', '--dry-run', cwd=self.directory).returncode, 0)

    def test_dry_run(self):
        """What a source could not read is said before it runs, by doctor as well"""
        missing, there = self.directory / 'missing*.log', self.write('x.log', 'one\n')
        for words, status, text in (
                (['file', f'path={missing}'], 0, 'waits for it'),
                (['file', f'path={missing}', 'follow=no'], 1, f"There is no file '{missing}' to read"),
                (['file', f'path={there}', 'follow=no'], 0, 'Source'),
                (['file', f'path={self.directory}'], 1, 'is a directory'),
                (['csv', f'path={missing}', 'follow=no'], 1, f"There is no file '{missing}' to read"),
                (['command', 'argv=not-there-at-all'], 1, "no program 'not-there-at-all'"),
                (['command', 'shell=not-there-at-all'], 0, 'Source')):
            result = qsource('run', '--dry-run', *words, cwd=self.directory)
            self.assertEqual(result.returncode, status, (words, result.stdout, result.stderr))
            self.assertIn(text, result.stdout)

    def test_columns_of_one_name(self):
        """No value of a row gets lost, whatever its columns are called"""
        for header, names in ('a,a,,', ['a', 'a_2', '', '_4']), ('a_3,b,a_3,a_3_3', None), ('4,x', ['4', 'x', '3', '4_']):
            path = self.write('x.csv', f'{header}\n1,2,3,4\n')
            result = qsource('run', 'csv', f'path={path}', 'follow=no', '-F', 'json', cwd=self.directory)
            value = json.loads(result.stdout)['value']
            self.assertEqual(sorted(value.values()), [1, 2, 3, 4], value)
            self.assertEqual(list(value), names or list(value))

    def test_terminal(self):
        """A terminal gets a table, and nothing that would steer it"""
        path = self.write('x.log', 'plain\n\x1b[31mred\x07\n')
        ours, theirs = pty.openpty()
        with subprocess.Popen([QSOURCE, 'run', 'file', f'path={path}', 'follow=no'], stdout=theirs,
                              stderr=subprocess.DEVNULL) as process:
            os.close(theirs)
            output = b''
            try:
                while block := os.read(ours, 65536):
                    output += block
            except OSError:
                pass
            self.assertEqual(process.wait(SECONDS), 0)
        os.close(ours)
        text = output.decode()
        self.assertIn('OFFSET', text)
        self.assertIn('plain', text)
        self.assertNotIn('\x1b', text)
        self.assertNotIn('\x07', text)

    def test_secrets(self):
        """A value may be read from a file or from the environment"""
        path = self.write('x.log', 'one\n')
        pointer = self.write('pointer', f'{path}\n')
        for value, env in ((f'@file:{pointer}', {}), ('@env:WHERE', {'WHERE': str(path)})):
            result = qsource('run', 'file', f'path={value}', 'follow=no', env=env)
            self.assertEqual(len(result.stdout.splitlines()), 1, result.stderr)
        self.assertFails(78, 'NOT_THERE', 'run', 'file', 'path=@env:NOT_THERE')
        self.assertFails(78, '/not/there', 'run', 'file', 'path=@file:/not/there')


class TestUsage(CommandCase):
    def test_unknown(self):
        """What is unknown is refused, with the nearest and with where the list is"""
        self.assertFails(2, "did you mean 'run'? ('qsource help' lists them)", 'rnu')
        self.assertFails(2, "did you mean '--broker-address'?", 'run', 'file', '--brokr=x')
        self.assertFails(2, "did you mean '--consumer-group'?", 'run', 'file', '--consumer-grup=x')
        self.assertFails(2, "did you mean 'file'?", 'run', 'fiel')
        self.assertFails(2, "did you mean 'path'?", 'run', 'file', 'pth=x')
        self.assertFails(2, "PROPERTY=VALUE", 'run', 'file', 'x.log')
        self.assertFails(2, 'No source was named', 'run')
        self.assertFails(2, "did you mean 'exactly-once'?", 'run', 'file',
                         '--processing-guarantee=exactly-onc')
        self.assertFails(2, 'from 0 to 86400', 'run', 'file', 'rotate-wait=-1')
        self.assertFails(2, 'integer of at least 1', 'run', 'file', 'path=x', '--count=0')
        self.assertFails(2, 'table, json', 'run', 'file', 'path=x', '-F', 'xml')

    def test_help(self):
        """Every verb shows its options; without one, all verbs are shown"""
        result = qsource('help')
        for verb in VERBS:
            self.assertRegex(result.stdout, f'(?m)^  {verb} ')
            for words in ((verb, '--help'), ('help', verb)):
                shown = qsource(*words)
                self.assertEqual((shown.returncode, shown.stderr), (0, ''))
                self.assertIn(f'Usage: qsource {verb}', shown.stdout)
        self.assertEqual(qsource().returncode, 2)

    def test_groups(self):
        """Where verbs are of two words, the first one shows those that there are"""
        for group, verb in ('state', 'reset'), ('dead-letters', 'replay'):
            for words in ([group, '--help'], [group, '-h'], ['help', group]):
                shown = qsource(*words)
                self.assertEqual((shown.returncode, shown.stderr), (0, ''), words)
                self.assertRegex(shown.stdout, f'(?m)^  {group} {verb} ')
            self.assertFails(2, f"'qsource help {group}'", group)
        self.assertFails(2, "did you mean 'status'?", 'help', 'statsu')
        self.assertFails(2, "did you mean 'reset'?", 'help', 'state', 'resett')

    def test_columns(self):
        """What is shown is as wide as the terminal; without one, as wide as most are"""
        for words in (['help'], ['state', '--help'], *([verb, '--help'] for verb in VERBS), ['inspect'],
                      ['inspect', 'file'], ['doctor', '-b', '127.0.0.1:1', '--request-timeout=0.1']):
            for columns in 40, 80:
                lines = on_terminal(columns, *words).splitlines()
                # Examples are for copying, and names are not divided.
                long = [line for line in lines if len(line) > columns and 'qsource' not in line and
                        ' ' in line.strip(' -')]
                self.assertGreater(len(lines), 2, words)
                self.assertEqual([line for line in long if columns == 80 or len(line.split()) > 3], [], words)
        self.assertLess(max(map(len, qsource('help').stdout.splitlines())), 81)

    def test_file_to_blame(self):
        """A setting that only a run finds to be wrong is the call's fault or that of the file"""
        path = self.write('x.log', 'one\n')
        for group, name in ('two words', 'a'), ('g', 'a b'):
            config = self.write('x.conf', f'[application]\nbroker-address=127.0.0.1:1\nconsumer-group={group}\n'
                                          f'[source {name}]\ntype=file\npath={path}\n')
            for more in [], ['--dry-run']:
                result = qsource('run', '--config', str(config), *more)
                if group == 'g' or not more:
                    self.assertEqual(result.returncode, 78, result.stderr)
            result = qsource('run', 'file', f'path={path}', '-b', '127.0.0.1:1', '-g', group, '-n', name)
            self.assertEqual(result.returncode, 2, result.stderr)

    def test_full_output(self):
        """Output that cannot be written is a failure that names its cause, whoever printed it"""
        path = self.write('x.log', 'one\n')
        for words in (['help'], ['inspect', 'file', '--json'], ['run', 'file', f'path={path}', 'follow=no'],
                      ['run', 'file', f'path={path}', 'follow=no', '-F', 'table']):
            with open('/dev/full', 'w') as full:
                result = subprocess.run([QSOURCE, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                        timeout=60)
            self.assertEqual(result.returncode, 1, words)
            self.assertIn('Cannot write to standard output: No space left on device', result.stderr, words)

    def test_translated_key(self):
        """A key with a language is an unknown one in each locale, rather than left out in silence"""
        path = self.write('x.log', 'one\n')
        config = self.write('x.conf', f'[source a]\ntype=file\npath={path}\nfollow[de]=false\n')
        for locale in 'C', 'de_DE.UTF-8':
            self.assertFails(78, "x.conf:4: There is no key 'follow[de]'", 'run', '--config', str(config),
                             '--dry-run', env={'LC_ALL': locale, 'LANGUAGE': locale[:2]})

    def test_byte_order_mark(self):
        """A mark that an editor has put in front of a configuration file is not part of it"""
        path = self.write('x.log', 'one\n')
        config = self.write('x.conf', f'\ufeff[source a]\ntype=file\npath={path}\nfollow=no\n')
        result = qsource('run', '--config', str(config), '--dry-run')
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_early_signal(self):
        """A signal that comes while a run begins ends it as well"""
        path = self.write('x.log', 'one\n')
        for _ in range(12):
            with subprocess.Popen([QSOURCE, 'run', 'file', f'path={path}'], text=True, stderr=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL) as process:
                while 'Starting' not in process.stderr.readline():
                    pass
                process.send_signal(signal.SIGINT)
                try:
                    process.communicate(timeout=30)
                finally:
                    process.kill()
            self.assertEqual(process.returncode, 128 + signal.SIGINT)

    def test_blanks(self):
        """Blanks at the ends of lines belong to no value; one that is written as \\s does"""
        paths = [self.write(name, f'{name}\n') for name in ('x.log', 'y ')]
        for blanks in ' ', '\t  ', '\r':
            lines = ('[application]', 'broker-address=embedded', '[source a]', 'type=file', 'follow=no', 'topic=t',
                     f'path={paths[0]};' + str(paths[1]).replace(' ', '\\s'))
            config = self.write('x.conf', ''.join(f'{line}{blanks}\n' for line in lines))
            result = qsource('run', '--config', str(config), '-F', 'json')
            self.assertEqual(result.returncode, 0, result.stderr)
            records = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual(sorted(record['value'] for record in records), ['x.log', 'y '])
            self.assertEqual({record['topic'] for record in records}, {'t'})

    def test_locale(self):
        """Data and options are the same in each locale; what is for people is made of what it has"""
        path = self.write('é.log', 'ü…\n')
        for locale in 'C', 'C.UTF-8':
            result = qsource('run', 'file', f'path={path}', 'follow=no', '-F', 'json', '-t', 'x',
                             '--instance-id', 'é', env={'LC_ALL': locale})
            record = json.loads(result.stdout)
            self.assertEqual((record['key'], record['value']), (str(path), 'ü…'), locale)
            inspected = qsource('inspect', 'file', '--json', env={'LC_ALL': locale}).stdout
            self.assertIn('0…3600', inspected, locale)
            self.assertNotIn('?', qsource('inspect', 'file', env={'LC_ALL': locale}).stdout)
        for words in ['run', 'file', '-g', b'\xff'], ['run', 'file', b'path=\xff']:
            self.assertFails(2, 'not valid UTF-8', *words)

    def test_options_everywhere(self):
        """Each option of each verb is in its help, in the man page and in completion"""
        man = qsource('__man').stdout.replace('\\-', '-')
        for verb in VERBS:
            options = set(re.findall(r'--[\w-]+=?', qsource(verb, '--help').stdout
                                     .partition('\nOptions:\n')[2].partition('\nExamples')[0]))
            self.assertIn('--help', options)
            self.assertCompletes(options, verb, '--')
            for option in options:
                self.assertIn(option.rstrip('='), man)

    @unittest.skipUnless(shutil.which('man'), 'there is no man')
    def test_man(self):
        """The man page is one that man shows without a warning"""
        result = subprocess.run(['man', '--warnings', '-l', '-'], input=qsource('__man').stdout,
                                capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual((result.returncode, result.stderr), (0, ''))

    def test_recipes(self):
        """Each example of the man page is a call that the command understands"""
        text = qsource('__man').stdout.replace('\\-', '-').replace('\\e\n', ' ').replace('\\&', '')
        lines = re.findall(r'(?m)^qsource .*$', text.partition('.SH EXAMPLES')[2])
        self.assertGreater(len(lines), 8)
        password = self.write('password', 'secret')
        for line in lines:
            line = re.sub('@file:[^ ]+', f'@file:{password}', line)
            words = [word.replace('localhost:9092', '127.0.0.1:1').replace('broker:9093', '127.0.0.1:1')
                     for word in shlex.split(line)[1:]]
            if words[0] == 'top':  # which does not end by itself, and another one might have its port
                self.assertRegex(qsource('top', '--help').stdout, '--web=HOST:PORT')
                continue
            if words[0] in ('run', 'doctor', 'topics', 'state', 'dead-letters'):
                words.append('--request-timeout=0.2')
            result = qsource(*words, cwd=self.directory, env={'XDG_RUNTIME_DIR': str(self.directory)})
            self.assertIn(result.returncode, (0, 1, 3), (line, result.stderr))
            self.assertNotIn('Unknown', result.stderr)

    def test_complete(self):
        """Completion knows verbs, types, properties and their values"""
        for words, expected in ((['i'], 'inspect'), (['run', 'fi'], 'file'),
                                (['run', 'file', 'pa'], 'path='),
                                (['run', 'file', 'key=n'], 'key=name'),
                                (['run', 'file', 'follow='], 'follow=no'),
                                (['run', '--processing-guarantee=e'],
                                 '--processing-guarantee=exactly-once'),
                                (['run', '--processing-guarantee', 'e'], 'exactly-once'),
                                (['run', '-b', 'a:1', 'fi'], 'file'),
                                (['run', '-b', 'a:1', 'file', 'key=n'], 'key=name'),
                                (['run', 'file', '-F', ''], 'json'),
                                (['sta'], 'state'), (['state', 'v'], 'verify')):
            self.wait_completed([expected], *words)
        for words in ['run', '--config', ''], ['run', 'file', '--topic', 'x']:
            self.assertEqual(self.complete(*words), [])

    def test_complete_states(self):
        """The sources that have a state on this machine are known where one is named"""
        for name in 'door', 'gate':
            (self.directory / 'states' / 'house' / name / '0').mkdir(parents=True)
        for words in ['--state-dir', 'states', '-g', 'house', '-n', ''], ['--state-dir=states', '--consumer-group=house', '--name=']:
            start = re.search('--name=|$', words[-1])[0]
            self.assertCompletes([f'{start}door', f'{start}gate'], 'state', 'get', *words)

    def test_defaults(self):
        """An option's range and default are in its help"""
        text = ' '.join(qsource('run', '--help').stdout.split())
        self.assertIn('(0…60; default 1)', text)
        self.assertIn('(default at-least-once)', text)


class TestBroker(CommandCase):
    def start_broker(self, *words):
        process = subprocess.Popen([QSOURCE, 'broker', *words], stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, process.stdout.readline().strip()

    def test_port(self):
        """A broker at a port of one's own is one for other processes, again and again"""
        port, = free_ports(1)
        process, address = self.start_broker(f'--port={port}')
        self.assertEqual(address, f'127.0.0.1:{port}')
        path = self.write('x.log', 'one\ntwo\n')
        for _ in range(2):
            result = qsource('run', 'file', f'path={path}', 'follow=no', '-b', address, '-t', 'logs',
                             cwd=self.directory)
            self.assertEqual(result.returncode, 0, result.stderr)
        # On another machine, the state comes back from there.
        self.write('x.log', 'one\ntwo\nthree\n')
        result = qsource('run', 'file', f'path={path}', 'follow=no', '-b', address, '-t', 'logs',
                         f'--state-dir={self.directory}/another')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('finished: 1 record ', result.stderr)
        self.assertFails(3, 'use', 'broker', f'--port={port}')
        self.assertFails(2, '65535', 'broker', '--port=99999')
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(SECONDS), 130)

    def test_count(self):
        """--count ends a source after exactly so many records; the next run goes on behind them"""
        _, address = self.start_broker()
        path = self.write('x.log', ''.join(f'{i}\n' for i in range(1000)))
        words = ['file', f'path={path}', '-b', address, '-t', 'logs', '--use-changelog-topics=no',
                 f'--state-dir={self.directory}/state']
        for _ in range(2):
            result = qsource('run', *words, '--count=7')
            self.assertEqual(result.returncode, 0, result.stderr)
        result = qsource('run', *words, '-F', 'json', 'follow=no')
        self.assertEqual(result.returncode, 0, result.stderr)
        records = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(sorted(int(record['value']) for record in records), list(range(14, 1000)))
        # Nothing else is there.
        ends = {record['partition']: 0 for record in records}
        for record in records:
            ends[record['partition']] = max(ends[record['partition']], record['offset'] + 1)
        self.assertEqual(sum(ends.values()), 1000)

    def test_count_of_several(self):
        """Of several sources, each one is stopped after exactly so many records, printed or not"""
        _, address = self.start_broker()
        path = self.write('x.log', ''.join(f'{i}\n' for i in range(100000)))
        for name, words in ('silent', []), ('printing', ['-F', 'json']):
            config = self.write(f'{name}.conf', f'[application]\nbroker-address={address}\n'
                                f'consumer-group={name}\nuse-changelog-topics=no\n' + ''.join(
                                    f'[source {source}]\ntype=file\npath={path}\ntopic={name}-{source}\n'
                                    for source in 'ab'))
            result = qsource('run', '--config', str(config), '--count=1001', *words, cwd=self.directory)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(result.stdout.splitlines()), 2002 if words else 0)
            for source in 'ab':
                self.assertRegex(result.stderr, rf'\[{source}\] Source finished: 1001 records ')

    def test_complete_topics(self):
        """Topics of a broker are completed; one that gives no answer holds no shell up"""
        _, address = self.start_broker()
        path = self.write('x.log', 'one\n')
        result = qsource('run', 'file', f'path={path}', 'follow=no', '-b', address, '-t', 'logs',
                         '--use-changelog-topics=no', cwd=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.write('x.conf', f'[application]\nbroker-address={address}\n')
        for words, candidate in ((['-b', address, '-t', ''], 'logs'), (['-b', address, '--topic=lo'], '--topic=logs'),
                                 (['--config', 'x.conf', '-t', 'l'], 'logs')):
            self.assertCompletes([candidate], 'run', 'file', *words)
        self.assertCompletes(['logs'], 'topics', 'file', '-t', '',
                             env={'QSOURCE_BROKER_ADDRESS': address})
        self.assertCompletes(['qsource-default'], 'state', 'ls', '-b', address, '-g', 'q')
        with socket.create_server(('127.0.0.1', 0)) as silent:
            ports = silent.getsockname()[1], *free_ports(1)
            for dead in (*(f'127.0.0.1:{port}' for port in ports), 'nonsense', ''):
                self.assertEqual(self.complete('run', 'file', '-b', dead, '-t', ''), [])

    def test_topics(self):
        """What an application needs, what there is, and what a run would do"""
        _, address = self.start_broker()
        path = self.write('x.log', 'one\n')
        words = ['file', f'path={path}', '-t', 'logs', '-b', address]
        topics = json.loads(qsource('topics', '--json', *words).stdout)
        self.assertEqual([topic['name'] for topic in topics],
                         ['logs', 'changelog__qsource-default--source-file'])
        self.assertEqual({topic['action'] for topic in topics}, {'use'})
        self.assertIn('use it', qsource('topics', *words).stdout)
        result = qsource('run', '--dry-run', *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('to topic logs', result.stdout)
        self.assertIn('use it', result.stdout)
        self.assertFails(2, 'No broker was named', 'topics', 'file', 'path=x')

    def test_doctor(self):
        """Each failure comes with what to do"""
        _, address = self.start_broker()
        result = qsource('doctor', '-b', address, cwd=self.directory)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for check in 'versions', 'descriptors', 'clock', 'disk', 'broker', 'topics', 'transactions':
            self.assertRegex(result.stdout, f'(?m)^(ok|warning) +{check} ')
        result = qsource('doctor', '-b', address, '--processing-guarantee=exactly-once', cwd=self.directory)
        self.assertRegex(result.stdout, '(?m)^ok +transactions ')
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        dead = f'127.0.0.1:{free_ports(1)[0]}'
        # Who asks what is wrong isn't kept for the 30 s of a run.
        result = qsource('doctor', '-b', dead, cwd=self.directory)
        self.assertRegex(result.stdout, r'within 8([.]\d)? s')
        self.assertEqual(result.stderr, '')
        path = self.write('x.log', 'one\n')
        result = qsource('doctor', '--json', '-b', dead, '--request-timeout=1',
                         f'--state-dir={path}/state')
        self.assertEqual(result.returncode, 1)
        failed = {check['check']: check for check in json.loads(result.stdout)
                  if check['state'] == 'failed'}
        self.assertEqual(set(failed), {'broker', 'state directory'})
        self.assertIn('refused', failed['broker']['text'])
        self.assertIn('broker-address', failed['broker']['advice'])
        for verb in ('topics',), ('run', '--dry-run'):
            result = qsource(*verb, 'file', f'path={path}', '-b', dead, '--request-timeout=1')
            self.assertEqual(result.returncode, 3, result.stderr)


class TestInspect(CommandCase):
    def test_types(self):
        """Without a source, there is a line for each; with one, all about it"""
        lines = qsource('inspect').stdout.splitlines()
        self.assertTrue(any(line.startswith('file ') for line in lines))
        types = json.loads(qsource('inspect', '--json').stdout)
        self.assertEqual(len(types), len(lines))
        for entry in types:
            told = json.loads(qsource('inspect', entry['type'], '--json').stdout)
            self.assertEqual(told['hierarchy'][0], told['class'])
            text = qsource('inspect', entry['type']).stdout
            for prop in told['properties']:
                self.assertTrue(prop['description'])
                self.assertIn(prop['name'], text)
            self.assertTrue(told['summary'] and told['promise'] and told['example'])

    def test_schema(self):
        """The schema of a configuration file has each property"""
        schema = json.loads(qsource('inspect', '--schema').stdout)
        application = schema['properties']['application']['properties']
        self.assertEqual(application['processing-guarantee']['enum'],
                         ['at-least-once', 'exactly-once'])
        self.assertEqual(application['request-timeout']['minimum'], 0.1)


if __name__ == '__main__':
    QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
