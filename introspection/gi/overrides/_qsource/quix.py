# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an application takes in Quix Streams' words."""

import json
import os

from . import steps

# Arguments of Quix Streams' that are ours under another name.
NAMES = {
    'consumer_extra_config': 'consumer_config',
    'producer_extra_config': 'producer_config',
}

# Those that only tune loops which are not ours: taken, and without an effect.
TUNING = {'consumer_poll_timeout', 'producer_poll_timeout', 'max_partition_buffer_size'}

# Those that mean something that is not here.
REFUSED = {
    'quix_sdk_token': 'Quix Cloud is not supported; give broker_address and client_config',
    'quix_portal_api': 'Quix Cloud is not supported; give broker_address and client_config',
    'quix_config_builder': 'Quix Cloud is not supported; give broker_address and client_config',
    'topic_manager': 'topics are made and checked by run(); see auto_create_topics',
    'auto_recover_from_source_offset_out_of_range': 'see auto_offset_reset',
    'state_recovery_offset_reset': 'a recovery always begins where the store ends',
}

_LEVELS = ('CRITICAL', 'ERROR', 'WARNING', 'INFO', 'DEBUG')


_CONNECTION = {'security_protocol', 'client_id', 'oauth_cb', 'enable_ssl_certificate_verification',
               'enable_sasl_oauthbearer_unsecure_jwt'}
_IN_LOWER_CASE = {'security_protocol', 'sasl_oauthbearer_method',
                  'ssl_endpoint_identification_algorithm'}


def _is_of_connection(name):
    return name in _CONNECTION or name.startswith(('sasl_', 'ssl_'))


def _in_case(name, value):
    if not isinstance(value, str):
        return value
    if name == 'sasl_mechanism':
        return value.upper()
    return value.lower() if name in _IN_LOWER_CASE else value


class ConnectionConfig:
    """Where a cluster is, and how to speak to it: librdkafka's names with underscores.

    ConnectionConfig(bootstrap_servers='host:9093', security_protocol='SASL_SSL',
    sasl_mechanism='PLAIN', sasl_username=…, sasl_password=…, ssl_ca_location=…)"""

    bootstrap_servers = None

    def __init__(self, bootstrap_servers, **settings):
        if not isinstance(bootstrap_servers, str) or not bootstrap_servers:
            raise TypeError('bootstrap_servers must be text such as "host:9092", not '
                            f'{bootstrap_servers!r}')
        if settings.get('oauth_cb') is not None:
            raise NotImplementedError('oauth_cb is not supported; see sasl.oauthbearer.method=oidc '
                                      'of librdkafka')
        self.bootstrap_servers = bootstrap_servers
        if 'sasl_mechanisms' in settings:
            settings['sasl_mechanism'] = settings.pop('sasl_mechanisms')
        for name in settings:
            if not _is_of_connection(name):
                raise TypeError(f'{name!r} is no setting of a connection; settings of clients are '
                                "an application's client_config")
        self._settings = {name: _in_case(name, value) for name, value in settings.items()
                          if value is not None}

    def __getattr__(self, name):
        if not _is_of_connection(name) or name == 'sasl_mechanisms':
            raise AttributeError(f'a ConnectionConfig has no {name!r}')
        return self._settings.get(name)

    @classmethod
    def from_librdkafka_dict(cls, config, ignore_extras=False):
        """Of librdkafka's settings; @ignore_extras: leaves out those of no connection."""
        settings = {name.replace('.', '_'): value for name, value in config.items()}
        if ignore_extras:
            settings = {name: value for name, value in settings.items()
                        if name == 'bootstrap_servers' or _is_of_connection(name)}
        return cls(**settings)

    def client_config(self):
        """librdkafka's settings, without the brokers."""
        return {name.replace('_', '.'): value for name, value in self._settings.items()}

    def as_librdkafka_dict(self, plaintext_secrets=True):
        return {'bootstrap.servers': self.bootstrap_servers, **{
            name: '[redacted]' if not plaintext_secrets and _is_secret(name) else value
            for name, value in self.client_config().items()}}

    def as_dict(self, plaintext_secrets=False, include=None):
        return {name: value for name, value in self.as_librdkafka_dict(plaintext_secrets).items()
                if include is None or name.replace('.', '_') in include}

    def as_printable_json(self, indent=None):
        return json.dumps(self.as_librdkafka_dict(plaintext_secrets=False), indent=indent)

    def __repr__(self):
        return f'ConnectionConfig({self.as_printable_json()})'

    def __eq__(self, other):
        return isinstance(other, ConnectionConfig) and \
            self.as_librdkafka_dict() == other.as_librdkafka_dict()

    __hash__ = None


def _is_secret(name):
    return any(word in name for word in ('password', 'secret', 'pem', 'passphrase', 'token'))


# What a program that is started again has others of.
_SHARED = tuple(f'multiprocessing.{name}' for name in (
    'queues', 'synchronize', 'connection', 'managers', 'sharedctypes'))


def refuse_shared(source):
    """Refuses what Quix Streams hands to the process of a source, and we can't."""
    for name, value in vars(source).items():
        if type(value).__module__ in _SHARED:
            raise TypeError(
                f"{name} of source {source.get_name()!r} is a {type(value).__name__} of "
                "multiprocessing, but the source's process is a new start of the program, which "
                "has another one: run sources with isolation='thread', or hand data over by a "
                'topic, a file or a socket')


def set_level(level):
    """What Quix Streams' loglevel does, for the lines of the library."""
    if level is None:
        return
    import logging
    name = logging.getLevelName(level) if isinstance(level, int) else str(level).upper()
    if name not in _LEVELS:
        raise ValueError(f'loglevel is one of {", ".join(_LEVELS)} or None, not {level!r}')
    if name == 'DEBUG':
        domains = os.environ.get('G_MESSAGES_DEBUG', '')
        if 'QSource' not in domains and domains != 'all':
            os.environ['G_MESSAGES_DEBUG'] = f'{domains} QSource'.strip()
    elif name == 'INFO':
        os.environ.pop('QSOURCE_LOG_LEVEL', None)
    else:
        os.environ['QSOURCE_LOG_LEVEL'] = 'warning' if name == 'WARNING' else 'error'


def connect(app, callbacks):
    """Has the callbacks of Quix Streams' called for our signals."""
    def ask(name):
        function = callbacks[name]

        def call(app, subject, error):
            import logging
            logger = logging.getLogger('qsource')
            return bool(function(steps.find_exception(error), subject, logger))
        return call

    for name, signal in (('on_processing_error', 'processing-error'),
                         ('on_producer_error', 'producer-error'),
                         ('on_consumer_error', 'consumer-error')):
        function = callbacks.get(name)
        if function is None:
            continue
        if not callable(function):
            raise TypeError(f'{name} must be a function of (error, record, logger), not '
                            f'{function!r}')
        app.connect(signal, ask(name))
    function = callbacks.get('on_message_processed')
    if function is not None:
        if not callable(function):
            raise TypeError(f'on_message_processed must be a function, not {function!r}')
        app.connect('message-processed', lambda app, *place: function(*place))
