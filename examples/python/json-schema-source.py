#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Readings as JSON with a JSON Schema; readings that do not match become dead letters.

Run: examples/python/json-schema-source.py [REGISTRY]   (on the embedded broker; without the
address of a schema registry, as http://localhost:8081, records are nothing but the JSON)
"""

import sys

import gi

gi.require_version("Qs", "1")
from gi.repository import Qs

SCHEMA = {"title": "Reading", "type": "object", "required": ["sensor", "celsius"], "properties": {
    "sensor": {"type": "string"}, "celsius": {"type": "number", "minimum": -273.15}}}


class Readings(Qs.Source):
    def do_run(self):
        for celsius in 21.5, "warm", 20.9:
            self.produce_value("a", {"sensor": "a", "celsius": celsius})


def main():
    registry = Qs.SchemaRegistry(url=sys.argv[1]) if len(sys.argv) > 1 else None
    app = Qs.Application(broker_address="embedded")
    source = Readings(name="readings", errors="dead-letter",
                      dead_letter_topic=Qs.Topic("bad-readings"))
    topic = app.add_source(source, Qs.Topic(
        "readings", value_serializer=Qs.JsonSchemaSerializer(SCHEMA, registry=registry)))
    app.run()

    for message in app.embedded_broker.dup_messages("readings", 0):
        print(topic.deserialize(message).value)
    for message in app.embedded_broker.dup_messages("bad-readings", 0):
        why = (message.headers or {})["__qsource.errors.error.message"] or b""
        print("dead letter:", why[why.index(b"celsius:"):].decode())


if __name__ == "__main__":
    sys.exit(main())
