#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ready-made sources keep their promises: logs are written and rotated, tables grow and
commands run while the source, in the command qsource and on a real Kafka, is killed and
started again.

  test-ready-made-kafka.py QSOURCE

It needs kcat, and QSOURCE_TEST_BROKER; without that it starts a broker."""

import collections
import csv
import gzip
import http.server
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BROKER = os.environ.get('QSOURCE_TEST_BROKER')
QSOURCE = None
REMOTE = '/lib/systemd/systemd-journal-remote'
SECONDS = 120
SEED = int(os.environ.get('QSOURCE_TEST_SEED') or random.randrange(1 << 30))


class Log:
    """A log with a writer that opens it anew for each line, and its rotations."""

    def __init__(self, directory, name='app.log', keep=50):
        self.path = directory / name
        self.keep = keep
        self.number = 0
        self.n_days = 0
        self.path.touch()

    def write(self, n):
        with open(self.path, 'a') as file:
            for _ in range(n):
                file.write(f'{self.number}\n')
                self.number += 1

    def rotated(self, number):
        return self.path.with_name(f'{self.path.name}.{number}')

    def shift(self):
        for number in range(self.keep, 0, -1):
            for suffix in ('', '.gz'):
                path = self.rotated(f'{number}{suffix}')
                if path.exists():
                    path.rename(self.rotated(f'{number + 1}{suffix}'))

    def rotate(self):
        self.shift()
        self.path.rename(self.rotated(1))
        self.path.touch()

    def compress(self, number=1):
        """As gzip does it: a new file of the same age, and then the old one goes."""
        source = self.rotated(number)
        if not source.exists():
            return
        target = self.rotated(f'{number}.gz')
        with gzip.open(target, 'wb') as file:
            file.write(source.read_bytes())
        status = source.stat()
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
        source.unlink()

    def rotate_by_date(self, compress_last=False):
        """As logrotate's dateext; each rotation is a day later."""
        dated = [self.path.with_name(f'{self.path.name}-{20260101 + self.n_days + i}') for i in (-1, 0)]
        self.n_days += 1
        self.path.rename(dated[1])
        self.path.touch()
        if compress_last and dated[0].exists():
            status = dated[0].stat()
            target = dated[0].with_name(f'{dated[0].name}.gz')
            target.write_bytes(gzip.compress(dated[0].read_bytes()))
            os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
            dated[0].unlink()

    def copy_and_truncate(self):
        self.shift()
        shutil.copy2(self.path, self.rotated(1))
        os.truncate(self.path, 0)


class Source:
    def __init__(self, case, *words, topic=None, type='file'):
        self.case = case
        self.topic = topic or f'file-{os.getpid()}-{random.randrange(1 << 40)}'
        self.words = [QSOURCE, 'run', type, *words, '-b', BROKER, '-t', self.topic, '-n', 'lines',
                      '-g', self.topic, '--state-dir', case.directory / 'state',
                      '--processing-guarantee=exactly-once', '--transaction-timeout=10']
        self.process = None
        self.log = open(case.directory / 'stderr', 'a')
        case.addCleanup(self.close)

    def close(self):
        self.log.close()
        if self.process and self.process.poll() is None:
            self.kill()

    def start(self):
        self.process = subprocess.Popen(self.words, stderr=self.log, stdout=subprocess.DEVNULL,
                                        start_new_session=True)

    def workers(self):
        found = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(self.process.pid)],
                               capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]

    def kill(self):
        """The worker and its parent, at once."""
        pids = [*self.workers(), self.process.pid]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(SECONDS)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.case.assertEqual(self.process.wait(SECONDS), 128 + signal.SIGTERM)

    def lines(self):
        result = subprocess.run(
            ['kcat', '-b', BROKER, '-C', '-t', self.topic, '-e', '-q', '-o', 'beginning',
             '-X', 'isolation.level=read_committed'],
            capture_output=True, timeout=SECONDS)
        return result.stdout.decode(errors='replace').splitlines()

    def wait_for(self, n):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if len(lines := self.lines()) >= n:
                return lines
            time.sleep(0.3)
        self.case.fail(f'{len(lines)} lines of {n} after {SECONDS} s; '
                       + (self.case.directory / 'stderr').read_text()[-3000:])

    def check(self, n, once=True):
        """Each of n lines once, and in order; or at least once."""
        lines = self.wait_for(n)
        if not once:
            deadline = time.monotonic() + SECONDS
            while set(lines) < {str(i) for i in range(n)} and time.monotonic() < deadline:
                time.sleep(0.3)
                lines = self.lines()
            lost = sorted({str(i) for i in range(n)} - set(lines), key=int)
            self.case.assertEqual((len(lost), lost[:5], lost[-5:]), (0, [], []), f'seed {SEED}')
            return
        counts = collections.Counter(lines)
        expected = [str(i) for i in range(n)]
        lost = [line for line in expected if line not in counts]
        doubled = [line for line, count in counts.items() if count > 1]
        self.case.assertEqual((len(lost), len(doubled), lost[:5], doubled[:5]), (0, 0, [], []),
                              f'seed {SEED}\n' + (self.case.directory / 'stderr').read_text()[-3000:])
        self.case.assertEqual(lines, expected)


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-file-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.logs = self.directory / 'logs'
        self.logs.mkdir()
        self.random = random.Random(SEED)


