# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serializers with schemas, with a schema registry that this program is itself."""

import http.server
import json
import threading
import unittest

import qs_testing  # noqa: F401
from gi.repository import GLib, Qs

SCHEMA = '{"type": "record", "name": "n.R", "doc": "kept", "fields": [' \
         '{"name": "a", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}'


class Registry(http.server.ThreadingHTTPServer):
    """Keeps schemas; `answers` come first, (status, object) each."""

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.requests, self.answers, self.schemas = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f'http://127.0.0.1:{self.server_address[1]}/apis/ccompat/v7/'

    def answer(self, method, path, body):
        path = path.removeprefix('/apis/ccompat/v7')
        if method == 'GET' and path.startswith('/schemas/ids/'):
            return 200, {'schema': self.schemas[int(path.rpartition('/')[2]) - 1]}
        if method == 'GET' and path.endswith('/versions/latest'):
            return 200, {'id': len(self.schemas), 'schema': self.schemas[-1]}
        if body['schema'] not in self.schemas:
            if not path.endswith('/versions'):
                return 404, {'error_code': 40403, 'message': 'Schema not found'}
            self.schemas.append(body['schema'])
        return 200, {'id': self.schemas.index(body['schema']) + 1}


class Handler(http.server.BaseHTTPRequestHandler):
    def handle_any(self):
        size = int(self.headers.get('Content-Length') or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        self.server.requests.append((self.command, self.path, body, self.headers))
        if self.server.answers:
            status, result = self.server.answers.pop(0)
        else:
            status, result = self.server.answer(self.command, self.path, body)
        data = json.dumps(result).encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = handle_any

    def log_message(self, *_):
        pass


class TestSchemas(unittest.TestCase):
    def setUp(self):
        self.registry = Registry()
        self.addCleanup(self.registry.server_close)
        self.addCleanup(self.registry.shutdown)

    def topic(self, name='t', schema=SCHEMA, url=None, key=False, **properties):
        """A topic whose values, or keys, are Avro."""
        registry = Qs.SchemaRegistry(url=url or self.registry.url, timeout=2)
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

    def test_not_its_schema(self):
        """A value that doesn't fit names topic and path; bytes without a header are an error"""
        with self.assertRaises(GLib.Error) as caught:
            self.topic().serialize(value={'a': [1]})
        self.assertIn("a value for topic 't': a: want long, got array", str(caught.exception))
        with self.assertRaises(GLib.Error) as caught:
            self.topic().deserialize(Qs.Message(value=b'{"a": 1}'))
        self.assertIn('the number of a schema', str(caught.exception))

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


if __name__ == '__main__':
    unittest.main()
