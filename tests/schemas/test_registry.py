# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records with a real schema registry, Apicurio's, and confluent-kafka's serializers on the
other side. taprun.py runs it."""

import datetime
import io
import json
import random
import unittest

import pip_packages

pip_packages.use()

import fastavro  # noqa: E402
import gi  # noqa: E402
from confluent_kafka.schema_registry import (  # noqa: E402
    Schema, SchemaReference, SchemaRegistryClient)
from confluent_kafka.schema_registry.avro import (  # noqa: E402
    AvroDeserializer, AvroSerializer)
from confluent_kafka.schema_registry.json_schema import (  # noqa: E402
    JSONDeserializer, JSONSerializer)
from confluent_kafka.schema_registry.protobuf import (  # noqa: E402
    ProtobufDeserializer, ProtobufSerializer)
from confluent_kafka.serialization import MessageField, SerializationContext  # noqa: E402

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs  # noqa: E402
from random_avro import RandomAvro  # noqa: E402
from random_protobuf import RandomProtobuf, fill  # noqa: E402
from same import same  # noqa: E402
import apicurio  # noqa: E402

try:
    apicurio.Apicurio().close()         # fetched, if it isn't there yet
except pip_packages.Unavailable as error:
    pip_packages.skip(error)

N_RANDOM = 25
AVRO = '''{ "type": "record", "name": "Reading", "namespace": "plant", "fields": [
  {"name": "sensor", "type": "string"},
  {"name": "celsius", "type": ["null", "double"], "default": null},
  {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}] }'''
JSON = '{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Reading", ' \
       '"type": "object", "required": ["sensor"], "properties": {"sensor": {"type": "string"}}}'
AT = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, datetime.timezone.utc)


def number(data):
    return int.from_bytes(data[1:5], 'big')


class TestRegistry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = apicurio.Apicurio()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.client = SchemaRegistryClient({'url': cls.server.url})

    def topic(self, name, kind=Qs.AvroSerializer, schema=None, **properties):
        registry = Qs.SchemaRegistry(self.server.url)
        return Qs.Topic(name, value_serializer=kind(schema=schema, registry=registry, **properties))

    def context(self, name):
        return SerializationContext(name, MessageField.VALUE)

    def fails(self, function, *texts):
        with self.assertRaises(GLib.Error) as caught:
            function()
        for text in texts:
            self.assertIn(text, str(caught.exception))

    def test_avro(self):
        """Avro: they read what we write, we what they write, in the same bytes"""
        topic, context = self.topic('avro', schema=AVRO), self.context('avro')
        value = {'sensor': 'ä€𝄞', 'celsius': None, 'at': AT.isoformat()}
        data = topic.serialize(value=value).value
        theirs = {**value, 'at': AT}
        self.assertEqual(AvroDeserializer(self.client)(data, context), theirs)
        self.assertEqual(AvroSerializer(self.client, AVRO)(theirs, context), data)
        self.assertEqual(self.topic('avro').deserialize(Qs.Message(value=data)).value,
                         {**value, 'at': int(AT.timestamp() * 1000)})
        payload = io.BytesIO(data[5:])
        self.assertEqual(fastavro.schemaless_reader(payload, json.loads(AVRO)), theirs)

    def test_text(self):
        """The registry has the author's text, with its logical types"""
        data = self.topic('text', schema=AVRO).serialize(value={'sensor': 'a', 'at': 1}).value
        self.assertEqual(self.server.ask('GET', f'/schemas/ids/{number(data)}')['schema'], AVRO)
        self.assertIn('text-value', self.server.ask('GET', '/subjects'))

    def test_json(self):
        """JSON Schema: in both directions"""
        topic = self.topic('json', Qs.JsonSchemaSerializer, JSON)
        context, value = self.context('json'), {'sensor': 'ä€𝄞', 'more': [1, 2.5, None]}
        data = topic.serialize(value=value).value
        self.assertEqual(JSONDeserializer(JSON)(data, context), value)
        theirs = JSONSerializer(JSON, self.client)(value, context)
        self.assertEqual(number(theirs), number(data))
        read = self.topic('json', Qs.JsonSchemaSerializer).deserialize(Qs.Message(value=theirs))
        self.assertEqual(read.value, value)

    def test_protobuf(self):
        """Protobuf: they read what we write, of any message type, and we what they write"""
        for seed in range(N_RANDOM):
            made = RandomProtobuf(random.Random(seed), f'p{seed}.proto')
            topic = self.topic(f'p{seed}', Qs.ProtobufSerializer, made.text,
                               message_type=made.full_name)
            theirs, value = made.make_class(), made.value()
            data = topic.serialize(value=value).value
            message = theirs()
            fill(message, made.message, value)
            read = ProtobufDeserializer(theirs, {'use.deprecated.format': False})(
                data, self.context(f'p{seed}'))
            self.assertEqual(read.SerializeToString(deterministic=True),
                             message.SerializeToString(deterministic=True), made.text)
            reader = self.topic(f'p{seed}', Qs.ProtobufSerializer)
            written = topic.deserialize(Qs.Message(value=data)).value
            self.assertTrue(same(written, made.complete(value)), made.text)
            self.assertTrue(same(reader.deserialize(Qs.Message(value=data)).value, written))

    def test_their_protobuf(self):
        """What their serializer registers and writes, we read"""
        made = RandomProtobuf(random.Random(1), 'theirs.proto')
        message, value = made.make_class()(), made.value()
        fill(message, made.message, value)
        serializer = ProtobufSerializer(type(message), self.client, {
            'use.deprecated.format': False, 'skip.known.types': True})
        data = serializer(message, self.context('theirs'))
        read = self.topic('theirs', Qs.ProtobufSerializer).deserialize(Qs.Message(value=data)).value
        self.assertTrue(same(read, made.complete(value)), made.text)

    def test_random(self):
        """Random schemas of Avro, each registered"""
        for seed in range(N_RANDOM):
            made = RandomAvro(random.Random(seed))
            value = made.value()
            # Apicurio answers 500 to a map of what the map lies in.
            if value.ours is None or made.has_own_map:
                continue
            name = f'random{seed}'
            data = self.topic(name, schema=made.text).serialize(value=value.ours).value
            self.assertTrue(same(AvroDeserializer(self.client)(data, self.context(name)),
                                 value.theirs_read), made.text)
            theirs = AvroSerializer(self.client, made.text)(value.theirs, self.context(name))
            read = self.topic(name).deserialize(Qs.Message(value=theirs)).value
            self.assertTrue(same(read, value.ours_read), made.text)

    def test_references(self):
        """A schema that refers to another: each side reads what the other has written"""
        part = '{"type": "record", "name": "n.Part", "fields": [{"name": "x", "type": "long"}]}'
        schema = '{"type": "record", "name": "n.All", "fields": [' \
                 '{"name": "parts", "type": {"type": "array", "items": "n.Part"}}]}'
        self.client.register_schema('part', Schema(part, 'AVRO'))
        topic = self.topic('all', schema=schema, references=[('n.Part', 'part', 1)])
        value = {'parts': [{'x': 1}, {'x': 2**40}]}
        data = topic.serialize(value=value).value
        context = self.context('all')
        self.assertEqual(AvroDeserializer(self.client)(data, context), value)
        self.assertEqual(self.topic('all').deserialize(Qs.Message(value=data)).value, value)
        theirs = AvroSerializer(self.client, Schema(schema, 'AVRO', [
            SchemaReference('n.Part', 'part', 1)]))(value, context)
        self.assertEqual(theirs, data)

        text = 'syntax = "proto3"; package n; message Part { int64 x = 1; }'
        self.client.register_schema('part.proto', Schema(text, 'PROTOBUF'))
        topic = self.topic('all2', Qs.ProtobufSerializer,
                           'syntax = "proto3"; import "part.proto"; '
                           'message All { repeated n.Part parts = 1; }',
                           references=[('part.proto', 'part.proto', 1)])
        data = topic.serialize(value=value).value
        read = self.topic('all2', Qs.ProtobufSerializer).deserialize(Qs.Message(value=data)).value
        self.assertEqual(read, value)

    def test_latest(self):
        """The newest schema of a subject is used where that is wanted"""
        first = '{"type": "record", "name": "L", "fields": [{"name": "a", "type": "long"}]}'
        second = first.replace(']}', ', {"name": "b", "type": "long", "default": 7}]}')
        for text in first, second:
            self.topic('latest', schema=text).serialize(value={'a': 1})
        data = self.topic('latest', use_latest_version=True).serialize(value={'a': 1}).value
        self.assertEqual(AvroDeserializer(self.client)(data, self.context('latest')),
                         {'a': 1, 'b': 7})

    def test_reader_schema(self):
        """A reader with another schema gets what confluent-kafka's gives"""
        wanted = AVRO.replace('"sensor", "type"', '"name", "aliases": ["sensor"], "type"')
        wanted = wanted.replace('"double"]', '"string", "double"]').replace(
            '] }', ', {"name": "unit", "type": "string", "default": "°C"}] }')
        context = self.context('evolved')
        data = AvroSerializer(self.client, AVRO)({'sensor': 'ä', 'celsius': 1.5, 'at': AT}, context)
        read = AvroDeserializer(self.client, wanted)(data, context)
        self.assertEqual(read, {'name': 'ä', 'celsius': 1.5, 'at': AT, 'unit': '°C'})
        ours = self.topic('evolved', schema=wanted).deserialize(Qs.Message(value=data)).value
        self.assertEqual(ours, {**read, 'at': int(AT.timestamp() * 1000)})

    def test_refusals(self):
        """What the registry refuses names the subject, the status and its message"""
        first = '{"type": "record", "name": "L", "fields": [{"name": "a", "type": "long"}]}'
        self.topic('strict', schema=first).serialize(value={'a': 1})
        self.server.ask('PUT', '/config', {'compatibility': 'BACKWARD'})
        other = self.topic('strict', schema=first.replace('"long"', '"string"'))
        try:
            self.fails(lambda: other.serialize(value={'a': 'x'}), "subject 'strict-value'", '409')
        finally:
            self.server.ask('PUT', '/config', {'compatibility': 'NONE'})
        # One that we take, and the registry doesn't.
        lax = '{"type": "record", "name": "L-1", "fields": []}'
        self.fails(lambda: self.topic('lax', schema=lax).serialize(value={}),
                   "subject 'lax-value'", '422', '42201')
        unknown = Qs.Message(value=b'\0\x7f\xff\xff\xff\2')
        self.fails(lambda: self.topic('x').deserialize(unknown), 'schema 2147483647', '404')
        self.fails(lambda: self.topic('new', schema=first, auto_register=False).serialize(
            value={'a': 1}), "subject 'new-value'", '404')

    def test_z_down(self):
        """Of a registry that is down, what is known is enough, and the rest fails in time"""
        value = {'sensor': 'a', 'at': 1}
        down = Qs.Topic('down', value_serializer=Qs.AvroSerializer(
            AVRO, registry=Qs.SchemaRegistry('http://127.0.0.1:1', timeout=0.5)))
        self.fails(lambda: down.serialize(value=value), "subject 'down-value'", '127.0.0.1:1')
        topic = self.topic('down', schema=AVRO)
        data = topic.serialize(value=value).value
        message = Qs.Message(value=data)
        read = topic.deserialize(message).value
        self.server.kill()              # the last test: see its name
        self.assertEqual(topic.serialize(value=value).value, data)
        self.assertEqual(topic.deserialize(message).value, read)
        reader = Qs.Topic('down', value_serializer=Qs.AvroSerializer(
            registry=Qs.SchemaRegistry(self.server.url, timeout=0.5)))
        self.fails(lambda: reader.deserialize(message), f'schema {number(data)}', self.server.url)
