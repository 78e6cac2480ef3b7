# SPDX-License-Identifier: LGPL-2.1-or-later
"""The classes that sources are made from."""

from gi.module import get_introspection_module
from gi.repository import GLib, GObject

from . import doubles, native, override, threads
from .classes import SourceMeta, note_stateful, take_defaults
from .errors import describe
from .guard import (PartitionKind, QuietKind, RunKind, SetupKind, SourceKind, SplitsKind, StartKind, StopKind,
                    refuse_result)
from .properties import convert_arguments, install
from .records import produce_for, produce_value_for, serialize_for
from .values import to_seconds, to_variant
from .vfuncs import call_native, expose, hook_up, is_chained, is_native

Qs = get_introspection_module('Qs')
_DOMAIN = GLib.quark_to_string(Qs.source_error_quark())


class _Callbacks:
    """What on_client_connect_success and on_client_connect_failure are called by."""

    @staticmethod
    def succeeded(source, callback):
        try:
            refuse_result(callback(), 'on_client_connect_success()')
        except BaseException as exception:
            source._qs_callback_exception = exception

    @staticmethod
    def failed(source, error, callback):
        exception = source.__dict__.pop('_qs_setup_exception', None)
        try:
            refuse_result(callback(exception if exception is not None else error),
                          'on_client_connect_failure()')
        except BaseException as raised:
            source.__dict__['_qs_failure'] = raised
            Qs.BaseSource.set_error_detail(source, describe(raised))
            return False
        return True


@override
class BaseSource(Qs.BaseSource, metaclass=SourceMeta):
    def __init__(self, name=None, shutdown_timeout=None, on_client_connect_success=None,
                 on_client_connect_failure=None, **properties):
        arguments = {**getattr(type(self), '_qs_defaults', {}), **properties}
        if name is None and 'name' not in arguments and not isinstance(self, Qs.Source):
            # In Quix Streams only a Source has a name.
            name = type(self).__name__ if type(self).__name__.isascii() else None
        if name is not None:
            if not isinstance(name, str):
                raise TypeError(f'the name of a {type(self).__name__} is text, not {name!r}')
            arguments['name'] = name
        if shutdown_timeout is not None:
            arguments['shutdown_timeout'] = shutdown_timeout
        super().__init__(**convert_arguments(type(self), arguments))
        if on_client_connect_success is not None:
            GObject.Object.connect(self, 'client-connect-success', _Callbacks.succeeded,
                                   on_client_connect_success)
        if on_client_connect_failure is not None:
            GObject.Object.connect(self, 'client-connect-failure', _Callbacks.failed,
                                   on_client_connect_failure)

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if not is_native(cls):
            take_defaults(cls)
            hook_up(cls)

    def __repr__(self):
        return f'<{type(self).__name__} {self.get_name()!r}>'

    # Quix Streams' names of what is ours, too.
    producer_topic = property(lambda self: doubles.find(self, 0) or Qs.BaseSource.get_topic(self))
    _producer_topic = producer_topic
    _producer = property(lambda self: doubles.find(self, 1) or Qs.BaseSource.get_producer(self))

    # A super().x() is meant for C's implementation; everything else calls the
    # virtual function.
    def configure(self, topic, producer, **ignored):
        if not isinstance(producer, Qs.Producer):
            return doubles.configure(self, topic, producer)
        if is_chained(self, 'configure', BaseSource.configure):
            return call_native(self, 'configure', topic, producer)
        return Qs.BaseSource.configure(self, topic, producer)

    def setup(self):
        if is_chained(self, 'setup', BaseSource.setup):
            return call_native(self, 'setup')
        return Qs.BaseSource.setup(self)

    def start(self):
        if is_chained(self, 'start', BaseSource.start):
            return call_native(self, 'start')
        return Qs.BaseSource.start(self)

    def stop(self):
        if not is_chained(self, 'stop', BaseSource.stop):
            return Qs.BaseSource.stop(self)
        # Called by the source itself, it has to stop it, too.
        Qs.BaseSource.get_cancellable(self).cancel()
        return call_native(self, 'stop')

    def fail(self, error):
        """Ends the source as failed with @error, an exception of any kind; from any thread."""
        if isinstance(error, GLib.Error):
            Qs.BaseSource.fail(self, error)
        elif isinstance(error, BaseException):
            threads.fail(self, error)
        else:
            raise TypeError(f'fail() takes an exception, not {type(error).__name__}')

    def default_topic(self):
        if is_chained(self, 'default_topic', BaseSource.default_topic):
            return call_native(self, 'default_topic')
        return Qs.BaseSource.default_topic(self)

    def init_client(self):
        result = Qs.BaseSource.init_client(self)
        exception = self.__dict__.pop('_qs_callback_exception', None)
        if exception is not None:
            raise exception
        return result

    def wait(self, seconds=None):
        """Waits; returns False, at once, when the source is stopping."""
        return Qs.BaseSource.wait(self, to_seconds(seconds))


_get_running = Qs.Source.get_running


