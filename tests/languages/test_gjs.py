# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is special about JavaScript."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'python'))
from qs_testing import SECONDS, ProgramCase  # noqa: E402

HEAD = '''
import GObject from 'gi://GObject';
import GLib from 'gi://GLib';
import Qs from 'gi://Qs?version=1';
const attempt = function_ => {
    try {
        function_();
        print('nothing was thrown');
    } catch (error) {
        print(`${error.name}: ${error.message}`);
    }
};
'''


class TestGjs(ProgramCase):
    def run_js(self, text):
        result = self.execute('gjs', '-m', self.write(HEAD + text, 'program.js'))
        self.assertEqual(result.status, 0, result.err)
        return result.out

    def test_wrong_names(self):
        """A function that nobody would call is refused, not ignored"""
        out = self.run_js('''
for (const name of ['run', 'setup', 'flush', 'stop'])
    attempt(() => GObject.registerClass({GTypeName: `Wrong${name}`},
        {Wrong: class extends Qs.Source { [name]() {} }}.Wrong));
''')
        for name in 'run', 'setup', 'flush', 'stop':
            self.assertIn(f'defines {name}(), which nobody would call: its name must be '
                          f'vfunc_{name}()', out)
        self.assertEqual(out.count('TypeError'), 4)

    def test_properties(self):
        """An unknown property and an unknown nick throw; plain values do"""
        out = self.run_js('''
const app = new Qs.Application({brokerAddress: 'a:1', producer_config: {'linger.ms': 5}});
print(app.broker_address, JSON.stringify(app.producer_config));
app.isolation = 'thread';
print(app.isolation === Qs.Isolation.THREAD);
attempt(() => { app.isolation = 'treads'; });
attempt(() => { app.broker_adress = 'x'; });
attempt(() => new Qs.Application({isolaton: 'thread'}));
''')
        self.assertIn('a:1 {"linger.ms":"5"}\ntrue\n', out)
        self.assertIn("TypeError: isolation cannot be 'treads'; it is one of 'auto', 'process'", out)
        self.assertIn("broker_adress", out)
        self.assertIn("has no property 'isolaton'", out)
        self.assertNotIn('nothing was thrown', out)

    def test_values(self):
        """Plain values come back equal; integers beyond 53 bits as BigInt"""
        out = self.run_js('''
const values = [null, true, 0, -1, 2 ** 53 - 1, 1.5, 1e300, '', 'ü', [1, [null, 'a']], {a: {b: [2.5]}}];
for (const value of values) {
    const back = Qs.fromVariant(Qs.toVariant(value));
    if (JSON.stringify(back) !== JSON.stringify(value))
        print('wrong', JSON.stringify(value), JSON.stringify(back));
}
for (const big of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n])
    print(Qs.fromVariant(Qs.toVariant(big)) === big);
print(Qs.fromVariant(Qs.toVariant(new Uint8Array([0, 255]))).join());
attempt(() => Qs.toVariant(2n ** 64n));
attempt(() => Qs.toVariant(() => 1));
''')
        self.assertEqual(out.splitlines(), [
            'true', 'true', 'true', '0,255',
            'RangeError: the integer 18446744073709551616 does not fit into 64 bits',
            'TypeError: cannot make a value out of a function'])

    def test_stack(self):
        """The parent's error has the stack of the worker's"""
        out = self.run_js('''
const Fails = GObject.registerClass(class Fails extends Qs.Source {
    vfunc_run() {
        this.inner();
    }
    inner() {
        throw new RangeError('too far');
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
app.add_source(new Fails({name: 'fails'}));
attempt(() => app.run());
''')
        self.assertIn('RangeError: too far', out)
        self.assertIn('inner@', out)

    def test_promise(self):
        """What would return before its work is done is refused: where it is defined, or when it is seen"""
        out = self.run_js('''
for (const Refused of [class A extends Qs.Source { async vfunc_run() {} },
    class B extends Qs.Source { *vfunc_run() {} }, class C extends Qs.Source { async *vfunc_run() {} },
    class D extends Qs.BaseSource { async vfunc_stop() {} }])
    attempt(() => GObject.registerClass(Refused));
const RESULTS = {promise: Promise.resolve(1), thenable: {then() {}}, generator: (function* () {})()};
const Returns = GObject.registerClass(class Returns extends Qs.Source {
    vfunc_run() {
        return RESULTS[this.name];
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
app.connect('source-failed', (_, source, error) => {
    print(source.name, error.message);
    return true;
});
for (const name of Object.keys(RESULTS))
    app.add_source(new Returns({name}));
app.run();
''')
        for name, kind in ('A.vfunc_run', 'async'), ('B.vfunc_run', 'generator'), \
                ('C.vfunc_run', 'asyncgenerator'), ('D.vfunc_stop', 'async'):
            self.assertIn(f'TypeError: {name}() is an {kind} function', out)
        for name, kind in ('promise', 'promise'), ('thenable', 'promise'), ('generator', 'generator'):
            self.assertRegex(out, f'{name} .*vfunc_run\\(\\) returned a {kind}')

    def test_results(self):
        """Whatever run() returns but false is success"""
        out = self.run_js('''
const RESULTS = [0, '', [], {}, null, NaN];
const Returns = GObject.registerClass(class Returns extends Qs.Source {
    vfunc_run() {
        return RESULTS[this.name];
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
for (const i of RESULTS.keys())
    app.add_source(new Returns({name: `${i}`}));
print(app.run());
''')
        self.assertEqual(out, 'true\n')

    def test_early_register_class(self):
        """run() of a class is called once, whoever registers it; what it returns is no riddle"""
        path = self.write('''
imports.gi.versions.Qs = '1';
const {GObject} = imports.gi;
const {registerClass} = GObject;            // before the library is loaded
const {Qs} = imports.gi;
const Once = registerClass({GTypeName: 'NameOfItsOwn'}, class Once extends Qs.Source {
    vfunc_run() {
        print('run');
        this.produce({value: 'x'});
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
const topic = app.add_source(new Once({name: 'once'}));
app.run();
print(app.embedded_broker.dup_messages(topic).length);
''', 'program.js')
        self.assertEqual(self.execute('gjs', path).out, 'run\n1\n')

    def test_false(self):
        """An explicit false is a failure that says so, and run() is called once"""
        out = self.run_js('''
const False = GObject.registerClass(class False extends Qs.Source {
    vfunc_run() {
        print('called');
        return false;
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
app.add_source(new False({name: 'false'}));
attempt(() => app.run());
''')
        self.assertEqual(out.count('called'), 1)
        self.assertIn('vfunc_run() returned false, which is a failure', out)

    def test_async(self):
        """run_async() is a promise, and GLib's main context has its turns"""
        out = self.run_js('''
const One = GObject.registerClass(class One extends Qs.Source {
    vfunc_run() {
        this.produce({value: 'x'});
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
app.add_source(new One({name: 'one'}));
GLib.idle_add(GLib.PRIORITY_DEFAULT, () => print('a turn'));
print(await app.run_async());
const Fails = GObject.registerClass(class Fails extends Qs.Source {
    vfunc_run() {
        throw new RangeError('too far');
    }
});
const failing = new Qs.Application({broker_address: 'embedded'});
failing.add_source(new Fails({name: 'fails'}));
await failing.run_async().catch(error => print(error.message.split('\\n')[0]));
''')
        self.assertRegex(out, r"^a turn\ntrue\n(.*\n)*source 'fails' .*: too far")

    def test_stop(self):
        """vfunc_stop() is called by the main context that vfunc_run() iterates, whatever its type's name"""
        path = self.write(HEAD + '''
const Loops = GObject.registerClass({GTypeName: 'NameOfItsOwn'}, class Loops extends Qs.Source {
    vfunc_run() {
        this._loop = new GLib.MainLoop(null, false);
        print('runs');
        this._loop.run();
        print('ends');
    }
    vfunc_stop() {
        print('is stopped');
        this._loop.quit();
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
app.add_source(new Loops({name: 'loops'}));
attempt(() => app.run());
''', 'program.js')
        self.assertEqual(self.terminate('gjs', '-m', path), 'is stopped\nends\nnothing was thrown\n')

    COUNT = '''
const held = [];
// With garbage to collect: some of what is made lives for a while.
const work = i => {
    held.push(Array.from({length: SIZE}, (_, k) => ({i, k: `${i}-${k}`})));
    if (held.length > 3000)
        held.shift();
};
const Text = GObject.registerClass({Implements: [Qs.Serializer]}, class Text extends GObject.Object {
    vfunc_serialize(value) {
        work(value);
        return `v${value}`;
    }
    vfunc_deserialize(data) {
        work(0);
        return Number(new TextDecoder().decode(data).slice(1));
    }
});
const Many = GObject.registerClass(class Many extends Qs.Source {
    vfunc_run() {
        for (let i = 0; i < N; i++)
            this.produce(this.serialize({value: i}));
    }
});
const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', drain: true});
const topic = new Qs.Topic({name: 'many', value_serializer: new Text()});
app.add_source(new Many({name: 'many'}), topic);
let [seen, wrong, kept] = [0, 0, 0];
app.dataframe({topic}).filter(value => {
    work(value);
    wrong += value !== seen++;
    return value % 2 === 0;
}).sink(() => {
    kept++;
});
app.run();
print(seen, wrong, kept);
'''

    def count(self, text, n_records, timeout=SECONDS):
        result = self.execute('gjs', '-m', self.write(HEAD + text + self.COUNT, 'program.js'),
                              timeout=timeout)
        self.assertEqual(result.out, f'{n_records} 0 {n_records // 2}\n', result.err)

    def test_many(self):
        """A serializer and a filter in JavaScript lose no record (QSOURCE_TEST_RECORDS)"""
        n_records = int(os.environ.get('QSOURCE_TEST_RECORDS', 20000))
        self.count(f'const [N, SIZE] = [{n_records}, 1];', n_records, SECONDS + n_records / 500)

    def test_lost_calls(self):
        """Calls that GJS refuses while it collects garbage are made again"""
        # Without the collections by which the override avoids this.
        self.count("const [N, SIZE] = [10000, 200]; imports.system.gc = () => {};", 10000)
