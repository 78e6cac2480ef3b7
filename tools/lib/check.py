# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds QSource and runs its tests; see 'tools/check --help'."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

from build import SOURCE, Build, BuildError
from command import run
from progress import Progress
from results import Result, count

# The quick ones first; a suite that isn't named comes before kafka.
ORDER = ['style', 'unit', 'broker', 'worker', 'examples', 'languages', 'doc', 'install']
# What takes long, or needs large packages, and breaks rarely: with --all only.
LONG = ['chaos', 'monitor', 'quixstreams', 'scale', 'schemas', 'security', 'site', 'subproject']
MEMORY_SUITES = ['unit', 'broker', 'worker']
# More tests at once than there are cores: they wait for deadlines, brokers and processes, and
# use a fifth of a core each.
SIDE_BY_SIDE = ['--num-processes', str(4 * (os.cpu_count() or 1)), '--timeout-multiplier', '3']
SUITE_SECONDS = 1200
VALGRIND_SECONDS = 10800    # one thread at a time, twenty times as slowly, beside other work
SANITIZED = {'QSOURCE_TEST_SLOWNESS': '3'}      # what tests allow, see tests/slowness.h

KAFKA = [sys.executable, '-B', str(SOURCE / 'tests' / 'kafka' / 'kafka-broker.py')]
QUIX = [sys.executable, '-B', str(SOURCE / 'tests' / 'quixstreams' / 'quix_venv.py')]
UNAVAILABLE = 77

# The suites whose tests share a broker: what names one that is there, and how one is
# fetched and started. What is shared is not seen by the tests of other suites.
BROKERS = {
    'kafka': ('QSOURCE_TEST_BROKER', 'fetch', 'share'),
    'kafka-languages': ('QSOURCE_TEST_BROKER', 'fetch', 'share'),
    'quixstreams': ('QSOURCE_TEST_BROKER', 'fetch', 'run'),
    'security': ('QSOURCE_TEST_SECURE_BROKER', 'fetch-secure', 'run-secure'),
}


def say(text=''):
    print(text, flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog='tools/check', add_help=False)
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--suite', action='append', metavar='NAME')
    parser.add_argument('--tsan', action='store_true')
    parser.add_argument('--valgrind', action='store_true')
    return parser.parse_args()


def environment():
    """Nothing of the user's own may change what the tests see."""
    kept = {name: value for name, value in os.environ.items()
            if name.startswith('QSOURCE_TEST_')
            or not name.startswith(('QSOURCE_', 'G_', 'PYTHON'))}
    return {**kept, 'LC_ALL': 'C.UTF-8', 'PYTHONDONTWRITEBYTECODE': '1'}


def suites_of(tests):
    names = {suite.partition(':')[2] for test in tests for suite in test['suite']}
    key = {name: number for number, name in enumerate(ORDER)}
    return sorted(names, key=lambda name: (name == 'kafka', key.get(name, len(ORDER)), name))


def tests_of(suite, tests):
    return [test for test in tests if f'qsource:{suite}' in test['suite']]


@dataclass
class Suite:
    """One of 'meson test', and the label under which it is counted."""
    name: str
    label: str
    tests: list


def groups_of(suites):
    """Those whose tests are run side by side: most of them wait rather than compute, and the
    last one of each suite would have the machine for itself. What takes long has it."""
    together = [suite for suite in suites if suite.name not in LONG]
    return [together] * bool(together) + [[suite] for suite in suites if suite.name in LONG]


