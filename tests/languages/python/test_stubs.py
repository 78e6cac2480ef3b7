# SPDX-License-Identifier: LGPL-2.1-or-later
"""The type stubs know the classes that there are."""

import ast
import pathlib
import re
import unittest

import qs_testing  # noqa: F401  names the version
from gi.repository import Qs

HERE = pathlib.Path(__file__).resolve().parent
STUBS = HERE.parents[2] / 'introspection/gi-stubs/repository/Qs.pyi'


def stubs():
    """The names of each class's members."""
    members = {}
    for node in ast.parse(STUBS.read_text()).body:
        if isinstance(node, ast.ClassDef):
            members[node.name] = {item.name if isinstance(item, ast.FunctionDef) else
                                  item.target.id for item in node.body
                                  if isinstance(item, (ast.FunctionDef, ast.AnnAssign))}
    return members


class TestStubs(unittest.TestCase):
    def test_exist(self):
        """What the stubs name is there"""
        for name, members in stubs().items():
            cls = getattr(Qs, name)
            for member in members - {'__init__'}:
                if name == 'TopicConfig' or name == 'Serializer' and member.startswith('do_'):
                    continue
                self.assertTrue(hasattr(cls, member), f'{name}.{member}')

    def test_properties(self):
        """Every property and every class is in the stubs"""
        known = stubs()
        surface = (HERE.parent / 'surface.txt').read_text()
        for name in re.findall(r'^(?:class|enumeration|interface) (\w+)', surface, re.M):
            self.assertIn(name, known)
        for name, prop in re.findall(r'^(\w+): property ([\w-]+)', surface, re.M):
            self.assertIn(prop.replace('-', '_'), known[name])
