#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events in Protobuf, by the text of a .proto, without generated code.

Run: examples/python/protobuf-source.py [REGISTRY]   (on the embedded broker; without the
address of a schema registry, such as http://localhost:8081, records contain only the message)
"""

import datetime
import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import Qs

SCHEMA = """
syntax = "proto3";
package plant;
import "google/protobuf/timestamp.proto";

enum State { UNKNOWN = 0; OK = 1; WORN = 2; }

message Event {
  string sensor = 1;
  google.protobuf.Timestamp at = 2;
  oneof what {
    double celsius = 3;
    State state = 4;
  }
  map<string, string> labels = 5;
}
"""

AT = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)


class Events(Qs.Source):
    def do_run(self):
        self.produce_value("a", {"sensor": "a", "at": AT, "celsius": 21.5})
        self.produce_value("a", {"sensor": "a", "state": "WORN", "labels": {"hall": "3"}})


def main():
    registry = Qs.SchemaRegistry(url=sys.argv[1]) if len(sys.argv) > 1 else None
    app = Qs.Application(broker_address="embedded")
    topic = app.add_source(Events(name="events"), Qs.Topic(
        "events", value_serializer=Qs.ProtobufSerializer(schema=SCHEMA, registry=registry)))
    app.run()

    for message in app.embedded_broker.dup_messages("events", 0):
        print(f"{len(message.value)} bytes: {topic.deserialize(message).value}")


if __name__ == "__main__":
    sys.exit(main())
