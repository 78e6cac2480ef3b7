# SPDX-License-Identifier: LGPL-2.1-or-later
"""The type stubs know what there is, and type checkers understand them."""

import ast
import inspect
import keyword
import os
import pathlib
import pydoc
import re
import shutil
import unittest

from qs_testing import ProgramCase  # first: it names the version
from gi.repository import Qs

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
STUBS = ROOT / 'introspection/gi-stubs/repository/Qs.pyi'
SURFACE = (HERE.parent / 'surface.txt').read_text()

# What the override has under other names, or uses itself.
UNNATURAL = {'Dataframe.print', 'Message.new', 'State.get_int64', 'State.get_double',
             'State.get_string', 'State.get_with_fallback', 'State.set_with_ttl',
             'BaseSource.client_connect_success', 'BaseSource.client_connect_failure',
             'Dataframe.add_output', 'Dataframe.handle', 'Dataframe.produce', 'Dataframe.show',
             'Dataframe.add_row', 'Dataframe.count_results', 'Dataframe.ignore', 'Dataframe.ignore_message',
             'Dataframe.refuse', 'Record.dup_key_bytes', 'Record.dup_value_bytes',
             'Record.dup_value_text', 'BaseSource.fail_message', 'BaseSource.chain_up',
             'SplitSource.answer_splits', 'program_set_exit_func', 'program_set_interrupt_func',
             'Headers.free', 'callback_fail', 'callback_guard', 'program_set_argv',
             'program_set_flush_func', 'program_get_exit_status', 'program_set_exit_deferred',
             'serializer_for_name'}

# As much of PyGObject as Qs.pyi needs; its own stubs are no package of Debian's.
FOREIGN = {
    '__init__.pyi': 'def require_version(namespace: str, version: str) -> None: ...',
    'repository/__init__.pyi': '',
    'repository/GObject.pyi': '''
class Object:
    def connect(self, signal: str, handler: object, *data: object) -> int: ...
    def notify(self, name: str) -> None: ...
class GInterface: ...
class GEnum(int): ...
''',
    'repository/GLib.pyi': '''
class Bytes: ...
class Error(Exception):
    message: str
    def matches(self, domain: int, code: int) -> bool: ...
''',
    'repository/Gio.pyi': '''
from gi.repository import GObject
class Cancellable(GObject.Object): ...
class AsyncResult: ...
''',
}

WRONG = '''
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs

class Wrong(Qs.StatefulSource):
    def run(self) -> None:
        self.produce(key=5)
        self.state.gett('x')
        self.wait('1')

app = Qs.Application()
app.broker_adress = 'a:1'
app.add_source(app)
'''


WRONG_LINES = [8, 9, 10, 13, 14]


def write_stubs(directory):
    """The stubs, and as much of PyGObject's as they need."""
    for name, text in FOREIGN.items():
        path = directory / 'gi' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shutil.copy(STUBS, directory / 'gi/repository/Qs.pyi')


def programs():
    """The texts of the examples, and of the documentation's programs."""
    texts = [path.read_text() for path in sorted((ROOT / 'examples/python').glob('*.py'))]
    for page in 'README.md', 'doc/python.md', 'doc/coming-from-quix-streams.md':
        blocks = re.findall('^```python\n(.*?)^```', (ROOT / page).read_text(), re.M | re.S)
        texts += [block for block in blocks if re.search('^(import|from) ', block, re.M)]
    return texts


def stubs():
    """The names of each class's members, and of the functions ('')."""
    members = {'': set()}
    for node in ast.parse(STUBS.read_text()).body:
        if isinstance(node, ast.ClassDef):
            own = {item.name if isinstance(item, ast.FunctionDef) else item.target.id
                   for item in node.body if isinstance(item, (ast.FunctionDef, ast.AnnAssign))}
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            members[node.name] = own.union(*(members.get(base, ()) for base in bases))
        elif isinstance(node, ast.FunctionDef):
            members[''].add(node.name)
    return members


