#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source of numbers with a state, and a dataframe that prints them.

Run: examples/python/range-source.py [LAST]   (on the embedded broker)
"""

import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import Qs

LAST = int(sys.argv[1]) if len(sys.argv) > 1 else 20


class RangeSource(Qs.StatefulSource):
    def run(self):
        for i in range(self.state.get("current", 0) + 1, LAST + 1):
            if not self.running:
                return
            self.state["current"] = i
            self.produce(key="range", value=self.serialize(value=i).value)
            if i % 10 == 0:
                self.flush()        # commits ten numbers and the state, or neither


app = Qs.Application(broker_address="embedded", auto_offset_reset="earliest", drain=True)
app.dataframe(source=RangeSource(name="range")).print(metadata=True)
app.run()
