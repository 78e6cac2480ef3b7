#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ready-made sources whose records come from elsewhere pass the rules as well.

  test-conform-sources.py QSOURCE SCANNER FOLDER"""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).parent
QSOURCE = SCANNER = FOLDER = None
SECONDS = 280
N_RECORDS = 30


def load(name):
    """Another test, for what it has its source read."""
    spec = importlib.util.spec_from_file_location(name.replace('-', '_'), HERE / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


http = load('test-http')
modules = load('test-modules')


class Case(unittest.TestCase):
    """Sources with a state pass all rules that can be tried."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='qsource-conform-')
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def conform(self, *words):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith('QSOURCE_')}
        environment.update(QSOURCE_MODULE_PATH=FOLDER, QSOURCE_MODULE_SCANNER=SCANNER)
        result = subprocess.run([QSOURCE, 'conform', *words, '--kills=3', '--seed=7', '--json'],
                                capture_output=True, text=True, timeout=SECONDS, env=environment)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        report = json.loads(result.stdout)
        return {rule['name']: (rule['result'], rule.get('message')) for rule in report['rules']}

    def check(self, *words, left_out):
        """All rules pass but for those @left_out, and the one that needs another library."""
        rules = self.conform(*words)
        rules.pop('kill-points')
        self.check_short(rules)
        self.assertEqual(rules.pop('share'), ('skipped', ONE_PARTITION))
        self.assertEqual({name: text for name, (result, text) in rules.items()
                          if result != 'passed'}, left_out)

    def check_short(self, rules):
        """So few records say nothing about memory, might be committed before a takeover, and
        be over before much is measured."""
        result, text = rules.pop('memory')
        self.assertEqual(result, 'skipped')
        self.assertRegex(text, 'The source (ends too soon to be measured|produced [0-9]+ records in '
                         '.* say nothing about memory)')
        if rules.get('takeover') in (('passed', None), ('skipped', TOO_SOON)):
            del rules['takeover']
        if rules.get('descriptors') == ('skipped', TOO_SHORT):
            del rules['descriptors']

    def serve(self, answer):
        server = http.Server(answer)
        self.addCleanup(server.close)
        return server.url


ENDLESS = {'state': 'The source did not end by itself, so no two runs have the same state'}
TOO_SHORT = 'The source ends too soon to be measured; give it more to do'
TOO_SOON = 'The source commits nothing after another instance could have taken it over; ' \
           'give it more to do'
ONE_PARTITION = 'The source has one partition, which instances cannot share; set its ' \
                "property 'n-partitions'"
STATELESS = 'The source has no state, so it need not continue where it was stopped'


class TestHttp(Case):
    def test_poll(self):
        """HTTP, asked again and again for the same items, which come once"""
        items = [{'id': i} for i in range(N_RECORDS)]
        url = self.serve(http.answer(items))
        self.check('http', f'url={url}', 'id=/id', 'interval=0.05', left_out=ENDLESS)

    def test_cursor(self):
        """HTTP with a cursor"""
        def page(request):
            query = urllib.parse.parse_qs(urllib.parse.urlparse(request.path).query)
            begin = int(query.get('after', ['0'])[0])
            end = min(begin + 3, N_RECORDS)
            http.answer({'next': end, 'items': [{'id': i} for i in range(begin, end)]})(request)

        url = self.serve(page)
        self.check('http', f'url={url}/x?after={{cursor}}', 'items=/items', 'cursor=/next',
                   'id=/id', 'interval=0.01', left_out=ENDLESS)

    def test_events(self):
        """Events of a server, which go on after the last id"""
        def events(request):
            last = int(request.headers.get('Last-Event-ID') or 0)
            text = ''.join(f'id: {i}\ndata: {i}\n\n' for i in range(last + 1, N_RECORDS + 1))
            http.stream('retry: 10\n' + text, stays=True)(request)

        self.check('http', f'url={self.serve(events)}', 'mode=sse', left_out=ENDLESS)


class TestJournal(Case):
    def test_journal(self):
        """The systemd journal, in files that systemd's own tool wrote"""
        modules.write_journal(self.directory / 'a.journal', range(N_RECORDS))
        self.check('journal', f'directory={self.directory}', 'follow=no', left_out={})


@unittest.skipUnless(shutil.which('dbus-daemon') and shutil.which('gdbus'), 'there is no D-Bus')
class TestDBus(Case):
    def emit(self, address, over):
        """Someone who opens the door all the time."""
        environment = {**os.environ, 'DBUS_SESSION_BUS_ADDRESS': address}
        while not over.is_set():
            subprocess.run(['gdbus', 'emit', '--session', '--object-path', '/door', '--signal',
                            'org.example.Door.Opened'], env=environment, check=True,
                           timeout=SECONDS)

    def test_dbus(self):
        """Signals of D-Bus, which nobody repeats: it has no state"""
        address = f'unix:path={self.directory / "bus"}'
        bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile',
                                f'--address={address}', '--print-address'],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(bus.stdout.close)
        self.addCleanup(bus.wait)
        self.addCleanup(bus.kill)
        bus.stdout.readline()
        over = threading.Event()
        door = threading.Thread(target=self.emit, args=(address, over))
        door.start()
        self.addCleanup(door.join)
        self.addCleanup(over.set)
        rules = self.conform('dbus', f'bus={address}', 'interface=org.example.Door')
        rules.pop('kill-points')
        self.check_short(rules)
        expected = ('properties', 'first-record', 'stop', 'stop-blocked', 'errors', 'descriptors')
        self.assertEqual({name: rules.pop(name) for name in expected},
                         {name: ('passed', None) for name in expected})
        self.assertEqual(set(rules.values()), {('skipped', STATELESS)})


if __name__ == '__main__':
    QSOURCE, SCANNER, FOLDER = sys.argv[1:4]
    del sys.argv[1:4]
    modules.FOLDER = FOLDER
    # Loudly: a build without a module doesn't test it.
    if not modules.has_journal():
        print('the journal is not tested: systemd-journal-remote or the module is missing')
        del TestJournal
    if not (pathlib.Path(FOLDER) / 'libqsource-http.so').exists():
        print('HTTP is not tested: the module is missing')
        del TestHttp
    unittest.main(verbosity=2)
