#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source of the lines of a file, and a dataframe that prints them.

Run: examples/python/file-source.py FILE   (on the embedded broker)
"""

import pathlib
import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import Qs

PATH = pathlib.Path(sys.argv[1])


class FileSource(Qs.Source):
    def run(self):
        with PATH.open() as file:
            for line in file:
                if not self.running:        # asked to stop
                    return
                message = self.serialize(key=PATH.name, value=line.rstrip("\n"))
                self.produce(key=message.key, value=message.value)


app = Qs.Application(broker_address="embedded", auto_offset_reset="earliest", drain=True)
app.dataframe(source=FileSource(name="file")).print(metadata=True)
app.run()
