#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A project of ten lines builds QSource as its subproject, by the wrap that is shipped, and
its program runs.

  test-subproject.py MESON"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
SECONDS = 600

PROJECT = """
project ('outer', 'c')
qsource = dependency ('qsource-1', fallback: 'qsource')
executable ('outer', 'outer.c', dependencies: qsource)
"""

PROGRAM = """
#include <qsource/qsource.h>

int
main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");

  return qs_check_version (QS_MAJOR_VERSION, QS_MINOR_VERSION) && app != NULL ? 0 : 1;
}
"""


class TestSubproject(unittest.TestCase):
    meson = []

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-outer-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        (self.directory / 'meson.build').write_text(PROJECT)
        (self.directory / 'outer.c').write_text(PROGRAM)
        wraps = self.directory / 'subprojects'
        wraps.mkdir()
        wrap = (ROOT / 'packaging' / 'wrap' / 'qsource.wrap').read_text()
        (wraps / 'qsource.wrap').write_text(wrap)
        (wraps / 'qsource').symlink_to(ROOT)

    def run_meson(self, *arguments):
        result = subprocess.run([*self.meson, *arguments], stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def test_outer_project(self):
        build = self.directory / 'build'
        self.run_meson('setup', build, self.directory, '-Dqsource:introspection=false')
        self.run_meson('compile', '-C', build)
        subprocess.run([build / 'outer'], check=True, timeout=SECONDS)
        tests = self.run_meson('introspect', '--tests', build)
        self.assertEqual(tests.strip(), '[]', 'the tests of the subproject are built')

    def test_library_alone(self):
        """Without introspection the documentation is left out rather than an error."""
        build = self.directory / 'alone'
        self.run_meson('setup', build, ROOT, '-Dintrospection=false')


if __name__ == '__main__':
    TestSubproject.meson = sys.argv[1:]
    sys.argv[1:] = []
    unittest.main()
