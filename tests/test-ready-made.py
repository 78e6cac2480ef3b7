#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ready-made sources csv and command, by the command qsource and its own broker.

  test-ready-made.py QSOURCE"""

import csv
import gzip
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

QSOURCE = None
SECONDS = 120
SEED = int(os.environ.get('QSOURCE_TEST_SEED') or random.randrange(1 << 30))


def run(*words, status=0):
    """The records that a source produces; or what it says if that is an error."""
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith('QSOURCE_')}
    result = subprocess.run([QSOURCE, 'run', *words], capture_output=True, timeout=SECONDS,
                            env=environment)
    if result.returncode != status:
        raise AssertionError(f'{words}: {result.returncode}\n{result.stderr.decode()}')
    if status != 0:
        return result.stderr.decode()
    return [json.loads(line) for line in result.stdout.splitlines()]


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-ready-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def write(self, name, data):
        path = self.directory / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path


class TestCsv(Case):
    def test_oracle(self):
        """Rows are what Python's csv module reads"""
        rng = random.Random(SEED)
        pieces = ['a', 'bc', '', '"', '""', ',', '\n', '\r\n', '\r', ' ', 'é', '€', ';', "'", '1']
        texts = ['a,b\n1,2', 'a,b\r\n1,2\r\n', 'a\r1\r2\r', '\n\na,b\n\n1,2\n\n', 'a,b\n"x""y",\n',
                 'a,b\n"x"y,"p\nq"\n', 'a\n"open, to the end\n1', 'a,b\nx"y,z\n', '\ufeffa,b\n1,2\n']
        texts += ['h1,h2,h3\n' + ''.join(rng.choice(pieces) for _ in range(rng.randrange(1, 40)))
                  for _ in range(40)]
        for number, text in enumerate(texts):
            path = self.write(f'{number}.csv', text)
            rows = [row for row in csv.reader(io.StringIO(text.lstrip('\ufeff'), newline='')) if row]
            header = rows[0]
            if len(set(header)) < len(header):
                continue
            expected = [{**{name: None for name in header},
                         **{header[i] if i < len(header) else str(i + 1): cell
                            for i, cell in enumerate(row)}} for row in rows[1:]]
            with self.subTest(text=text, seed=SEED):
                found = run('csv', f'path={path}', 'types=text')
                self.assertEqual([record['value'] for record in found], expected)

    def test_values(self):
        """Values are inferred, keys and timestamps taken from their columns"""
        path = self.write('x.csv', 'id,n,time\n1,-5,2026-01-02T03:04:05Z\n"2",1.5e3,1767323045\n'
                                   '3,007,1767323045500\n4,,2026-01-02 03:04:05.25\n5,True,2026-01-02\n')
        records = run('csv', f'path={path}', 'key-column=id', 'timestamp-column=time')
        self.assertEqual([record['key'] for record in records], ['1', '2', '3', '4', '5'])
        self.assertEqual([record['value']['n'] for record in records], [-5, 1500, '007', None, True])
        self.assertEqual([record['value']['id'] for record in records], [1, '2', 3, 4, 5])
        self.assertEqual([record['timestamp'] for record in records],
                         [1767323045000, 1767323045000, 1767323045500, 1767323045250, 1767312000000])
        path = self.write('y.csv', '02.01.2026 03:04|x\n')
        record, = run('csv', f'path={path}', 'delimiter=|', 'header=when,what',
                      'timestamp-column=when', 'timestamp-format=%d.%m.%Y %H:%M')
        self.assertEqual((record['timestamp'], record['value']['what']), (1767323040000, 'x'))
        record, = run('csv', f'path={path}', 'delimiter=|', 'header=none', 'key-column=2')
        self.assertEqual((record['key'], record['value']), ('x', {'1': '02.01.2026 03:04', '2': 'x'}))

    def test_refused(self):
        """What can't be used is an error that says where it stands"""
        path = self.write('x.csv', 'a,b\n1,2\n3,x\n')
        for words, text in ((['key-column=c'], "no column 'c', the key-column; it has: a, b"),
                            (['timestamp-column=b'], "'x' in 'b' is not a time"),
                            (['delimiter=ab'], 'one ASCII character')):
            self.assertIn(text, run('csv', f'path={path}', *words, status=1))
        self.assertIn('/not/there', run('csv', 'path=/not/there', status=1))

    def test_encoding(self):
        """Text is exact in each encoding, or refused with its place; nothing is replaced"""
        text = 'näme,b\n"Grüße, €",2\n'
        for encoding in ('utf-8', 'iso8859-15', 'cp1252'):
            path = self.write('x.csv', text.encode(encoding))
            record, = run('csv', f'path={path}', f'encoding={encoding}')
            self.assertEqual(record['value'], {'näme': 'Grüße, €', 'b': 2})
        said = run('csv', f'path={path}', status=1)
        self.assertIn('byte 0', said)
        path = self.write('y.csv', b'a,b\n1,2\n3,\xff\n')
        said = run('csv', f'path={path}', status=1)
        for part in ('byte 8', "column 2, 'b', is not UTF-8", 'encoding'):
            self.assertIn(part, said)
        path = self.write('z.csv', b'a\nx\0y\n')
        self.assertIn('is not UTF-8', run('csv', f'path={path}', status=1))
        for encoding in ('utf-16', 'nonsense'):
            self.assertIn('as encoding', run('csv', f'path={path}', f'encoding={encoding}', status=1))

    def test_pace(self):
        """With delay, records come as their timestamps lie apart"""
        path = self.write('x.csv', 'time\n100\n101\n102\n')
        start = time.monotonic()
        run('csv', f'path={path}', 'timestamp-column=time', 'delay=0.5')
        self.assertGreater(time.monotonic() - start, 1)

    def test_large(self):
        """A file of more than one block is read through, compressed or not"""
        rows = ''.join(f'{i},"line {i}\nand more"\n' for i in range(30000))
        for name, data in (('x.csv', ('id,text\n' + rows).encode()),
                           ('x.csv.gz', gzip.compress(('id,text\n' + rows).encode()))):
            path = self.write(name, data)
            records = run('csv', f'path={path}')
            self.assertEqual([record['value']['id'] for record in records], list(range(30000)))
            self.assertEqual(records[-1]['value']['text'], 'line 29999\nand more')


