# SPDX-License-Identifier: LGPL-2.1-or-later
"""The steps of dataframes, compiled into one function for each record.

A record crosses from C into Python once: its value is read from its bytes, all steps
and branches run here, and what they produce or print leaves as bytes. Each step calls
the next one with value, key, timestamp and headers."""

import weakref

from gi.module import get_introspection_module
from gi.repository import GLib

from . import native
from .functions import refuse_undone, UNDONE
from .guard import to_error
from .records import deserialize_part, flatten_headers, serialize_part, to_headers
from .values import bytes_from_glib, bytes_to_glib

Qs = get_introspection_module('Qs')
DOMAIN = GLib.quark_to_string(Qs.application_error_quark())
_SERIALIZATION = GLib.quark_to_string(Qs.serialization_error_quark())

# The last failure: its text for C, and the exception.
_told = (None, None)


# The record that is dealt with; without the extension.
_handled = None


def handled():
    return _handled


def find_exception(error):
    """The exception of a step that C knows as @error; else @error itself."""
    message, exception = _told
    return exception if message and message in str(error.message) else error


# What no branch can change for another one.
_IMMUTABLE = frozenset((type(None), bool, int, float, str, bytes))


def _copy(value):
    if type(value) in _IMMUTABLE:
        return value
    import pickle
    try:
        return pickle.loads(pickle.dumps(value, -1))
    except Exception:
        import copy
        return copy.deepcopy(value)


class Row:
    """What came out of a dataframe."""

    def __init__(self, value, key, timestamp, headers, place):
        self._columns = dict(value) if hasattr(value, 'keys') else {'_value': value}
        topic, partition, offset = place
        self._metadata = {'_key': key, '_timestamp': timestamp, '_headers': headers,
                          '_topic': topic, '_partition': partition, '_offset': offset}

    def to_dict(self, metadata):
        return {**self._metadata, **self._columns} if metadata else dict(self._columns)


