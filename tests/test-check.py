#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/check counts a test that did not do all of its work as failed."""

import json
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'tools' / 'lib'))
from command import run  # noqa: E402: found by the line above
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

    def test_not_run_fails(self):
        self.assertEqual(counted_log([]), (0, 1, 0))


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
