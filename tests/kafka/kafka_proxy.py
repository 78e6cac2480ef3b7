# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands between clients and a broker, and cuts them off in the middle of a commit."""

import socket
import struct
import threading

END_TXN = 26
COMMIT = 1


def _read(connection, size):
    """None at the connection's end."""
    data = b''
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            return None
        data += part
    return data


def _read_frame(connection):
    head = _read(connection, 4)
    body = head and _read(connection, struct.unpack('>i', head)[0])
    return body and head + body


def _is_commit(frame):
    """Whether it is an EndTxn request that says commit: api, version, correlation,
    client, tags; id, producer id, epoch, and then whether."""
    api, version, _correlation, length = struct.unpack_from('>hhih', frame, 4)
    if api != END_TXN:
        return False
    position = 14 + max(length, 0)
    if version >= 3:                                    # compact strings, and tags
        return frame[-2] == COMMIT
    length, = struct.unpack_from('>h', frame, position)
    return frame[position + 2 + length + 8 + 2] == COMMIT


class Proxy:
    """cut: None, 'request' (the commit never arrives) or 'reply' (it does, and that
    isn't told). After the cut there is no broker, until mend()."""

    def __init__(self, port, target_port):
        self._target = ('127.0.0.1', target_port)
        self._cut = None
        self._is_down = False
        self._connections = set()
        self._lock = threading.Lock()
        self._socket = socket.create_server(('127.0.0.1', port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, what):
        self._cut = what

    def mend(self):
        self._cut = None
        self._is_down = False

    def close(self):
        self._socket.close()
        self._go_down()

    def _go_down(self):
        with self._lock:
            self._is_down = True
            connections, self._connections = self._connections, set()
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self):
        while True:
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """Passes requests on; another thread does so with what is answered."""
        with client:
            try:
                with socket.create_connection(self._target) as broker:
                    with self._lock:
                        if self._is_down:
                            return
                        self._connections |= {client, broker}
                    threading.Thread(target=self._answer, args=(broker, client),
                                     daemon=True).start()
                    self._forward(client, broker)
                    with self._lock:
                        self._connections -= {client, broker}
            except OSError:
                pass

    def _forward(self, client, broker):
        for connection in (client, broker):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while frame := _read_frame(client):
            if self._cut and _is_commit(frame):
                if self._cut == 'reply':
                    self._await_commit(frame)
                self._go_down()
                return
            broker.sendall(frame)

    def _await_commit(self, frame):
        """Sends the request by a connection of its own, until it has been obeyed."""
        with socket.create_connection(self._target) as broker:
            broker.sendall(frame)
            _read_frame(broker)

    @staticmethod
    def _answer(broker, client):
        try:
            while data := broker.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
