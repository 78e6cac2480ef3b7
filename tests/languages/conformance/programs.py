# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the conformance suite's programs, and kills their workers from outside."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import uuid

SECONDS = 90
STARTED = re.compile(r'Source started \(pid (\d+)\)')


def _text(data):
    return 'null' if data is None else f"'{data}'"


def read_topic(broker, topic):
    """What is in a topic of a real broker, as the programs print it; kcat reads it."""
    command = ['kcat', '-C', '-q', '-e', '-J', '-b', broker, '-t', topic, '-o', 'beginning']
    listing = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                             check=True, timeout=SECONDS).stdout
    for line in listing.splitlines():
        message = json.loads(line)
        headers = iter(message.get('headers', []))
        yield f"message {_text(message['key'])} {_text(message['payload'])}" + \
            ''.join(f' {name}={_text(value)}' for name, value in zip(headers, headers))


def _kill_worker(errors):
    """Kills the worker of which the log @errors tells, once it does."""
    deadline = time.monotonic() + SECONDS
    while not (started := STARTED.search(errors.read_text())):
        if time.monotonic() > deadline:
            raise TimeoutError('no worker has started')
        time.sleep(0.01)
    os.kill(int(started[1]), signal.SIGKILL)


def _watch(process, errors):
    """What @process prints until it ends; a worker that waits for it is killed."""
    output = ''
    for line in process.stdout:
        output += line
        if line == 'waiting\n':
            _kill_worker(errors)
    process.wait()
    return output


def run(command, behaviour, broker='embedded'):
    """What the program prints, and what it logs."""
    name = 'conf' if broker == 'embedded' else f'conf-{uuid.uuid4().hex}'
    with tempfile.TemporaryDirectory(prefix='qsource-conformance-') as scratch:
        errors = pathlib.Path(scratch, 'errors.log')
        environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'QSOURCE_BROKER_ADDRESS': broker,
                       'QSOURCE_CONSUMER_GROUP': name}
        with errors.open('w') as log:
            limited = ['timeout', '--kill-after=5', str(SECONDS), *command, behaviour, name]
            process = subprocess.Popen(limited, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=log, text=True, cwd=scratch, env=environment)
        try:
            output = _watch(process, errors)
        finally:
            process.kill()
            process.communicate()
        if broker != 'embedded' and process.returncode == 0:
            topic = name if behaviour.endswith('serialize') else f'source__{name}'
            if not re.search('^error: ', output, re.M):
                output += ''.join(f'{line}\n' for line in read_topic(broker, topic))
        return output.replace(name, 'conf'), errors.read_text()
