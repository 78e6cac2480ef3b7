# SPDX-License-Identifier: LGPL-2.1-or-later
"""A headless Chromium, steered by its DevTools protocol through a pipe."""

import json
import os
import select
import signal
import subprocess
import time

SECONDS = 90


class Chromium:
    def __init__(self, directory):
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()

        def place():
            # It expects them there; first out of the way of each other.
            read, write = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(read, 3)
            os.dup2(write, 4)
        self._process = subprocess.Popen(
            ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
             '--no-first-run', '--disable-background-networking', '--disable-component-update',
             '--remote-debugging-pipe', f'--user-data-dir={directory}', 'about:blank'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=place, start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self._buffer = b''
        self._id = 0
        self._session = None
        self.events = []
        target, = (t for t in self.call('Target.getTargets')['targetInfos'] if t['type'] == 'page')
        self._session = self.call('Target.attachToTarget', targetId=target['targetId'],
                                  flatten=True)['sessionId']
        for domain in 'Page', 'Runtime', 'Network', 'Log':
            self.call(f'{domain}.enable')

    def close(self):
        """Ends it with its children, which would write into its directory for a while."""
        try:
            self._session = None
            self.call('Browser.close')
            self._process.wait(SECONDS)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def _read(self, deadline):
        while b'\0' not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self._in, 1 << 20) if ready else b''
            if not data:
                raise TimeoutError('Chromium does not answer')
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b'\0')
        return json.loads(text)

    def call(self, method, **params):
        self._id += 1
        message = {'id': self._id, 'method': method, 'params': params}
        if self._session:
            message['sessionId'] = self._session
        os.write(self._out, json.dumps(message).encode() + b'\0')
        deadline = time.monotonic() + SECONDS
        while (answer := self._read(deadline)).get('id') != self._id:
            self.events.append(answer)
        if 'error' in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer['result']

    def evaluate(self, expression):
        result = self.call('Runtime.evaluate', expression=expression, returnByValue=True,
                           awaitPromise=True)
        if 'exceptionDetails' in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result['result'].get('value')

    def wait_for(self, expression):
        deadline = time.monotonic() + SECONDS
        while not (value := self.evaluate(expression)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{expression}\n{self.evaluate('document.body.innerText')}")
            time.sleep(0.02)
        return value

    def press(self, key, text=None):
        code = {'Enter': 13, 'Escape': 27, 'Tab': 9}.get(key, ord(key[0]))
        self.call('Input.dispatchKeyEvent', type='keyDown', key=key, windowsVirtualKeyCode=code,
                  text=text or ('\r' if key == 'Enter' else key if len(key) == 1 else ''))
        self.call('Input.dispatchKeyEvent', type='keyUp', key=key, windowsVirtualKeyCode=code)