class TestFileSource(Case):

    def run_through(self, log, source, rounds, after, once=True):
        """Lines, whatever after() does, and kills, in turn."""
        log.write(1)
        source.start()
        source.wait_for(1)
        for _ in range(rounds):
            log.write(self.random.randrange(1, 400))
            time.sleep(self.random.uniform(0, 0.5))
            after(log)
            if self.random.random() < 0.6:
                source.kill()
                log.write(self.random.randrange(0, 100))
                if self.random.random() < 0.5:
                    after(log)
                    log.write(self.random.randrange(0, 100))
                source.start()
        log.write(10)
        source.check(log.number, once)
        source.stop()
        source.check(log.number, once)

    def test_rotation(self):
        """Through rotation and kills, each line comes exactly once and in order"""
        log = Log(self.logs)
        self.run_through(log, Source(self, f'path={log.path}', 'rotate-wait=0.3',
                                     'commit-interval=0.2'), 12, Log.rotate)

    def test_glob(self):
        """It makes no difference that the pattern matches the rotated files, too"""
        log = Log(self.logs)
        self.run_through(log, Source(self, f'path={log.path}*', 'rotate-wait=0.3',
                                     'commit-interval=0.2'), 12, Log.rotate)

    def test_compression(self):
        """Nor that they are compressed, at once or one rotation later"""
        for name, number, pattern in (('now', 1, ''), ('delayed', 2, ''), ('matched', 1, '*')):
            with self.subTest(name):
                log = Log(self.logs, f'{name}.log')

                def rotate(log, number=number):
                    log.rotate()
                    log.compress(number)
                self.run_through(log, Source(self, f'path={log.path}{pattern}', 'rotate-wait=0.3',
                                             'commit-interval=0.2'), 8, rotate)

    def test_dates(self):
        """Nor that they are named by dates, compressed one rotation later or not"""
        for name, compress, pattern in (('plain', False, ''), ('compressed', True, '*')):
            with self.subTest(name):
                log = Log(self.logs, f'{name}.log')

                def rotate(log, compress=compress):
                    log.rotate_by_date(compress)
                self.run_through(log, Source(self, f'path={log.path}{pattern}', 'rotate-wait=0.3',
                                             'commit-interval=0.2'), 6, rotate)

    def test_copy_and_truncation(self):
        """Of a log that is copied and truncated, nothing is lost"""
        for pattern in ('', '*'):
            with self.subTest(pattern):
                log = Log(self.logs, f'copied{len(pattern)}.log')
                source = Source(self, f'path={log.path}{pattern}', 'commit-interval=0.2')

                def copy(log, source=source):
                    log.copy_and_truncate()
                self.run_through(log, source, 6, copy, once=False)

    def test_growth_past_the_offset(self):
        """A file that was cut and has grown past what was read is read from its beginning"""
        path = self.logs / 'x.log'
        path.write_text(''.join(f'old {i}\n' for i in range(100)))
        source = Source(self, f'path={path}', 'commit-interval=0.1')
        source.start()
        source.wait_for(100)
        source.kill()
        with open(path, 'r+') as file:
            file.truncate(0)
            file.write(''.join(f'new {i}\n' for i in range(1000)))
        source.start()
        lines = source.wait_for(1100)
        self.assertEqual(lines, [f'old {i}' for i in range(100)] + [f'new {i}' for i in range(1000)])
        source.stop()

    def test_inode_reuse(self):
        """A file that got the inode of one that was removed is another one"""
        path = self.logs / 'x.log'
        source = Source(self, f'path={path}', 'commit-interval=0.1', 'rotate-wait=0.1')
        source.start()
        for i in range(20):
            path.write_text(f'{i}\n')
            source.wait_for(i + 1)
            if i % 5 == 4:
                source.kill()
            path.unlink()
            if i % 5 == 4:
                source.start()
        self.assertEqual(source.lines(), [str(i) for i in range(20)])
        source.stop()

    def test_many_files(self):
        """Ten thousand files in a pattern are read, each to its end"""
        n = 10000
        for i in range(n):
            (self.logs / f'{i}.log').write_text(f'{i}\n{i} without an end')
        source = Source(self, f'path={self.logs}/*.log', 'follow=no', 'key=name')
        source.start()
        self.assertEqual(source.process.wait(SECONDS), 0)
        self.assertEqual(sorted(source.lines()),
                         sorted([f'{i}' for i in range(n)] + [f'{i} without an end' for i in range(n)]))
        source.start()
        self.assertEqual(source.process.wait(SECONDS), 0)
        self.assertEqual(len(source.lines()), 2 * n)

    def test_lines(self):
        """Partial, empty, long and several lines become the records that they should"""
        path = self.logs / 'x.log'
        path.write_bytes(b'\nfirst\n\xff\xfe\n' + b'x' * 25 + b'\nlast')
        source = Source(self, f'path={path}', 'max-line-length=10', 'commit-interval=0.1')
        source.start()
        self.assertEqual(source.wait_for(6), ['', 'first', '\ufffd\ufffd', 'x' * 10, 'x' * 10, 'x' * 5])
        with open(path, 'a') as file:
            file.write(' line\n')
        self.assertEqual(source.wait_for(7)[6], 'last line')
        source.stop()

    def test_multiline(self):
        """An event of several lines is one record"""
        path = self.logs / 'x.log'
        path.write_text('2026 a\n  at b\n  at c\n2026 d\n2026 e\n  at f\n')
        source = Source(self, f'path={path}', 'multiline-start=^2026', 'multiline-timeout=0.5',
                        'commit-interval=0.1')
        source.start()
        self.assertEqual(source.wait_for(6), ['2026 a', '  at b', '  at c', '2026 d', '2026 e', '  at f'])
        offsets = subprocess.run(['kcat', '-b', BROKER, '-C', '-t', source.topic, '-e', '-q', '-f',
                                  '%S ', '-X', 'isolation.level=read_committed'],
                                 capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(offsets.stdout.split(), ['20', '6', '13'])
        source.stop()

    def write_until_read(self, path, source):
        """Lines, until one is read: a source has no other sign of having looked at the file.
        Without those that were there already when it did."""
        written = []
        deadline = time.monotonic() + SECONDS
        while not (lines := source.lines()):
            self.assertLess(time.monotonic(), deadline, (self.directory / 'stderr').read_text())
            written.append(f'new {len(written)}')
            with open(path, 'a') as file:
                file.write(f'{written[-1]}\n')
            time.sleep(0.3)
        self.assertIn(lines[0], written)
        return written[written.index(lines[0]):]

    def test_end(self):
        """from=end leaves out what was there, and nothing after it, whatever is killed"""
        path = self.logs / 'x.log'
        path.write_text('old\n' * 1000)
        source = Source(self, f'path={path}', 'from=end', 'commit-interval=0.1')
        source.start()
        written = self.write_until_read(path, source)
        source.kill()
        with open(path, 'a') as file:
            file.write('last\n')
        source.start()
        self.assertEqual(source.wait_for(len(written) + 1), [*written, 'last'])
        source.stop()


class TestCsvSource(Case):
    def test_kills(self):
        """Each row that Python's csv module reads comes exactly once, whatever is killed"""
        path = self.directory / 'x.csv'
        path.write_text('id,text\n')
        pieces = ['a', '"', ',', '\n', '\r\n', ' ', 'é', '']
        source = Source(self, f'path={path}', 'follow=yes', 'types=text', 'commit-interval=0.1',
                        type='csv')
        n, rest = 0, ''
        source.start()
        for _ in range(8):
            text = io.StringIO(rest)
            text.seek(0, os.SEEK_END)
            writer = csv.writer(text)
            for _ in range(self.random.randrange(1, 300)):
                writer.writerow([n, ''.join(self.random.choices(pieces, k=8))])
                n += 1
            # A row may be half written, and the other half follow later.
            cut = self.random.randrange(1, len(text.getvalue()))
            rest = text.getvalue()[cut:]
            with open(path, 'a', newline='') as file:
                file.write(text.getvalue()[:cut])
            time.sleep(self.random.uniform(0, 0.4))
            if self.random.random() < 0.7:
                source.kill()
                source.start()
        with open(path, 'a', newline='') as file:
            file.write(rest)
        lines = source.wait_for(n)
        source.stop()
        lines = source.lines()
        with open(path, newline='') as file:
            expected = [row for row in csv.DictReader(file)]
        self.assertEqual([json.loads(line) for line in lines], expected, f'seed {SEED}')


class TestCommandSource(Case):
    def test_kills(self):
        """With skip-known, each line of a command that repeats itself comes exactly once"""
        n = 400
        script = f'i=0; while [ $i -lt {n} ]; do echo $i; i=$((i + 1)); sleep 0.005; done'
        source = Source(self, f'shell={script}', 'skip-known=yes', 'commit-interval=0.1',
                        type='command')
        for at in sorted(self.random.sample(range(1, n // 2), 4)):
            source.start()
            source.wait_for(at)
            source.kill()
        source.start()
        self.assertEqual(source.process.wait(SECONDS), 0)
        self.assertEqual(source.lines(), [str(i) for i in range(n)], f'seed {SEED}')


def has_module(name):
    folder = os.environ.get('QSOURCE_MODULE_PATH')
    return folder is not None and (pathlib.Path(folder) / f'libqsource-{name}.so').exists()


class Events(http.server.BaseHTTPRequestHandler):
    """Numbers as events, in bursts, from the one after Last-Event-ID on."""
    END = 400

    def do_GET(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.end_headers()
        try:
            for i in range(int(self.headers.get('Last-Event-ID', '-1')) + 1, self.END):
                self.wfile.write(f'id: {i}\ndata: {i}\n\n'.encode())
                self.wfile.flush()
                if i % 7 == 0:
                    time.sleep(0.02)
            # Who has all is kept.
            self.server.over.wait(SECONDS)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class TestModules(Case):
    @unittest.skipUnless(has_module('http'), 'the module of HTTP is not built')
    def test_events(self):
        """Each server-sent event comes exactly once, whatever is killed"""
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Events)
        server.daemon_threads = True
        server.over = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(server.over.set)
        source = Source(self, f'url=http://127.0.0.1:{server.server_port}', 'mode=sse',
                        'interval=0.1', 'commit-interval=0.1', type='http')
        for at in sorted(self.random.sample(range(1, Events.END // 2), 3)):
            source.start()
            source.wait_for(at)
            source.kill()
        source.start()
        source.wait_for(Events.END)
        source.stop()
        self.assertEqual([json.loads(line)['data'] for line in source.lines()],
                         [str(i) for i in range(Events.END)], f'seed {SEED}')

    @unittest.skipUnless(has_module('journal') and os.path.exists(REMOTE), 'there is no journal')
    def test_journal(self):
        """Each entry of the journal comes exactly once and in order, whatever is killed; what
        was vacuumed meanwhile is told of"""
        source = Source(self, f'directory={self.logs}', 'commit-interval=0.1', type='journal')
        n = 0

        def write():
            nonlocal n
            numbers = range(n, n + self.random.randrange(1, 300))
            n = numbers[-1] + 1
            text = ''.join(f'__REALTIME_TIMESTAMP={1767323045000000 + i * 1000}\n'
                           f'__MONOTONIC_TIMESTAMP={i + 1}\n_BOOT_ID={"1" * 32}\nMESSAGE={i}\n\n'
                           for i in numbers)
            path = self.logs / f'{n:06}.journal'
            subprocess.run([REMOTE, '-o', path, '-'], input=text.encode(), check=True,
                           capture_output=True, timeout=SECONDS)
            return path

        first = write()
        source.start()
        for _ in range(5):
            write()
            time.sleep(self.random.uniform(0, 0.3))
            if self.random.random() < 0.7:
                source.kill()
                write()
                source.start()
        source.wait_for(n)
        source.stop()
        entries = [json.loads(line) for line in source.lines()]
        self.assertEqual([entry['MESSAGE'] for entry in entries], [str(i) for i in range(n)],
                         f'seed {SEED}')
        # All that was read is gone when it goes on.
        last = write()
        for path in self.logs.iterdir():
            if path not in (last,):
                path.unlink()
        self.assertFalse(first.exists())
        source.start()
        source.wait_for(n)
        source.stop()
        self.assertEqual([json.loads(line)['MESSAGE'] for line in source.lines()],
                         [str(i) for i in range(n)])
        self.assertIn('no longer in the journal', (self.directory / 'stderr').read_text())


NUMBERS = {
    'py': """#!{python}
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs


class NumbersSource(Qs.StatefulSource):
    def run(self):
        n = self.state.get('n', 0)
        while n < {n} and self.running:
            self.produce_value(None, n)
            n += 1
            if n % 10 == 0:
                self.state.set('n', n)
                self.flush()
                self.wait(0.02)
""",
    'js': """import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

export class NumbersSource extends Qs.StatefulSource {{
    static {{
        GObject.registerClass(this);
    }}

    vfunc_run() {{
        let n = this.state.get('n', 0);
        while (n < {n} && this.running) {{
            this.produce_value(null, n++);
            if (n % 10 === 0) {{
                this.state.set('n', n);
                this.flush(-1);
                this.wait(0.02);
            }}
        }}
        return true;
    }}
}}
""",
    'lua': """local Qs = require 'qsource'

local NumbersSource = Qs.StatefulSource:derive('NumbersSource')

function NumbersSource:do_run()
   local n = self.state:get('n', 0)
   while n < {n} and self.running do
      self:produce_value(nil, n)
      n = n + 1
      if n % 10 == 0 then
         self.state:set('n', n)
         self:flush()
         self:wait(0.02)
      end
   end
end

return NumbersSource
"""}


@unittest.skipUnless(os.environ.get('GI_TYPELIB_PATH'), 'the languages are not built')
class TestScript(Case):
    def check(self, language):
        """A stateful source in a file goes on where it was, whatever is killed"""
        n = 300
        path = self.directory / f'numbers.{language}'
        path.write_text(NUMBERS[language].format(n=n, python=sys.executable))
        source = Source(self, type=path)
        for at in sorted(self.random.sample(range(1, n // 2), 3)):
            source.start()
            source.wait_for(at)
            source.kill()
        source.start()
        self.assertEqual(source.process.wait(SECONDS), 0)
        self.assertEqual([float(line) for line in source.lines()], list(range(n)), f'seed {SEED}')

    def test_python(self):
        self.check('py')

    @unittest.skipUnless(shutil.which('gjs'), 'there is no gjs')
    def test_javascript(self):
        self.check('js')

    @unittest.skipUnless(shutil.which('luajit'), 'there is no luajit')
    def test_lua(self):
        self.check('lua')


if __name__ == '__main__':
    if not shutil.which('kcat'):
        sys.exit(77)
    if BROKER is None:
        sys.exit(subprocess.call([sys.executable, str(HERE / 'kafka/kafka-broker.py'), 'run', '--',
                                  sys.executable, *sys.argv]))
    QSOURCE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
