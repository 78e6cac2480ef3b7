#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""As `bench-many qsource`, with sources in Python: many.py BROKER N SECONDS DIRECTORY"""

import pathlib
import sys
import time

import gi

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

VALUE = b'x' * 100
FLUSH_TIMEOUT = 60
BROKER, N, SECONDS, DIRECTORY = (sys.argv[1], int(sys.argv[2]), float(sys.argv[3]),
                                 pathlib.Path(sys.argv[4]))


class Many(Qs.Source):
    def run(self):
        (DIRECTORY / f'ready-{self.name}').touch()
        with open(DIRECTORY / 'go', 'rb'):  # waits
            pass
        started = time.monotonic()
        count, ok = 0, 1
        flushing = started
        try:
            while time.monotonic() - started < SECONDS:
                for _ in range(64):
                    self.produce(VALUE)
                count += 64
            flushing = time.monotonic()
            self.flush(FLUSH_TIMEOUT)
        except Exception as error:  # whatever it is, it is told
            ok = 0
            print(f'{self.name}: {error}', file=sys.stderr)
        partial = DIRECTORY / f'.done-{self.name}'
        partial.write_text(f'{count} {flushing - started} {time.monotonic() - flushing} {ok}',
                           encoding='ascii')
        partial.rename(DIRECTORY / f'done-{self.name}')
        while self.running:
            time.sleep(0.01)


if __name__ == '__main__':
    app = Qs.Application(BROKER)
    for number in range(N):
        name = f'many-{number:03}'
        topic = app.topic(f'bench-{name}', value_serializer='bytes')
        topic.props.n_partitions = 1
        app.add_source(Many(name=name), topic)
    app.run()
