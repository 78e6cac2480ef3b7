# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records that nobody would write by accident end no program, in whatever language it is."""

import ctypes
import os
import pathlib
import re
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'python'))
from qs_testing import ProgramCase  # noqa: E402

MEGABYTE = 1 << 20

# Key, value, and headers with their names; all of them bytes, or None.
RECORDS = {
    'plain': (b'k', b'1', [(b'h', b'v')]),
    'nothing': (None, None, []),
    'empty': (b'', b'', [(b'', b'')]),
    'null header': (b'k', b'1', [(b'h', None)]),
    'a name that is not UTF-8': (b'k', b'1', [(b'\xff\xfe', b'v'), (b'good', b'v')]),
    'half a character': (b'\xc3', b'\xc3', [(b'\xc3', b'\xc3')]),
    'a surrogate': (b'\xed\xa0\x80', b'"\xed\xa0\x80"', [(b'\xed\xa0\x80', b'\xed\xa0\x80')]),
    # In a header's name it is an error of the record, see test-header-names.c.
    'NUL': (b'a\0b', b'"\0"', [(b'a', b'\0')]),
    'control characters': (b'\x1b[2J\x9b', b'\x1b]0;x\x07', [(b'\x1b[2J\xc2\x9b', b'\x85')]),
    'bidirectional': ('\u202ek'.encode(), '"\u202e"'.encode(), [('\u202eh\u2066'.encode(), b'v')]),
    'a large name': (b'k', b'1', [(b'n' * MEGABYTE, b'v')]),
    'a large name that is not UTF-8': (b'k', b'1', [(b'\xff' * MEGABYTE, b'v')]),
    'a large key': (b'\xff' * MEGABYTE, b'1', []),
    'many headers': (b'k', b'1', [(b'\xff', b'%d' % i) for i in range(1000)]),
    'the same name': (b'k', b'1', [(b'__proto__', b'a'), (b'__proto__', b'b'), (b'length', b'c')]),
}

# Each reads key, value and headers of every record, prints them, and counts the headers.
PROGRAMS = {
    'python.py': '''
import os
import gi
gi.require_version('Qs', '1')
from gi.repository import Qs
topic = Qs.Topic(name='hostile', key_serializer='bytes', value_serializer='bytes')
def look(value, key, timestamp, headers):
    pairs = list(headers or [])
    [(name.upper(), data) for name, data in pairs]
    os.write(2, f'seen {-1 if key is None else len(key)} {-1 if value is None else len(value)} {len(pairs)}\\n'.encode())
broker = Qs.EmbeddedBroker.new(1)
broker.start()
broker.create_topic('hostile', 1)
os.system(f'{os.environ["PRODUCE"]} {broker.get_address()}')
app = Qs.Application(broker.get_address(), auto_offset_reset='earliest', drain=True, consumer_group='python')
app.dataframe(topic=topic).print(metadata=True).update(look, metadata=True)
app.run()
''',
    'gjs.js': '''
import GLib from 'gi://GLib';
import Qs from 'gi://Qs?version=1';
const topic = new Qs.Topic({name: 'hostile', key_serializer: 'bytes', value_serializer: 'bytes'});
const size = data => data === null ? -1 : data.length;
const broker = Qs.EmbeddedBroker.new(1);
broker.start();
broker.create_topic('hostile', 1);
GLib.spawn_command_line_sync(`${GLib.getenv('PRODUCE')} ${broker.get_address()}`);
const app = new Qs.Application({broker_address: broker.get_address(), auto_offset_reset: 'earliest', drain: true, consumer_group: 'gjs'});
app.dataframe({topic}).print(true).sink((value, record) => {
    const pairs = [...record.headers ?? []];
    pairs.map(([name, data]) => [name.toUpperCase(), data]);
    printerr(`seen ${size(record.key)} ${size(value)} ${pairs.length}`);
});
app.run();
''',
    'lua.lua': '''
local Qs = require 'qsource'
local topic = Qs.Topic {name = 'hostile', key_serializer = 'bytes', value_serializer = 'bytes'}
local broker = Qs.EmbeddedBroker.new(1)
broker:start()
broker:create_topic('hostile', 1)
os.execute(os.getenv('PRODUCE') .. ' ' .. broker:get_address())
local app = Qs.Application {broker_address = broker:get_address(), auto_offset_reset = 'earliest', drain = true, consumer_group = 'lua'}
app:dataframe {topic = topic}:print(true):sink(function(value, record)
   local headers = record.headers
   local n = headers and headers:get_length() or 0
   for i = 0, n - 1 do
      local _ = headers:get_name(i):upper(), headers:get_value(i)
   end
   io.stderr:write(('seen %d %d %d\\n'):format(record.key and #record.key or -1, value and #value or -1, n))
end)
app:run()
''',
}

