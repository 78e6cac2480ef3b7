# SPDX-License-Identifier: LGPL-2.1-or-later
"""How this program is started again for a worker, and how a worker ends."""

import atexit
import builtins
import gc
import io
import os
import stat
import sys

from gi.module import get_introspection_module

from . import threads

Qs = get_introspection_module('Qs')

_ADVICE = ("Use Application(isolation='thread'), or put the sources into a file and set "
           "worker_argv to the command that runs it, such as [sys.executable, 'source.py']")


def _has_command_option():
    """Whether it was started with -c, alone or after other letters."""
    return any(argument.startswith('-') and not argument.startswith('--') and 'c' in argument
               for argument in sys.orig_argv[1:3])


def _is_stream(path):
    """Whether a program's file can be read once only."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode) or \
        path.startswith(('/dev/', '/proc/'))


def _is_pytest(main):
    """Whether this is a test of pytest, or a module that it collects; xdist has it in
    processes of its own."""
    return 'PYTEST_CURRENT_TEST' in os.environ or 'PYTEST_XDIST_WORKER' in os.environ or \
        getattr(getattr(main, '__spec__', None), 'name', '') in ('pytest', 'pytest.__main__') or \
        os.path.basename(getattr(main, '__file__', None) or '') in ('pytest', 'py.test', 'pytest-3')


def _who_runs_it():
    """What has started this program in its place, and would run again."""
    processes = sys.modules.get('multiprocessing.process')
    if processes is not None and processes.parent_process() is not None:
        return 'this process is a child that multiprocessing has started'
    main = sys.modules.get('__main__')
    if '_pytest' in sys.modules and _is_pytest(main):
        return 'this is a test, and the test session would run again'
    if getattr(getattr(main, '__spec__', None), 'name', '') == 'unittest.__main__':
        return 'this is a test, and all tests would run again'
    for debugger in ('debugpy', 'pydevd', 'pdb', 'bdb'):
        if debugger in sys.modules and (debugger in ('debugpy', 'pydevd') or sys.gettrace()):
            return f'it is run by a debugger ({debugger})'
    return None


def _why_not():
    """Why this program cannot be started again; None if it can."""
    main = sys.modules.get('__main__')
    if 'get_ipython' in vars(builtins) or hasattr(main, 'get_ipython'):
        return 'this is a notebook (Jupyter kernel) or IPython'
    if hasattr(sys, 'ps1') or sys.flags.interactive:
        return 'this Python is interactive'
    if not sys.executable:
        return 'this Python does not know its own executable'
    file = getattr(main, '__file__', None)
    if file == '<stdin>' or file is None and not _has_command_option():
        return 'the program was read from standard input'
    if file is not None and _is_stream(file):
        return f'the program was read from {file}, which can be read once'
    return _who_runs_it()


def describe():
    """Reports it to the library; before each run, because a shell can become interactive."""
    why = _why_not()
    if why is None:
        Qs.program_set_argv([sys.executable, *sys.orig_argv[1:]], None)
    else:
        Qs.program_set_argv(None, 'Sources cannot be started in processes of their own, as '
                                  f'{why}. {_ADVICE}')


def is_in_asyncio():
    """Whether an event loop of asyncio runs in this thread."""
    asyncio = sys.modules.get('asyncio')
    return asyncio is not None and asyncio._get_running_loop() is not None


def _flush(*_):
    """What a function that called run() holds open is not closed: it never returns there."""
    files = [found for found in gc.get_objects()
             if isinstance(found, (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom))]
    for stream in (sys.stdout, sys.stderr, *files):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass        # there is none, it is closed, or nobody reads it


def _exit(status, *_):
    """The end of the interpreter: threads are waited for, atexit is run, modules are cleared."""
    raise SystemExit(status)


def _interrupt(thread_id, *_):
    """As Ctrl-C does in the main thread, where the source is in Python's own code."""
    import ctypes       # which takes its time to load

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id),
                                               ctypes.py_object(KeyboardInterrupt))


# The last of what atexit does.
atexit.register(threads.let_go)
Qs.program_set_flush_func(_flush)
Qs.program_set_exit_func(_exit)
Qs.program_set_interrupt_func(_interrupt)
