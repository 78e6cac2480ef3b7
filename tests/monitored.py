# SPDX-License-Identifier: LGPL-2.1-or-later
"""An application that can be watched, for the tests of what watches it."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from ports import free_ports

SECONDS = 90
COUNTING = 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done'


class Monitored(unittest.TestCase):
    qsource = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qs-monitor-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith('QSOURCE_')}
        self.environment['QSOURCE_RUNTIME_DIR'] = str(self.directory / 'run')
        self.port, = free_ports(1)
        (self.directory / 'log').touch()
        self.base = f'http://127.0.0.1:{self.port}'

    def run_qsource(self, *words, status=0):
        result = subprocess.run([self.qsource, *words], env=self.environment, text=True,
                                capture_output=True, timeout=SECONDS)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout + result.stderr

    def start(self, sources, ready=True, **properties):
        """@sources: name → properties of a command source."""
        properties = {'broker-address': 'embedded', 'consumer-group': 'gateway',
                      'monitor-address': f'127.0.0.1:{self.port}', **properties}
        lines = ['[application]', *(f'{key}={value}' for key, value in properties.items())]
        for name, settings in sources.items():
            lines += [f'[source {name}]', *([] if 'type' in settings else ['type=command']),
                      *(f'{key}={value}' for key, value in settings.items())]
        path = self.directory / 'gateway.conf'
        path.write_text('\n'.join(lines) + '\n')
        log = open(self.directory / 'log', 'ab')
        process = subprocess.Popen([self.qsource, 'run', '--config', path], stderr=log,
                                   stdout=subprocess.DEVNULL, env=self.environment)
        log.close()
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.wait_for(lambda: self.get('/readyz' if ready else '/healthz')[0] == 200)
        return process

    def wait_for(self, condition):
        deadline = time.monotonic() + SECONDS
        while not (value := condition()):
            self.assertLess(time.monotonic(), deadline,
                            (self.directory / 'log').read_text(errors='replace')[-2000:])
            time.sleep(0.02)
        return value

    def get(self, path, method='GET', **headers):
        """Status, headers, text; 0 if nobody is there."""
        request = urllib.request.Request(self.base + path, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()
        except OSError:
            return 0, {}, ''

    def status(self):
        return json.loads(self.get('/status')[2])

    def source(self, name):
        source, = (s for s in self.status()['sources'] if s['name'] == name)
        return source


def read_samples(text):
    """Name and labels → value, of samples whose labels have no escapes."""
    found = {}
    for name, labels, value in re.findall(r'(?m)^(\w+)(?:\{(.*)\})? (\S+)$', text):
        found[name, tuple(sorted(re.findall(r'(\w+)="(.*?)"', labels)))] = float(value)
    return found
