# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of dataframes in Python, JavaScript and Lua."""

import pathlib
import shutil
import subprocess
import uuid

from bench_rows_python import environment
from bench_tools import RUN_SECONDS, Row, Unavailable

HERE = pathlib.Path(__file__).resolve().parent
LUA = HERE.parents[1] / 'introspection' / 'lua'
PROGRAMS = {'python': ['/usr/bin/python3', '-B', HERE / 'dataframe-rates.py'],
            'gjs': ['gjs', '-m', HERE / 'dataframe-rates.js'],
            'lua': ['luajit', HERE / 'dataframe-rates.lua']}


def run_step(context, language, step, topic, count):
    """What it says last, on standard error; what it prints goes to nowhere."""
    program = PROGRAMS[language]
    if shutil.which(program[0]) is None:
        raise Unavailable(f'{program[0]} is not installed')
    env = {**environment(context), 'GJS_PATH': str(HERE.parents[1] / 'introspection' / 'gjs'),
           'LUA_PATH': f'{LUA}/?.lua;{LUA}/?/init.lua;;'}
    done = subprocess.run([str(word) for word in (*program, step, context.broker, topic, count)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, env=env, timeout=RUN_SECONDS,
                          check=True)
    return done.stderr.split()[-1]


def rate(language, step):
    """Thousands a second, without what it takes to start and to end."""
    def measure(context):
        few, many = (2000, 20000) if context.quick else (20000, 320000)
        topic = f'fields-{uuid.uuid4()}'
        run_step(context, 'python', 'make', topic, many)
        times = [[float(run_step(context, language, step, topic, count)) for count in (few, many)]
                 for _ in range(3 if context.quick else 5)]
        return [(many - few) / 1000 / (long - short) for short, long in times]
    return measure


def row(language, step, goal):
    return Row(f'{language}-dataframe-{step}', f"a dataframe's {step}() in {language}", 'at least',
               goal, 'k/s', rate(language, step), needs_kafka=True)


ROWS = [*(row('python', step, 150) for step in ('apply', 'filter', 'sink', 'print')),
        *(row(language, step, 40) for language in ('gjs', 'lua') for step in ('apply', 'sink'))]
