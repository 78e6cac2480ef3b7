#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/check counts a test that did not do all of its work as failed."""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tools' / 'lib'))
import check  # noqa: E402: found by the line above
from command import run  # noqa: E402: found by the line above
from progress import Progress  # noqa: E402: found by the line above
from results import Result, count  # noqa: E402: found by the line above


def counted(stdout='', result='OK', protocol='tap'):
    """passed, failed, skipped of one test program that was run like this."""
    test = {'name': 'qsource:unit / x', 'stdout': stdout, 'result': result, 'duration': 0}
    return counted_log([test], protocol)


def counted_log(log, protocol='tap'):
    total = Result('unit')
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, 'log.json')
        path.write_text(''.join(json.dumps(test) + '\n' for test in log))
        count(total, path, [{'name': 'x', 'protocol': protocol}])
    assert bool(total.failed) == bool(total.failures), 'a failure must be shown'
    return total.passed, total.failed, total.skipped


class TestCount(unittest.TestCase):
    def test_each_point_counts(self):
        self.assertEqual(counted('1..2\nok 1 a\nok 2 b\n'), (2, 0, 0))
        self.assertEqual(counted('1..2\nok 1 a\nnot ok 2 b\n', 'FAIL'), (1, 1, 0))
        self.assertEqual(counted('ok 1 a\nok 2 b # SKIP no\n1..2\n'), (1, 0, 1))

    def test_missing_points_fail(self):
        self.assertEqual(counted('1..2\nok 1 a\n'), (1, 1, 0))
        self.assertEqual(counted('ok 1 a\n'), (1, 1, 0))
        self.assertEqual(counted(''), (0, 1, 0))

    def test_bad_end_fails(self):
        self.assertEqual(counted('1..1\nok 1 a\n', 'ERROR'), (1, 1, 0))
        self.assertEqual(counted('1..1\nok 1 a\n', 'TIMEOUT'), (1, 1, 0))

    def test_one_failure_is_not_counted_twice(self):
        self.assertEqual(counted('1..2\nnot ok 1 a\n', 'ERROR'), (0, 1, 0))

    def test_whole_program_skipped(self):
        self.assertEqual(counted('1..0 # SKIP no\n', 'SKIP'), (0, 0, 1))

    def test_exit_status(self):
        self.assertEqual(counted('', 'OK', 'exitcode'), (1, 0, 0))
        self.assertEqual(counted('', 'FAIL', 'exitcode'), (0, 1, 0))
        self.assertEqual(counted('', 'SKIP', 'exitcode'), (0, 0, 1))

    def test_other_suites_are_left_out(self):
        log = [{'name': f'qsource:{name} / {name}', 'stdout': 'ok 1 a\n1..1\n', 'result': 'OK',
                'starttime': 5, 'duration': 2} for name in ('x', 'y')]
        self.assertEqual(counted_log(log), (1, 0, 0))

    def test_not_run_fails(self):
        self.assertEqual(counted_log([]), (0, 1, 0))


class TestSuites(unittest.TestCase):
    """What runs when nothing is named, with --all, and when something is named, and what of it
    side by side."""
    SUITES = ['kafka', 'kafka-languages', 'unit', 'style', 'worker', 'doc', 'scale', 'security',
              'monitor', 'site', 'subproject', 'chaos']

    def run_suites(self, *arguments, unavailable=()):
        ran = []
        with unittest.mock.patch.multiple(
                check.Check, build=lambda self, label, build: True, report=lambda self: 0,
                _prepare=lambda self, suite: suite.name not in unavailable,
                _run_group=lambda self, build, group, *rest: ran.append(
                    [suite.label for suite in group])), \
            unittest.mock.patch.object(
                check.Build, 'tests', lambda self: [
                    {'suite': [f'qsource:{name}']} for name in TestSuites.SUITES]), \
                unittest.mock.patch.object(sys, 'argv', ['check', *arguments]):
            check.main()
        return ran

    def test_quick(self):
        """What takes long is left out, all else runs side by side."""
        self.assertEqual(self.run_suites(), [['style', 'unit', 'worker', 'doc', 'kafka-languages',
                                              'kafka']])

    def test_without_broker(self):
        self.assertEqual(self.run_suites(unavailable=['kafka', 'kafka-languages']),
                         [['style', 'unit', 'worker', 'doc']])
        self.assertEqual(self.run_suites('--suite', 'kafka', unavailable=['kafka']), [])

    def test_all(self):
        ran = self.run_suites('--all')
        self.assertEqual({name for group in ran for name in group},
                         {*self.SUITES, 'asan-unit', 'asan-worker'})
        for name in 'chaos', 'security', 'scale', 'monitor', 'site', 'subproject':
            self.assertIn([name], ran)

    def test_named(self):
        self.assertEqual(self.run_suites('--suite', 'security'), [['security']])
        self.assertEqual(self.run_suites('--suite', 'asan-unit'), [['asan-unit']])


