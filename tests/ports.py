# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ports of 127.0.0.1 for servers, each of which one of the tests that run at once gets."""

import random
import socket

_claims = []            # for the life of this process


def _claim(port):
    """Whether the port is free, and no other test has it for a server that has yet to start."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        # The name is no file: the kernel forgets it with the process, and like a port it is one
        # of the network namespace, whoever the user is.
        claim.bind(f'\0qsource-test-port-{port}')
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', port))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def free_ports(count):
    """Ports below those that the kernel gives to clients: a client that tries
    to reach a broker that is down could else be given the port, connect to
    itself, and keep the broker from coming back."""
    ports = []
    while len(ports) < count:
        port = random.randint(20000, 32000)
        if _claim(port):
            ports.append(port)
    return ports
