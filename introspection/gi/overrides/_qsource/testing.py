# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources in tests: their harness, and the rules that they obey."""

from gi.module import get_introspection_module
from gi.repository import GLib

from . import override, serving
from .errors import to_error
from .properties import install

Qs = get_introspection_module('Qs')

for _class in (Qs.Harness, Qs.Conform, Qs.Report):
    install(_class)


@override
class Harness(Qs.Harness):
    """Runs one source in a test; under pytest and unittest, the file of its class serves it."""

    def __init__(self, source, worker_argv=None):
        super().__init__(source=source, worker_argv=worker_argv or serving.dup_argv(source))

    @classmethod
    def new(cls, source):
        return cls(source)


def _to_harness(made):
    return made if isinstance(made, Qs.Harness) else Harness(made)


def _guard(func):
    """@func as C calls it, whose exceptions are errors of C."""
    def call(*arguments):
        try:
            return func(*arguments)
        except Exception as error:
            raise to_error(error, GLib.quark_to_string(Qs.source_error_quark())) from None
    return call


@override
class Conform(Qs.Conform):
    """Checks a source against rules; the factory returns a source or a Qs.Harness."""

    rules = property(lambda self: self.dup_rules())

    def __new__(cls, factory, **properties):
        return cls.new(factory)

    def __init__(self, factory, skip=None, **properties):
        for name, value in properties.items():
            if self.find_property(name) is None:
                raise TypeError(f'Conform() has no argument {name!r}')
            self.set_property(name, value)
        for rule, reason in (skip or {}).items():
            self.skip_rule(rule, reason)

    @classmethod
    def new(cls, factory):
        return Qs.Conform.new(_guard(lambda *_: _to_harness(factory())))

    def add_rule(self, name, func):
        """Adds a rule: @func is called with a harness; an exception or False fails the rule."""
        if name in self.rules:
            raise ValueError(f'there is a rule {name!r} already')
        Qs.Conform.add_rule(self, name, _guard(lambda harness, *_: func(harness) is not False))

    def test(self, rule):
        """As check(), for test frameworks:

        AssertionError if it fails, a skip if it was left out."""
        try:
            self.check(rule)
        except GLib.Error as error:
            if not error.matches(Qs.source_error_quark(), Qs.SourceError.FAILED):
                raise
            raise AssertionError(error.message) from None
        if self.report.get_result(rule) == Qs.RuleResult.SKIPPED:
            import unittest     # which takes its time to load; who tests has it
            raise unittest.SkipTest(self.report.get_message(rule))

    def test_case(self):
        """A class with a test for each rule, for pytest as for unittest: TestMine =
        Qs.Conform(...).test_case()"""
        import unittest

        def make(rule):
            def test(_):
                self.test(rule)
            test.__doc__ = f'the rule {rule}'
            return test
        return type('TestConform', (unittest.TestCase,),
                    {'test_' + rule.replace('-', '_'): make(rule) for rule in self.rules})
