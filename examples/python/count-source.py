#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source in Python that counts to 1,000.

Run: examples/python/count-source.py [--fail]   (on the embedded broker)
"""

import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import Gio, GLib, Qs


class CountSource(Qs.Source):
    def do_setup(self):
        if "--fail" in sys.argv:
            raise GLib.Error.new_literal(
                Gio.io_error_quark(), "nothing to count", Gio.IOErrorEnum.NOT_FOUND)
        return True

    def do_run(self):
        for i in range(1, 1001):
            if not self.get_running():
                break
            self.produce_data(b"count", str(i).encode(), 0)
        return True


def main():
    app = Qs.Application.new("embedded")
    topic = app.add_source(CountSource(name="count"), None)
    try:
        app.run(None)
    except GLib.Error as error:
        print(error.message, file=sys.stderr)
        return 1

    messages = app.get_embedded_broker().dup_messages(topic.get_name(), 2000)
    print(f"{len(messages)} records arrived, the last one is "
          f"{messages[-1].get_value().get_data().decode()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
