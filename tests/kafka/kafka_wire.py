# SPDX-License-Identifier: LGPL-2.1-or-later
"""As much of Kafka's protocol as tells that a broker is ready, and as grants rights.

The first transaction and the first consumer group have the broker create its
internal topics, which takes a second and makes clients log warnings: is_warm()
gets that over with.
"""

import socket
import struct

LIST_OFFSETS, METADATA, OFFSET_FETCH, FIND_COORDINATOR, INIT_PRODUCER_ID, CREATE_ACLS = 2, 3, 9, 10, 22, 30
GROUP, TRANSACTION = 0, 1

# Of access control: kinds of resources, patterns, operations.
TOPIC, CONSUMER_GROUP, CLUSTER, TRANSACTIONAL_ID = 2, 3, 4, 5
PREFIXED = 4
READ, WRITE, CREATE, DESCRIBE, DESCRIBE_CONFIGS = 3, 4, 5, 8, 10
ALLOW = 3

# As many names as hit each of the four partitions of an internal topic.
NAMES = [f'warm-up-{i}' for i in range(4)]


def _string(text):
    data = text.encode()
    return struct.pack('>h', len(data)) + data


def _receive(connection, size):
    data = b''
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError('the broker closed the connection')
        data += part
    return data


def _call(address, api, version, body):
    """The answer's body. Raises OSError where there is no answer."""
    host, port = address.rsplit(':', 1)
    request = struct.pack('>hhi', api, version, 1) + _string('warm-up') + body
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(struct.pack('>i', len(request)) + request)
        size, = struct.unpack('>i', _receive(connection, 4))
        return _receive(connection, size)[4:]


def _error(body, offset):
    return struct.unpack_from('>h', body, offset)[0]


def answers(address):
    """Whether the broker gives metadata with a broker in it."""
    try:
        n_brokers, = struct.unpack_from('>i', _call(address, METADATA, 1, struct.pack('>i', 0)))
        return n_brokers > 0
    except OSError:
        return False


def end_offset(address, topic):
    """How many records partition 0 has had; none where it isn't there yet."""
    body = struct.pack('>ibi', -1, 0, 1) + _string(topic) + struct.pack('>iiq', 1, 0, -1)
    answer = _call(address, LIST_OFFSETS, 2, body)
    offset = 8 + len(_string(topic)) + 8        # throttled, topics; name; partitions, number
    return max(struct.unpack_from('>q', answer, offset + 10)[0], 0)


def _coordinator_error(address, kind, name):
    return _error(_call(address, FIND_COORDINATOR, 1, _string(name) + struct.pack('>b', kind)), 4)


def _group_error(address, name):
    return (_coordinator_error(address, GROUP, name)
            or _error(_call(address, OFFSET_FETCH, 2, _string(name) + struct.pack('>i', 0)), 4))


def _transaction_error(address, name):
    init = _string(name) + struct.pack('>i', 60000)
    return (_coordinator_error(address, TRANSACTION, name)
            or _error(_call(address, INIT_PRODUCER_ID, 0, init), 4))


def is_warm(address):
    """Whether groups and transactions work; asking makes them so in a while."""
    try:
        return not any(error(address, name) for name in NAMES
                       for error in (_group_error, _transaction_error))
    except OSError:
        return False


def is_cluster_warm(addresses):
    """The same of a cluster: each group and each transaction has its own broker."""
    try:
        return all(any(not error(address, name) for address in addresses)
                   for name in NAMES for error in (_group_error, _transaction_error))
    except OSError:
        return False


def find_coordinator(address, group):
    """The number of the node that coordinates @group."""
    answer = _call(address, FIND_COORDINATOR, 1, _string(group) + struct.pack('>b', GROUP))
    if _error(answer, 4):
        raise OSError(f'{address} knows no coordinator of {group}')
    length, = struct.unpack_from('>h', answer, 6)
    return struct.unpack_from('>i', answer, 8 + max(length, 0))[0]


def grant(address, principal, rights):
    """Allows @principal, for each (kind, prefix, operation) of @rights, the operation
    on what has that prefix."""
    body = struct.pack('>i', len(rights))
    for kind, prefix, operation in rights:
        body += (struct.pack('>b', kind) + _string(prefix) + struct.pack('>b', PREFIXED)
                 + _string(principal) + _string('*') + struct.pack('>bb', operation, ALLOW))
    answer = _call(address, CREATE_ACLS, 1, body)
    if any(_error(answer, offset) for offset in range(8, len(answer), 4)):
        raise OSError(f'{address} grants {principal} nothing: {answer!r}')
