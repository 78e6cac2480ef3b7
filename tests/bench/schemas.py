#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a record with a schema costs here, in C and in Python, beside fastavro, Google's
Protobuf and jsonschema, and confluent-kafka's serializers on top of them: in turns, in one
run, in nanoseconds of the processor's time.

  ninja -C BUILD tests/bench/bench-schemas
  meson devenv -C BUILD /usr/bin/python3 tests/bench/schemas.py BUILD [TURNS]
"""

import io
import json
import pathlib
import statistics
import subprocess
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / 'schemas')]
import pip_packages  # noqa: E402

pip_packages.use()

import fastavro  # noqa: E402
import gi  # noqa: E402
import jsonschema  # noqa: E402
from confluent_kafka.schema_registry import SchemaRegistryClient  # noqa: E402
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer  # noqa: E402
from confluent_kafka.serialization import MessageField, SerializationContext  # noqa: E402

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

N = 20000
VALUE = {'id': 123456, 'name': 'sensor-17', 'temperature': 21.5}
AVRO = {'type': 'record', 'name': 'R', 'fields': [
    {'name': 'id', 'type': 'long'}, {'name': 'name', 'type': 'string'},
    {'name': 'temperature', 'type': 'double'}]}
JSON = {'type': 'object', 'required': ['id'], 'properties': {
    'id': {'type': 'integer'}, 'name': {'type': 'string'}, 'temperature': {'type': 'number'}}}


def cost(function):
    begin = time.process_time()
    for _ in range(N):
        function()
    return (time.process_time() - begin) / N * 1e9


def in_c(build, *arguments):
    program = pathlib.Path(build) / 'tests' / 'bench' / 'bench-schemas'
    return lambda: float(subprocess.run([program, *arguments, str(N * 5)], text=True, check=True,
                                        stdout=subprocess.PIPE).stdout)


def contestants(build):
    parsed = fastavro.parse_schema(AVRO)
    ours = Qs.AvroSerializer(AVRO)
    data = ours.serialize(VALUE)
    context = SerializationContext('t', MessageField.VALUE)
    client = SchemaRegistryClient.new_client({'url': 'mock://'})
    their_writer = AvroSerializer(client, json.dumps(AVRO))
    their_reader = AvroDeserializer(client)
    framed = their_writer(VALUE, context)
    checked = Qs.JsonSchemaSerializer(JSON)
    validator = jsonschema.Draft7Validator(JSON)
    text = json.dumps(VALUE).encode()

    def their_json():
        validator.validate(VALUE)
        return json.dumps(VALUE)

    def read_their_json():
        value = json.loads(text)
        validator.validate(value)
        return value

    for format_ in 'avro', 'protobuf', 'json':
        for what in 'write', 'read':
            yield f'{format_} {what}, here in C', in_c(build, format_, what)
    yield 'avro write, here in Python', lambda: cost(lambda: ours.serialize(VALUE))
    yield 'avro write, fastavro', lambda: cost(
        lambda: fastavro.schemaless_writer(io.BytesIO(), parsed, VALUE))
    yield 'avro write, confluent-kafka', lambda: cost(lambda: their_writer(VALUE, context))
    yield 'avro read, here in Python', lambda: cost(lambda: ours.deserialize(data))
    yield 'avro read, fastavro', lambda: cost(
        lambda: fastavro.schemaless_reader(io.BytesIO(data), parsed))
    yield 'avro read, confluent-kafka', lambda: cost(lambda: their_reader(framed, context))
    yield 'json write, here in Python', lambda: cost(lambda: checked.serialize(VALUE))
    yield 'json write, json and jsonschema', lambda: cost(their_json)
    yield 'json read, here in Python', lambda: cost(lambda: checked.deserialize(text))
    yield 'json read, json and jsonschema', lambda: cost(read_their_json)


def main(build, turns=5):
    rows = list(contestants(build))
    costs = {name: [] for name, _ in rows}
    for _ in range(int(turns)):
        for name, measure in rows:
            costs[name].append(measure())
    for name, measured in costs.items():
        print(f'{statistics.median(measured):9.0f} ns  {name}')


if __name__ == '__main__':
    main(*sys.argv[1:])
