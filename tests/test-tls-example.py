#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/c/tls-source.c produces to a cluster behind TLS and SASL until it is told to
stop, and ends by itself when it is refused.

  test-tls-example.py PROGRAM
"""

import configparser
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

KAFKA = pathlib.Path(__file__).parent / 'kafka' / 'kafka-broker.py'
UNAVAILABLE = 77
SECONDS = 60


def run(program, kafka, ca_file, password):
    """The exit status, and what was logged. A program that connects is stopped."""
    text = ''
    with tempfile.TemporaryDirectory(prefix='qsource-tls-') as directory:
        (pathlib.Path(directory) / 'kafka-password').write_text(password)
        process = subprocess.Popen(
            [program, kafka['addresses']['SASL_TLS'], ca_file, 'admin'],
            env={**os.environ, 'CREDENTIALS_DIRECTORY': directory},
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            text += line
            if 'Source started' in line:
                process.send_signal(signal.SIGTERM)
        return process.wait(SECONDS), text


def main(program):
    print('1..2')
    path = os.environ['QSOURCE_TEST_SECURE_BROKER']
    ca_file = os.path.join(os.path.dirname(path), 'ca.pem')
    kafka = configparser.ConfigParser(interpolation=None)
    kafka.read(path)

    good = run(program, kafka, ca_file, kafka['credentials']['password'])
    ok = good[0] == 0 and 'Source started' in good[1]
    print('ok' if ok else f'# {good}\nnot ok', '1 - produces until it is stopped')

    bad = run(program, kafka, ca_file, 'wrong')
    ok_bad = bad[0] == 1 and 'sasl.password in client-config' in bad[1]
    print('ok' if ok_bad else f'# {bad}\nnot ok', '2 - says what is wrong with the credentials')
    return 0 if ok and ok_bad else 1


if __name__ == '__main__':
    if not os.environ.get('QSOURCE_TEST_SECURE_BROKER'):
        # Once more, with a broker.
        status = subprocess.call([sys.executable, '-B', KAFKA, 'run-secure', '--',
                                  sys.executable, '-B', *sys.argv])
        if status == UNAVAILABLE:
            print('1..0 # SKIP there can be no Kafka here')
        sys.exit(0 if status == UNAVAILABLE else status)
    sys.exit(main(sys.argv[1]))
