# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real schema registry on 127.0.0.1, Apicurio's, which keeps all in memory."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'kafka'))
from kafka_broker import free_ports  # noqa: E402
from kafka_jars import PLUGIN, fetched  # noqa: E402

POM = pathlib.Path(__file__).resolve().parent / 'pom.xml'
START_SECONDS = 120
TYPE = 'application/vnd.schemaregistry.v1+json'


def _version():
    return re.search('<registry.version>(.*)</registry.version>', POM.read_text())[1]


class Failed(Exception):
    """The registry did not start; the text has the end of its log."""


class Apicurio:
    """A registry with Confluent's interface at self.url, from start() to kill(). It can be
    started again, at the same address and with nothing in it; close() leaves nothing behind."""

    def __init__(self):
        version = _version()
        self._jars = fetched('Apicurio Registry', f'apicurio-{version}', POM,
                             PLUGIN + ':unpack-dependencies')
        self._jar = self._jars / f'apicurio-registry-app-{version}-runner.jar'
        self._directory = tempfile.TemporaryDirectory(prefix='qsource-registry-')
        self._log = open(pathlib.Path(self._directory.name) / 'log', 'a+b')
        self._process = None
        self._port, = free_ports(1)
        self.url = f'http://127.0.0.1:{self._port}/apis/ccompat/v7'

    def launch(self):
        """Has it begin to start. The calling thread must live as long as it."""
        # The kernel kills it if this process dies without a word.
        self._process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', 'java', '-Xmx512m', '-XX:+UseSerialGC',
             '-XX:TieredStopAtLevel=1', f'-Dquarkus.http.port={self._port}',
             '-Dquarkus.http.host=127.0.0.1', '-Dquarkus.log.level=WARN', '-jar', self._jar],
            cwd=self._directory.name, stdin=subprocess.DEVNULL, stdout=self._log,
            stderr=self._log, start_new_session=True)

    def wait(self):
        """Returns when it answers."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.ask('GET', '/subjects')
            except OSError:
                pass
            if self._process.poll() is not None:
                raise Failed('The registry ended while it started:\n' + self.log_tail())
            if time.monotonic() > deadline:
                raise Failed(f'The registry was not ready after {START_SECONDS} s:\n'
                             + self.log_tail())
            time.sleep(0.1)

    def start(self):
        self.launch()
        self.wait()

    def ask(self, method, path, body=None):
        """What it answers, read from JSON."""
        request = urllib.request.Request(
            self.url + path, None if body is None else json.dumps(body).encode(),
            {'Content-Type': TYPE}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def kill(self):
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self):
        self.kill()
        self._log.close()
        self._directory.cleanup()

    def log_tail(self):
        self._log.seek(0)
        return b''.join(self._log.readlines()[-20:]).decode(errors='replace')
