// SPDX-License-Identifier: LGPL-2.1-or-later
// The conformance suite's program in JavaScript.   gjs -m program.js BEHAVIOUR NAME

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

const [BEHAVIOUR, NAME] = ARGV;

function fail(where) {
    if (BEHAVIOUR === `error-${where}`)
        throw new RangeError(`broken in ${where}`);
}

const MOMENT = new Date(2026, 1, 2);

// A serializer of Date.
const moments = {
    serialize: value => value.toISOString(),
    deserialize: data => new Date(new TextDecoder().decode(data)),
};

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
        if (['handlers', 'fail'].includes(BEHAVIOUR))
            GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => this._onTime());
    }

    _onTime() {
        if (BEHAVIOUR === 'fail') {
            this.fail(new RangeError('broken in a callback'));
        } else {
            deliver(this);
            this.stop();
        }
        return GLib.SOURCE_REMOVE;
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
        if (['handlers', 'fail'].includes(BEHAVIOUR))
            super.vfunc_run();
        else
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
    app.drain = true;
    if (BEHAVIOUR === 'own-values') {
        const topic = new Qs.Topic({name: NAME, value_serializer: moments});
        app.dataframe({topic, source}).update(value =>
            print(`own ${value instanceof Date && value.getTime() === MOMENT.getTime()}`));
        return topic;
    }
    const frame = app.dataframe({source});
    if (BEHAVIOUR === 'nothing') {
        frame.filter(() => undefined);
        return frame.topic;
    }
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
    'keys': source => {
        source.state.set('k\0b', 1);
        source.state.set('k\0a', 2);
        print(`keys ${source.state.keys('k').join(' ').replaceAll('\0', '%0')}`);
    },
    'own-values': source => source.produce(source.serialize({value: MOMENT})),
    'too-deep': source => {
        let value = [];
        for (let i = 0; i < 1000; i++)
            value = [value];
        try {
            source.serialize({value});
        } catch (error) {
            print(`refused: ${error.message}`);
        }
        deliver(source);
    },
    'error-domain': () => {
        throw new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND, 'it is gone');
    },
    'nothing': source => source.produce({value: '1'}),
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

async function runAsync(app) {
    GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
        if (!Qs.is_worker())
            print('turn');
        return GLib.SOURCE_REMOVE;
    });
    await app.run_async();
    print('done');
}

const Splits = GObject.registerClass(class Splits extends Qs.SplitSource {
    vfunc_list_splits() {
        return ['b', 'a'];
    }

    vfunc_run_splits() {
        for (const split of this.get_splits()) {
            const state = this.get_split_state(split);
            state.set('n', state.get('n', 0) + 1);
            this.produce({value: `${split} ${state.get('n')} of ${state.keys().length}`});
        }
    }
});

async function main() {
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
    if (BEHAVIOUR === 'sharing') {
        app.standby_replicas = -1;
        app.instance_id = 'one';
        print(`sharing ${app.standby_replicas} ${app.instance_id} ${app.leave_on_stop}`);
    }
    app.connect('source-connected', (_app, source) => print(`connected ${source.name}`));
    app.connect('source-connect-failed', (_app, _source, error) => print(`connect failed: ${error.message}`));

    app.connect('source-failed', (_app, _source, error) => {
        if (BEHAVIOUR === 'error-domain')
            print(`failed ${GLib.quark_to_string(error.domain)} ${error.code}`);
        return false;
    });

    try {
        const source = BEHAVIOUR === 'splits' ? new Splits({name: NAME}) : new Conformance({name: NAME});
        if (['skip', 'dead-letter'].includes(BEHAVIOUR))
            source.errors = BEHAVIOUR;
        topic = BEHAVIOUR.endsWith('dataframe') || ['own-values', 'nothing'].includes(BEHAVIOUR) ? addDataframe(app, source) : app.add_source(source, topic);
        if (BEHAVIOUR === 'async')
            await runAsync(app);
        else
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

await main();
