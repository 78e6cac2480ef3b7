# SPDX-License-Identifier: LGPL-2.1-or-later
"""A source by itself, in a test: configure() with what stands for a producer, then start()."""

from gi.module import get_introspection_module

from .vfuncs import is_native

Qs = get_introspection_module('Qs')


def find(source, index):
    """The topic (0) or the producer (1) that configure() was given instead of ours; or None."""
    pair = source.__dict__.get('_qs_doubles')
    return pair[index] if pair else None


def configure(source, topic, producer):
    """Has @source produce to @producer, which has produce() and flush() as Quix Streams' has."""
    for name in 'produce', 'flush':
        if not callable(getattr(producer, name, None)):
            raise TypeError(f'the producer given to configure() is a Qs.Producer, or has produce() '
                            f'and flush() as one has; {producer!r} has no {name}()')

    def produce(value=None, key=None, headers=None, partition=None, timestamp=None,
                poll_timeout=30.0, buffer_error_max_tries=10):
        # All of it, as Quix Streams does: a test may compare.
        producer.produce(topic=topic.name, value=value, key=key, headers=headers,
                         partition=partition, timestamp=timestamp, poll_timeout=poll_timeout,
                         buffer_error_max_tries=buffer_error_max_tries)
        return True

    own = {'producer': producer, 'topic': topic, 'produce': produce,
           'serialize': topic.serialize, 'start': lambda: _start(source),
           'stop': lambda: set_running(source, False)}
    source.__dict__['_qs_doubles'] = (topic, producer)
    for name, value in own.items():
        # What the class has of its own is what is tested.
        if not any(name in vars(base) for base in type(source).__mro__ if not is_native(base)):
            source.__dict__[name] = value
    return True


def flush(source, timeout):
    """As Source.flush(), with what stands for a producer."""
    left = find(source, 1).flush(timeout)
    if isinstance(left, int) and not isinstance(left, bool) and left > 0:
        raise TimeoutError(f'flush() left {left} records in the producer')
    return True


def _start(source):
    """As the library starts a source, in this thread."""
    set_running(source, True)
    try:
        source.setup()
        source.run()
    except BaseException:
        source.cleanup(True)
        raise
    source.cleanup(False)


def is_running(source):
    """Whether a test runs @source; the library's own runs are not asked here."""
    return source.__dict__.get('_qs_running', False) and \
        Qs.BaseSource.get_producer(source) is None


def set_running(source, value):
    """What the author of a source does who sets _running."""
    source.__dict__['_qs_running'] = bool(value)
    try:
        is_real = Qs.Source.get_running(source)
    except (RuntimeError, TypeError):
        return          # before super().__init__()
    if is_real and not value:
        Qs.BaseSource.get_cancellable(source).cancel()
