#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a real Kafka for as long as somebody needs it.

  kafka-broker.py fetch             gets Kafka's jars
  kafka-broker.py run -- COMMAND…   runs COMMAND with QSOURCE_TEST_BROKER set to a
                                    broker's address, and ends with its status
  kafka-broker.py share -- COMMAND…   the same with QSOURCE_TEST_SHARED_BROKER, which
                                    only those see who need a broker: each 'run' below
                                    it, and the programs with qs-test-kafka.h
  kafka-broker.py serve             for tests that break their own broker: does what
                                    each line of its input says (start, stop, kill) and
                                    answers with a line: ok ADDRESS, or failed REASON;
                                    the end of its input is the end of the broker.
                                    dropped answers how many transactions it left open
  kafka-broker.py serve-cut         the same, and also: cut-request, cut-reply (of the
                                    next commit: it doesn't arrive, or that it did
                                    isn't told; and then the broker is out of reach)
                                    and mend
  kafka-broker.py serve-forgetful   as serve, of one that forgets a transactional id that
                                    is not used for 4 s

fetch-secure, run-secure and serve-secure mean the Kafka of secure_kafka.py, which can't
be stopped or killed: QSOURCE_TEST_SECURE_BROKER and the answer of start name the file
that describes it.

Exit status 77: there can be no broker here (no Java, no Maven, no network).
"""

import functools
import os
import select
import signal
import subprocess
import sys

from kafka_broker import Broker, Failed
from kafka_jars import Unavailable, jars
from secure_kafka import SecureKafka

UNAVAILABLE = 77
FORGETFUL = '\n'.join(['transactional.id.expiration.ms=4000',
                       'transaction.remove.expired.transaction.cleanup.interval.ms=200', ''])
KINDS = {'': Broker, 'cut': functools.partial(Broker, with_proxy=True), 'secure': SecureKafka,
         'forgetful': functools.partial(Broker, properties=FORGETFUL)}
VARIABLES = {Broker: 'QSOURCE_TEST_BROKER', SecureKafka: 'QSOURCE_TEST_SECURE_BROKER'}
SHARED = 'QSOURCE_TEST_SHARED_BROKER'


def say(text):
    print(text, flush=True)


def forward_signals(process):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: process.send_signal(number))


def given(make):
    """The address of a broker that is there already."""
    shared = os.environ.get(SHARED) if make is Broker else None
    return os.environ.get(VARIABLES[make]) or shared


def run(make, command, variable):
    """The exit status of @command, for which @variable names a broker by @make while it runs."""
    if given(make):
        return subprocess.call(command, env={**os.environ, variable: given(make)})
    broker = make()
    try:
        broker.start()
        environment = {**os.environ, variable: broker.address}
        process = subprocess.Popen(command, env=environment)
        forward_signals(process)
        status = process.wait()
        return status if status >= 0 else 128 - status
    finally:
        broker.close()


def input_is_open():
    """False when the other side has gone: it sends nothing while it waits."""
    return not select.select([sys.stdin], [], [], 0)[0]


def obey(broker, order):
    """The answer."""
    if order == 'dropped':
        return broker.count_dropped()
    if order == 'start':
        broker.start(input_is_open)
    elif order == 'stop':
        broker.stop()
    elif order == 'kill':
        broker.kill()
    elif order in ('cut-request', 'cut-reply') and broker.proxy:
        broker.proxy.cut(order.partition('-')[2])
    elif order == 'mend' and broker.proxy:
        broker.proxy.mend()
    else:
        raise Failed(f"'{order}' is no order")
    return broker.address


def serve(make):
    # The one who ends this is the pipe: a signal to the test's group would
    # come before the broker could be cleaned up.
    if os.getpgrp() != os.getpid():
        os.setsid()
    broker = make()
    try:
        for line in sys.stdin:
            try:
                say(f'ok {obey(broker, line.strip())}')
            except (Failed, subprocess.TimeoutExpired) as error:
                say('failed ' + ' | '.join(str(error).splitlines()))
    except BrokenPipeError:
        pass
    finally:
        broker.close()
    return 0


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    verb, *rest = arguments or ['']
    what, _, kind = verb.partition('-')
    make = KINDS.get(kind)
    try:
        if what == 'fetch' and make in VARIABLES and not rest:
            for version in make.VERSIONS:
                jars(version)
            return 0
        if what == 'run' and make in VARIABLES and rest[:1] == ['--'] and rest[1:]:
            return run(make, rest[1:], VARIABLES[make])
        if verb == 'share' and rest[:1] == ['--'] and rest[1:]:
            return run(make, rest[1:], SHARED)
        if what == 'serve' and make and not rest:
            return serve(make)
    except Unavailable as error:
        print(f'kafka-broker: {error}', file=sys.stderr)
        return UNAVAILABLE
    except Failed as error:
        print(f'kafka-broker: {error}', file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
