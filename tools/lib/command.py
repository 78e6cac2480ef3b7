# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command and ends it with all that it has started."""

import os
import signal
import subprocess
import tempfile

# Seconds in which what is asked to end may clean up.
GRACE = 30


def _end_group(process):
    """Ends the group of processes that the command is the first of."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
            process.wait(timeout=GRACE)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def run(command, variables, seconds):
    """None if the command succeeds, else its output. The output goes to a file: a pipe
    would be read until the last process that has it ends, whoever started that."""
    with tempfile.TemporaryFile(mode='w+', errors='replace') as output:
        process = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, text=True,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        note = ''
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            note = f'\nended after {seconds} s'
        finally:
            _end_group(process)
        output.seek(0)
        return output.read() + note if process.returncode or note else None
