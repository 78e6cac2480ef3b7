# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kafka behind TLS, SASL and access control, with all that its clients need.

A file, kafka.ini, has the addresses of the listeners and the password of all
users; beside it are the certificates: ca.pem, other-ca.pem (which has signed nothing),
client.pem and client.key.
"""

import configparser
import pathlib
import shutil
import subprocess
import tempfile

import kafka_wire
from kafka_broker import Broker, Failed

# librdkafka before 2.6.1 can't do SCRAM with Kafka 4.
OLD_VERSION = '3.9.2'

PASSWORD = 'hunter2-in-the-broker'
PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'
SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule'
OAUTH = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'

# What each listener asks of a client, beside what its name says: TLS no more than
# that the certificate is believed, MTLS one of the client's.
LISTENERS = {
    'TLS': 'SSL',
    'MTLS': 'SSL',
    'SASL_TLS': 'SASL_SSL',
    'SASL': 'SASL_PLAINTEXT',
    'SCRAM': 'SASL_PLAINTEXT',
    'OAUTH': 'SASL_PLAINTEXT',
}

# Alice and Bob may do only what was granted.
PROPERTIES = f'''\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:CN=client;User:admin
ssl.keystore.type=PEM
ssl.keystore.location={{directory}}/server.pem
ssl.truststore.type=PEM
ssl.truststore.location={{directory}}/ca.pem
listener.name.mtls.ssl.client.auth=required
listener.name.sasl_tls.sasl.enabled.mechanisms=PLAIN
listener.name.sasl_tls.plain.sasl.jaas.config={PLAIN} required user_admin="{PASSWORD}";
listener.name.sasl.sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config={PLAIN} required user_admin="{PASSWORD}" \
user_alice="{PASSWORD}" user_bob="{PASSWORD}";
listener.name.oauth.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.oauth.oauthbearer.sasl.jaas.config={OAUTH} required \
unsecuredLoginStringClaim_sub="unused";
'''
SCRAM_PROPERTIES = f'''\
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512
listener.name.scram.scram-sha-256.sasl.jaas.config={SCRAM} required;
listener.name.scram.scram-sha-512.sasl.jaas.config={SCRAM} required;
'''
SCRAM_USERS = [option for mechanism in ('SCRAM-SHA-256', 'SCRAM-SHA-512')
               for option in ('--add-scram', f'{mechanism}=[name=admin,password={PASSWORD}]')]

# What they may do to what has these prefixes. Alice's rights to what begins with all-
# are those that doc/security.md names.
RIGHTS_OF_BOB = [(kafka_wire.TOPIC, 'seen-', kafka_wire.DESCRIBE)]
RIGHTS_OF_ALICE = [
    *RIGHTS_OF_BOB,
    (kafka_wire.TOPIC, 'written-', kafka_wire.WRITE),
    *((kafka_wire.TOPIC, 'all-', operation)
      for operation in (kafka_wire.CREATE, kafka_wire.READ, kafka_wire.WRITE)),
    *((kafka_wire.TOPIC, 'changelog__all-', operation)
      for operation in (kafka_wire.CREATE, kafka_wire.READ, kafka_wire.WRITE,
                        kafka_wire.DESCRIBE_CONFIGS)),
    (kafka_wire.CONSUMER_GROUP, 'all-', kafka_wire.READ),
    (kafka_wire.TRANSACTIONAL_ID, 'changelog__all-', kafka_wire.WRITE),
]


def _make_certificates(directory):
    def openssl(*arguments):
        subprocess.run(['openssl', *arguments], cwd=directory, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)

    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    for name in ('ca', 'other-ca'):
        openssl('req', '-x509', *key, '-subj', f'/CN=QSource test {name}',
                '-keyout', f'{name}.key', '-out', f'{name}.pem')
    for name, extension in (('server', 'subjectAltName=IP:127.0.0.1'),
                            ('client', 'extendedKeyUsage=clientAuth')):
        (directory / f'{name}.ext').write_text(extension)
        openssl('req', *key, '-subj', f'/CN={name}', '-keyout', f'{name}.key',
                '-out', f'{name}.csr')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key',
                '-CAcreateserial', '-days', '2', '-extfile', f'{name}.ext', '-out', f'{name}.pem')
    # Kafka wants both in one file.
    with open(directory / 'server.pem', 'a', encoding='ascii') as server:
        server.write((directory / 'server.key').read_text())


class SecureKafka:
    """A broker with all listeners, and one that is old enough for SCRAM. Its address is
    that of the file that describes it."""

    VERSIONS = [None, OLD_VERSION]
    proxy = None

    def __init__(self):
        self._brokers = []
        self._directory = pathlib.Path(tempfile.mkdtemp(prefix='qsource-security-'))
        self.address = str(self._directory / 'kafka.ini')

    def start(self, is_wanted=lambda: True):
        try:
            _make_certificates(self._directory)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Failed(f'cannot make certificates with openssl: {error}') from error
        self._brokers = [
            Broker(listeners=LISTENERS, format_options=SCRAM_USERS,
                   properties=PROPERTIES.format(directory=self._directory) + SCRAM_PROPERTIES),
            Broker(version=OLD_VERSION, listeners={'SCRAM': 'SASL_PLAINTEXT'},
                   properties=SCRAM_PROPERTIES, format_options=SCRAM_USERS),
        ]
        for broker in self._brokers:
            broker.launch()
        for broker in self._brokers:
            broker.wait(is_wanted)
        new, old = self._brokers
        kafka_wire.grant(new.address, 'User:alice', RIGHTS_OF_ALICE)
        kafka_wire.grant(new.address, 'User:bob', RIGHTS_OF_BOB)
        file = configparser.ConfigParser()
        file.optionxform = str
        file['addresses'] = {**new.addresses, 'OLD_SCRAM': old.addresses['SCRAM']}
        file['credentials'] = {'password': PASSWORD}
        with open(self.address, 'w', encoding='ascii') as stream:
            file.write(stream, space_around_delimiters=False)

    def close(self):
        for broker in self._brokers:
            broker.close()
        shutil.rmtree(self._directory, ignore_errors=True)