INTERPRETERS = {'.py': sys.executable, '.js': 'gjs -m', '.lua': os.environ.get('QSOURCE_LUA')}

# rd_kafka_vtype_t
TOPIC, PARTITION, VALUE, KEY, MSGFLAGS, HEADERS = 1, 3, 4, 5, 7, 10
COPY = 2


def produce(address):
    """By librdkafka itself: no language would write such names."""
    kafka = ctypes.CDLL('librdkafka.so.1')
    for name in 'rd_kafka_conf_new', 'rd_kafka_new', 'rd_kafka_headers_new':
        getattr(kafka, name).restype = ctypes.c_void_p
    conf = ctypes.c_void_p(kafka.rd_kafka_conf_new())
    for name, value in (b'bootstrap.servers', address.encode()), (b'message.max.bytes', b'8000000'):
        kafka.rd_kafka_conf_set(conf, name, value, None, 0)
    client = ctypes.c_void_p(kafka.rd_kafka_new(0, conf, None, 0))
    for key, value, pairs in RECORDS.values():
        headers = ctypes.c_void_p(kafka.rd_kafka_headers_new(ctypes.c_size_t(8)))
        for name, data in pairs:
            kafka.rd_kafka_header_add(headers, name, ctypes.c_ssize_t(len(name)), data, ctypes.c_ssize_t(len(data or b'')))
        error = kafka.rd_kafka_producev(
            client, ctypes.c_int(TOPIC), ctypes.c_char_p(b'hostile'), ctypes.c_int(PARTITION), ctypes.c_int(0),
            ctypes.c_int(MSGFLAGS), ctypes.c_int(COPY),
            ctypes.c_int(KEY), ctypes.c_char_p(key), ctypes.c_size_t(len(key or b'')),
            ctypes.c_int(VALUE), ctypes.c_char_p(value), ctypes.c_size_t(len(value or b'')),
            ctypes.c_int(HEADERS), headers, ctypes.c_int(0))
        assert error == 0, error
    assert kafka.rd_kafka_flush(client, ctypes.c_int(20000)) == 0
    kafka.rd_kafka_destroy(client)


class TestHostile(ProgramCase):
    def test_records(self):
        """Every record is read, with its headers, and is printed"""
        expected = [f'seen {-1 if key is None else len(key)} {-1 if value is None else len(value)} {len(pairs)}'
                    for key, value, pairs in RECORDS.values()]
        for name, text in PROGRAMS.items():
            interpreter = INTERPRETERS[pathlib.Path(name).suffix]
            if not interpreter:
                continue
            with self.subTest(program=name):
                result = self.execute(*shlex.split(interpreter), self.write(text, name), PRODUCE=shlex.join([sys.executable, __file__]))
                self.assertEqual(result.status, 0, result.err[-1000:])
                self.assertNotRegex(result.err, 'CRITICAL|Traceback')
                self.assertEqual(re.findall('^seen .*', result.err, re.M), expected)
                self.assertNotRegex(result.out, '[\x1b\u202e\x9b]')


if __name__ == '__main__':
    produce(sys.argv[1])