class Check:
    def __init__(self, wanted, left_out=()):
        self._wanted = wanted
        self._left_out = left_out
        self._environment = environment()
        self._unknown = set(wanted or [])
        self._fetched = {}
        self._start = time.monotonic()
        self.results = []
        self.suite_seconds = SUITE_SECONDS

    def _wants(self, name):
        self._unknown.discard(name)
        return name in self._wanted if self._wanted else name not in self._left_out

    def build(self, label, build):
        """Whether it could be built."""
        say(f'{label}: compiling in {build.directory} ...')
        result = Result(label)
        start = time.monotonic()
        try:
            build.make()
        except BuildError as error:
            self._unknown.clear()       # its suites are not known
            result.fail(str(error))
        result.seconds = time.monotonic() - start
        self._finish(result)
        return not result.failed

    def run_suites(self, build, suites=None, prefix='', options=(), variables=None):
        """Runs @suites of @build (None: all), each under the name @prefix + suite."""
        tests = build.tests()
        wanted = [Suite(suite, prefix + suite, tests_of(suite, tests)) for suite in suites_of(tests)
                  if (suites is None or suite in suites) and self._wants(prefix + suite)]
        for group in groups_of(wanted):
            group = [suite for suite in group if self._prepare(suite)]
            if group:
                self._run_group(build, group, options, variables or {})

    def _run_group(self, build, group, options, variables):
        name = group[0].label
        logs = build.directory / 'meson-logs' / name
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir()
        chosen = [word for suite in group for word in ('--suite', suite.name)]
        options = [*chosen, '--logbase', f'{name}/log', *options]
        brokers = {BROKERS[suite.name][2] for suite in group if suite.name in BROKERS}
        wrapper = [word for verb in brokers for word in (*KAFKA, verb, '--')]
        output = run([*wrapper, *build.test_command(*options)], {**self._environment, **variables},
                     self.suite_seconds * len(group),
                     Progress('  ' + ', '.join(suite.label for suite in group)))
        # Meson may add to the log's name (--setup).
        log = next(logs.glob('*.json'), logs / 'log.json')
        results = [Result(suite.label) for suite in group]
        for suite, result in zip(group, results):
            result.seconds = count(result, log, suite.tests)
        if output is not None and not (log.exists() and any(result.failed for result in results)):
            results[0].fail(output)
        for result in results:
            self._finish(result)

    def _prepare(self, suite):
        """Whether there is what its tests need; else they are skipped."""
        if suite.name not in BROKERS:
            return True
        variable, fetch, _ = BROKERS[suite.name]
        fetches = [] if variable in os.environ else [('fetching Apache Kafka', [*KAFKA, fetch])]
        if suite.name == 'quixstreams':
            fetches.append(('installing Quix Streams, the first time', QUIX))
        for what, command in fetches:
            done = self._fetch(f'{suite.name}: {what} ...', command)
            if done.returncode == UNAVAILABLE:
                say(f'!!! SKIPPED: all tests of {suite.name}\n!!! {done.stderr.strip()}')
                names = [test['name'] for test in suite.tests]
                self._finish(Result(suite.label, skipped=len(names), skips=names))
                return False
        return True

    def _fetch(self, text, command):
        """What the first run of @command came to."""
        key = tuple(command)
        if key not in self._fetched:
            say(text)
            self._fetched[key] = subprocess.run(command, env=self._environment, text=True,
                                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return self._fetched[key]

    def _finish(self, result):
        if os.environ.get('CI'):
            for what in result.skips:
                result.fail(f'{what}: was skipped, which fails because CI is set')
        for text in result.failures:
            say(f'\n===== {result.suite} failed =====\n{text}\n=====\n')
        say('{0.suite}: {0.passed} passed, {0.failed} failed, {0.seconds:.1f} s'.format(result))
        self.results.append(result)

    def report(self):
        """Prints the table and, last, the sum; the exit status."""
        for name in sorted(self._unknown):
            self._finish(Result(name, failed=1, failures=["there is no such suite"]))
        say(f"\n{'suite':<16}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
        for row in self.results:
            say(f'{row.suite:<16}{row.passed:>8}{row.failed:>8}{row.skipped:>9}{row.seconds:>9.1f}')
        for row in self.results:
            for what in row.skips:
                say(f'skipped: {row.suite}: {what}')
        say(f'\nin {(time.monotonic() - self._start) / 60:.1f} minutes; those of a suite are its tests\', '
            'many of which run side by side')
        passed = sum(row.passed for row in self.results)
        failed = sum(row.failed for row in self.results)
        say(f'\n{passed} passed, {failed} failed')
        return 0 if passed and not failed else 1


def build_thread_shim(directory):
    """Teaches ThreadSanitizer about GLib's and C11's locks, which it can't see by itself."""
    shim = directory / 'tsan.so'
    sources = [SOURCE / 'tests' / name for name in ('tsan-c11.c', 'tsan-glib.c')]
    flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'gio-2.0'],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    subprocess.run(['cc', '-shared', '-fPIC', '-O1', '-o', shim, *sources, *flags], check=True)
    return str(shim)


def check_threads(check):
    build = Build('build-check-tsan', '-Db_sanitize=thread', '-Db_lundef=false',
                  '-Dintrospection=false', '-Ddocumentation=false')
    if check.build('build-tsan', build):
        variables = {**SANITIZED,
                     'LD_PRELOAD': build_thread_shim(build.directory),
                     'TSAN_OPTIONS': 'ignore_noninstrumented_modules=1:atexit_sleep_ms=0:'
                                     f'suppressions={SOURCE / "tests" / "tsan.supp"}'}
        check.run_suites(build, MEMORY_SUITES, 'tsan-', ['-t', '4'], variables)


def check_valgrind(check):
    build = Build('build-check', '-Dwerror=true')
    if check.build('build', build):
        check.suite_seconds = VALGRIND_SECONDS
        check.run_suites(build, MEMORY_SUITES, 'valgrind-', ['--setup', 'valgrind'])


def check_normal(check):
    build = Build('build-check', '-Dwerror=true')
    if check.build('build', build):
        check.run_suites(build, options=SIDE_BY_SIDE)


def check_memory(check):
    build = Build('build-check-asan', '-Db_sanitize=address,undefined', '-Db_lundef=false',
                  '-Dintrospection=false', '-Ddocumentation=false')
    if check.build('build-asan', build):
        check.run_suites(build, MEMORY_SUITES, 'asan-', ['-t', '4'], SANITIZED)


def check_chaos(check):
    """Of a library that can be ended at any named point."""
    build = Build('build-check-chaos', '-Dkill_points=true', '-Dintrospection=false',
                  '-Ddocumentation=false', '-Dexamples=true')
    if check.build('build-chaos', build):
        check.run_suites(build, ['chaos'])


def check_all(check, wanted):
    """The builds that the suites @wanted need; None: all of them."""
    wanted = wanted or ['', 'asan-', 'chaos']
    if any(name != 'chaos' and not name.startswith('asan-') for name in wanted):
        check_normal(check)
    if 'chaos' in wanted:
        check_chaos(check)
    if any(name.startswith('asan-') for name in wanted):
        check_memory(check)


def main():
    arguments = parse_arguments()
    check = Check(arguments.suite, () if arguments.all else LONG)
    if arguments.tsan:
        check_threads(check)
    elif arguments.valgrind:
        check_valgrind(check)
    elif arguments.all or arguments.suite:
        check_all(check, arguments.suite)
    else:
        check_normal(check)
    return check.report()


if __name__ == '__main__':
    sys.exit(main())
