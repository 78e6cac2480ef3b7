# SPDX-License-Identifier: LGPL-2.1-or-later
"""The application."""

from gi.module import get_introspection_module
from gi.repository import GLib

from . import override, program
from .guard import find_cause
from .messages import Topic
from .properties import convert_arguments, install, suggest

Qs = get_introspection_module('Qs')

# Quix Streams' names of what is ours, too.
_NAMES = {
    'consumer_extra_config': 'consumer_config',
    'producer_extra_config': 'producer_config',
}


def _one_serializer(serializer, deserializer, what):
    if serializer is not None and deserializer is not None and serializer != deserializer:
        raise ValueError(f'the {what}_serializer {serializer!r} and the {what}_deserializer '
                         f'{deserializer!r} differ: a topic has one for both directions')
    return serializer if serializer is not None else deserializer


@override
class Application(Qs.Application):
    def __init__(self, broker_address=None, consumer_group=None, **properties):
        given = {'broker_address': broker_address, 'consumer_group': consumer_group}
        arguments = {name: value for name, value in given.items() if value is not None}
        arguments.update({_NAMES.get(name, name): value for name, value in properties.items()})
        super().__init__(**convert_arguments(Qs.Application, arguments))

    def __setattr__(self, name, value):
        # A typing error must not be a setting that nobody reads.
        if not hasattr(type(self), name):
            raise AttributeError(f'an application has no property {name!r}'
                                 + suggest(name, dir(type(self))))
        super().__setattr__(name, value)

    def topic(self, name, value_deserializer=None, key_deserializer=None, value_serializer=None,
              key_serializer=None, config=None):
        """A topic with the named serializers, to be given to add_source()."""
        serializers = {
            'key_serializer': _one_serializer(key_serializer, key_deserializer, 'key'),
            'value_serializer': _one_serializer(value_serializer, value_deserializer, 'value'),
        }
        return Topic(name, config, **{name: serializer for name, serializer in serializers.items()
                                      if serializer is not None})

    def add_source(self, source, topic=None):
        """Adds a source; the topic that it will produce to."""
        source.__dict__.pop('_qs_exception', None)
        try:
            return Qs.Application.add_source(self, source,
                                             Topic(topic) if isinstance(topic, str) else topic)
        except Exception as error:
            # What its default_topic() raised.
            raise error from source.__dict__.pop('_qs_exception', None)

    def dataframe(self, topic=None, source=None):
        """What processes the records of a topic, or of a source."""
        return Qs.Application.dataframe(self, Topic(topic) if isinstance(topic, str) else topic,
                                        source)

    def run(self, cancellable=None, timeout=None, count=None):
        """Runs the sources until all are done; in a worker it never returns.

        @timeout and @count stand for run_timeout and run_count in this run."""
        program.describe()
        given = {'run_timeout': timeout or None, 'run_count': count or None}
        limits = {name: value for name, value in given.items() if value is not None}
        before = {name: getattr(self, name) for name in limits}
        try:
            for name, value in limits.items():
                setattr(self, name, value)
            return Qs.Application.run(self, cancellable)
        except GLib.Error as error:
            # What a function of a dataframe raised here.
            cause = find_cause(error)
            if isinstance(cause, (KeyboardInterrupt, SystemExit)):
                raise cause from None
            raise error from cause
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def run_async(self, cancellable=None, callback=None, *user_data):
        program.describe()
        return Qs.Application.run_async(self, cancellable, callback, *user_data)


install(Application)
