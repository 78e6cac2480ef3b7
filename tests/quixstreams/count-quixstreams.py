# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts with the real Quix Streams: ADDRESS GROUP NAME LAST STATE-DIRECTORY."""

import sys

from quixstreams import Application
from quixstreams.sources import StatefulSource

import counting


class RangeSource(StatefulSource):
    def __init__(self, name, last):
        super().__init__(name=name)
        self._last = last

    def run(self):
        counting.count(self, self._last)


def main(address, group, name, last, state_dir):
    # Its sources don't work with exactly-once.
    app = Application(broker_address=address, consumer_group=group, state_dir=state_dir)
    app.add_source(RangeSource(name, int(last)))
    app.run()


if __name__ == '__main__':
    main(*sys.argv[1:])