class TestStubs(ProgramCase):
    def test_exist(self):
        """What the stubs name is there"""
        for name, members in stubs().items():
            cls = getattr(Qs, name) if name else Qs
            for member in members - {'__init__'}:
                if name == 'TopicConfig' or \
                        name.endswith('Serializer') and member.startswith('do_'):
                    continue
                self.assertTrue(hasattr(cls, member), f'{name}.{member}')

    def test_complete(self):
        """What is there is in the stubs: classes, enumerators, properties, methods, functions"""
        known = stubs()
        for name in re.findall(r'^(?:class|enumeration|interface|record) (\w+)', SURFACE, re.M):
            self.assertIn(name, known)
        for name, member in re.findall(r'^(\w+): (\w+) = \d+', SURFACE, re.M):
            self.assertIn(member.upper(), known[name])
        for name, prop in re.findall(r'^(\w+): property ([\w-]+)', SURFACE, re.M):
            attribute = prop.replace('-', '_')
            self.assertIn(attribute + '_' * keyword.iskeyword(attribute), known[name])
        methods = re.findall(r'^(\w+): (?:method|constructor|function) (\w+)\(', SURFACE, re.M)
        for name, method in methods:
            prop = re.fullmatch('(?:get|set)_(.*)', method)
            if f'{name}.{method}' not in UNNATURAL and not (prop and prop[1] in known[name]) \
                    and method not in ('new', 'quark'):
                self.assertIn(method, known[name], name)
        for name, vfunc in re.findall(r'^(\w+): virtual-method (\w+)\(', SURFACE, re.M):
            if f'{name}.{vfunc}' not in UNNATURAL:
                self.assertIn(f'do_{vfunc}', known[name], name)
        for function in re.findall(r'^function (\w+)\(', SURFACE, re.M):
            if function not in UNNATURAL:
                self.assertIn(function, known[''])

    def test_signatures(self):
        """inspect and help() know the parameters of each method"""
        for name in 'Application', 'Dataframe', 'Message', 'Record', 'State', 'StatefulSource', 'Topic':
            for attribute in vars(getattr(Qs, name)) | vars(Qs.BaseSource) | vars(Qs.Source):
                method = getattr(getattr(Qs, name), attribute, None)
                if callable(method) and not attribute.startswith(('_', 'do_')) and attribute != 'new':
                    with self.subTest(name=name, method=attribute):
                        inspect.signature(method)
        self.assertEqual(str(inspect.signature(Qs.Source.report_lag)),
                         "(self, records: 'int', seconds: 'float') -> None")
        self.assertIn("report_lag(self, records: 'int', seconds: 'float') -> None",
                      pydoc.render_doc(Qs.Source, renderer=pydoc.plaintext))

    @unittest.skipUnless(shutil.which('mypy') or os.environ.get('CI'), 'there is no mypy')
    def test_mypy(self):
        """mypy accepts stubs, examples and documentation, and finds typing errors"""
        write_stubs(self.directory)
        result = self.mypy(*(self.write(text, f'program{number}.py')
                             for number, text in enumerate(programs())))
        self.assertEqual(result.status, 0, result.out + result.err)
        result = self.mypy('--strict', self.directory / 'gi/repository/Qs.pyi')
        self.assertEqual(result.status, 0, result.out + result.err)

        result = self.mypy(self.write(WRONG))
        lines = [int(line) for line in re.findall(r'program\.py:(\d+): error', result.out)]
        self.assertEqual(lines, WRONG_LINES, result.out)

    def mypy(self, *arguments):
        return self.execute('mypy', '--check-untyped-defs', '--no-error-summary',
                            '--python-version', '3.11', '--explicit-package-bases',
                            '--cache-dir', self.directory / 'cache', *arguments,
                            MYPYPATH=str(self.directory))
