#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The module of HTTP, with servers that behave and servers that don't.

  test-http.py QSOURCE SCANNER FOLDER"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

QSOURCE = SCANNER = FOLDER = None
SECONDS = 120


class Server(http.server.ThreadingHTTPServer):
    """Answers the n-th request by the n-th of its answers, functions of the request; then by
    the last one."""
    daemon_threads = True

    def __init__(self, *answers):
        self.answers = answers
        self.requests = []
        self.times = []
        self.over = threading.Event()
        super().__init__(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f'http://127.0.0.1:{self.server_port}'

    def close(self):
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests.append((self.path, dict(self.headers)))
        server.times.append(time.monotonic())
        server.answers[min(len(server.requests), len(server.answers)) - 1](self)

    def log_message(self, *_):
        pass


def answer(body=b'', status=200, **headers):
    def send(request):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace('_', '-'), value)
        request.send_header('Content-Length', str(len(data)))
        request.end_headers()
        request.wfile.write(data)
    return send


def stream(text, stays=False):
    """What ends with the connection; or doesn't end."""
    def send(request):
        request.close_connection = True
        request.send_response(200)
        request.send_header('Content-Type', 'text/event-stream')
        request.end_headers()
        request.wfile.write(text.encode())
        request.wfile.flush()
        if stays:
            request.server.over.wait(SECONDS)
    return send


def hang(request):
    request.server.over.wait(SECONDS)


class TestHttp(unittest.TestCase):
    def serve(self, *answers):
        server = Server(*answers)
        self.addCleanup(server.close)
        return server

    def read(self, *words, status=0):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith('QSOURCE_')}
        environment.update(QSOURCE_MODULE_PATH=FOLDER, QSOURCE_MODULE_SCANNER=SCANNER)
        result = subprocess.run([QSOURCE, 'run', 'http', *words, '-F', 'json'], capture_output=True,
                                text=True, timeout=SECONDS, env=environment)
        self.assertEqual(result.returncode, status, result.stderr)
        if status:
            return result.stderr
        return [(record['key'], record['value'])
                for record in map(json.loads, result.stdout.splitlines())]

    def test_poll(self):
        """Each item comes once, by its id; what hasn't changed is not sent again"""
        items = [{'id': i, 'text': f'item {i}'} for i in range(6)]
        server = self.serve(answer({'a': {'b/c': items[:3]}}, ETag='"one"', Last_Modified='Mon'),
                            answer(status=304), answer({'a': {'b/c': items[2:]}}, ETag='"two"'))
        found = self.read(f'url={server.url}', 'items=/a/b~1c', 'id=/id', 'interval=0.01', '--count=6')
        self.assertEqual(found, [(str(i), item) for i, item in enumerate(items)])
        self.assertNotIn('If-None-Match', server.requests[0][1])
        self.assertEqual(server.requests[1][1]['If-None-Match'], '"one"')
        self.assertEqual(server.requests[1][1]['If-Modified-Since'], 'Mon')

    def test_cursor(self):
        """The next request has the cursor of the last answer"""
        server = self.serve(answer({'next': 'a b', 'items': [1]}), answer({'next': 7, 'items': [2, 3]}))
        found = self.read(f'url={server.url}/x?after={{cursor}}', 'items=/items', 'cursor=/next',
                          'headers=X-Key: secret', 'interval=0.01', '--count=5')
        self.assertEqual([value for _, value in found], [1, 2, 3, 2, 3])
        self.assertEqual([path for path, _ in server.requests[:3]],
                         ['/x?after=', '/x?after=a%20b', '/x?after=7'])
        self.assertEqual(server.requests[0][1]['X-Key'], 'secret')

    def test_trouble(self):
        """A server that hangs, one that is overloaded, and one that is gone are asked again"""
        server = self.serve(hang, answer(status=503, Retry_After='2'), answer(status=500),
                            answer(b'"done"'))
        found = self.read(f'url={server.url}', 'timeout=5', 'interval=0.01', '--count=1')
        self.assertEqual(found, [(None, 'done')])
        self.assertGreaterEqual(server.times[2] - server.times[1], 2)

    def test_events(self):
        """Events go on after the last one, with its id"""
        server = self.serve(
            stream('retry: 10\n: nothing\nid: 1\ndata: one\n\nevent: door\r\nid: 2\r\ndata: two\r\n'
                   'data:  lines\r\n\r\ndata: half'),
            stream('id: 3\ndata: three\n\n', stays=True))
        found = self.read(f'url={server.url}', 'mode=sse', '--count=3')
        self.assertEqual(found, [('1', {'event': 'message', 'data': 'one', 'id': '1'}),
                                 ('2', {'event': 'door', 'data': 'two\n lines', 'id': '2'}),
                                 ('3', {'event': 'message', 'data': 'three', 'id': '3'})])
        self.assertEqual(server.requests[0][1]['Accept'], 'text/event-stream')
        self.assertNotIn('Last-Event-ID', server.requests[0][1])
        self.assertEqual(server.requests[1][1]['Last-Event-ID'], '2')

    def test_lines(self):
        """Each line of a stream is a record, also after it was silent for too long"""
        server = self.serve(stream('a\n\nb\n', stays=True), stream('c\n', stays=True))
        found = self.read(f'url={server.url}', 'mode=lines', 'timeout=5', 'interval=0.01',
                          '--count=4')
        self.assertEqual([value for _, value in found], ['a', '', 'b', 'c'])

    def test_refused(self):
        """What can't get better is an error"""
        server = self.serve(answer(status=404))
        self.assertIn('404', self.read(f'url={server.url}', status=1))
        server = self.serve(answer(b'no json'))
        self.assertIn('Cannot use the answer', self.read(f'url={server.url}', status=1))
        server = self.serve(answer({'a': 1}))
        self.assertIn("nothing at '/b'", self.read(f'url={server.url}', 'items=/b', status=1))
        self.assertIn('not an http or https URL', self.read('url=x', status=1))
        self.assertIn('lacks its property url', self.read(status=2))


if __name__ == '__main__':
    QSOURCE, SCANNER, FOLDER = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:4])
    del sys.argv[1:4]
    if not (pathlib.Path(FOLDER) / 'libqsource-http.so').exists():
        sys.exit('the module is not built')
    unittest.main(verbosity=2)
