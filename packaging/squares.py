#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stateful source in a worker process and a dataframe, on the embedded broker, by nothing but
an installed package; and a schema, whose checks are a library of their own.

  squares.py [FOLDER]      FOLDER: the end of the one that the library and librdkafka must lie in"""

import os
import re
import sys
import tempfile

import qsource
from gi.repository import Qs


class Numbers(Qs.StatefulSource):
    def do_run(self):
        for number in range(self.state.get("next", 1), 11):
            self.produce(self.serialize(value={"number": number, "pid": os.getpid()}))
            self.state["next"] = number + 1
            self.flush()


def main():
    assert qsource.Application is Qs.Application
    seen = []
    with tempfile.TemporaryDirectory() as state:
        app = qsource.Application(broker_address="embedded", drain=True, state_dir=state)
        frame = app.dataframe(source=Numbers(name="numbers"))
        frame = frame.apply(lambda value: {**value, "square": value["number"] ** 2})
        frame = frame.update(seen.append)
        app.run()
    assert [value["square"] for value in seen] == [i * i for i in range(1, 11)], seen
    assert {value["pid"] for value in seen}.isdisjoint({os.getpid()}), "no worker process"

    with open("/proc/self/maps") as maps:
        folders = set(re.findall(r"(/\S+)/lib(?:qsource-1|rdkafka)\.so", maps.read()))
    for end in sys.argv[1:]:
        assert len(folders) == 1 and folders.pop().endswith(end), folders

    schema = {"type": "object", "properties": {"number": {"type": "integer"}}}
    serializer = Qs.JSONSerializer(schema=schema)
    topic = Qs.Topic("numbers", value_serializer=serializer)
    assert topic.serialize(value={"number": 1}).value == b'{"number":1}'
    from gi.overrides._qsource import native
    print("native extension:", native.extension is not None)


if __name__ == "__main__":
    main()
