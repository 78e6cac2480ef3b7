#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conformance suite's program in Python.   program.py BEHAVIOUR NAME"""

import asyncio
import datetime
import os
import sys

import gi

gi.require_version('Qs', '1')
from gi.repository import Gio, GLib, GObject, Qs

BEHAVIOUR, NAME = sys.argv[1:]
MOMENT = datetime.datetime(2026, 1, 2)


def say(*words):
    """A line in one piece, as the worker prints, too."""
    sys.stdout.write(' '.join(map(str, words)) + '\n')
    sys.stdout.flush()


class Brackets(GObject.Object, Qs.Serializer):
    def do_serialize(self, value):
        if BEHAVIOUR == 'error-serialize':
            raise ValueError('broken in serialize')
        return f'<{value}>'


class Moments:
    def serialize(self, value):
        return value.isoformat()

    def deserialize(self, data):
        return datetime.datetime.fromisoformat(data.decode())


class Conformance(Qs.StatefulSource):
    def fail(self, where):
        if BEHAVIOUR == f'error-{where}':
            raise ValueError(f'broken in {where}')

    def on_time(self):
        if BEHAVIOUR == 'fail_':
            super().fail(ValueError('broken in a callback'))
        else:
            self.deliver()
            self.stop()
        return GLib.SOURCE_REMOVE

    def do_configure(self, topic, producer):
        self.fail('configure')

    def do_setup(self):
        self.fail('setup')
        if BEHAVIOUR == 'connect-failure':
            raise ValueError('no client')
        if BEHAVIOUR in ('handlers', 'fail_'):
            GLib.timeout_add(1, self.on_time)

    def do_start(self):
        self.fail('start')
        super().do_start()

    def do_default_topic(self):
        self.fail('default-topic')
        return super().do_default_topic()

    def do_cleanup(self, failed):
        say('cleanup', str(failed).lower())
        self.fail('cleanup')
        super().do_cleanup(failed)

    def do_flush(self, timeout):
        self.fail('flush')
        super().do_flush(timeout)

    def do_run(self):
        say('running', str(self.running).lower())
        self.fail('run')
        function = getattr(self, BEHAVIOUR.replace('-', '_'), None)
        if function is not None:
            function()
        else:
            self.deliver()

    def deliver(self):
        for i in range(3):
            self.produce(key='k', value=f'v{i}')

    def serialize_(self):
        self.produce(self.serialize(key='k', value={'a': [1, None, 2.5, 'ü', True, 2**40]}))

    def custom_serializer(self):
        self.produce(self.serialize(value='x'))

    error_serialize = custom_serializer

    def exact(self):
        self.produce(self.serialize(key='a\0b', value={'t': 'a\0b', 'n': 9007199254740993}))
        self.state['k\0a'] = 1
        self.state['k\0b'] = 2
        self.state['v'] = ['a\0b', 9007199254740993]
        say('keys', self.state['k\0a'], self.state['k\0b'])
        say('exact', str(self.state['v'] == ['a\0b', 9007199254740993]).lower())

    def keys(self):
        self.state['k\0b'] = 1
        self.state['k\0a'] = 2
        say('keys', ' '.join(self.state.keys('k')).replace('\0', '%0'))

    def own_values(self):
        self.produce(self.serialize(value=MOMENT))

    def too_deep(self):
        value = []
        for _ in range(1000):
            value = [value]
        try:
            self.serialize(value=value)
        except Exception as error:
            say('refused:', error)
        self.deliver()

    def handlers(self):
        super().do_run()

    fail_ = handlers

    def error_domain(self):
        raise GLib.Error.new_literal(Gio.io_error_quark(), 'it is gone', Gio.IOErrorEnum.NOT_FOUND)

    def nothing(self):
        self.produce(value='1')

    def stored_null(self):
        self.state['k'] = None
        say('stored', str(self.state.get('k', 'fallback')).lower())
        say('there', str('k' in self.state).lower())

    def refused(self):
        try:
            self.produce(self.serialize(value=object()))
        except Exception as error:
            say('refused:', str(error).replace('\n', ' '))
        self.deliver()

    def skip(self):
        self.produce(self.serialize(value=object()))
        self.deliver()

    dead_letter = skip

    def headers(self):
        self.produce(value='v', headers=[('a', '1'), ('b', None), ('a', '2')])

    def null_and_empty(self):
        self.produce(key=None, value='')
        self.produce(key='', value=None)

    def state_(self):
        self.state['n'] = self.state.get('n', 0) + 1
        self.produce(value=str(self.state['n']))

    def flush_(self):
        self.deliver()
        self.flush()
        say('acknowledged', self.producer.n_acknowledged)

    def expiry(self):
        self.state.set('k', 1, ttl=0.05)
        say('before', self.state.get('k'))
        self.flush()
        self.wait(0.2)
        say('after', str(self.state.get('k')).lower())

    def stop_in_run(self):
        self.stop()
        say('running', str(self.running).lower())

    def kill(self):
        say('waiting')      # to be killed
        while self.wait(60):
            pass

    def restart(self):
        if os.path.exists('mark'):
            self.deliver()
        else:
            open('mark', 'w').close()
            self.kill()

    def dataframe(self):
        for i in range(1, 5):
            self.produce(self.serialize(value=i))

    error_dataframe = dataframe

    def isolation_thread(self):
        say('pid', os.getpid())
        self.deliver()


