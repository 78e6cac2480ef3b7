#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the unit tests of a file and tells of them in TAP.   taprun.py FILE [NAME]..."""

import importlib.util
import pathlib
import sys
import unittest


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self._number = 0
        self._out = sys.stdout
        self.failed = False

    def _tell(self, result, test, text=''):
        self._number += 1
        for line in text.splitlines():
            print(f'# {line}', file=self._out)
        summary = test.shortDescription()
        name = test.id().partition('.')[2] + (f' - {summary}' if summary else '')
        print(f'{result} {self._number} {name}', file=self._out, flush=True)

    def addSuccess(self, test):
        self._tell('ok', test)

    def addSkip(self, test, reason):
        self._number += 1
        print(f'ok {self._number} {test.id()} # SKIP {reason}', file=self._out, flush=True)

    def _add_failure(self, test, error):
        self.failed = True
        self._tell('not ok', test, self._exc_info_to_string(error, test))

    addFailure = addError = _add_failure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._add_failure(subtest, error)


def load(path):
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f'*{name}*' for name in sys.argv[2:]] or None
    suite = loader.loadTestsFromModule(load(path))
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    return 1 if result.failed else 0


if __name__ == '__main__':
    sys.exit(main())
