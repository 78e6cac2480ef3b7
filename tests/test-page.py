#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The live page of an application, in a real browser.

  test-page.py QSOURCE"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import unittest

from chromium import Chromium
from monitored import COUNTING, Monitored

GROUPS = "[...document.querySelectorAll('.group a')].map(a => a.textContent).join()"
ROW = "[...document.querySelectorAll('#sources tr')].find(r => r.querySelector('button')?.textContent === '%s')"
NAMES = "[...document.querySelectorAll('#sources tr:not(.details) button')].map(b => b.textContent).join()"
STATUS = ROW + "?.querySelector('.status').textContent"


@unittest.skipUnless(shutil.which('chromium'), 'there is no chromium')
class TestPage(Monitored):
    def setUp(self):
        super().setUp()
        self.browser = Chromium(self.directory / 'chromium')
        self.addCleanup(self.browser.close)

    def open(self):
        self.browser.call('Page.navigate', url=self.base + '/')
        self.browser.wait_for("document.querySelectorAll('tbody .status').length > 0")

    def check_quiet(self):
        """No request to anybody else, and nothing to complain of."""
        urls = [event['params']['request']['url'] for event in self.browser.events
                if event['method'] == 'Network.requestWillBeSent']
        self.assertTrue(urls)
        for url in urls:
            self.assertTrue(url.startswith((self.base, 'data:')), url)
        for event in self.browser.events:
            self.assertNotEqual(event['method'], 'Runtime.exceptionThrown', event)

    def test_states(self):
        """A killed worker is red, a paused one is called so, and both are said aloud"""
        self.start({'bell': {'shell': COUNTING}, 'door': {'shell': COUNTING}},
                   **{'max-restarts': -1, 'restart-backoff': 60})
        self.open()
        self.browser.call('Emulation.setDeviceMetricsOverride', width=360, height=700, deviceScaleFactor=1, mobile=True)
        self.assertEqual(self.browser.evaluate("document.querySelector('h1').textContent"), 'gateway')
        self.browser.wait_for(f"({ROW % 'door'}).querySelectorAll('.number')[1].innerText.match(/[1-9]/)")
        os.kill(self.source('door')['pid'], signal.SIGKILL)
        self.browser.wait_for(f"({STATUS % 'door'}) === 'failed'")
        self.assertEqual(self.browser.evaluate(f"({ROW % 'door'}).className"), 'bad-row')
        self.assertEqual(self.browser.evaluate(NAMES), 'door,bell')
        self.assertIn('door is failed', self.browser.evaluate("document.querySelector('#said').textContent"))
        self.assertIn('signal', self.browser.evaluate(f"({ROW % 'door'}).querySelector('td .note').textContent").lower())
        self.assertIn('failed', self.browser.evaluate('document.title'))
        self.run_qsource('pause', 'bell')
        self.browser.wait_for(f"({STATUS % 'bell'}) === 'paused'")
        self.check_quiet()

    def test_hostile(self):
        """Markup in a name or an error is text"""
        self.start({'door': {'shell': "echo '<img src=x onerror=document.title=666><script>x()</script>' >&2; exit 7"}},
                   ready=False, **{'consumer-group': '<script>document.title=666</script>',
                                   'max-restarts': -1, 'restart-backoff': 60,
                                   'use-changelog-topics': 'no'})
        self.open()
        self.assertEqual(self.browser.evaluate("document.querySelector('h1').textContent"),
                         '<script>document.title=666</script>')
        self.browser.evaluate(f"({ROW % 'door'}).querySelector('button').click()")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('script').length"), 1)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('img').length"), 0)
        self.check_quiet()

    def test_look(self):
        """It fits into 360 pixels, is dark for who likes that, and works by keyboard"""
        self.start({'door': {'shell': COUNTING}, 'bell-' + 'x' * 80: {'shell': COUNTING}})
        self.open()
        for width in 360, 800, 1400:
            self.browser.call('Emulation.setDeviceMetricsOverride', width=width, height=700,
                              deviceScaleFactor=1, mobile=width < 400)
            self.assertLessEqual(self.browser.evaluate('document.documentElement.scrollWidth'), width)
        colours = []
        for scheme in 'light', 'dark':
            self.browser.call('Emulation.setEmulatedMedia', features=[
                {'name': 'prefers-color-scheme', 'value': scheme}])
            colours.append(self.browser.evaluate('getComputedStyle(document.body).backgroundColor'))
        self.assertEqual(len(set(colours)), 2)
        self.browser.press('j')
        self.assertEqual(self.browser.evaluate('document.activeElement.textContent'), 'door')
        self.browser.press('Enter')
        self.browser.wait_for(f"({ROW % 'door'}).nextElementSibling.innerText.includes('source__door')")
        self.assertEqual(self.browser.evaluate("document.activeElement.getAttribute('aria-expanded')"), 'true')
        self.assertEqual(self.browser.evaluate(f"({ROW % ('bell-' + 'x' * 80)}).nextElementSibling.offsetHeight"), 0)
        self.browser.press('/')
        for letter in 'bell':
            self.browser.press(letter)
        self.browser.wait_for(f"({ROW % 'door'}).hidden")
        self.browser.press('Escape')
        self.browser.wait_for(f"!({ROW % 'door'}).hidden")
        self.check_quiet()

    def start_web(self, *words):
        """A page with all applications; its address becomes that of the browser."""
        process = subprocess.Popen([self.qsource, 'top', '--web=127.0.0.1:0', *words], env=self.environment,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.base = process.stdout.readline().strip().rstrip('/')
        return process

    def start_other(self):
        process = subprocess.Popen([self.qsource, 'run', 'command', f'shell={COUNTING}', '-g', '1st', '-n', 'door',
                                    '-b', 'embedded'], env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def test_machine(self):
        """One page has all applications of the machine, sources of the same name among them"""
        self.start({'door': {'shell': COUNTING}, 'bell': {'shell': COUNTING}},
                   **{'max-restarts': -1, 'restart-backoff': 60, 'consumer-group': '<b>gateway',
                      'use-changelog-topics': 'no'})
        pid, link = self.source('door')['pid'], self.base
        other = self.start_other()
        self.start_web()
        self.open()
        self.browser.wait_for("document.querySelectorAll('#find, .group').length === 3")
        self.browser.wait_for("document.querySelectorAll('.status.good').length === 5")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('b').length"), 0)
        self.assertEqual(self.browser.evaluate("[...document.querySelectorAll('.group a')].map(a => a.href).join()"),
                         self.browser.evaluate("[...document.querySelectorAll('.group a')].map(a => "
                                               f"a.textContent === '<b>gateway' ? '{link}/' : '').join()"))
        self.assertEqual(self.browser.evaluate(GROUPS), '1st,<b>gateway')
        self.assertIn('2 applications', self.browser.evaluate("document.querySelector('#about').textContent"))
        os.kill(pid, signal.SIGKILL)
        self.browser.wait_for("document.querySelectorAll('.bad-row').length === 1")
        self.assertIn('door of <b>gateway is failed',
                      self.browser.evaluate("document.querySelector('#said').textContent"))
        self.browser.wait_for("document.title.startsWith('1 failed')")
        # An application with a failed source comes first, as such a source does in its application.
        self.browser.wait_for(f"({GROUPS}) === '<b>gateway,1st'")
        self.browser.evaluate("find.value = '1st'; find.dispatchEvent(new Event('input'))"
                              .replace('find.', "document.querySelector('#find')."))
        self.assertEqual(self.browser.evaluate(
            "[...document.querySelectorAll('tbody tr:not(.details):not(.group)')].filter(r => !r.hidden).length"), 1)
        for width in 360, 1300:
            self.browser.call('Emulation.setDeviceMetricsOverride', width=width, height=700,
                              deviceScaleFactor=1, mobile=width < 400)
            self.assertLessEqual(self.browser.evaluate('document.documentElement.scrollWidth'), width)
        other.terminate()
        self.browser.wait_for("document.querySelectorAll('.group').length === 1")
        self.check_quiet()

    def test_web(self):
        """What the page of all applications answers to whom"""
        process = self.start_web('gateway')
        self.assertEqual(json.loads(self.get('/status')[2])['applications'], [])
        other = self.start_other()
        self.wait_for(lambda: '1st' in self.run_qsource('status', '--json'))
        self.assertEqual(json.loads(self.get('/status')[2])['applications'], [])
        self.assertEqual(self.get('/', method='POST')[0], 405)
        self.assertEqual(self.get('/nothing')[0], 404)
        self.assertEqual(self.get('/', Host='evil.example:80')[0], 403)
        self.assertEqual(self.get('/', Host='localhost:80')[0], 200)
        self.assertEqual(self.get('/', method='HEAD')[2], '')
        self.assertEqual(self.get('/events', method='HEAD')[0], 200)
        with socket.create_connection(('127.0.0.1', int(self.base.rpartition(':')[2]))) as rude:
            rude.sendall(b'GET /' + b'x' * 20000)
            try:
                self.assertEqual(rude.recv(1), b'')
            except ConnectionResetError:
                pass
        self.assertIn('in use', self.run_qsource('top', f"--web={self.base.removeprefix('http://')}", status=3))
        self.assertIn('127.0.0.1:9465', self.run_qsource('top', '--web=9465', status=2))
        self.assertIn('remove', self.run_qsource('top', '--web=127.0.0.1:0', '--once', status=2))
        other.terminate()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)

    def test_gone(self):
        """When the application is gone, the page says so, and goes on when it is back"""
        process = self.start({'door': {'shell': COUNTING}})
        self.open()
        process.terminate()
        process.wait()
        self.browser.wait_for("!document.querySelector('#trouble').hidden")
        self.assertIn("doesn't answer", self.browser.evaluate("document.querySelector('#trouble').innerText"))
        self.start({'door': {'shell': COUNTING}, 'bell': {'shell': COUNTING}})
        self.browser.wait_for("document.querySelector('#trouble').hidden")
        self.browser.wait_for(f"({STATUS % 'bell'}) === 'running'")

    def test_many(self):
        """A hundred sources are shown, each once, and found by their names"""
        self.start({f'sensor-{i}': {'shell': 'echo x; sleep 1000'} for i in range(100)},
                   isolation='thread')
        self.open()
        self.browser.wait_for("document.querySelectorAll('#sources .status').length === 100")
        self.browser.wait_for("document.querySelector('#sum').textContent === '100 sources: 100 running'")
        self.browser.evaluate("find.value = 'sensor-42'; find.dispatchEvent(new Event('input'))"
                              .replace('find', "document.querySelector('#find')"))
        self.assertEqual(self.browser.evaluate(
            "[...document.querySelectorAll('#sources tr:not(.details)')].filter(r => !r.hidden).length"), 1)


if __name__ == '__main__':
    Monitored.qsource = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
