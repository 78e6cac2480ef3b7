# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serializers with a schema, also in the words of Quix Streams."""

import base64
import json

from gi.module import get_introspection_module

from . import override
from .properties import convert_arguments, install

Qs = get_introspection_module('Qs')

_PRIMITIVES = {'null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'}

# The functions of confluent-kafka, by their names.
_STRATEGIES = {
    'topic_subject_name_strategy': 'topic',
    'record_subject_name_strategy': 'record',
    'topic_record_subject_name_strategy': 'topic-record',
}


class _Config:
    """Named values with defaults."""

    def __init__(self, **values):
        for name, value in values.items():
            if name.startswith('_') or not hasattr(type(self), name):
                raise TypeError(f'{type(self).__name__}() has no argument {name!r}')
            setattr(self, name, value)


class SchemaRegistryClientConfig(_Config):
    """Where a schema registry is: Quix Streams' word for Qs.SchemaRegistry."""

    url = None
    ssl_ca_location = None
    ssl_key_location = None
    ssl_certificate_location = None
    basic_auth_user_info = None


class SchemaRegistrySerializationConfig(_Config):
    """How a serializer uses a schema registry, in Quix Streams' words."""

    auto_register_schemas = True
    normalize_schemas = False
    use_latest_version = False
    subject_name_strategy = 'topic'
    skip_known_types = False
    reference_subject_name_strategy = None
    use_deprecated_format = False


def _refuse(owner, **arguments):
    for name, value in arguments.items():
        if value:
            raise NotImplementedError(f'{owner}() does not support {name}={value!r}')


def to_registry(config):
    """A Qs.SchemaRegistry of a client's configuration, which may be Quix Streams' own."""
    if config is None or isinstance(config, Qs.SchemaRegistry):
        return config
    info = getattr(config, 'basic_auth_user_info', None)
    if hasattr(info, 'get_secret_value'):
        info = info.get_secret_value()
    user, _, password = (info or '').partition(':')
    return SchemaRegistry(url=str(config.url), ca_file=getattr(config, 'ssl_ca_location', None),
                          certificate_file=getattr(config, 'ssl_certificate_location', None),
                          key_file=getattr(config, 'ssl_key_location', None),
                          user=user or None, password=password or None)


def _strategy(strategy):
    name = strategy if isinstance(strategy, str) else getattr(strategy, '__name__', None)
    name = _STRATEGIES.get(name, name)
    if name not in _STRATEGIES.values():
        raise NotImplementedError(f'subject_name_strategy={strategy!r} is not supported; it is '
                                  "'topic', 'record' or 'topic-record'")
    return name


def to_properties(properties, client_config, serialization_config=None):
    """Ours, with what a configuration of Quix Streams' says."""
    if serialization_config is not None and client_config is None:
        raise ValueError('schema_registry_serialization_config needs '
                         'schema_registry_client_config, too')
    if client_config is not None:
        properties['registry'] = to_registry(client_config)
    config = serialization_config
    if config is not None:
        _refuse('SchemaRegistrySerializationConfig',
                use_deprecated_format=getattr(config, 'use_deprecated_format', False))
        properties['auto_register'] = config.auto_register_schemas
        properties['normalize'] = config.normalize_schemas
        properties['use_latest_version'] = config.use_latest_version
        if config.subject_name_strategy is not None:
            properties['subject_strategy'] = _strategy(config.subject_name_strategy)
    return properties


def _to_text(schema):
    """A schema's text; of a dictionary or a list the JSON."""
    if schema is None or isinstance(schema, str) and schema not in _PRIMITIVES:
        return schema
    return json.dumps(schema)


@override
class SchemaRegistry(Qs.SchemaRegistry):
    def __init__(self, url=None, **properties):
        super().__init__(**convert_arguments(Qs.SchemaRegistry, {'url': url, **properties}))


@override
class AvroSerializer(Qs.AvroSerializer):
    """schema: text, or what json.loads() makes of it. Fields that a schema doesn't have are
    always refused, and defaults always taken, as with strict_allow_default=True."""

    def __init__(self, schema=None, strict=False, strict_allow_default=False,
                 disable_tuple_notation=False, schema_registry_client_config=None,
                 schema_registry_serialization_config=None, **properties):
        to_properties(properties, schema_registry_client_config,
                      schema_registry_serialization_config)
        super().__init__(**convert_arguments(
            Qs.AvroSerializer, {'schema': _to_text(schema), **properties}))


