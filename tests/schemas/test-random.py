#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random schemas and values, written by us and read by fastavro, Google's Protobuf and
jsonschema, and the other way round. Speaks TAP.

  test-random.py [NUMBER [SEED]]    NUMBER schemas of each kind, and five times as many that
                                    became others; one that is told again by its seed is
                                    test-random.py 1 SEED"""

import http.server
import io
import json
import random
import sys
import threading

import pip_packages

pip_packages.use()

import fastavro  # noqa: E402
import gi  # noqa: E402
import jsonschema  # noqa: E402

gi.require_version('Qs', '1')
from gi.repository import GLib, Qs  # noqa: E402
from random_avro import RandomAvro  # noqa: E402
from random_evolution import RandomEvolution  # noqa: E402
from random_json import RandomJson  # noqa: E402
from random_protobuf import RandomProtobuf, fill  # noqa: E402
from same import same  # noqa: E402

N_SCHEMAS = 200
N_VALUES = 3
N_EVOLUTIONS = 5        # for each schema of another kind


class Wrong(Exception):
    pass


def expect(what, got, wanted):
    if not same(got, wanted):
        raise Wrong(f'{what}: {got!r} instead of {wanted!r}')


def write(serializer, value):
    """The bytes, with None as a value rather than as a tombstone."""
    if value is None:
        value = GLib.Variant('mv', None)
    return serializer.serialize(value)


def check_avro(dice):
    made = RandomAvro(dice)
    theirs = fastavro.parse_schema(made.schema)
    ours = Qs.AvroSerializer(schema=made.text)
    for _ in range(N_VALUES):
        value = made.value()
        data = write(ours, value.ours)
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, theirs, value.theirs)
        # Theirs is a byte longer where a decimal is -128, -32768 and so on.
        if 'decimal' not in made.text:
            expect('bytes', data, stream.getvalue())
        for name, encoded in (('our bytes', data), ('their bytes', stream.getvalue())):
            expect(f'{name}, read by us', ours.deserialize(encoded), value.ours_read)
            expect(f'{name}, read by them',
                   fastavro.schemaless_reader(io.BytesIO(encoded), theirs), value.theirs_read)


class Registry(http.server.ThreadingHTTPServer):
    """Has one schema at a time, by whatever number it is asked for."""

    daemon_threads = True
    schema = None

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            data = json.dumps({'schema': self.server.schema}).encode()
            self.send_response(200)
            self.send_header('Content-Length', str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(('127.0.0.1', 0), self.Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f'http://127.0.0.1:{self.server_address[1]}'


def read(reader, *arguments):
    """What is read, and the error."""
    try:
        return reader(*arguments), None
    except Exception as error:
        return None, error


def has_nul(value):
    if isinstance(value, dict):
        return any(has_nul(item) for pair in value.items() for item in pair)
    if isinstance(value, list):
        return any(map(has_nul, value))
    return isinstance(value, str) and '\0' in value


class Evolutions:
    """Of what the one reads and the other refuses, there must be none."""

    def __init__(self):
        self.registry = Registry()
        self.n_read, self.n_refused = 0, 0

    def check(self, dice):
        made = RandomEvolution(dice)
        written = fastavro.parse_schema(made.schema)
        wanted = fastavro.parse_schema(json.loads(made.wanted))
        self.registry.schema = made.text
        ours = Qs.AvroSerializer(schema=made.wanted,
                                 registry=Qs.SchemaRegistry(url=self.registry.url))
        for _ in range(N_VALUES):
            stream = io.BytesIO()
            fastavro.schemaless_writer(stream, written, made.value().theirs)
            data = stream.getvalue()
            theirs, their_error = read(fastavro.schemaless_reader, io.BytesIO(data), written, wanted)
            # It stumbles over types that are named before they are defined in what is read.
            if isinstance(their_error, TypeError):
                continue
            value, error = read(ours.deserialize, b'\0\0\0\0\1' + data)
            # A variant's string has no NUL.
            if (error is None) != (their_error is None) and not has_nul(theirs):
                raise Wrong(f'{error!r} here, {their_error!r} there: {made.text} as {made.wanted}')
            if error is None:
                expect(f'{made.text} as {made.wanted}', value, theirs)
            self.n_read += error is None
            self.n_refused += error is not None


def check_protobuf(dice):
    made = RandomProtobuf(dice)
    theirs = made.make_class()
    ours = Qs.ProtobufSerializer(schema=made.text, message_type=made.full_name)
    # The entries of a map may come in any order.
    is_ordered = not any(word in made.text for word in ('map<', 'Struct', 'Value', 'ListValue'))
    for _ in range(N_VALUES):
        value = made.value()
        message = theirs()
        fill(message, made.message, value)
        encoded = message.SerializeToString(deterministic=True)
        data = ours.serialize(value)
        if is_ordered:
            expect('bytes', data, encoded)
        expect('our bytes, read by them',
               theirs.FromString(data).SerializeToString(deterministic=True), encoded)
        expect('their bytes, read by us', ours.deserialize(encoded), made.complete(value))


def check_json(dice):
    made = RandomJson(dice)
    theirs = jsonschema.Draft7Validator(made.schema)
    ours = Qs.JsonSchemaSerializer(schema=json.dumps(made.schema))
    for _ in range(N_VALUES):
        value = made.value()
        try:
            data = write(ours, value)
        except GLib.Error as error:
            if theirs.is_valid(value):
                raise Wrong(f'{value!r} is refused: {error.message}') from error
            continue
        if not theirs.is_valid(value):
            raise Wrong(f'{value!r} is taken')
        expect('read by them', json.loads(data), value)
        expect('read by us', ours.deserialize(json.dumps(value).encode()), value)


def main(n_schemas=N_SCHEMAS, first=0):
    failed = False
    evolutions = Evolutions()
    checks = {'Avro': check_avro, 'Protobuf': check_protobuf, 'JSON Schema': check_json,
              'Avro as another schema': evolutions.check}
    print(f'1..{len(checks)}')
    for number, (name, check) in enumerate(checks.items(), 1):
        n_wrong = 0
        n = int(n_schemas) * (N_EVOLUTIONS if check == evolutions.check else 1)
        for seed in range(int(first), int(first) + n):
            try:
                check(random.Random(seed))
            except Exception as error:
                n_wrong += 1
                if n_wrong <= 5:
                    print(f'# {name}, seed {seed}: {type(error).__name__}: {error}'[:1000])
        failed |= n_wrong > 0
        print(f'{"not ok" if n_wrong else "ok"} {number} - {name}: {n} schemas, '
              f'{N_VALUES} values each, {n_wrong} schemas with a difference', flush=True)
    print(f'# {evolutions.n_read} values were read as another schema, {evolutions.n_refused} '
          'were refused')
    return failed


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