class Flow:
    """The functions of one run of the dataframes that come from one topic."""

    def __init__(self, root):
        self._root = weakref.ref(root)      # which owns this
        self.handle_of_c = None
        self.record = None          # the Qs.Record that is being handled
        self.tombstone = False      # whether its value is null
        self.headers = None         # as they were read
        self.n_results = 0
        self.rows = None            # a list where they are collected
        self._failed = None         # an exception, and the step that raised it
        self._execute = None
        self._key_serializer = self._value_serializer = None

    root = property(lambda self: self._root())

    # ---- making the functions

    def compile(self, rows=None):
        self.rows = rows
        topic = self.root.topic
        self._key_serializer = topic.get_key_serializer()
        self._value_serializer = topic.get_value_serializer()
        self._execute = self.make()
        return (self._key_serializer.get_name() or '', self._value_serializer.get_name() or '')

    def make(self, leaf=None):
        """The function of all steps; @leaf: what gets the results, None: they count."""
        made = self._make(self.root, 1, {}, leaf)
        if self.root._extractor is not None:
            made = self._extract(self.root._extractor, made)
        return made

    def _make(self, node, number, made, leaf=None):
        """The function of a dataframe; @number is that of its first step."""
        if (node, leaf) in made:
            return made[node, leaf]
        numbers = []
        for step in node._steps:
            numbers.append(number)
            number += step.target is None
        run = None
        for step, place in zip(reversed(node._steps), reversed(numbers)):
            where = f'step {place} ({step.name})'
            if step.target is None:
                run = step.make(self, where, run or leaf or self._leaf())
                continue
            branch = step.make(self, where, self._make(step.target, place + 1, made, leaf))
            run = branch if run is None else self._fork(branch, run)
        made[node, leaf] = run = run or leaf or self._leaf()
        return run

    def make_function(self, first, target):
        """What comes out at @target of a branch that begins with step @first: the last
        value, or raises Nothing."""
        values = []

        def leaf(value, key, timestamp, headers):
            values.append(value)

        run = first.make(self, f'({first.name})', self._make(first.target, 1, {}, leaf))

        def call(value, key, timestamp, headers):
            values.clear()
            run(value, key, timestamp, headers)
            return values[-1] if values else None
        return call

    def _fork(self, branch, rest):
        def run(value, key, timestamp, headers):
            other = _copy(value)
            try:
                branch(value, key, timestamp, headers)
            except BaseException as exception:
                if not self._is_ignored(exception):
                    raise
            rest(other, key, timestamp, headers)
        return run

    def _leaf(self):
        if self.rows is None:
            def count(value, key, timestamp, headers):
                self.n_results += 1
            return count

        def collect(value, key, timestamp, headers):
            self.n_results += 1
            # C knows which of them are committed.
            Qs.Dataframe.add_row(self.root, GLib.Variant('x', len(self.rows)), None, 0)
            self.rows.append(Row(value, key, timestamp, headers, self.place()))
        return collect

    def _extract(self, function, following):
        def run(value, key, timestamp, headers):
            try:
                timestamp = int(function(value, headers, timestamp, 1))    # 1: of its producer
                if timestamp < 0:
                    raise ValueError(f'the timestamp {timestamp} is negative; it is in '
                                     'milliseconds since 1970')
            except BaseException as exception:
                self.blame(exception, 'timestamp_extractor')
                raise
            following(value, key, timestamp, headers)
        return run

    # ---- failures

    def blame(self, exception, where):
        """Remembers the step that has raised."""
        if self._failed is None or self._failed[0] is not exception:
            self._failed = exception, where

    def _error(self, exception, layout):
        global _told
        error = to_error(exception, DOMAIN)
        _told = error.message, exception
        where = self._failed[1] if self._failed is not None and \
            self._failed[0] is exception else 'a step'
        error.message = layout.format(where=where, message=error.message)
        return error

    def _is_ignored(self, exception):
        if isinstance(exception, (KeyboardInterrupt, SystemExit)):
            return False
        record = self.get_record()
        error = self._error(exception, 'Cannot process the record of topic '
                            f"'{record.topic}', partition {record.partition}, offset "
                            f'{record.offset} in {{where}}: {{message}}')
        return self.root.ignore(record, error)

    def _fail(self, exception):
        error = self._error(exception, ' in {where}: {message}')
        return error.domain, error.code, error.message

    def unreadable(self, exception, part):
        """The error for C of a record whose key or value can't be read."""
        self.root.refuse()
        error = to_error(exception, _SERIALIZATION,
                         int(Qs.SerializationError.INVALID_DATA))
        if error.domain != _SERIALIZATION:
            error.domain = _SERIALIZATION
        error.message = f' ({part}): {error.message}'
        return error.domain, error.code, error.message

    # ---- a record

    def run(self, value, key, timestamp, headers):
        """How many values came out, or the error for C."""
        self.headers = headers
        try:
            self._execute(value, key, timestamp, headers)
        except BaseException as exception:
            # What came out before did so.
            Qs.Dataframe.count_results(self.root, self.n_results)
            self.n_results = 0
            return self._fail(exception)
        finally:
            self.record = None
        n_results = self.n_results
        self.n_results = 0
        return n_results

    def read(self, data, is_key):
        """A key or value that the extension can't read by itself."""
        return deserialize_part(self._key_serializer if is_key else self._value_serializer, data)

    def handle(self, record, *_):
        """Without the extension: deals with a record."""
        global _handled
        _handled = self.record = record
        record._qs_steps = self
        data = bytes_from_glib(record.dup_value_bytes())
        self.tombstone = data is None
        part = 'value'
        try:
            value = self.read(data, False)
            part = 'key'
            key = self.read(bytes_from_glib(record.dup_key_bytes()), True)
        except Exception as exception:
            result = self.unreadable(exception, part)
        else:
            headers = record.get_headers()
            self.record = record
            result = self.run(value, key, record.get_timestamp(),
                              headers.items() if headers is not None else None)
        _handled = None
        if not isinstance(result, int):
            raise GLib.Error(result[2], result[0], result[1])
        if result:
            Qs.Dataframe.count_results(self.root, result)
        return True

    def get_record(self):
        if self.record is None:
            self.record = native.extension.get_record()
            self.record._qs_steps = self
        return self.record

    def place(self):
        """Topic, partition and offset of the record."""
        if self.record is None:
            return native.extension.get_place()
        return (self.record.get_topic(), self.record.get_partition(), self.record.get_offset())

    def is_tombstone(self):
        return self.tombstone if self.record is not None else native.extension.is_tombstone()

    def produce(self, topic, value, key, timestamp, headers):
        value_data = None if value is None and self.is_tombstone() else \
            serialize_part(topic.get_value_serializer(), value, 'the value', topic)
        key_data = None if key is None else \
            serialize_part(topic.get_key_serializer(), key, 'the key', topic)
        is_same = headers is self.headers
        if native.extension and self.record is None:
            native.extension.frame_produce(self.root, topic, key_data, value_data, max(timestamp, 0),
                                           True if is_same else flatten_headers(headers))
            return
        Qs.Dataframe.produce(self.root, topic, bytes_to_glib(key_data), bytes_to_glib(value_data),
                             self.record.get_headers() if is_same else to_headers(headers),
                             max(timestamp, 0))

    def show(self, text):
        """Prints a line."""
        if native.extension and self.record is None:
            native.extension.frame_show(self.root, text)
        else:
            Qs.Dataframe.show(self.root, text.decode() if isinstance(text, bytes) else text)


