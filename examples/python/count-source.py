#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source in Python that counts to 1,000.

Run: examples/python/count-source.py [--fail]   (on the embedded broker)
"""

import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import GLib, Qs


class CountSource(Qs.Source):
    def do_setup(self):
        if "--fail" in sys.argv:
            raise FileNotFoundError("nothing to count")

    def do_run(self):
        for i in range(1, 1001):
            if not self.running:
                return
            self.produce(key="count", value=self.serialize(value=i).value)


def main():
    app = Qs.Application(broker_address="embedded")
    topic = app.add_source(CountSource(name="count"))
    try:
        app.run()
    except GLib.Error as error:
        print(error.message, file=sys.stderr)
        return 1

    messages = app.embedded_broker.dup_messages(topic.name, 0)
    print(f"{len(messages)} records arrived, the last one is {messages[-1].value.decode()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
