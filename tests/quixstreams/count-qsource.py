# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts with QSource: ADDRESS GROUP NAME LAST STATE-DIRECTORY GUARANTEE."""

import sys

import gi

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

import counting  # noqa: E402


class RangeSource(Qs.StatefulSource):
    def __init__(self, name, last):
        super().__init__(name=name)
        self._last = last

    def run(self):
        counting.count(self, self._last)


def main(address, group, name, last, state_dir, guarantee):
    app = Qs.Application(broker_address=address, consumer_group=group, state_dir=state_dir,
                         processing_guarantee=guarantee)
    app.add_source(RangeSource(name, int(last)))
    app.run()


if __name__ == '__main__':
    main(*sys.argv[1:])
