// SPDX-License-Identifier: LGPL-2.1-or-later
// The conformance suite's program in JavaScript.   gjs -m program.js BEHAVIOUR NAME

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

const [BEHAVIOUR, NAME] = ARGV;

function fail(where) {
    if (BEHAVIOUR === `error-${where}`)
        throw new RangeError(`broken in ${where}`);
}

const Brackets = GObject.registerClass({
    Implements: [Qs.Serializer],
}, class Brackets extends GObject.Object {
    vfunc_serialize(value) {
        fail('serialize');
        return `<${value}>`;
    }
});

const Conformance = GObject.registerClass(class Conformance extends Qs.StatefulSource {
    vfunc_configure(_topic, _producer) {
        fail('configure');
    }

    vfunc_setup() {
        fail('setup');
        if (BEHAVIOUR === 'connect-failure')
            throw new RangeError('no client');
    }

    vfunc_start() {
        fail('start');
        super.vfunc_start();
    }

    vfunc_default_topic() {
        fail('default-topic');
        return super.vfunc_default_topic();
    }

    vfunc_cleanup(failed) {
        print(`cleanup ${failed}`);
        fail('cleanup');
        super.vfunc_cleanup(failed);
    }

    vfunc_flush(timeout) {
        fail('flush');
        super.vfunc_flush(timeout);
    }

    vfunc_run() {
        print(`running ${this.running}`);
        fail('run');
        (behaviours[BEHAVIOUR] ?? deliver)(this);
    }
});

function deliver(source) {
    for (let i = 0; i < 3; i++)
        source.produce({key: 'k', value: `v${i}`});
}

function kill(source) {
    print('waiting');       // to be killed
    while (source.wait(60))
        ;
}

function numbers(source) {
    for (let i = 1; i <= 4; i++)
        source.produce(source.serialize({value: i}));
}

function addDataframe(app, source) {
    app.auto_offset_reset = 'earliest';
    app.run_count = 4;
    const frame = app.dataframe({source});
    frame.filter(value => value % 2 === 0).apply(value => {
        fail('dataframe');
        return value * 10;
    }).print();
    return frame.topic;
}

const brackets = source => source.produce(source.serialize({value: 'x'}));

const behaviours = {
    'serialize': source => source.produce(
        source.serialize({key: 'k', value: {a: [1, null, 2.5, 'ü', true, 2 ** 40]}})),
    'custom-serializer': brackets,
    'error-serialize': brackets,
    'exact': source => {
        source.produce(source.serialize({key: 'a\0b', value: {t: 'a\0b', n: 9007199254740993n}}));
        source.state.set('k\0a', 1);
        source.state.set('k\0b', 2);
        source.state.set('v', ['a\0b', 9007199254740993n]);
        print(`keys ${source.state.get('k\0a')} ${source.state.get('k\0b')}`);
        const [text, number] = source.state.get('v');
        print(`exact ${text === 'a\0b' && number === 9007199254740993n}`);
    },
    'stored-null': source => {
        source.state.set('k', null);
        print(`stored ${source.state.get('k', 'fallback')}`);
        print(`there ${source.state.contains('k')}`);
    },
    'refused': source => {
        try {
            source.produce_value(null, new Set());
        } catch (error) {
            print(`refused: ${error.message}`);
        }
        deliver(source);
    },
    'skip': source => {
        source.produce_value(null, new Set());
        deliver(source);
    },
    'dead-letter': source => {
        source.produce_value(null, new Set());
        deliver(source);
    },
    'headers': source => source.produce({value: 'v', headers: [['a', '1'], ['b', null], ['a', '2']]}),
    'null-and-empty': source => {
        source.produce({key: null, value: ''});
        source.produce({key: '', value: null});
    },
    'state': source => {
        source.state.set('n', source.state.get('n', 0) + 1);
        source.produce({value: `${source.state.get('n')}`});
    },
    'flush': source => {
        deliver(source);
        source.flush();
        print(`acknowledged ${source.producer.n_acknowledged}`);
    },
    'expiry': source => {
        source.state.set('k', 1, 0.05);
        print(`before ${source.state.get('k')}`);
        source.flush();
        source.wait(0.2);
        print(`after ${source.state.get('k')}`);
    },
    'stop-in-run': source => {
        source.stop();
        print(`running ${source.running}`);
    },
    'dataframe': numbers,
    'error-dataframe': numbers,
    'kill': kill,
    'restart': source => {
        if (GLib.file_test('mark', GLib.FileTest.EXISTS)) {
            deliver(source);
        } else {
            GLib.file_set_contents('mark', '');
            kill(source);
        }
    },
};

function text(data) {
    return data === null ? 'null' : `'${new TextDecoder().decode(data).replaceAll('\0', '%0')}'`;
}

function main() {
    const app = new Qs.Application({run_timeout: 30});
    let topic = null;

    if (['custom-serializer', 'error-serialize'].includes(BEHAVIOUR))
        topic = new Qs.Topic({name: NAME, value_serializer: new Brackets()});
    if (BEHAVIOUR === 'exactly-once')
        app.processing_guarantee = 'exactly-once';
    if (BEHAVIOUR === 'isolation-thread')
        app.isolation = 'thread';
    if (BEHAVIOUR === 'restart') {
        app.max_restarts = 1;
        app.restart_backoff = 0;
    }
    app.connect('source-connected', (_app, source) => print(`connected ${source.name}`));
    app.connect('source-connect-failed', (_app, _source, error) => print(`connect failed: ${error.message}`));

    try {
        const source = new Conformance({name: NAME});
        if (['skip', 'dead-letter'].includes(BEHAVIOUR))
            source.errors = BEHAVIOUR;
        topic = BEHAVIOUR.endsWith('dataframe') ? addDataframe(app, source) : app.add_source(source, topic);
        app.run();
        if (BEHAVIOUR === 'state')
            app.run();
        for (const message of app.embedded_broker?.dup_messages(topic) ?? []) {
            const headers = [...message.headers ?? []].map(([name, value]) => ` ${name}=${text(value)}`);
            print(`message ${text(message.key)} ${text(message.value)}${headers.join('')}`);
        }
        if (BEHAVIOUR === 'dead-letter')
            print(`dead letters ${app.embedded_broker?.dup_messages(`dead-letter__${topic.name}`).length}`);
    } catch (error) {
        print(`error: ${error.message}`);
    }
}

main();
