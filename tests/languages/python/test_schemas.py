# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serializers with schemas, with a schema registry that this program is itself."""

import dataclasses
import datetime
import decimal
import enum
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

from qs_testing import ProgramCase  # first: it names the version
from gi.repository import GLib, GObject, Qs

SCHEMA = '{"type": "record", "name": "n.R", "doc": "kept", "fields": [' \
         '{"name": "a", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}'


class Registry(http.server.ThreadingHTTPServer):
    """Keeps schemas; `answers` come first, (status, object, headers...) each. A status None
    is no answer, ever."""

    daemon_threads = True

    def __init__(self, tls=None):
        super().__init__(('127.0.0.1', 0), Handler)
        self.scheme = 'https' if tls else 'http'
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True,
                                          do_handshake_on_connect=False)
        self.requests, self.answers, self.schemas = [], [], []
        self.references = {}        # text → references
        self.is_asked, self.is_over = threading.Event(), threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f'{self.scheme}://127.0.0.1:{self.server_address[1]}/apis/ccompat/v7/'

    def answer(self, method, path, body):
        path = path.removeprefix('/apis/ccompat/v7').partition('?')[0]
        if method == 'GET' and path.startswith('/schemas/ids/'):
            return 200, self.describe(self.schemas[int(path.rpartition('/')[2]) - 1])
        if method == 'GET' and path.endswith('/versions/latest'):
            return 200, {'id': len(self.schemas), **self.describe(self.schemas[-1])}
        if method == 'GET':         # the version is the number
            return 200, self.describe(self.schemas[int(path.rpartition('/')[2]) - 1])
        if body['schema'] not in self.schemas:
            if not path.endswith('/versions'):
                return 404, {'error_code': 40403, 'message': 'Schema not found'}
            self.schemas.append(body['schema'])
            self.references[body['schema']] = body.get('references', [])
        return 200, {'id': self.schemas.index(body['schema']) + 1}

    def describe(self, text):
        return {'schema': text, 'references': self.references.get(text, [])}


