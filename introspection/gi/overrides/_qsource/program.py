# SPDX-License-Identifier: LGPL-2.1-or-later
"""How this program is started again for a worker, and how a worker ends."""

import builtins
import ctypes
import gc
import io
import sys

from gi.module import get_introspection_module

Qs = get_introspection_module('Qs')

_ADVICE = ("Use Application(isolation='thread'), or put the sources into a file and set "
           "worker_argv to the command that runs it, such as [sys.executable, 'source.py']")


def _has_command_option():
    """Whether it was started with -c, alone or after other letters."""
    return any(argument.startswith('-') and not argument.startswith('--') and 'c' in argument
               for argument in sys.orig_argv[1:3])


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
    return None


def describe():
    """Tells the library; before each run, as a shell may become interactive."""
    why = _why_not()
    if why is None:
        Qs.program_set_argv([sys.executable, *sys.orig_argv[1:]], None)
    else:
        Qs.program_set_argv(None, 'Sources cannot be started in processes of their own, as '
                                  f'{why}. {_ADVICE}')


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
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id),
                                               ctypes.py_object(KeyboardInterrupt))


Qs.program_set_flush_func(_flush)
Qs.program_set_exit_func(_exit)
Qs.program_set_interrupt_func(_interrupt)