@override
class Source(Qs.Source):
    @staticmethod
    def make(type, name=None, properties=None, **more):
        """Makes a source by the name of its type, such as file."""
        values = {key.rstrip('_').replace('_', '-'): value
                  for key, value in {**(properties or {}), **more}.items()}
        return Qs.Source.make(type, name, to_variant(values))

    @property
    def running(self):
        """Whether the source runs and was not asked to stop."""
        return _get_running(self) or doubles.is_running(self)

    @running.setter
    def running(self, value):
        raise AttributeError(f'running of {type(self).__name__} can only be read; stop() stops it')

    @property
    def _running(self):
        return self.running

    @_running.setter
    def _running(self, value):
        doubles.set_running(self, value)

    def run(self):
        if is_chained(self, 'run', Source.run):
            return call_native(self, 'run')
        return Qs.Source.run(self)

    def cleanup(self, failed=False):
        if doubles.find(self, 1) is not None:
            return failed or self.flush(self.shutdown_timeout / 2)
        if is_chained(self, 'cleanup', Source.cleanup):
            return call_native(self, 'cleanup', failed)
        return Qs.Source.cleanup(self, failed)

    def flush(self, timeout=None):
        """Waits until all records are acknowledged."""
        if doubles.find(self, 1) is not None:
            return doubles.flush(self, timeout)
        if is_chained(self, 'flush', Source.flush):
            return call_native(self, 'flush', to_seconds(timeout))
        return Qs.Source.flush(self, to_seconds(timeout))

    def serialize(self, key=None, value=None, headers=None, timestamp_ms=None, timestamp=None):
        """Makes a message with the topic's serializers.

        None is JSON's null. Unless errors is 'fail', a record that cannot be serialized becomes a
        rejected message, which produce() skips or puts to the dead-letter topic."""
        return serialize_for(self, key, value, headers,
                             timestamp if timestamp is not None else timestamp_ms)

    def produce(self, value=None, key=None, headers=None, partition=None, timestamp=None,
                poll_timeout=None, buffer_error_max_tries=None):
        """Produces a record of bytes or text (None is null), or a Qs.Message.

        It blocks while the queue is full; the last two arguments, from Quix Streams, have no
        effect."""
        return produce_for(self, value, key, headers, partition, timestamp)

    def produce_data(self, key=None, value=None, timestamp=0):
        """The fastest way to produce bytes."""
        return _produce(self, value, key, None, None, timestamp)

    def produce_bytes(self, key=None, value=None, timestamp=0):
        return _produce(self, value, key, None, None, timestamp)

    def produce_value(self, key=None, value=None):
        """Serializes a record and produces it; None is null in the record."""
        return produce_value_for(self, key, value)


if native.extension:
    native.extension.install_source(Source)
# As it is, whatever a subclass does.
_produce = Source.produce


@override
class StatefulSource(Qs.StatefulSource):
    @property
    def state(self):
        """Returns the state; it is valid until the next flush()."""
        return self.get_state()

    # Quix Streams' names.
    store_partitions_count = property(lambda self: self.n_partitions)
    assigned_store_partition = property(lambda self: self.partition)


@override
class SplitSource(Qs.SplitSource):
    def list_splits(self):
        if is_chained(self, 'list_splits', SplitSource.list_splits):
            return call_native(self, 'list_splits')
        return Qs.SplitSource.list_splits(self)

    def partition_for_split(self, split, n_partitions):
        if is_chained(self, 'partition_for_split', SplitSource.partition_for_split):
            return call_native(self, 'partition_for_split', split, n_partitions)
        return Qs.SplitSource.partition_for_split(self, split, n_partitions)

    def run_splits(self):
        if is_chained(self, 'run_splits', SplitSource.run_splits):
            return call_native(self, 'run_splits')
        return Qs.SplitSource.run_splits(self)


_BASE_KINDS = {
    'configure': SourceKind('configure', _DOMAIN),
    'setup': SetupKind('setup', _DOMAIN, is_cancelled=True),
    'start': RunKind('start', _DOMAIN, is_cancelled=True),
    'stop': StopKind('stop'),
    'default_topic': QuietKind('default_topic'),
}
_SOURCE_KINDS = {
    'run': RunKind('run', _DOMAIN, is_cancelled=True),
    'cleanup': StartKind('cleanup', _DOMAIN, (False,)),
    'flush': SourceKind('flush', _DOMAIN, (-1.0,)),
}

_SPLIT_KINDS = {
    'list_splits': SplitsKind('list_splits', _DOMAIN),
    'partition_for_split': PartitionKind('partition_for_split', _DOMAIN),
    'run_splits': RunKind('run_splits', _DOMAIN, is_cancelled=True),
}

install(expose(BaseSource, _BASE_KINDS))
install(expose(Source, _SOURCE_KINDS))
install(StatefulSource)
note_stateful(StatefulSource)
install(expose(SplitSource, _SPLIT_KINDS))

# Those that are ready-made.
for _name in ('CommandSource', 'CsvSource', 'DBusSource', 'FileSource'):
    install(getattr(Qs, _name))
