#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""QSource and the real Quix Streams go on with each other's state, in turn, on a real Kafka;
then their bytes are compared. Speaks TAP."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'kafka'))

import counting  # noqa: E402
import quix_venv  # noqa: E402
from kafka_broker import Broker  # noqa: E402
from kafka_jars import Unavailable  # noqa: E402

RUN_SECONDS = 90
HEADERS = [['__column_family__', 'default'], ['__processed_tp_offsets__', 'null']]
IDENTITY = b'__qsource_changelog_id__'

# Who counts to which number. Not by tens: the end of a source commits, too.
TURNS = [
    ('Quix Streams', 25, 'begins'),
    ('at-least-once', 47, "goes on with Quix Streams' state"),
    ('Quix Streams', 61, 'goes on with our state, at-least-once'),
    ('exactly-once', 83, "goes on with Quix Streams' state"),
    ('Quix Streams', 95, 'goes on with our state, exactly-once'),
]


class Failed(Exception):
    pass


def run(command, environment):
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=RUN_SECONDS)
    if done.returncode:
        raise Failed(f'{command[1]}: status {done.returncode}\n{done.stdout}')
    return done.stdout


class Exchange:
    def __init__(self, address, directory, quix_python):
        self._address = address
        self._directory = directory
        self._quix_python = quix_python
        # Nothing of an earlier run on the same broker.
        self._group = f'exchange-{uuid.uuid4().hex[:8]}'
        self._name = f'range-{self._group}'
        self._environment = {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'}
        for name in ('G_DEBUG', 'MALLOC_PERTURB_'):
            self._environment.pop(name, None)
        # The bindings of Debian's Python are none of the other one's affair.
        self._quix_environment = {name: value for name, value in self._environment.items()
                                  if name not in ('PYTHONPATH', 'LD_LIBRARY_PATH')}

    def count(self, who, last):
        arguments = [self._address, self._group, self._name, str(last), self._directory]
        if who == 'Quix Streams':
            run([self._quix_python, HERE / 'count-quixstreams.py', *arguments],
                self._quix_environment)
        else:
            run([sys.executable, HERE / 'count-qsource.py', *arguments, who], self._environment)

    def _dump(self, topic):
        output = run([self._quix_python, HERE / 'dump-topic.py', self._address, topic],
                     self._quix_environment)
        return [json.loads(line) for line in output.splitlines() if line.startswith('[')]

    def check_data(self):
        """Each number came once, in order, with the same key and no headers."""
        expected = [[b'range'.hex(), str(number).encode().hex(), []]
                    for number in range(1, TURNS[-1][1] + 1)]
        found = self._dump(f'source__{self._name}')
        if found != expected:
            raise Failed(f'these records differ: {[r for r in found if r not in expected]}, '
                         f'{len(found)} came')

    def check_changelog(self):
        """Whoever wrote a record of a key, it is the same one."""
        records = self._dump(f'changelog__{self._group}--source-{self._name}')
        if any(headers != HEADERS for _, _, headers in records):
            raise Failed(f'headers: {[headers for _, _, headers in records]}')
        values = {}
        for key, value, _ in records:
            values.setdefault(bytes.fromhex(key), []).append(value)

        values.pop(IDENTITY)
        self._check_current(values.pop(b'"current"'))
        n_flushes = {len(found) for found in values.values()}
        if len(n_flushes) != 1:
            raise Failed(f'each flush writes all keys: {values}')
        if set(values.pop(b'"gone"')) != {None}:
            raise Failed('what was deleted is no tombstone')
        if set(values.pop(b'"bytes"')) != {counting.BYTES.hex()}:
            raise Failed('bytes are not written as they are')
        large = values[json.dumps(counting.LARGE).encode()]
        large[:] = [value.replace(b'+'.hex(), '') for value in large]
        names = {json.dumps(key, ensure_ascii=False).encode() for key in counting.VALUES}
        if set(values) != names:
            raise Failed(f'keys: {sorted(values)}, not {sorted(names)}')
        differ = {key: {bytes.fromhex(value) for value in found}
                  for key, found in values.items() if len(set(found)) != 1}
        if differ:
            raise Failed(f'values that the two write in different ways: {differ}')

    def _check_current(self, values):
        ends = {last for _, last, _ in TURNS}
        expected = [number for number in range(1, TURNS[-1][1] + 1)
                    if number % counting.N_FLUSH == 0 or number in ends]
        found = [int(bytes.fromhex(value)) for value in values]
        if found != expected:
            raise Failed(f'the commits are those of {found}, not of {expected}')


def attempt(number, what, function, *arguments):
    """Whether it worked; prints a test point."""
    try:
        function(*arguments)
    except (Failed, subprocess.TimeoutExpired) as error:
        print('\n'.join(f'# {line}' for line in str(error).splitlines()))
        print(f'not ok {number} - {what}', flush=True)
        return False
    print(f'ok {number} - {what}', flush=True)
    return True


def exchange(address, quix_python):
    with tempfile.TemporaryDirectory(prefix='qsource-quixstreams-') as directory:
        pair = Exchange(address, directory, quix_python)
        steps = [(f'{who} {what}, to {last}', pair.count, who, last) for who, last, what in TURNS]
        steps += [('each number came once', pair.check_data),
                  ('both write the same bytes to the changelog', pair.check_changelog)]
        print(f'1..{len(steps)}')
        for number, step in enumerate(steps, 1):
            if not attempt(number, *step):
                return 1
    return 0


@contextlib.contextmanager
def shared_broker():
    address = os.environ.get('QSOURCE_TEST_BROKER')
    if address:
        yield address
        return
    broker = Broker()
    try:
        broker.start()
        yield broker.address
    finally:
        broker.close()


def main():
    try:
        quix_python = quix_venv.python()
        with shared_broker() as address:
            return exchange(address, quix_python)
    except Unavailable as error:
        print(f'1..0 # SKIP {error}')
        return 1 if os.environ.get('CI') else 0


if __name__ == '__main__':
    sys.exit(main())
