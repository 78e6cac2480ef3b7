#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an application serves for those who watch it: metrics, health, status, events.

  test-monitor.py QSOURCE RULES BOARD"""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.request

from monitored import COUNTING, SECONDS, Monitored, read_samples
from ports import free_ports

RULES = BOARD = None
OPEN = 'application/openmetrics-text; version=1.0.0'
# Debian's Python has Debian's parser.
PARSE = '''
import json, sys
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as open_parser
parse = open_parser if sys.argv[1] == 'open' else parser
print(json.dumps([[f.name, f.type, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]]
                  for f in parse.text_string_to_metric_families(sys.stdin.read())]))
'''


class TestServer(Monitored):
    def test_paths(self):
        """Each path serves what it is for; nothing can be changed"""
        self.start({'door': {'shell': COUNTING}})
        self.assertEqual(self.get('/healthz')[::2], (200, 'ok\n'))
        self.assertEqual(self.get('/readyz')[::2], (200, 'ready\n'))
        status = self.status()
        self.assertEqual((status['name'], status['status']), ('gateway', 'running'))
        self.assertIn(f', {self.base}/\n', self.run_qsource('status'))
        self.assertEqual(status['sources'][0]['topic'], 'source__door')
        code, headers, page = self.get('/')
        self.assertEqual((code, headers['Content-Type']), (200, 'text/html; charset=utf-8'))
        self.assertNotRegex(page.replace('http://www.w3.org/2000/svg', ''), r'https?://')
        self.assertIn("default-src 'none'", headers['Content-Security-Policy'])
        self.assertEqual(self.get('/nothing')[0], 404)
        for path in '/', '/metrics', '/healthz', '/readyz', '/status', '/events':
            self.assertEqual(self.get(path, 'HEAD')[::2], (200, ''), path)
            for method in 'POST', 'PUT', 'DELETE', 'OPTIONS':
                code, headers, _ = self.get(path, method)
                self.assertEqual((code, headers['Allow']), (405, 'GET, HEAD'), (path, method))

    def test_readiness(self):
        """Who isn't ready is named; who is alive is alive all the same"""
        self.start({'door': {'shell': COUNTING}, 'bell': {'shell': 'exit 7'}}, ready=False,
                   **{'max-restarts': -1, 'restart-backoff': 60})
        self.wait_for(lambda: self.get('/readyz')[2] == 'bell is failed\n')
        self.assertEqual(self.get('/readyz')[0], 503)
        self.assertEqual(self.get('/healthz')[0], 200)
        self.assertIn('status 7', self.source('bell')['last-error'])
        self.run_qsource('pause', 'door')
        self.wait_for(lambda: self.source('door')['status'] == 'paused')
        self.assertEqual(self.get('/readyz')[2], 'bell is failed\n')

    def test_events(self):
        """The status comes at once, when it changes, and to all that listen"""
        self.start({'door': {'shell': COUNTING}})
        streams = [urllib.request.urlopen(f'{self.base}/events', timeout=SECONDS)
                   for _ in range(5)]
        try:
            for stream in streams:
                self.assertEqual(stream.headers['Content-Type'], 'text/event-stream')
                self.assertEqual(self.read_event(stream)['sources'][0]['name'], 'door')
            streams.pop().close()
            self.run_qsource('pause', 'door')
            for stream in streams:
                while self.read_event(stream)['sources'][0]['status'] != 'paused':
                    pass
        finally:
            for stream in streams:
                stream.close()
        self.assertEqual(self.get('/healthz')[0], 200)

    def read_event(self, stream):
        self.assertEqual(stream.readline(), b'event: status\n')
        data = stream.readline()
        self.assertTrue(data.startswith(b'data: '), data)
        self.assertEqual(stream.readline(), b'\n')
        return json.loads(data[6:])

    def test_end(self):
        """A run that ends ends what it serves, also to those who listen or hang"""
        process = self.start({'door': {'shell': COUNTING}})
        stream = urllib.request.urlopen(f'{self.base}/events', timeout=SECONDS)
        with socket.create_connection(('127.0.0.1', self.port)) as silent:
            silent.sendall(b'GET / HT')
            process.terminate()
            self.assertEqual(process.wait(SECONDS), 143)
        try:
            stream.read()
        except (http.client.IncompleteRead, OSError):
            pass
        stream.close()
        self.assertEqual(self.get('/healthz')[0], 0)

    def test_addresses(self):
        """A Unix socket is served, too; what can't be served is an error that says why"""
        path = self.directory / 'socket'
        for _ in range(2):
            command = subprocess.Popen(
                [self.qsource, 'run', 'command', f'shell={COUNTING}', '--monitor-address',
                 f'unix:{path}'], env=self.environment, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            self.addCleanup(command.kill)
            with socket.socket(socket.AF_UNIX) as client:
                self.wait_for(lambda: client.connect_ex(str(path)) == 0)
                client.settimeout(SECONDS)
                client.sendall(b'GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n')
                self.assertIn(b'200', client.recv(100))
            command.kill()  # so that the socket stays
            command.wait()
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            address = '127.0.0.1:%d' % taken.getsockname()[1]
            for word, text in ((address, 'in use'), ('nonsense', '127.0.0.1:9464'), ('unix:', 'unix:/run'),
                               ('unix:/not/there/x', 'No such file'), ('127.0.0.1:x', '127.0.0.1:x')):
                result = subprocess.run([self.qsource, 'run', 'command', 'argv=true',
                                         f'--monitor-address={word}'], env=self.environment,
                                        text=True, capture_output=True, timeout=SECONDS)
                self.assertIn(result.returncode, (1, 2), word)
                self.assertIn('monitor-address', result.stderr)
                self.assertIn(text, result.stderr)


class TestMetrics(Monitored):
    # Those that the page about operations promises.
    NAMES = {'qsource_build_info', 'qsource_source_status',
             'qsource_source_records_produced_total', 'qsource_source_bytes_in_flight',
             'qsource_source_last_produce_timestamp_seconds', 'qsource_source_flush_duration_seconds_bucket',
             'qsource_source_ack_latency_seconds_bucket',
             'qsource_source_records_acked_total', 'qsource_source_bytes_acked_total',
             'qsource_source_records_in_flight',
             'qsource_source_flushes_total', 'qsource_source_restarts_total',
             'qsource_source_errors_total', 'qsource_source_dead_letters_total',
             'qsource_source_skipped_total', 'qsource_source_last_flush_timestamp_seconds',

             'process_resident_memory_bytes', 'process_cpu_seconds_total'}

    def test_values(self):
        """The counters are those of the sources"""
        self.start({'door': {'shell': COUNTING}, 'bell': {'shell': 'exit 7'}}, ready=False,
                   **{'max-restarts': -1, 'restart-backoff': 0})
        self.wait_for(lambda: self.source('door')['n-acknowledged'] > 0 and
                      self.source('bell')['n-restarts'] > 1)
        samples = read_samples(self.get('/metrics')[2])
        self.assertEqual(self.NAMES - {name for name, _ in samples}, set())
        where = (('source', 'door'), ('topic', 'source__door'))
        self.assertGreater(samples['qsource_source_records_acked_total', where], 0)
        self.assertEqual(samples['qsource_source_status', (*where[:1], ('status', 'running'),
                                                           where[1])], 1)
        self.assertEqual(sum(value for (name, labels), value in samples.items()
                             if name == 'qsource_source_status' and where[0] in labels), 1)
        bell = [value for (name, labels), value in samples.items()
                if name == 'qsource_source_restarts_total' and ('source', 'bell') in labels]
        self.assertGreater(sum(bell), 1)
        self.assertGreaterEqual(samples['qsource_source_records_produced_total', where],
                                samples['qsource_source_records_acked_total', where])
        self.assertLess(abs(time.time() - samples['qsource_source_last_produce_timestamp_seconds', where]), 3600)

    def select(self, name, **labels):
        """The sum of the samples with these labels."""
        return sum(value for (found, pairs), value in read_samples(self.get('/metrics')[2]).items()
                   if found == name and labels.items() <= dict(pairs).items())

    def test_restarts(self):
        """Why a worker was started again is told, and when a restart waits for its time"""
        self.start({'door': {'shell': COUNTING}, 'bell': {'shell': 'exit 7'}}, ready=False,
                   **{'max-restarts': -1, 'restart-backoff': 0.2})
        restarts = 'qsource_source_restarts_total'
        self.wait_for(lambda: self.select(restarts, source='bell', reason='failed') > 0)
        self.wait_for(lambda: self.select('qsource_source_next_restart_timestamp_seconds', source='bell') > time.time() - 60)
        self.wait_for(lambda: self.source('door')['status'] == 'running')
        self.run_qsource('restart', 'door')
        self.wait_for(lambda: self.select(restarts, source='door', reason='asked') == 1)
        self.wait_for(lambda: self.source('door')['status'] == 'running')
        os.kill(self.source('door')['pid'], signal.SIGKILL)
        self.wait_for(lambda: self.select(restarts, source='door', reason='killed') == 1)
        self.assertEqual(self.select(restarts, source='door'), 2)
        self.assertEqual(self.select(restarts, source='bell', reason='asked'), 0)

    def test_next_restart(self):
        """A restart that waits for its time is none any more when the source is stopped"""
        self.start({'bell': {'shell': 'exit 7'}, 'door': {'shell': COUNTING}}, ready=False,
                   **{'max-restarts': -1, 'restart-backoff': 60})
        metric = 'qsource_source_next_restart_timestamp_seconds'
        self.wait_for(lambda: self.select(metric, source='bell') > time.time())
        self.assertIn('restart in', self.run_qsource('status', status=1))
        self.run_qsource('stop', 'bell')
        self.wait_for(lambda: self.select(metric, source='bell') == 0)

    def test_flushes(self):
        """A histogram has the duration of each flush, and a state its size"""
        (self.directory / 'x.log').write_text('one\ntwo\n')
        self.start({'file': {'type': 'file', 'path': self.directory / 'x.log', 'commit-interval': 0.1}}, ready=False,
                   **{'state-dir': self.directory / 'state'})
        duration = 'qsource_source_flush_duration_seconds'
        self.wait_for(lambda: self.select('qsource_state_bytes', source='file') > 0)
        count = self.wait_for(lambda: self.select(f'{duration}_count', source='file'))
        self.assertGreaterEqual(self.select('qsource_source_flushes_total', source='file', result='ok'), count)
        self.assertGreaterEqual(self.select(f'{duration}_bucket', source='file', le='+Inf'), count)
        self.assertGreater(self.select(f'{duration}_sum', source='file'), 0)
        self.assertEqual(self.select('qsource_source_flushes_total', source='file', result='failed'), 0)

    def test_latencies(self):
        """A histogram has how long each record took until it was acknowledged"""
        self.start({'door': {'shell': 'echo one; echo two; exec sleep 1000'}})
        latency = 'qsource_source_ack_latency_seconds'
        self.wait_for(lambda: self.select(f'{latency}_count', source='door') == 2)
        self.assertEqual(self.select(f'{latency}_bucket', source='door', le='+Inf'), 2)
        self.assertGreater(self.select(f'{latency}_sum', source='door'), 0)
        self.assertEqual(self.source('door')['n-acknowledged'], 2)

    def parse(self, kind, text):
        result = subprocess.run(['/usr/bin/python3', '-c', PARSE, kind], input=text, text=True,
                                capture_output=True, timeout=SECONDS)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    @unittest.skipIf(subprocess.run(['/usr/bin/python3', '-c', 'import prometheus_client'],
                                    stderr=subprocess.DEVNULL).returncode,
                     'there is no python3-prometheus-client')
    def test_formats(self):
        """Prometheus' own parsers read both formats, and find the same in them"""
        self.start({'door': {'shell': COUNTING}})
        # The worker tells of its state a second later, and these samples come with that.
        self.wait_for(lambda: self.select('qsource_state_bytes', source='door') > 0)
        code, headers, text = self.get('/metrics')
        self.assertEqual((code, headers['Content-Type']),
                         (200, 'text/plain; version=0.0.4; charset=utf-8'))
        code, headers, open_text = self.get('/metrics', Accept=f'{OPEN},text/plain;q=0.5')
        self.assertEqual((code, headers['Content-Type']),
                         (200, 'application/openmetrics-text; version=1.0.0; charset=utf-8'))
        self.assertTrue(open_text.endswith('# EOF\n'))
        found = [{(sample[0], tuple(sorted(sample[1].items())))
                  for family in families for sample in family[3]}
                 for families in (self.parse('text', text), self.parse('open', open_text))]
        self.assertEqual(found[0], found[1])
        for name, kind, help_text, samples in self.parse('open', open_text):
            self.assertTrue(help_text, name)
            self.assertNotEqual(kind, 'unknown', name)
            self.assertTrue(samples, name)

    @unittest.skipUnless(shutil.which('promtool'), 'there is no promtool')
    def test_promtool(self):
        """promtool has nothing to say against the metrics"""
        self.start({'door': {'shell': COUNTING}})
        result = subprocess.run(['promtool', 'check', 'metrics'], input=self.get('/metrics')[2],
                                text=True, capture_output=True, timeout=SECONDS)
        self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ''))

    @unittest.skipUnless(shutil.which('prometheus'), 'there is no prometheus')
    def test_prometheus(self):
        """A real Prometheus scrapes it"""
        self.start({'door': {'shell': COUNTING}})
        config = self.directory / 'prometheus.yml'
        config.write_text('global: {scrape_interval: 1s}\n'
                          'scrape_configs:\n'
                          '- job_name: qsource\n'
                          f'  static_configs: [{{targets: ["127.0.0.1:{self.port}"]}}]\n')
        port, = free_ports(1)
        with open(self.directory / 'prometheus.log', 'wb') as log:
            prometheus = subprocess.Popen(
                ['prometheus', f'--config.file={config}', f'--web.listen-address=127.0.0.1:{port}',
                 f'--storage.tsdb.path={self.directory}/tsdb'], stdout=log, stderr=log)
        self.addCleanup(prometheus.wait)
        self.addCleanup(prometheus.terminate)

        def ask(path, key):
            url = f'http://127.0.0.1:{port}/api/v1/{path}'
            try:
                with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                    return json.load(answer)['data'][key]
            except OSError:
                return []
        query = 'query?query=qsource_source_records_acked_total'
        result, = self.wait_for(lambda: ask(query, 'result'))
        self.assertEqual(result['metric']['source'], 'door')
        # On a machine that is busy, a scrape may exceed its second, and the next one not.
        self.wait_for(lambda: [(target['health'], target['lastError'])
                               for target in ask('targets', 'activeTargets')] == [('up', '')])