class TestCommand(Case):
    def values(self, *words, **options):
        return [record['value'] for record in run('command', *words, **options)]

    def test_output(self):
        """Lines are records: empty, binary, and the last one without a newline"""
        self.assertEqual(self.values('shell=printf "a\\n\\nb c\\n\\377\\376\\nlast"'),
                         ['a', '', 'b c', '0xfffe', 'last'])
        self.assertEqual(self.values('argv=printf', 'argv=%s\\n', 'argv=a b', 'argv=$HOME'),
                         ['a b', '$HOME'])
        self.assertEqual(self.values('argv=true'), [])
        self.assertEqual(len(self.values('argv=seq', 'argv=50000')), 50000)

    def test_long_lines(self):
        """A long line is one record where the producer takes such records, else an error that says what to do"""
        command = "shell=head -c 4000000 /dev/zero | tr '\\0' x; echo; echo after"
        more = '--producer-config', 'message.max.bytes=20000000'
        self.assertEqual([(len(value), value[-1]) for value in self.values(command, *more)], [(4000000, 'x'), (5, 'r')])
        # A broker in memory doesn't keep as much as that.
        command = "shell=head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after"
        self.assertRegex(run('command', command, *more, status=1),
                         '2 records are missing|1 record is missing')
        self.assertIn('message.max.bytes', run('command', command, status=1))
        self.assertEqual(self.values(command, 'errors=skip'), ['after'])

    def test_status(self):
        """A command that fails is a source that fails, with its status; or it is restarted"""
        for command, text in (('shell=echo a; exit 3', "'echo a; exit 3' ended with status 3"),
                              ('shell=kill -9 $$', 'was ended by signal 9 (Killed)'),
                              ('argv=not-there', "'not-there'")):
            found = run('command', command, status=1)
            self.assertIn(text, found)
            # The domain of an error is for programs.
            self.assertNotIn('quark', found)
        self.assertIn('lacks its property argv or shell', run('command', status=2))
        self.assertIn('one of them', run('command', 'argv=a', 'shell=b', status=1))
        counter = self.directory / 'counter'
        command = f'echo x >>{counter}; wc -l <{counter}; test $(wc -l <{counter}) -ge 3'
        self.assertEqual(self.values(f'shell={command}', 'restart=on-failure', 'restart-backoff=0.01'),
                         ['1', '2', '3'])
        self.assertEqual(self.values('argv=echo', 'argv=x', 'restart=always', 'restart-backoff=0.01',
                                     '--count=4'), ['x'] * 4)

    def test_stderr(self):
        """What it complains of is logged, or discarded"""
        for where, told in (('log', True), ('discard', False)):
            text = run('command', 'shell=echo trouble >&2; exit 1', f'stderr={where}', status=1)
            self.assertEqual('[command] trouble' in text, told)

    def test_end(self):
        """All that it has started ends with the source"""
        marker = self.directory / 'pid'
        run('command', f'shell=sleep 1000 & echo $! >{marker}; echo started; wait', '--count=1')
        pid = int(marker.read_text())
        deadline = time.monotonic() + SECONDS
        while os.path.exists(f'/proc/{pid}') and \
                ' Z ' not in pathlib.Path(f'/proc/{pid}/stat').read_text():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


