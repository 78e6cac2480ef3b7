# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a suite of tests came to: counted from Meson's log of a run."""

import json
import re
from dataclasses import dataclass, field

OUTPUT_LINES = 200

TEST_POINT = re.compile(r'(not )?ok\b(.*)')
PLAN = re.compile(r'1\.\.(\d+)')


@dataclass
class Result:
    """A row of the table. failures: what to show of the tests that failed."""
    suite: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    failures: list = field(default_factory=list)
    skips: list = field(default_factory=list)

    def fail(self, text):
        self.failed += 1
        self.failures.append(text)

    def add(self, test, tap):
        """Counts one test program of Meson's log."""
        failed_before = self.failed
        ended_well = test['result'] in ('OK', 'SKIP')
        if tap:
            ended_well = self._add_tap(test) and ended_well
        elif test['result'] == 'OK':
            self.passed += 1
        elif test['result'] == 'SKIP':
            self._skip(test['name'])
        # Crashed, timed out, without a plan: one failure if no point reported it.
        if not ended_well and self.failed == failed_before:
            self.failed += 1
        if self.failed > failed_before:
            self.failures.append(_describe(test))

    def _add_tap(self, test):
        """Counts the test points; whether they are as many as the plan says."""
        lines = test['stdout'].splitlines()
        points = [point for point in map(TEST_POINT.match, lines) if point]
        plan = next(filter(None, map(PLAN.match, lines)), None)
        for not_ok, text in (point.groups() for point in points):
            if not_ok:
                self.failed += 1
            elif '# SKIP' in text.upper():
                self._skip(text.strip())
            else:
                self.passed += 1
        if plan and test['result'] == 'SKIP' and not points:
            self._skip(test['name'])
        return plan is not None and int(plan[1]) == len(points)

    def _skip(self, what):
        self.skipped += 1
        self.skips.append(what)


def _describe(test):
    parts = [f"{test['name']}: {test['result']}, status {test.get('returncode')}, "
             f"{test['duration']:.1f} s"]
    for stream in ('stdout', 'stderr'):
        lines = test.get(stream, '').splitlines()
        if lines:
            parts += [f'--- {stream}', *lines[-OUTPUT_LINES:]]
    return '\n'.join(parts)


def count(result, log, tests):
    """Adds to @result the @tests (of 'meson introspect') that the file @log of
    'meson test' reports; one that it does not report has failed. Others in there are those
    of other suites. Returns the sum of the seconds that each took."""
    protocols = {test['name']: test['protocol'] for test in tests}
    names = set(protocols)
    seconds = 0
    for line in log.read_text().splitlines() if log.exists() else []:
        test = json.loads(line)
        name = test['name'].rpartition(' / ')[2]
        if name not in names:
            continue
        result.add(test, protocols.pop(name, 'exitcode') == 'tap')
        seconds += test['duration']
    for name in protocols:
        result.fail(f'{name}: was not run')
    return seconds