class Handler(http.server.BaseHTTPRequestHandler):
    def handle(self):
        try:
            super().handle()
        except OSError:         # no certificate
            pass

    def handle_any(self):
        size = int(self.headers.get('Content-Length') or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        self.server.requests.append((self.command, self.path, body, self.headers))
        self.server.is_asked.set()
        if self.server.answers:
            status, result, *headers = self.server.answers.pop(0)
        else:
            (status, result), headers = self.server.answer(self.command, self.path, body), []
        if status is None:
            self.server.is_over.wait(60)
            return
        data = result if isinstance(result, bytes) else json.dumps(result).encode()
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = handle_any

    def log_message(self, *_):
        pass


class Text(str, enum.Enum):
    ONE = 'a'


class Number(enum.IntEnum):
    ONE = 1


@dataclasses.dataclass
class Point:
    a: int
    b: str


class Model:
    def model_dump(self):
        return {'a': 3}


class Keys(dict):
    pass


class Index:
    def __index__(self):
        return 7


class TestSchemas(unittest.TestCase):
    def setUp(self):
        self.registry = Registry()
        self.addCleanup(self.registry.server_close)
        self.addCleanup(self.registry.shutdown)
        self.addCleanup(self.registry.is_over.set)

    def topic(self, name='t', schema=SCHEMA, url=None, key=False, timeout=2, **properties):
        """A topic whose values, or keys, are Avro."""
        registry = Qs.SchemaRegistry(url=url or self.registry.url, timeout=timeout)
        topic = Qs.Topic(name)
        avro = Qs.AvroSerializer(schema=schema, registry=registry, **properties)
        if key:
            topic.key_serializer = avro
        else:
            topic.value_serializer = avro
        return topic

    def fails(self, topic, *texts):
        with self.assertRaises(GLib.Error) as caught:
            topic.serialize(value={'a': 1})
        for text in texts:
            self.assertIn(text, str(caught.exception))
        return str(caught.exception)

    def test_round_trip(self):
        """Records have the header, the text is registered as it is, and each thing is asked once"""
        topic = self.topic()
        for _ in range(3):
            message = topic.serialize(value={'a': 1})
        self.assertEqual(message.value, bytes([0, 0, 0, 0, 1, 2]))
        self.assertEqual(self.registry.schemas, [SCHEMA])
        reader = self.topic(schema=None)
        for _ in range(3):
            self.assertEqual(reader.deserialize(message).value, {'a': 1})
        self.assertEqual([request[:2] for request in self.registry.requests],
                         [('POST', '/apis/ccompat/v7/subjects/t-value/versions'),
                          ('GET', '/apis/ccompat/v7/schemas/ids/1')])

    def test_tombstone(self):
        """A tombstone asks nobody"""
        self.assertIsNone(self.topic().serialize(key=b'k').value)
        self.assertEqual(self.registry.requests, [])

    def test_subjects(self):
        """The subject is what the strategy says"""
        self.topic('a/b', key=True).serialize(key={'a': 1})
        self.topic(subject_strategy='record').serialize(value={'a': 1})
        self.topic(subject_strategy='topic-record').serialize(value={'a': 1})
        self.assertEqual([request[1].split('/')[-2] for request in self.registry.requests],
                         ['a%2Fb-key', 'n.R', 't-n.R'])

    def test_not_registered(self):
        """Without auto-register a schema must be there"""
        self.fails(self.topic(auto_register=False), "find the schema of subject 't-value'", '404',
                   'Schema not found (code 40403)')
        self.topic().serialize(value={'a': 1})
        self.topic(auto_register=False).serialize(value={'a': 1})

    def test_latest(self):
        """The newest schema of the subject is used where that is wanted"""
        self.topic().serialize(value={'a': 1})
        topic = self.topic(schema=None, use_latest_version=True)
        self.assertEqual(topic.serialize(value={'a': 1}).value, bytes([0, 0, 0, 0, 1, 2]))

    def read(self, serializer, data):
        return Qs.Topic('t', value_serializer=serializer).deserialize(Qs.Message(value=data)).value

    def test_reader_schema(self):
        """A reader with a schema of its own gets records as that one wants them"""
        registry = Qs.SchemaRegistry(url=self.registry.url)
        data = self.topic().serialize(value={'a': 1}).value
        wanted = json.loads(SCHEMA)
        wanted['fields'][0] = {'name': 'b', 'type': 'double', 'aliases': ['a']}
        wanted['fields'].append({'name': 'c', 'type': ['null', 'string'], 'default': None})
        reader = Qs.AvroSerializer(wanted, registry=registry)
        for _ in range(2):
            self.assertEqual(self.read(reader, data), {'b': 1.0, 'c': None})
        self.assertEqual(self.read(Qs.AvroSerializer(registry=registry), data), {'a': 1})
        config = Qs.SchemaRegistryClientConfig(url=self.registry.url)
        quix = Qs.AvroDeserializer(reader_schema=wanted, schema_registry_client_config=config)
        self.assertEqual(self.read(quix, data), {'b': 1.0, 'c': None})
        quix = Qs.AvroDeserializer(wanted, schema_registry_client_config=config)
        self.assertEqual(self.read(quix, data), {'a': 1})

        wanted['fields'][0]['type'] = 'boolean'
        with self.assertRaises(GLib.Error) as caught:
            self.read(Qs.AvroSerializer(wanted, registry=registry), data)
        self.assertIn('b: expected boolean, but it was written as long (timestamp-millis)',
                      str(caught.exception))
        self.assertTrue(caught.exception.matches(Qs.serialization_error_quark(),
                                                 Qs.SerializationError.INVALID_DATA))

    def test_reader_schema_protobuf(self):
        """In Protobuf, the message type of the same name in the reader's own schema is read"""
        registry = Qs.SchemaRegistry(url=self.registry.url)
        text = 'syntax = "proto3"; package n; message X {} message M { int32 a = 1; string b = 2; }'
        writer = Qs.Topic('t', value_serializer=Qs.ProtobufSerializer(
            schema=text, message_type='M', registry=registry))
        data = writer.serialize(value={'a': 1, 'b': 'x'}).value
        self.assertEqual(data[5:8], b'\2\2\x08')
        wanted = 'syntax = "proto3"; package n; message M { string later = 2; bool more = 3; }'
        reader = Qs.ProtobufSerializer(schema=wanted, registry=registry)
        self.assertEqual(self.read(reader, data), {'later': 'x', 'more': False})
        self.assertEqual(self.read(Qs.ProtobufSerializer(registry=registry), data),
                         {'a': 1, 'b': 'x'})
        other = wanted.replace('message M', 'message N')
        with self.assertRaises(GLib.Error) as caught:
            self.read(Qs.ProtobufSerializer(schema=other, registry=registry), data)
        self.assertIn("message type 'n.M'", str(caught.exception))
        reader = Qs.ProtobufSerializer(schema=other, message_type='N', registry=registry)
        self.assertEqual(self.read(reader, data), {'later': 'x', 'more': False})

    def test_reader_schema_json(self):
        """In JSON, the reader's own schema is the one that is checked"""
        registry = Qs.SchemaRegistry(url=self.registry.url)
        writer = Qs.Topic('t', value_serializer=Qs.JsonSchemaSerializer({}, registry=registry))
        data = writer.serialize(value={'a': 1}).value
        wanted = {'properties': {'a': {'type': 'string'}}}
        self.assertEqual(self.read(Qs.JsonSchemaSerializer(registry=registry), data), {'a': 1})
        with self.assertRaises(GLib.Error):
            self.read(Qs.JsonSchemaSerializer(wanted, registry=registry), data)

    def test_quick(self):
        """The extension writes and reads what Python does, or both refuse it"""
        from gi.overrides._qsource import native, records
        if native.extension is None:
            self.skipTest('there is no extension')
        topic = Qs.Topic('t')
        loop = []
        loop.append(loop)
        deep = []
        for _ in range(200):
            deep = [deep]
        texts = ['"long"', '"string"', '"double"', '"bytes"', '["null", "boolean", "string"]',
                 {'type': 'array', 'items': ['null', 'string', 'double', 'long']},
                 {'type': 'map', 'values': ['string', 'bytes', 'long']},
                 {'type': 'record', 'name': 'R', 'fields': [
                     {'name': 'a', 'type': 'long'}, {'name': 'b', 'type': 'string', 'default': 'x'}]}]
        values = [
            0, -1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -2**63, -2**63 - 1, True, 0.5, float('nan'),
            float('inf'), '', 'ä€𝄞', 'a\0b', '\ud800', b'', b'\0\xff', bytearray(b'a'),
            memoryview(b'a'), GLib.Bytes.new(b'a'), GLib.Variant('s', 'v'), GLib.Variant('ai', [1]),
            [], (), [1, None, 'a'], [[1]], {}, {'a': 1}, {'a': 1, 'b': 'y'}, {'a': 1, 'c': 2},
            {1: 2}, {'a\0': 1}, {Text.ONE: 1}, Text.ONE, Number.ONE, [Number.ONE], Point(1, 'y'), Model(),
            Keys(a=5), datetime.datetime(2026, 1, 2, 3), datetime.date(2026, 1, 2),
            decimal.Decimal('-1.50'), uuid.UUID(int=1), Index(), object(), NotImplemented, loop, deep,
            list(range(100)), {f'k{i}': i for i in range(100)}, {'x': [float('-inf')]}, range(3), set()]

        def attempt(function, *arguments):
            try:
                return function(*arguments)
            except Exception as error:
                return type(error), str(error)

        extension = native.extension
        n_same = 0
        for schema in texts:
            serializer = Qs.AvroSerializer(schema)
            topic.value_serializer = serializer
            for value in values:
                for where in (None, topic):
                    quick = attempt(records.serialize_part, serializer, value, 'the value', where)
                    self.addCleanup(setattr, native, 'extension', extension)
                    native.extension = None
                    slow = attempt(records.serialize_part, serializer, value, 'the value', where)
                    native.extension = extension
                    self.assertEqual(quick, slow, (schema, value))
                    if isinstance(quick, bytes):
                        read = attempt(records.deserialize_part, serializer, quick)
                        native.extension = None
                        self.assertEqual(repr(read), repr(attempt(
                            records.deserialize_part, serializer, quick)))
                        native.extension = extension
                        n_same += 1
        self.assertGreater(n_same, 100)
        self.assertIs(extension.serialize_schema(object(), 1, None, False), NotImplemented)
        self.assertIs(extension.deserialize_schema(topic, b''), NotImplemented)

    def test_refusals(self):
        """What the registry refuses is told at once, with subject, status and its message"""
        for status, code in ((401, 40101), (409, 409), (422, 42201)):
            self.registry.requests.clear()
            self.registry.answers = [(status, {'error_code': code, 'message': 'so it is'})]
            self.fails(self.topic(), "subject 't-value'", f'answers {status}', 'so it is')
            self.assertEqual(len(self.registry.requests), 1)

    def test_retries(self):
        """A registry that is busy or fails is asked again"""
        self.registry.answers = [(503, {}), (429, {'message': 'slowly'})]
        self.topic().serialize(value={'a': 1})
        self.assertEqual(len(self.registry.requests), 3)

    def test_retry_after(self):
        """It is asked again when it wants to be, unless that is too late"""
        begin = time.monotonic()
        self.registry.answers = [(429, {}, ('Retry-After', '1'))]
        self.topic(timeout=60).serialize(value={'a': 1})
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.assertEqual(len(self.registry.requests), 2)
        self.registry.answers = [(503, {'message': 'later'}, ('Retry-After', '3600'))]
        self.fails(self.topic('u', timeout=60), "subject 'u-value'", '503', 'later', '3600 s')
        self.assertEqual(len(self.registry.requests), 3)

    def test_slow(self):
        """One that doesn't answer is an error in time, and another address is asked"""
        self.registry.answers = [(None, {})]
        self.fails(self.topic(timeout=0.5), "subject 't-value'", "did not answer")
        self.registry.answers = [(None, {})]
        self.topic(url=f'{self.registry.url},{self.registry.url}', timeout=2).serialize(
            value={'a': 1})

    def test_no_answer(self):
        """What is no answer is an error that names the subject"""
        for answer in (b'{', b'[]', b'{"id": "x"}', b'{"id": -1}', b'\xff'):
            self.registry.answers = [(200, answer)]
            self.fails(self.topic(), "subject 't-value'")
        self.registry.answers = [(200, b'{"id": 1}')]
        with self.assertRaises(GLib.Error) as caught:
            self.topic().deserialize(Qs.Message(value=b'\0\0\0\0\1\2'))
        self.assertIn('the schema 1', str(caught.exception))

    def test_unknown_number(self):
        """A number that the registry doesn't know, or whose schema is none, is named"""
        for answer, text in (((404, {'error_code': 40403, 'message': 'Schema not found'}),
                              'answers 404: Schema not found'),
                             ((200, {'schema': '{"type": "lang"}'}), "no type 'lang'")):
            self.registry.answers = [answer]
            with self.assertRaises(GLib.Error) as caught:
                self.topic().deserialize(Qs.Message(value=b'\0\0\0\0\7\2'))
            self.assertIn('the schema 7', str(caught.exception))
            self.assertIn(text, str(caught.exception))
        self.registry.answers = [(200, {'id': 1, 'schema': '{'})]
        self.fails(self.topic(use_latest_version=True), "subject 't-value'", 'Invalid Avro schema')

    def test_stopped(self):
        """A source that is stopped doesn't wait for the registry"""
        # Often, as what another thread does to a question was seen to break one of hundreds.
        for answer in (*[(None, {})] * 20, (503, {}, ('Retry-After', '50'))):
            self.registry.is_asked.clear()
            self.registry.answers = [answer]
            topic = self.topic(timeout=600)

            class Waiting(Qs.Source):
                def run(self):
                    self.produce(self.serialize(value={'a': 1}))

            app = Qs.Application('embedded', isolation='thread')
            app.add_source(Waiting(name='waiting'), topic)
            threading.Thread(target=lambda: (self.registry.is_asked.wait(60), app.stop())).start()
            app.run()

    def test_dead_letters(self):
        """What doesn't fit its schema is a dead letter; a registry that fails is a failure"""
        topic = self.topic()

        class Some(Qs.Source):
            def run(self):
                for value in {'a': 1}, {'a': 'x'}, {'b': 1}, {'a': 2}:
                    self.produce(self.serialize(value=value))
                self.flush()

        app = Qs.Application('embedded', isolation='thread')
        app.add_source(Some(name='some', errors='dead-letter', dead_letter_topic='dead'), topic)
        app.run()
        read = [message.value for message in app.embedded_broker.dup_messages('t', 0)]
        self.assertEqual(read, [b'\0\0\0\0\1\2', b'\0\0\0\0\1\4'])
        dead = app.embedded_broker.dup_messages('dead', 0)
        self.assertEqual(len(dead), 2)
        headers = [str(dict(message.headers)) for message in dead]
        self.assertIn("'x' is not a time in ISO 8601", headers[0])
        self.assertIn('b: record n.R has no such field', headers[1])

        for answer in (401, {'message': 'who?'}), (200, {'id': 'x'}):
            self.registry.answers = [answer]
            app = Qs.Application('embedded', isolation='thread')
            app.add_source(Some(name='some', errors='dead-letter', dead_letter_topic='dead'),
                           self.topic())
            with self.assertRaises(GLib.Error) as caught:
                app.run()
            self.assertIn("subject 't-value'", str(caught.exception))
            for name in 't', 'dead':
                self.assertEqual(app.embedded_broker.dup_messages(name, 0), [])

    def test_references(self):
        """A schema may use others of the registry, which a reader finds, and those of these"""
        one = '{"type": "record", "name": "n.One", "fields": [{"name": "x", "type": "int"}]}'
        two = '{"type": "record", "name": "n.Two", "fields": [{"name": "one", "type": "n.One"}]}'
        self.registry.schemas = [one, two]
        self.registry.references[two] = [{'name': 'n.One', 'subject': 's/1', 'version': 1}]
        schema = '{"type": "array", "items": ["n.One", "n.Two"]}'
        topic = self.topic(schema=schema, references=[('n.Two', 's2', 2)])
        value = [{'x': 1}, {'one': {'x': 2}}]
        message = topic.serialize(value=value)
        self.assertEqual(message.value, b'\0\0\0\0\3\4\0\2\2\4\0')
        self.assertEqual(self.registry.requests[-1][2]['references'],
                         [{'name': 'n.Two', 'subject': 's2', 'version': 2}])
        self.assertEqual(self.topic(schema=None).deserialize(message).value, value)
        self.assertIn('/subjects/s%2F1/versions/1', [r[1][-26:] for r in self.registry.requests])
        with self.assertRaises(GLib.Error) as caught:
            Qs.AvroSerializer(schema=schema, references=[('n.Two', 's2', 2)]).serialize([])
        self.assertIn("set its 'registry'", str(caught.exception))
        self.registry.answers = [(404, {'message': 'no such version'})]
        self.fails(self.topic(schema=schema, references=[('n.Two', 's2', 9)]),
                   "'n.Two' of subject 's2'", '404', 'no such version')

    def test_references_of_others(self):
        """The same in Protobuf and JSON Schema"""
        part = 'syntax = "proto3"; package n; message One { int32 x = 1; }'
        schema = 'syntax = "proto3"; import "one.proto"; message Two { n.One one = 1; }'
        self.registry.schemas = [part]
        topic = self.protobuf(schema=schema, references=[('one.proto', 's', 1)])
        message = topic.serialize(value={'one': {'x': 1}})
        self.assertEqual(message.value, b'\0\0\0\0\2\0\x0a\2\x08\1')
        self.assertEqual(self.protobuf().deserialize(message).value, {'one': {'x': 1}})
        with self.assertRaises(GLib.Error):
            self.protobuf(schema=schema, references=[('one.proto', 's', 1)],
                          message_type='n.One').serialize(value={'x': 1})

        self.registry.schemas = ['{"type": "integer"}']
        registry = Qs.SchemaRegistry(url=self.registry.url)
        topic = Qs.Topic('t', value_serializer=Qs.JsonSchemaSerializer(
            {'type': 'object', 'properties': {'x': {'$ref': 'one.json'}}}, registry=registry,
            references=[('one.json', 's', 1)]))
        message = topic.serialize(value={'x': 1})
        self.assertEqual(message.value, b'\0\0\0\0\2{"x":1}')
        with self.assertRaises(GLib.Error):
            topic.serialize(value={'x': 'a'})
        reader = Qs.Topic('t', value_serializer=Qs.JsonSchemaSerializer(registry=registry))
        self.assertEqual(reader.deserialize(message).value, {'x': 1})

    def test_dataframe(self):
        """A dataframe reads a topic with a schema, and writes another one"""
        class Some(Qs.Source):
            def run(self):
                self.produce(self.serialize(key='k', value={'a': 5}))

        app = Qs.Application('embedded', isolation='thread', drain=True,
                             auto_offset_reset='earliest')
        out = self.topic('out', key=True, schema='"string"')
        out.value_serializer = self.topic().value_serializer
        frame = app.dataframe(topic=self.topic(), source=Some(name='some'))
        frame.apply(lambda value: {'a': value['a'] + 1}).to_topic(out, key=lambda value: 'k')
        app.run()
        message, = app.embedded_broker.dup_messages('out', 0)
        self.assertEqual((message.key[5:], message.value[5:]), (b'\2k', b'\x0c'))

    def test_values_of_python(self):
        """Dataclasses, models, times and decimals are values of a schema"""
        @dataclasses.dataclass
        class Part:
            x: float

        class Model:
            def model_dump(self):
                return {'x': 3.5}

        part = {'type': 'record', 'name': 'P', 'fields': [{'name': 'x', 'type': 'double'}]}
        serializer = Qs.AvroSerializer({'type': 'record', 'name': 'R', 'fields': [
            {'name': 'parts', 'type': {'type': 'array', 'items': part}},
            {'name': 'at', 'type': {'type': 'long', 'logicalType': 'timestamp-micros'}},
            {'name': 'day', 'type': {'type': 'int', 'logicalType': 'date'}},
            {'name': 'price', 'type': {'type': 'bytes', 'logicalType': 'decimal', 'precision': 9,
                                       'scale': 2}},
            {'name': 'id', 'type': {'type': 'string', 'logicalType': 'uuid'}}]})
        read = serializer.deserialize(serializer.serialize({
            'parts': [Part(2.5), Model()], 'price': decimal.Decimal('1E+1'), 'id': uuid.UUID(int=1),
            'day': datetime.date(1970, 1, 3),
            'at': datetime.datetime(1970, 1, 1, 1, 0, 0, 7, datetime.timezone(
                datetime.timedelta(hours=1)))}))
        self.assertEqual(read, {'parts': [{'x': 2.5}, {'x': 3.5}], 'at': 7, 'day': 2,
                                'price': '10.00', 'id': str(uuid.UUID(int=1))})

    def test_words_of_quix_streams(self):
        """Quix Streams' names of classes and arguments do the same here"""
        client = Qs.SchemaRegistryClientConfig(url=self.registry.url,
                                               basic_auth_user_info='me:secret')

        def record_subject_name_strategy(context, name):
            pass

        config = Qs.SchemaRegistrySerializationConfig(
            auto_register_schemas=True, normalize_schemas=True,
            subject_name_strategy=record_subject_name_strategy)
        schema = json.loads(SCHEMA)
        topic = Qs.Topic('t', value_serializer=Qs.AvroSerializer(
            schema, strict_allow_default=True, schema_registry_client_config=client,
            schema_registry_serialization_config=config),
            value_deserializer=Qs.AvroDeserializer(schema_registry_client_config=client))
        message = topic.serialize(value={'a': 1})
        self.assertEqual(topic.deserialize(message).value, {'a': 1})
        self.assertIn('/subjects/n.R/versions?normalize=true', self.registry.requests[0][1])
        self.assertEqual(self.registry.requests[0][3]['Authorization'], 'Basic bWU6c2VjcmV0')

        serializer = Qs.JSONSerializer(schema={'type': 'integer'},
                                       schema_registry_client_config=client)
        topic = Qs.Topic('t', value_serializer=serializer)
        self.assertEqual(topic.serialize(value=3).value, b'\0\0\0\0\x023')
        self.assertEqual(Qs.JSONDeserializer(
            schema_registry_client_config=client).deserialize(b'\0\0\0\0\x023'), 3)
        self.assertEqual(Qs.JSONSerializer().serialize({'a': 1}), b'{"a":1}')
        serializer = Qs.ProtobufSerializer('syntax = "proto3"; message A { int32 a = 1; }')
        self.assertEqual(serializer.serialize({'a': 1}), b'\x08\1')
        for function, arguments in (
                (Qs.AvroDeserializer, {'schema': schema, 'return_record_name': True}),
                (Qs.JSONSerializer, {'dumps': str}),
                (Qs.SchemaRegistrySerializationConfig, {'subject': 1})):
            with self.assertRaises((NotImplementedError, TypeError)):
                function(**arguments)

    def test_failure_is_not_kept(self):
        """After a failure the next record asks again"""
        topic = self.topic()
        self.registry.answers = [(422, {})]
        self.fails(topic, '422')
        topic.serialize(value={'a': 1})

    def test_down(self):
        """A registry that is down is an error in time; another address is taken"""
        down = 'http://127.0.0.1:1'
        self.fails(self.topic(url=down), "subject 't-value'", down)
        self.topic(url=f'{down}, {self.registry.url}').serialize(value={'a': 1})

    def test_secrets(self):
        """User and password are sent at once, and are in no error"""
        url = self.registry.url.replace('http://', 'http://me:secret@')
        self.registry.answers = [(401, {})]
        self.assertNotIn('secret', self.fails(self.topic(url=url), '401'))
        self.assertEqual(self.registry.requests[0][3]['Authorization'], 'Basic bWU6c2VjcmV0')

    def secured(self, url=None, **properties):
        """A topic whose registry wants to know who asks."""
        registry = Qs.SchemaRegistry(url=url or self.registry.url, timeout=5, **properties)
        return Qs.Topic('t', value_serializer=Qs.AvroSerializer(SCHEMA, registry=registry))

    def test_bearer_token(self):
        """A token is sent at once, is in no error, and can't be read back"""
        self.registry.answers = [(401, {})]
        topic = self.secured(bearer_token='secret')
        self.assertNotIn('secret', self.fails(topic, '401'))
        topic.serialize(value={'a': 1})
        self.assertEqual([request[3]['Authorization'] for request in self.registry.requests],
                         ['Bearer secret'] * 2)
        spec = Qs.SchemaRegistry.find_property('bearer-token')
        self.assertFalse(spec.flags & GObject.ParamFlags.READABLE)
        self.fails(self.secured(bearer_token='secret', user='me'), 'both a user and a bearer token')
        text = self.fails(self.secured(bearer_token='secret\r\nHost: x'), 'a line break')
        self.assertNotIn('secret', text)
        self.assertEqual(len(self.registry.requests), 2)

    def test_redirect(self):
        """Nobody to whom a registry sends us learns the password or the token"""
        other = Registry()
        self.addCleanup(other.server_close)
        self.addCleanup(other.shutdown)
        for properties in ({'user': 'me', 'password': 'secret'}, {'bearer_token': 'secret'}):
            self.registry.answers = [(307, {}, ('Location', f'{other.url}/subjects'))]
            self.fails(self.secured(**properties), 'answers 307')
        self.assertEqual(other.requests, [])

    def make_certificates(self):
        """ca.pem, and server and client, each .pem and .key, signed by it."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)

        def openssl(*arguments):
            subprocess.run(['openssl', *arguments], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
        openssl('req', '-x509', *key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca')
        with open(f'{folder}/names', 'w') as names:
            names.write('subjectAltName=IP:127.0.0.1')
        for name in 'server', 'client':
            openssl('req', *key, '-keyout', f'{name}.key', '-out', f'{name}.csr',
                    '-subj', f'/CN={name}')
            openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key',
                    '-CAcreateserial', '-extfile', 'names', '-out', f'{name}.pem')
        return folder

    def test_certificate(self):
        """A registry that wants a certificate gets it, also by Quix Streams' names"""
        if shutil.which('openssl') is None:
            self.skipTest('there is no openssl')
        folder = self.make_certificates()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f'{folder}/server.pem', f'{folder}/server.key')
        context.load_verify_locations(f'{folder}/ca.pem')
        context.verify_mode = ssl.CERT_REQUIRED
        server = Registry(context)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        ca_file = f'{folder}/ca.pem'
        files = {'certificate_file': f'{folder}/client.pem', 'key_file': f'{folder}/client.key'}
        # First, or the session that was resumed would have the certificate.
        self.fails(self.secured(server.url, ca_file=ca_file), "subject 't-value'")
        self.fails(self.secured(server.url, ca_file=ca_file, certificate_file='/nowhere'), '/nowhere')
        self.fails(self.secured(server.url, **files), 'certificate')
        self.assertEqual(server.requests, [])
        self.secured(server.url, ca_file=ca_file, **files).serialize(value={'a': 1})
        config = Qs.SchemaRegistryClientConfig(
            url=server.url, ssl_ca_location=ca_file, ssl_certificate_location=files['certificate_file'],
            ssl_key_location=files['key_file'])
        topic = Qs.Topic('u', value_serializer=Qs.AvroSerializer(
            SCHEMA, schema_registry_client_config=config))
        topic.serialize(value={'a': 1})
        with open(f'{folder}/both.pem', 'w') as both:
            for file in files.values():
                both.write(pathlib.Path(file).read_text())
        self.secured(server.url, ca_file=ca_file, certificate_file=f'{folder}/both.pem').serialize(
            value={'a': 1})
        self.assertEqual(len(server.requests), 3)

    def test_not_its_schema(self):
        """A value that doesn't fit names topic and path; bytes without a header are an error"""
        with self.assertRaises(GLib.Error) as caught:
            self.topic().serialize(value={'a': [1]})
        self.assertIn("a value for topic 't': a: expected long, got array", str(caught.exception))
        with self.assertRaises(GLib.Error) as caught:
            self.topic().deserialize(Qs.Message(value=b'{"a": 1}'))
        self.assertIn('the id of a schema', str(caught.exception))

    def test_json_schema(self):
        """JSON has the header, its schema's type is told, and what doesn't fit is refused"""
        schema = '{"title": "R", "type": "object", "properties": {"a": {"type": "integer"}}}'
        topic = Qs.Topic('t')
        topic.value_serializer = Qs.JsonSchemaSerializer(
            schema=schema, registry=Qs.SchemaRegistry(url=self.registry.url),
            subject_strategy='topic-record')
        message = topic.serialize(value={'a': 1})
        self.assertEqual(message.value, b'\0\0\0\0\1{"a":1}')
        self.assertEqual(self.registry.requests[0][1], '/apis/ccompat/v7/subjects/t-R/versions')
        self.assertEqual(self.registry.requests[0][2], {'schema': schema, 'schemaType': 'JSON'})
        self.assertEqual(topic.deserialize(message).value, {'a': 1})
        self.assertIsNone(topic.serialize(key=b'k').value)
        self.assertEqual(len(self.registry.requests), 1)
        self.does_not_fit(topic)

    def does_not_fit(self, topic):
        with self.assertRaises(GLib.Error) as caught:
            topic.serialize(value={'a': 'x'})
        self.assertIn("topic 't': a: ", str(caught.exception))

    def protobuf(self, **properties):
        """A topic whose values are Protobuf."""
        topic = Qs.Topic('t')
        topic.value_serializer = Qs.ProtobufSerializer(
            registry=Qs.SchemaRegistry(url=self.registry.url), **properties)
        return topic

    def test_protobuf(self):
        """After the header comes the message type's place, and the type is told by it"""
        schema = 'syntax = "proto3"; package n; message A { int32 a = 1; ' \
                 'message I { int32 i = 1; } } message B { repeated int32 b = 1; }'
        for name, value, data in (
                (None, {'a': 1}, b'\0\x08\1'), ('n.A', {'a': 1}, b'\0\x08\1'),
                ('B', {'b': [1, 2]}, b'\2\2\x0a\2\1\2'), ('n.A.I', {'i': 3}, b'\4\0\0\x08\3')):
            message = self.protobuf(schema=schema, message_type=name).serialize(value=value)
            self.assertEqual(message.value, b'\0\0\0\0\1' + data)
            self.assertEqual(self.protobuf().deserialize(message).value, value)
        self.assertEqual(self.registry.requests[0][2], {'schema': schema, 'schemaType': 'PROTOBUF'})
        # Other writers don't shorten it.
        message = Qs.Message(value=b'\0\0\0\0\1\2\0\x08\1')
        self.assertEqual(self.protobuf().deserialize(message).value, {'a': 1})

    def test_protobuf_errors(self):
        """The path is told; a tombstone asks nobody; a place that there isn't is an error"""
        topic = self.protobuf(schema='syntax = "proto3"; message A { int32 a = 1; }')
        self.assertIsNone(topic.serialize(key=b'k').value)
        self.assertEqual(self.registry.requests, [])
        self.does_not_fit(topic)
        for data in b'', b'\2', b'\2\2', b'\x80', b'\xff\xff\1':
            with self.assertRaises(GLib.Error):
                topic.deserialize(Qs.Message(value=b'\0\0\0\0\1' + data))


