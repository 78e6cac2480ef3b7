#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Readings in Avro, which a reader with a newer schema gets in the form of that schema.

Run: examples/python/avro-source.py [REGISTRY]   (on the embedded broker; without the address
of a schema registry, as http://localhost:8081, records are nothing but the encoding, and the
reader needs the writer's schema)
"""

import dataclasses
import datetime
import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import Qs

SCHEMA = {"type": "record", "name": "Reading", "namespace": "plant", "fields": [
    {"name": "sensor", "type": "string"},
    {"name": "celsius", "type": ["null", "double"], "default": None},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}

# One field has another name, one is new, and one was removed.
NEWER = {"type": "record", "name": "Reading", "namespace": "plant", "fields": [
    {"name": "sensor_id", "type": "string", "aliases": ["sensor"]},
    {"name": "celsius", "type": ["null", "double"], "default": None},
    {"name": "unit", "type": "string", "default": "°C"}]}


@dataclasses.dataclass
class Reading:
    sensor: str
    celsius: float | None
    at: datetime.datetime


class Readings(Qs.Source):
    def do_run(self):
        for i in range(10):
            at = datetime.datetime(2026, 1, 2, 3, 4, i, tzinfo=datetime.timezone.utc)
            message = self.serialize(key="a", value=Reading("a", 20 + i / 10, at))
            self.produce(key=message.key, value=message.value)


def main():
    registry = Qs.SchemaRegistry(url=sys.argv[1]) if len(sys.argv) > 1 else None
    app = Qs.Application(broker_address="embedded")
    topic = app.add_source(Readings(name="readings"), Qs.Topic(
        "readings", value_serializer=Qs.AvroSerializer(SCHEMA, registry=registry)))
    app.run()

    last = app.embedded_broker.dup_messages(topic.name, 0)[-1]
    print(f"{len(last.value)} bytes: {topic.deserialize(last).value}")
    if registry is not None:
        reader = Qs.Topic("readings", value_serializer=Qs.AvroSerializer(NEWER, registry=registry))
        print(f"by the newer schema: {reader.deserialize(last).value}")


if __name__ == "__main__":
    sys.exit(main())
