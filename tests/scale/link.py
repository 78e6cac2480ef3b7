#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cuts the link of an instance, which comes back, in network namespaces.

  link.py PROGRAM

PROGRAM is scale-program of a build. One instance is where the broker is, the other one behind
a link that loses all packets for less, and then for more, than a session. It needs kcat,
unshare and nsenter, ip, namespaces for users, and what kafka-broker.py needs. By hand: not
every machine has all of that."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

from scale_system import SESSION, System, wait_until

HERE = pathlib.Path(__file__).resolve()
NEAR, FAR = '10.9.0.1', '10.9.0.2'


def pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def relay(listen, connect):
    """Connects who comes to one address with another one, for ever."""
    server = socket.create_server(listen)
    while True:
        near, _ = server.accept()
        try:
            far = socket.create_connection(connect, timeout=5)
        except OSError:
            near.close()
            continue
        far.settimeout(None)
        for ends in ((near, far), (far, near)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def run(*words):
    subprocess.run([str(word) for word in words], check=True)


class Link:
    """To a namespace of its own, in which the broker has the same address."""

    def __init__(self, port):
        self.process = subprocess.Popen(
            ['unshare', '-n', sys.executable, '-B', HERE, 'relay', str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        inside = ['nsenter', '-t', self.process.pid, '-n', 'ip']
        run('ip', 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far')
        run('ip', 'link', 'set', 'far', 'netns', self.process.pid)
        run('ip', 'addr', 'add', f'{NEAR}/24', 'dev', 'near')
        run('ip', 'link', 'set', 'near', 'up')
        run(*inside, 'addr', 'add', f'{FAR}/24', 'dev', 'far')
        run(*inside, 'link', 'set', 'far', 'up')
        run(*inside, 'link', 'set', 'lo', 'up')
        threading.Thread(target=relay, args=[(NEAR, port), ('127.0.0.1', port)],
                         daemon=True).start()
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        self.process.stdout.readline()

    def make_program(self, program, directory):
        """One that runs behind the link."""
        path = directory / 'behind'
        path.write_text(f'#!/bin/sh\nexec nsenter -t {self.process.pid} -n {program} "$@"\n')
        path.chmod(0o755)
        return path

    def cut(self, seconds):
        run('ip', 'link', 'set', 'near', 'down')
        time.sleep(seconds)     # Sleeps: that long it is cut.
        run('ip', 'link', 'set', 'near', 'up')

    def close(self):
        self.process.kill()
        self.process.wait()


def relay_inside(port):
    print('ready', flush=True)
    sys.stdin.readline()
    threading.Thread(target=relay, args=[('127.0.0.1', port), (NEAR, port)], daemon=True).start()
    print('ready', flush=True)
    threading.Event().wait()


def main(program):
    address = os.environ['QSOURCE_TEST_BROKER']
    link = Link(int(address.rpartition(':')[2]))
    system = System(str(pathlib.Path(program).resolve()), address)
    try:
        behind = link.make_program(system.program, system.directory)
        one = system.launch(max_restarts=-1, standby_replicas=-1)
        system.wait_shares((one, 4))
        system.program = behind
        two = system.launch(max_restarts=-1, standby_replicas=-1)
        system.wait_shares((one, 2), (two, 2))
        system.wait_growth(20)

        told = len(one.lines)
        link.cut(SESSION / 3)
        system.wait_growth(20)
        moved = [words for _, words in one.lines[told:] if words[0] in ('assigned', 'revoked')]
        assert not moved, f'it was told {moved} after a short cut'
        print('a cut shorter than the session: nothing moved', flush=True)

        cut = threading.Thread(target=link.cut, args=[SESSION * 2.5])
        cut.start()
        wait_until(lambda: len(one.here) == 4, 'the other one has all')
        system.wait_growth(20)
        cut.join()
        system.wait_shares((one, 2), (two, 2))
        system.wait_growth(20)
        assert two.stop() == 0 and one.stop() == 0
        n_records, gap, _ = system.check()
        print(f'a longer one: {n_records} records, 0 lost, 0 twice, longest gap {gap} s')
    except BaseException:
        print(system.logs())
        raise
    finally:
        system.close()
        link.close()


if __name__ == '__main__':
    if sys.argv[1] == 'relay':
        relay_inside(int(sys.argv[2]))
    elif 'QSOURCE_LINK' in os.environ:
        main(sys.argv[1])
    else:
        os.environ['QSOURCE_LINK'] = '1'
        os.execvp('unshare', ['unshare', '-rn', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh',
                              sys.executable, '-B', str(HERE.parents[1] / 'kafka/kafka-broker.py'),
                              'run', '--', sys.executable, '-B', str(HERE), *sys.argv[1:]])
