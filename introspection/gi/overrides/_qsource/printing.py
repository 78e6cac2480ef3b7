# SPDX-License-Identifier: LGPL-2.1-or-later
"""How dataframes print what is in Python."""

import json
import sys
import time

from . import native


def write(value):
    """@value as JSON text, in bytes; what JSON doesn't have as its repr()."""
    try:
        return native.write(value)
    except Exception:
        try:
            text = repr(value)
        except Exception as error:
            text = f'<{type(value).__qualname__}, whose repr() failed: {error!r}>'
        return json.dumps(text).encode()


def _show_bytes(data):
    """Bytes as C prints them."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        return data
    data = bytes(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return '0x' + data.hex()
    return '0x' + data.hex() if '\0' in text else text


def _headers(headers):
    return [[name, _show_bytes(value)] for name, value in headers or ()]


def _object(flow, value, key, timestamp, headers):
    topic, partition, offset = flow.place()
    return b'{"key":%s,"value":%s,"timestamp":%d,"topic":%s,"partition":%d,"offset":%d,' \
           b'"headers":%s}' % (write(_show_bytes(key)), write(_show_bytes(value)), timestamp,
                               write(topic), partition, offset, write(_headers(headers)))


def _lines(flow, value, key, timestamp, headers):
    topic, partition, offset = flow.place()
    try:
        import datetime
        moment = datetime.datetime.fromtimestamp(timestamp / 1000)
        when = moment.isoformat(' ', 'milliseconds')
    except (OverflowError, OSError, ValueError):
        when = 'time unknown'
    text = b'%s/%d @%d  %s  key %s' % (topic.encode(), partition, offset, when.encode(),
                                       write(_show_bytes(key)))
    if headers:
        text += b'  headers ' + write(_headers(headers))
    return text + b'\n    ' + write(_show_bytes(value))


def _is_terminal():
    try:
        return sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False


def printer(metadata):
    """What prints a record."""
    if not metadata:
        return lambda flow, value, key, timestamp, headers: flow.show(write(_show_bytes(value)))
    layout = _lines if _is_terminal() else _object
    return lambda flow, *record: flow.show(layout(flow, *record))


class Table:
    """Prints tables, each when it is full, when a record comes after its time, and before
    its records are committed. @show prints a line outside of a record's way."""

    def __init__(self, show, size, title, metadata, timeout, columns, widths):
        if not isinstance(size, int) or size < 1:
            raise ValueError(f'the size of a table is a number of rows from 1 on, not {size!r}')
        self._show = show
        self._size = size
        self._title = title
        self._metadata = metadata
        self._timeout = timeout
        self._columns = columns
        self._widths = widths or {}
        self._rows = []
        self._begun = 0

    def start(self):
        self._rows.clear()

    def flush(self):
        if self._rows:
            self._print(self._show)

    def add(self, flow, value, key, timestamp, headers):
        row = dict(value) if hasattr(value, 'keys') else {'0': value}
        if self._metadata:
            row = {'_key': key, '_timestamp': timestamp, **row}
        if not self._rows:
            self._begun = time.monotonic()
        self._rows.append(row)
        if len(self._rows) >= self._size or time.monotonic() - self._begun >= self._timeout:
            self._print(flow.show)

    def _print(self, show):
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        if self._columns is not None:
            names = [name for name in names if name in self._columns]
        cells = [[str(name) for name in names]]
        cells += [[write(_show_bytes(row[name])).decode() if name in row else '' for name in names]
                  for row in self._rows]
        widths = [min(max(len(line[i]) for line in cells), self._widths.get(name, 60))
                  for i, name in enumerate(names)]
        if self._title:
            show(str(self._title).encode())
        for line in cells:
            show(' | '.join(cell[:width].ljust(width)
                            for cell, width in zip(line, widths)).rstrip().encode())
        self._rows.clear()