class TestFiles(unittest.TestCase):
    @unittest.skipUnless(shutil.which('promtool'), 'there is no promtool')
    def test_rules(self):
        """The alert rules are good, and fire when they should and not before"""
        for words in (['check', 'rules', RULES],
                      ['test', 'rules', RULES.with_name('alerts-test.yml')]):
            result = subprocess.run(['promtool', *words], text=True, capture_output=True,
                                    timeout=SECONDS)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_names(self):
        """Rules and board ask for metrics that there are"""
        board = json.loads(BOARD.read_text())
        asked = [target['expr'] for panel in board['panels'] for target in panel.get('targets', ())]
        self.assertGreater(len(asked), 5)
        source = pathlib.Path(__file__).parent.parent / 'qsource' / 'monitor' / 'qs-metrics.c'
        told = set(re.findall(r'"((?:qsource|process)_\w+)"', source.read_text()))
        told |= {name + '_total' for name in told} | {name + suffix for name in told
                                                      for suffix in ('_bucket', '_sum', '_count')}
        for text in asked + [RULES.read_text()]:
            for name in re.findall(r'\b(?:qsource|process)_\w+', text):
                self.assertIn(name, told)


if __name__ == '__main__':
    Monitored.qsource = str(pathlib.Path(sys.argv.pop(1)).resolve())
    RULES, BOARD = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
    unittest.main(verbosity=2)
