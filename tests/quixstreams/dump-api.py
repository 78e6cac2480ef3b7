# SPDX-License-Identifier: LGPL-2.1-or-later
"""What of the real Quix Streams a program can name, as JSON: run by the Python that has it."""

import inspect
import json

import quixstreams
import quixstreams.kafka
import quixstreams.models
import quixstreams.sinks
import quixstreams.sources
import quixstreams.state
from quixstreams.dataframe import StreamingDataFrame, StreamingSeries
from quixstreams.kafka import ConnectionConfig, Consumer, Producer
from quixstreams.models import Topic, TopicConfig
from quixstreams.sinks import BaseSink, BatchingSink, SinkBatch
from quixstreams.sources import BaseSource, Source, StatefulSource

CLASSES = [quixstreams.Application, Topic, TopicConfig, BaseSource, Source, StatefulSource,
           StreamingDataFrame, StreamingSeries, quixstreams.State, Producer, Consumer, BaseSink,
           BatchingSink, SinkBatch, quixstreams.MessageContext]
MODULES = [quixstreams, quixstreams.sources, quixstreams.sinks, quixstreams.models,
           quixstreams.kafka, quixstreams.state]


def default_of(parameter):
    """The default in a list; None if there is none."""
    default = parameter.default
    if default is parameter.empty:
        return None
    return [default if isinstance(default, (str, int, float, type(None))) else repr(default)]


def describe(function):
    """Its parameters: name, kind, and the default in a list."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    return [(parameter.name, parameter.kind.name, default_of(parameter))
            for parameter in parameters if parameter.name != 'self']


def members(cls):
    result = {}
    for name, value in inspect.getmembers(cls):
        if name == '__init__' or not name.startswith('_'):
            result[name] = describe(value) if callable(value) else None
    return result


print(json.dumps({
    'classes': {cls.__name__: members(cls) for cls in CLASSES},
    'settings of ConnectionConfig': sorted(ConnectionConfig.model_fields),
    'names': sorted({name for module in MODULES for name, value in vars(module).items()
                     if not name.startswith('_')
                     and str(getattr(value, '__module__', '')).startswith('quixstreams')}),
}))
