#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""As `bench-worker wait`, with one source in Python: worker.py BROKER"""

import sys
import time

import gi

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402


class Waiting(Qs.Source):
    def run(self):
        self.produce(b'x', 'key')
        self.flush()
        print(time.monotonic(), flush=True)
        while self.running:
            time.sleep(0.05)


if __name__ == '__main__':
    app = Qs.Application(sys.argv[1])
    app.add_source(Waiting(name='waiting'))
    app.run()