class Splits(Qs.SplitSource):
    def do_list_splits(self):
        return ['b', 'a']

    def do_run_splits(self):
        for split in self.get_splits():
            state = self.get_split_state(split)
            state['n'] = state.get('n', 0) + 1
            self.produce(f"{split} {state['n']} of {len(list(state.keys()))}")


# Methods whose names are taken.
for name in 'serialize', 'state', 'flush', 'fail':
    if BEHAVIOUR == name:
        BEHAVIOUR += '_'


def text(data):
    return 'null' if data is None else f"'{data.decode()}'".replace('\0', '%0')


def add_dataframe(app, source):
    def change(value):
        if BEHAVIOUR == 'error-dataframe':
            raise ValueError('broken in dataframe')
        return value * 10

    app.auto_offset_reset = 'earliest'
    app.drain = True
    if BEHAVIOUR == 'own-values':
        topic = Qs.Topic(NAME, value_serializer=Moments())
        frame = app.dataframe(topic=topic, source=source)
        frame.update(lambda value: say('own', str(value == MOMENT).lower()))
        return topic
    frame = app.dataframe(source=source)
    if BEHAVIOUR == 'nothing':
        frame.filter(lambda value: None)
        return frame.topic
    frame.filter(lambda value: value % 2 == 0).apply(change).print()
    return frame.topic


def on_failed(_app, _source, error):
    if BEHAVIOUR == 'error-domain':
        say('failed', error.domain, error.code)
    return False


async def run_async(app):
    GLib.idle_add(say, 'turn')
    await app.run_async()
    say('done')


def main():
    app = Qs.Application(run_timeout=30)
    topic = None
    if BEHAVIOUR in ('custom-serializer', 'error-serialize'):
        topic = Qs.Topic(NAME, value_serializer=Brackets())
    if BEHAVIOUR == 'exactly-once':
        app.processing_guarantee = 'exactly-once'
    if BEHAVIOUR == 'isolation-thread':
        app.isolation = 'thread'
    if BEHAVIOUR == 'restart':
        app.max_restarts = 1
        app.restart_backoff = 0
    if BEHAVIOUR == 'sharing':
        app.standby_replicas = -1
        app.instance_id = 'one'
        say('sharing', app.standby_replicas, app.instance_id, str(app.leave_on_stop).lower())
    app.connect('source-failed', on_failed)
    app.connect('source-connected', lambda app, source: say('connected', source.name))
    app.connect('source-connect-failed',
                lambda app, source, error: say('connect failed:', error.message))
    try:
        source = (Splits if BEHAVIOUR == 'splits' else Conformance)(name=NAME)
        if BEHAVIOUR in ('skip', 'dead-letter'):
            source.errors = BEHAVIOUR
        if BEHAVIOUR.endswith('dataframe') or BEHAVIOUR in ('own-values', 'nothing'):
            topic = add_dataframe(app, source)
        else:
            topic = app.add_source(source, topic)
        if BEHAVIOUR == 'async':
            asyncio.run(run_async(app))
        else:
            app.run()
        if BEHAVIOUR == 'state_':
            app.run()
        if app.embedded_broker is None:
            return
        for message in app.embedded_broker.dup_messages(topic.name):
            headers = ''.join(f' {name}={text(value)}' for name, value in message.headers or ())
            say(f'message {text(message.key)} {text(message.value)}{headers}')
        if BEHAVIOUR == 'dead-letter':
            letters = app.embedded_broker.dup_messages(f'dead-letter__{topic.name}')
            say('dead letters', len(letters))
    except GLib.Error as error:
        say('error:', error.message)


main()