# ---- the steps

class Step:
    """One thing that is done; @target is the dataframe of the branch it begins, @is_value
    whether it makes one value of each."""

    def __init__(self, name, make, target=None, is_value=False):
        self.name = name
        self.make = make
        self.target = target
        self.is_value = is_value


def _adapt(flow, function, n_given):
    """@function as one of value, key, timestamp and headers."""
    if n_given == 4:
        return function
    if n_given == 2:
        return lambda value, key, timestamp, headers: function(value, flow.get_record())
    return lambda value, key, timestamp, headers: function(value)


def apply(function, n_given):
    def make(flow, where, following):
        if n_given == 1:
            def run(value, key, timestamp, headers):
                try:
                    result = function(value)
                    if type(result) in UNDONE:
                        refuse_undone(result, 'apply')
                except BaseException as exception:
                    flow.blame(exception, where)
                    raise
                following(result, key, timestamp, headers)
            return run

        call = _adapt(flow, function, n_given)

        def run_all(value, key, timestamp, headers):
            try:
                result = call(value, key, timestamp, headers)
                if type(result) in UNDONE:
                    refuse_undone(result, 'apply')
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            following(result, key, timestamp, headers)
        return run_all
    return make


def expand(function, n_given):
    def make(flow, where, following):
        call = _adapt(flow, function, n_given)

        def run(value, key, timestamp, headers):
            try:
                items = iter(call(value, key, timestamp, headers))
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            while True:
                try:
                    item = next(items)
                except StopIteration:
                    return
                except BaseException as exception:
                    flow.blame(exception, where)
                    raise
                following(item, key, timestamp, headers)
        return run
    return make


def filter(function, n_given):
    def make(flow, where, following):
        call = _adapt(flow, function, n_given)

        def run(value, key, timestamp, headers):
            try:
                verdict = call(value, key, timestamp, headers)
                if verdict is not True and verdict is not False:
                    refuse_undone(verdict, 'filter')
                    if verdict is None:
                        raise TypeError('the function of filter() returned None; it must return '
                                        'what is true or false')
                    verdict = bool(verdict)
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            if verdict:
                following(value, key, timestamp, headers)

        def run_short(value, key, timestamp, headers):
            try:
                verdict = function(value)
                if verdict is not True and verdict is not False:
                    refuse_undone(verdict, 'filter')
                    if verdict is None:
                        raise TypeError('the function of filter() returned None; it must return '
                                        'what is true or false')
                    verdict = bool(verdict)
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            if verdict:
                following(value, key, timestamp, headers)
        return run_short if n_given == 1 else run
    return make


def update(function, n_given, name='update'):
    def make(flow, where, following):
        call = _adapt(flow, function, n_given)

        def run(value, key, timestamp, headers):
            try:
                result = call(value, key, timestamp, headers)
                if type(result) in UNDONE:
                    refuse_undone(result, name)
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            following(value, key, timestamp, headers)

        def run_short(value, key, timestamp, headers):
            try:
                result = function(value)
                if type(result) in UNDONE:
                    refuse_undone(result, name)
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            following(value, key, timestamp, headers)
        return run_short if n_given == 1 else run
    return make


def with_flow(act):
    """An in-place step that needs the flow: act(flow, value, key, timestamp, headers)."""
    def make(flow, where, following):
        def run(value, key, timestamp, headers):
            try:
                act(flow, value, key, timestamp, headers)
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            following(value, key, timestamp, headers)
        return run
    return make


def link(flow, where, following):
    return following


def set_headers(function, n_given):
    def make(flow, where, following):
        def run(value, key, timestamp, headers):
            try:
                made = function(*(value, key, timestamp, headers)[:n_given])
                refuse_undone(made, 'set_headers')
                if made is not None:
                    flat = flatten_headers(made) or ()
                    made = list(zip(flat[::2], flat[1::2]))
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            following(value, key, timestamp, made)
        return run
    return make


def set_timestamp(function, n_given):
    def make(flow, where, following):
        def run(value, key, timestamp, headers):
            try:
                made = function(*(value, key, timestamp, headers)[:n_given])
                if isinstance(made, bool) or not hasattr(made, '__index__') or made < 0:
                    refuse_undone(made, 'set_timestamp')
                    raise TypeError('the function of set_timestamp() must return an int of '
                                    f'milliseconds since 1970, not {made!r}')
                made = int(made)
            except BaseException as exception:
                flow.blame(exception, where)
                raise
            following(value, key, made, headers)
        return run
    return make
