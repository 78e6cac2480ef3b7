#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each name and parameter that a program can use of the real Quix Streams is here and means the
same, or is refused, or is listed in their_api.py with the reason. Speaks TAP."""

import inspect
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'kafka')]

import gi  # noqa: E402

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

import quix_venv  # noqa: E402
import their_api  # noqa: E402
from kafka_jars import Unavailable  # noqa: E402

PAGE = (HERE.parents[1] / 'doc' / 'coming-from-quix-streams.md').read_text()


def read_theirs(python):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ('PYTHONPATH', 'LD_LIBRARY_PATH')}
    done = subprocess.run([python, HERE / 'dump-api.py'], env=environment, check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120)
    return json.loads(done.stdout)


class Comparison:
    """Of all that is in theirs with ours; what is wrong is in problems."""

    def __init__(self, theirs):
        self.theirs = theirs
        self.problems = []
        self.n_members = self.n_parameters = 0
        self.used = set()           # of the lists, to find what is there no more

    def is_listed(self, table, key, name):
        names = getattr(their_api, table).get(key, set())
        names = names[0] if isinstance(names, tuple) else names
        if name not in names:
            return False
        self.used.add((table, key, name))
        return True

    def compare(self):
        for cls, members in self.theirs['classes'].items():
            ours = getattr(Qs, their_api.CLASSES.get(cls, cls), None)
            if ours is None:
                self.problems.append(f'there is no class {cls}')
                continue
            for member, parameters in members.items():
                self.n_members += 1
                self.compare_member(cls, ours, member, parameters)

    def compare_member(self, cls, ours, member, parameters):
        key = f'{cls}.{member}'
        for table in 'REFUSED', 'ABSENT':
            if re.fullmatch(getattr(their_api, table).get(cls, '-'), member):
                self.used.add((table, cls))
                self.check_missing(table, key, ours, member)
                return
        if member == '__init__' and cls in their_api.NOT_MADE:
            return
        if not hasattr(ours, member):
            self.problems.append(f'{key} is missing')
        elif parameters is not None and key != 'Application.__init__':
            self.compare_parameters(key, inspect.signature(getattr(ours, member)).parameters,
                                    parameters)

    def check_missing(self, table, key, ours, member):
        if hasattr(ours, member):
            self.problems.append(f'{key} is there, but listed in {table}')
        elif table == 'REFUSED':
            try:
                getattr(Qs.Application('embedded').dataframe('topic'), member)
            except NotImplementedError as error:
                if member not in str(error):
                    self.problems.append(f'{key}: the error says nothing of it')
            else:
                self.problems.append(f'{key} is not refused')

    def compare_parameters(self, key, ours, theirs):
        ours = {name: ours[name] for name in ours if name != 'self'}
        takes_named = any(parameter.kind == parameter.VAR_KEYWORD for parameter in ours.values())
        for place, (name, kind, default) in enumerate(theirs):
            if kind.startswith('VAR'):
                continue
            self.n_parameters += 1
            if name not in ours:
                if not self.is_listed('ABSENT_PARAMETERS', key, name) and \
                        not (takes_named and self.is_listed('NAMED', key, name)):
                    self.problems.append(f'{key} has no parameter {name}')
                continue
            own = ours[name].default
            own = None if own is inspect.Parameter.empty else [
                own if isinstance(own, (str, int, float, type(None))) else repr(own)]
            if own != default and not self.is_listed('SAME_DEFAULTS', key, name) and \
                    not self.is_listed('OTHER_DEFAULTS', key, name):
                self.problems.append(f'{key}: the default of {name} is {own}, not {default}')
            if kind != 'KEYWORD_ONLY' and list(ours).index(name) != place and \
                    not self.is_listed('OTHER_PLACES', key, name):
                self.problems.append(f'{key}: {name} has another place')

    def find_unused(self):
        for table in ('ABSENT_PARAMETERS', 'NAMED', 'SAME_DEFAULTS', 'OTHER_DEFAULTS',
                      'OTHER_PLACES'):
            for key, names in getattr(their_api, table).items():
                for name in names[0] if isinstance(names, tuple) else names:
                    if (table, key, name) not in self.used:
                        yield f'{table} has {key} {name} for nothing'
        for table in 'REFUSED', 'ABSENT':
            for cls in getattr(their_api, table):
                if (table, cls) not in self.used:
                    yield f'{table} has {cls} for nothing'


def check_members(theirs):
    comparison = Comparison(theirs)
    comparison.compare()
    problems = comparison.problems + list(comparison.find_unused())
    assert not problems, problems
    print(f'# {comparison.n_members} members, {comparison.n_parameters} parameters')


def check_settings(theirs):
    """Each argument of Application is taken with its default, or refused by its name."""
    parameters = theirs['classes']['Application']['__init__']
    assert len(parameters) > 20, parameters
    for name, _, default in parameters:
        if name == 'broker_address':
            continue
        value = default[0] if default else None
        given = 'x' if name in their_api.REFUSED_SETTINGS and value is None else value
        try:
            app = Qs.Application('embedded', **{name: given})
        except NotImplementedError as error:
            assert name in their_api.REFUSED_SETTINGS and name in str(error), (name, error)
        else:
            assert name not in their_api.REFUSED_SETTINGS, name
            own = getattr(app, name, value)
            if isinstance(value, (str, int, float)) and name != 'loglevel':
                nick = getattr(own, 'value_nick', own)
                assert nick == value, f'{name} is {own}, not {value}'


def check_connection(theirs):
    """Each setting of ConnectionConfig is an attribute, and one of librdkafka's."""
    names = theirs['settings of ConnectionConfig']
    assert len(names) > 30, names
    config = Qs.ConnectionConfig(bootstrap_servers='h:1')
    for name in names:
        assert hasattr(config, name), name


def check_names(theirs):
    """A name that both have means the same, or is on the page."""
    same = their_api.SAME_NAMES.union(theirs['classes'])
    common = {name for name in theirs['names'] if hasattr(Qs, name)}
    assert common - same == set(their_api.OTHER_NAMES), common - same


def check_page(theirs):
    """The page has what differs."""
    texts = [text for _, text in their_api.OTHER_DEFAULTS.values()]
    for text in texts + list(their_api.OTHER_NAMES.values()) + ['the first argument is `metadata`']:
        assert text in PAGE, text


CHECKS = [check_members, check_settings, check_connection, check_names, check_page]


def main():
    try:
        python = quix_venv.python()
    except Unavailable as error:
        print(f'1..0 # SKIP {error}')
        return 1 if os.environ.get('CI') else 0
    theirs = read_theirs(python)
    print(f'1..{len(CHECKS)}')
    n_failed = 0
    for number, check in enumerate(CHECKS, 1):
        what = (check.__doc__ or 'each member and parameter').rstrip('.')
        try:
            check(theirs)
        except AssertionError as error:
            n_failed += 1
            print('\n'.join(f'# {line}' for line in str(error).splitlines()))
            print(f'not ok {number} - {what}', flush=True)
        else:
            print(f'ok {number} - {what}', flush=True)
    return bool(n_failed)


if __name__ == '__main__':
    sys.exit(main())
