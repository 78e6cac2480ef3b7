# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command and ends it with all that it has started."""

import os
import signal
import subprocess
import tempfile
import time

# Seconds in which what is asked to end may clean up.
GRACE = 30

# Seconds between two looks at how far it is.
STEP = 0.5


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


def _wait(process, output, seconds, progress):
    """Whether it ends in time."""
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        try:
            process.wait(timeout=min(STEP, left))
        except subprocess.TimeoutExpired:
            if progress:
                output.seek(0)
                progress.show(output.read())
    return True


def run(command, variables, seconds, progress=None):
    """None if the command succeeds, else its output. The output goes to a file: a pipe
    would be read until the last process that has it ends, whoever started that.
    @progress: shown what has been written so far, now and then."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'output')
        with open(path, 'w') as writer, open(path, errors='replace') as output:
            process = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL,
                                       stdout=writer, stderr=subprocess.STDOUT,
                                       start_new_session=True)
            note = ''
            try:
                if not _wait(process, output, seconds, progress):
                    note = f'\nended after {seconds} s'
            finally:
                _end_group(process)
                if progress:
                    progress.end()
            output.seek(0)
            return output.read() + note if process.returncode or note else None
