# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes Qs feel native in Python; PyGObject loads it with the typelib.

The pieces are in _qsource, each class where its family is."""

from gi.overrides._qsource.serializers import Serializer
from gi.overrides._qsource.schemas import (AvroDeserializer, AvroSerializer, JSONDeserializer,
                                           JSONSerializer, JsonSchemaSerializer,
                                           ProtobufDeserializer, ProtobufSerializer,
                                           SchemaRegistry, SchemaRegistryClientConfig,
                                           SchemaRegistrySerializationConfig)
from gi.overrides._qsource.messages import (EmbeddedBroker, Headers, Message, Record, Topic,
                                            TopicConfig)
from gi.overrides._qsource.sources import BaseSource, Source, SplitSource, StatefulSource
from gi.overrides._qsource.consumer import Consumer
from gi.overrides._qsource.state import State
from gi.overrides._qsource.dataframe import Dataframe
from gi.overrides._qsource.application import Application
from gi.overrides._qsource.columns import (ColumnDoesNotExist, InvalidColumnReference,
                                           InvalidOperation, Series)
from gi.overrides._qsource.context import MessageContext, message_context
from gi.overrides._qsource.quix import ConnectionConfig
from gi.overrides._qsource.sinks import BaseSink, BatchingSink, SinkBackpressureError, SinkBatch
from gi.overrides._qsource.signatures import describe
from gi.overrides._qsource.testing import Conform, Harness

describe(Application, BaseSource, Dataframe, EmbeddedBroker, Headers, Message, Record, Source, State,
         StatefulSource, Topic)

# As C has it.
source_make = Source.make

__all__ = ['Application', 'AvroDeserializer', 'AvroSerializer', 'BaseSink', 'BaseSource',
           'BatchingSink', 'ColumnDoesNotExist', 'Conform', 'ConnectionConfig',
           'Consumer', 'Dataframe', 'EmbeddedBroker', 'Harness', 'Headers',
           'InvalidColumnReference', 'InvalidOperation', 'JSONDeserializer',
           'JSONSerializer', 'JsonSchemaSerializer', 'Message', 'MessageContext',
           'ProtobufDeserializer', 'ProtobufSerializer', 'Record', 'SchemaRegistry',
           'SchemaRegistryClientConfig', 'SchemaRegistrySerializationConfig',
           'Serializer', 'Series', 'SinkBackpressureError', 'SinkBatch', 'Source',
           'SplitSource', 'State', 'StatefulSource', 'Topic', 'TopicConfig',
           'message_context', 'source_make']