class TestDBus(Case):
    def setUp(self):
        super().setUp()
        self.path = self.directory / 'bus'
        self.bus = None

    def start_bus(self):
        self.bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile',
                                     f'--address=unix:path={self.path}', '--print-address'],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.bus.stdout.readline()
        self.addCleanup(self.stop_bus)

    def stop_bus(self):
        if self.bus:
            self.bus.kill()
            self.bus.wait()
            self.bus.stdout.close()
            self.bus = None

    def emit(self, text):
        subprocess.run(['gdbus', 'emit', '--session', '--object-path', '/a/b', '--signal',
                        'org.example.Door.Opened', repr(text), "{'n': <5>}"],
                       env={**os.environ, 'DBUS_SESSION_BUS_ADDRESS': f'unix:path={self.path}'},
                       check=True, timeout=SECONDS)

    def wait_for(self, path, text):
        deadline = time.monotonic() + SECONDS
        while text not in path.read_text():
            self.assertLess(time.monotonic(), deadline, path.read_text())
            time.sleep(0.05)

    @unittest.skipUnless(shutil.which('dbus-daemon') and shutil.which('gdbus'), 'there is no D-Bus')
    def test_signals(self):
        """Signals come as objects, also from a bus that died and came back"""
        log, out = self.directory / 'log', self.directory / 'out'
        self.start_bus()
        with open(log, 'w') as stderr, open(out, 'w') as stdout:
            process = subprocess.Popen(
                [QSOURCE, 'run', 'dbus', f'bus=unix:path={self.path}', 'interface=org.example.Door',
                 '--count=2', '-F', 'json'], stdout=stdout, stderr=stderr)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.wait_for(log, 'Connected')
        self.emit('one')
        self.wait_for(out, 'one')
        self.stop_bus()
        self.wait_for(log, 'The bus cannot be reached')
        self.path.unlink(missing_ok=True)
        self.start_bus()
        self.wait_for(log, 'signals of')
        self.emit('two')
        self.assertEqual(process.wait(SECONDS), 0)
        records = [json.loads(line) for line in out.read_text().splitlines()]
        self.assertEqual([record['value']['parameters'] for record in records],
                         [['one', {'n': 5}], ['two', {'n': 5}]])
        self.assertEqual({record['key'] for record in records}, {'/a/b'})
        self.assertEqual({record['value']['member'] for record in records}, {'Opened'})

    def test_refused(self):
        """What D-Bus wouldn't take is an error, and so is a bus that isn't there"""
        for word in ('bus=nonsense', 'interface=x', 'path=x', 'sender=-', 'member=a.b'):
            self.assertIn(word.partition('=')[0], run('dbus', word, status=1))
        self.assertIn('Cannot reach the bus', run('dbus', 'bus=unix:path=/not/there', status=1))


if __name__ == '__main__':
    QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