def AvroDeserializer(schema=None, reader_schema=None, return_record_name=False,
                     return_record_name_override=False, return_named_type=False,
                     return_named_type_override=False, handle_unicode_errors='strict',
                     schema_registry_client_config=None):
    """An AvroSerializer, which reads as well.

    With a registry, records are read as they were written, or converted to reader_schema."""
    _refuse('AvroDeserializer', return_record_name=return_record_name,
            return_record_name_override=return_record_name_override,
            return_named_type=return_named_type,
            return_named_type_override=return_named_type_override,
            handle_unicode_errors=handle_unicode_errors != 'strict' and handle_unicode_errors)
    if schema is None and schema_registry_client_config is None:
        raise ValueError('one of schema and schema_registry_client_config is required')
    if schema_registry_client_config is None:
        _refuse('AvroDeserializer', reader_schema=reader_schema)
    else:
        schema = reader_schema
    return AvroSerializer(schema, schema_registry_client_config=schema_registry_client_config)


def _of_type(msg_type, properties):
    """A class of Google's library as a schema, which is that of its file."""
    descriptor = getattr(msg_type, 'DESCRIPTOR', None)
    if descriptor is None:
        raise TypeError(f'msg_type is a class of messages, not {msg_type!r}; give schema= the '
                        'text of a .proto')
    properties.setdefault('schema', base64.b64encode(descriptor.file.serialized_pb).decode())
    properties.setdefault('message_type', descriptor.full_name)


@override
class ProtobufSerializer(Qs.ProtobufSerializer):
    """schema: the text of a .proto; or msg_type: a class that protoc made. Values are
    dictionaries."""

    def __init__(self, msg_type=None, deterministic=False, ignore_unknown_fields=False,
                 schema_registry_client_config=None, schema_registry_serialization_config=None,
                 **properties):
        if isinstance(msg_type, str):
            properties.setdefault('schema', msg_type)
        elif msg_type is not None:
            _of_type(msg_type, properties)
        _refuse('ProtobufSerializer', ignore_unknown_fields=ignore_unknown_fields)
        to_properties(properties, schema_registry_client_config,
                      schema_registry_serialization_config)
        super().__init__(**convert_arguments(Qs.ProtobufSerializer, properties))


def ProtobufDeserializer(msg_type, use_integers_for_enums=False, preserving_proto_field_name=False,
                         to_dict=True, schema_registry_client_config=None,
                         schema_registry_serialization_config=None):
    """A ProtobufSerializer, which reads as well: names are those of the schema."""
    _refuse('ProtobufDeserializer', use_integers_for_enums=use_integers_for_enums,
            to_dict=not to_dict and 'False')
    return ProtobufSerializer(msg_type, schema_registry_client_config=schema_registry_client_config)


@override
class JsonSchemaSerializer(Qs.JsonSchemaSerializer):
    """schema: text, or what json.loads() makes of it."""

    def __init__(self, schema=None, schema_registry_client_config=None,
                 schema_registry_serialization_config=None, **properties):
        to_properties(properties, schema_registry_client_config,
                      schema_registry_serialization_config)
        super().__init__(**convert_arguments(
            Qs.JsonSchemaSerializer, {'schema': _to_text(schema), **properties}))


def JSONSerializer(dumps=None, schema=None, validator=None, schema_registry_client_config=None,
                   schema_registry_serialization_config=None):
    """A JsonSchemaSerializer, or without a schema the one called json."""
    _refuse('JSONSerializer', dumps=dumps, validator=validator)
    if schema is None and schema_registry_client_config is None:
        return Qs.Serializer.for_name('json')
    return JsonSchemaSerializer(
        schema, schema_registry_client_config=schema_registry_client_config,
        schema_registry_serialization_config=schema_registry_serialization_config)


def JSONDeserializer(loads=None, schema=None, validator=None, schema_registry_client_config=None):
    """As JSONSerializer(), which reads as well."""
    _refuse('JSONDeserializer', loads=loads, validator=validator)
    return JSONSerializer(schema=schema,
                          schema_registry_client_config=schema_registry_client_config)


for _cls in (AvroSerializer, JsonSchemaSerializer, ProtobufSerializer, SchemaRegistry):
    install(_cls)