JS = '''
import Qs from 'gi://Qs?version=1';
const registry = new Qs.SchemaRegistry({url: URL});
const topic = new Qs.Topic({name: 't', value_serializer: new Qs.AvroSerializer(
    {schema: SCHEMA, registry, subject_strategy: 'topic-record'})});
const message = topic.serialize({value: {a: 1}});
print(message.value.join(), JSON.stringify(topic.deserialize(message).value));
const out = new Qs.Topic({name: 'out', key_serializer: new Qs.AvroSerializer({schema: '"n.R"', registry,
    references: [['n.R', 's', 1]]})});
print(out.serialize({key: {a: 2}}).key.join());
try {
    topic.serialize({value: {a: [1]}});
} catch (error) {
    print(error.matches(Qs.serialization_error_quark(), Qs.SerializationError.UNSUPPORTED_TYPE), error.message);
}
'''

LUA = '''
local Qs = require('qsource')
local registry = Qs.SchemaRegistry {url = URL}
local function show(bytes) return table.concat({bytes:get_data():byte(1, -1)}, ',') end
local topic = Qs.Topic {name = 't', value_serializer = Qs.AvroSerializer {
   schema = SCHEMA, registry = registry, subject_strategy = 'topic-record'}}
local message = topic:serialize {value = {a = 1}}
print(show(message.value), topic:deserialize(message).value.a)
local out = Qs.Topic {name = 'out', key_serializer = Qs.AvroSerializer {
   schema = '"n.R"', registry = registry, references = {{'n.R', 's', 1}}}}
print(show(out:serialize({key = {a = 2}}).key))
local ok, err = pcall(topic.serialize, topic, {value = {a = {1}}})
print(err:matches(Qs.SerializationError, 'UNSUPPORTED_TYPE'), err.message)
'''


