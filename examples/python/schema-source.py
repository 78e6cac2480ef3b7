#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same readings in Avro, as JSON with a JSON Schema, and in Protobuf.

Run: examples/python/schema-source.py [REGISTRY]   (on the embedded broker; without the
address of a schema registry, as http://localhost:8081, records are nothing but the encoding)
"""

import dataclasses
import datetime
import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import Qs

AVRO = {"type": "record", "name": "Reading", "namespace": "plant", "fields": [
    {"name": "sensor", "type": "string"},
    {"name": "celsius", "type": "double"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}

JSON = {"title": "Reading", "type": "object", "required": ["sensor", "celsius"], "properties": {
    "sensor": {"type": "string"}, "celsius": {"type": "number", "minimum": -273.15}}}

PROTOBUF = """
syntax = "proto3";
import "google/protobuf/timestamp.proto";
message Reading { string sensor = 1; double celsius = 2; google.protobuf.Timestamp at = 3; }
"""


@dataclasses.dataclass
class Reading:
    sensor: str
    celsius: float
    at: datetime.datetime


class Readings(Qs.Source):
    def do_run(self):
        for i in range(10):
            at = datetime.datetime(2026, 1, 2, 3, 4, i, tzinfo=datetime.timezone.utc)
            message = self.serialize(key="a", value=Reading("a", 20 + i / 10, at))
            self.produce(key=message.key, value=message.value)


def main():
    registry = Qs.SchemaRegistry(url=sys.argv[1]) if len(sys.argv) > 1 else None
    serializers = {
        "avro": Qs.AvroSerializer(AVRO, registry=registry),
        "json": Qs.JsonSchemaSerializer(JSON, registry=registry),
        "protobuf": Qs.ProtobufSerializer(schema=PROTOBUF, registry=registry),
    }
    app = Qs.Application(broker_address="embedded")
    topics = [app.add_source(Readings(name=name), Qs.Topic(name, value_serializer=serializer))
              for name, serializer in serializers.items()]
    app.run()

    for topic in topics:
        last = app.embedded_broker.dup_messages(topic.name, 0)[-1]
        value = topic.deserialize(last).value
        print(f"{topic.name}: {len(last.value)} bytes, {value['sensor']} {value['celsius']}")


if __name__ == "__main__":
    sys.exit(main())
