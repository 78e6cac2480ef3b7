# SPDX-License-Identifier: LGPL-2.1-or-later
"""The module qsource, by which programs use an installation of any kind."""

import pathlib
import sys

from qs_testing import ProgramCase

ROOT = pathlib.Path(__file__).resolve().parents[3]

NAMES = '''
import qsource
from gi.repository import Qs
assert qsource.Qs is Qs
missing = [name for name in dir(Qs) if not name.startswith('__')
           and getattr(qsource, name) is not getattr(Qs, name)]
assert not missing, missing
assert set(dir(Qs)) <= set(dir(qsource))
try:
    qsource.NoSuchName
except AttributeError:
    print('none')
'''

# Python's own modules and the folder that has qsource and gi/overrides, but no PyGObject.
WITHOUT = f'''
import sys
sys.path = [path for path in sys.path if 'packages' not in path.rsplit('/', 1)[-1]]
sys.path.append({str(ROOT / 'introspection')!r})
try:
    import qsource
except ImportError as error:
    print(error.name, error)
'''


class TestModule(ProgramCase):
    def test_names(self):
        """It has the names of Qs, and no others"""
        result = self.execute(sys.executable, self.write(NAMES))
        self.assertEqual((result.status, result.out), (0, 'none\n'), result.err)

    def test_program(self):
        """A program that only knows qsource runs a worker, a state, a dataframe and a schema"""
        result = self.execute(sys.executable, ROOT / 'packaging/squares.py')
        self.assertEqual(result.status, 0, result.err)

    def test_without_pygobject(self):
        """Without PyGObject it says how to get it; the overrides alone are not taken for it"""
        result = self.execute(sys.executable, '-S', self.write(WITHOUT), PYTHONPATH='')
        self.assertEqual(result.status, 0, result.err)
        self.assertTrue(result.out.startswith('gi QSource needs PyGObject'), result.out)
        for way in 'apt install python3-gi', 'pip install PyGObject':
            self.assertIn(way, result.out)