class TestOtherLanguages(ProgramCase):
    """Natural values, nicks and references there, too."""

    def check(self, interpreter, text, name, quote):
        registry = Registry()
        self.addCleanup(registry.server_close)
        self.addCleanup(registry.shutdown)
        self.addCleanup(registry.is_over.set)
        text = text.replace('URL', quote(registry.url)).replace('SCHEMA', quote(SCHEMA))
        result = self.execute(*interpreter, self.write(text, name))
        self.assertEqual(result.status, 0, result.err)
        lines = result.out.splitlines()
        self.assertIn('0,0,0,0,1,2', lines[0])
        self.assertEqual(lines[1], '0,0,0,0,2,4')
        self.assertIn("topic 't': a: expected long, got array", lines[2])
        self.assertTrue(lines[2].startswith('true'))
        self.assertEqual([request[1].partition('v7')[2] for request in registry.requests],
                         ['/subjects/t-n.R/versions', '/schemas/ids/1', '/subjects/s/versions/1',
                          '/subjects/out-key/versions'])

    @unittest.skipUnless(shutil.which('gjs'), 'there is no gjs')
    def test_gjs(self):
        """JavaScript"""
        self.check(['gjs', '-m'], JS, 'program.js', json.dumps)

    @unittest.skipUnless(os.environ.get('QSOURCE_LUA'), 'there is no Lua')
    def test_lua(self):
        """Lua"""
        self.check([os.environ['QSOURCE_LUA']], LUA, 'program.lua', lambda text: f'[==[{text}]==]')


# Run once more without the extension, which has no part in these.
if os.environ.get('QSOURCE_PYTHON_EXTENSION') == 'no':
    del TestOtherLanguages, TestSchemas.test_quick


if __name__ == '__main__':
    unittest.main()
