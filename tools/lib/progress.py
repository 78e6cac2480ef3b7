# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows how far a long command is, from the steps that Meson and Ninja count."""

import re
import sys
import time

STEP = re.compile(r'^\s*\[?(\d+)/(\d+)\]? ', re.MULTILINE)

# Seconds between two lines where there is no terminal to rewrite one on.
INTERVAL = 20


class Progress:
    """One line that is rewritten on a terminal, and a line now and then elsewhere."""

    def __init__(self, label, stream=None):
        self._label = label
        self._stream = stream or sys.stdout
        self._is_terminal = self._stream.isatty()
        self._start = self._shown_at = time.monotonic()

    def show(self, output):
        """Shows the last step that is counted in @output."""
        now = time.monotonic()
        if not self._is_terminal and now - self._shown_at < INTERVAL:
            return
        steps = STEP.findall(output)
        text = f'{self._label}: {now - self._start:.0f} s'
        if steps:
            text += f', {steps[-1][0]} of {steps[-1][1]}'
        self._shown_at = now
        self._write('\r\033[K' + text if self._is_terminal else f'  {text}\n')

    def end(self):
        if self._is_terminal:
            self._write('\r\033[K')

    def _write(self, text):
        self._stream.write(text)
        self._stream.flush()
