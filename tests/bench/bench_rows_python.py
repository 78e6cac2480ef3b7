# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of Python."""

import os
import pathlib
import shutil
import tempfile

from bench_tools import Row, run

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]


def environment(context):
    built = context.build / 'introspection'
    return {**os.environ, 'GI_TYPELIB_PATH': str(built),
            'LD_LIBRARY_PATH': str(context.build / 'qsource'),
            'PYTHONPATH': os.pathsep.join([str(SOURCE / 'introspection'), str(built / 'python')])}


def rates(what):
    def measure(context):
        count = 30000 if context.quick else 300000
        return [float(run(['/usr/bin/python3', '-B', HERE / 'python-rates.py', what,
                           context.broker or 'embedded', count], env=environment(context)))
                for _ in range(3 if context.quick else 5)]
    return measure


def import_time(context):
    """Of modules that are compiled, as those that are installed are."""
    with tempfile.TemporaryDirectory(prefix='qsource-bench-') as directory:
        env, paths = environment(context), []
        for number, path in enumerate(env['PYTHONPATH'].split(os.pathsep)):
            paths.append(f'{directory}/{number}')
            shutil.copytree(path, paths[-1])
        run(['/usr/bin/python3', '-m', 'compileall', '-q', directory])
        env['PYTHONPATH'] = os.pathsep.join(paths)
        return [float(run(['/usr/bin/python3', '-B', HERE / 'python-rates.py', 'import', '-', 0],
                          env=env)) for _ in range(7)]


ROWS = [
    Row('python-produce-bytes', 'produce() of 100 bytes in Python', 'at least', 800, 'k/s',
        rates('bytes'), needs_kafka=True),
    Row('python-produce-dict', 'serialize() and produce() of 3 fields in Python', 'at least', 500,
        'k/s', rates('dict'), needs_kafka=True),
    Row('python-produce-headers', 'produce() with two headers in Python', 'at least', 350, 'k/s',
        rates('headers'), needs_kafka=True),
    Row('python-state-set', "a state's set() in Python", 'at least', 500, 'k/s',
        rates('state-set'), needs_kafka=True),
    Row('python-state-get-set', "a state's get and set in Python", 'at least', 250, 'k/s',
        rates('state-get-set'), needs_kafka=True),
    Row('python-import', 'import Qs, processor time', 'at most', 50, 'ms', import_time),
]