class TestNothingRan(unittest.TestCase):
    """A broker that does not start, or Meson itself, fails before the first test."""

    def test_reason(self):
        with tempfile.TemporaryDirectory() as directory:
            build = unittest.mock.Mock(directory=pathlib.Path(directory),
                                       test_command=lambda *options: ['sh', '-c', 'echo no memory; exit 1'])
            (build.directory / 'meson-logs').mkdir()
            checked = check.Check(None)
            with unittest.mock.patch.object(check, 'say'):
                checked._run_group(build, [check.Suite('unit', 'unit', [
                    {'name': 'x', 'protocol': 'tap'}])], [], {})
        result, = checked.results
        self.assertIn('no memory', ''.join(result.failures))


class TestSharedBroker(unittest.TestCase):
    """A broker that is shared is seen by those who ask for one, and by nobody else."""
    BROKER = pathlib.Path(__file__).parent / 'kafka' / 'kafka-broker.py'
    SHOW = ['sh', '-c', 'echo "${QSOURCE_TEST_BROKER:-none}"']

    def seen(self, *words, **variables):
        others = {name: value for name, value in os.environ.items()
                  if not name.startswith('QSOURCE_TEST_')}
        return subprocess.run(words, env={**others, **variables}, check=True, text=True, timeout=60,
                              stdout=subprocess.PIPE).stdout.strip()

    def test_by_those_who_ask(self):
        run_broker = [sys.executable, '-B', self.BROKER, 'run', '--']
        self.assertEqual(self.seen(*self.SHOW, QSOURCE_TEST_SHARED_BROKER='a:1'), 'none')
        self.assertEqual(self.seen(*run_broker, *self.SHOW, QSOURCE_TEST_SHARED_BROKER='a:1'), 'a:1')

    def test_own_broker(self):
        """One that the user names is the one that is shared."""
        share = [sys.executable, '-B', self.BROKER, 'share', '--']
        self.assertEqual(self.seen(*share, 'sh', '-c', 'echo $QSOURCE_TEST_SHARED_BROKER',
                                   QSOURCE_TEST_BROKER='b:2'), 'b:2')


class TestProgress(unittest.TestCase):
    OUTPUT = 'ninja: Entering\n[3/40] Compiling\n 7/40 qsource:unit / json OK\nLast words 1/2'

    def shown(self, is_terminal, seconds):
        stream = io.StringIO()
        stream.isatty = lambda: is_terminal
        with unittest.mock.patch.object(time, 'monotonic', iter(seconds).__next__):
            progress = Progress('unit', stream)
            for _ in seconds[1:]:
                progress.show(self.OUTPUT)
        progress.end()
        return stream.getvalue()

    def test_terminal(self):
        self.assertEqual(self.shown(True, [0, 1]), '\r\033[Kunit: 1 s, 7 of 40\r\033[K')

    def test_file(self):
        self.assertEqual(self.shown(False, [0, 1, 25, 26]), '  unit: 25 s, 7 of 40\n')


class TestPackages(unittest.TestCase):
    """How packages are installed, with an apt-get that installs none."""
    SETUP = """
. "$1"; output=$2
APT_INTERVAL=0.05
missing_packages () { echo "$@"; }
can_install () { true; }
"""
    # Sleeps: between two looks at what has been written.
    UNPACKS = """
apt () {
  printf 'the 3 newly installed\nUnpacking a\nUnpacking b\nSetting up a\n'
  for i in $(seq 1200); do grep -q unpacked "$output" && return 0; sleep 0.05; done
}
install_packages a b c
"""
    FAILS = """
apt () { echo 'no room left'; false; }
install_packages a b || echo failed
"""

    def output(self, script):
        packages = pathlib.Path(__file__).resolve().parents[1] / 'tools' / 'lib' / 'packages.sh'
        with tempfile.NamedTemporaryFile('r') as file:
            subprocess.run(['sh', '-c', self.SETUP + script, 'sh', packages, file.name], check=True,
                           stdout=open(file.name, 'w'), timeout=120)
            return file.read()

    @unittest.skipUnless(shutil.which('dpkg-query'), 'this is not a Debian')
    def test_progress(self):
        self.assertIn('  packages: 2 unpacked, 1 set up, of 3\n', self.output(self.UNPACKS))

    @unittest.skipUnless(shutil.which('dpkg-query'), 'this is not a Debian')
    def test_failure(self):
        """The end of what apt-get said is shown."""
        self.assertRegex(self.output(self.FAILS), '(?s)no room left.*could not install: a b.*failed')


class TestCommand(unittest.TestCase):
    def test_output_of_failures_only(self):
        self.assertIsNone(run(['sh', '-c', 'echo x'], None, 60))
        self.assertEqual(run(['sh', '-c', 'echo x; exit 3'], None, 60), 'x\n')

    def test_grandchild_is_ended(self):
        start = time.monotonic()
        output = run(['sh', '-c', 'sleep 600 & echo $!; exit 3'], None, 300)
        self.assertLess(time.monotonic() - start, 100)
        while not is_gone(int(output)):
            self.assertLess(time.monotonic() - start, 100)
            time.sleep(0.01)

    def test_too_long(self):
        output = run(['sh', '-c', 'echo x; sleep 600'], None, 1)
        self.assertEqual(output, 'x\n\nended after 1 s')


def is_gone(pid):
    """An ended process may stay as a zombie where nobody reaps it."""
    try:
        state = pathlib.Path(f'/proc/{pid}/stat').read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state.rsplit(')', 1)[1].split()[0] in 'ZX'


if __name__ == '__main__':
    unittest.main()
