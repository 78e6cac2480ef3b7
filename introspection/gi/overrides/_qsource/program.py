# SPDX-License-Identifier: LGPL-2.1-or-later
"""How this program is started again for a worker, and how a worker ends."""

import builtins
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
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass        # there is none, it is closed, or nobody reads it


Qs.program_set_flush_func(_flush)
