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
            'RangeError: the integer 18446744073709551616 does not fit into 64 bits; use a string',
            'TypeError: a function is no value of JSON; call it, and give what it returns'])

    # What JSON.stringify() would change or lose is written by a rule, or refused.
    WRITTEN = {
        "'a\\0b'": r'"a\u0000b"',
        "{'k\\0': [-0, 1.0, 2 ** 53, 1e300, 0.1]}": r'{"k\u0000":[-0.0,1,9.007199254740992e+15,1e+300,0.1]}',
        '2n ** 63n': '9223372036854775808',
        '[NaN, -Infinity]': '[null,null]',
        'new Date(5)': '"1970-01-01T00:00:00.005Z"',
        '{toJSON() { return {x: [1]}; }}': '{"x":[1]}',
        "new Map([['a', 1]])": '{"a":1}',
        "[new Number(4), new String('x'), new Boolean(false), Object(5n)]": '[4,"x",false,5]',
        'JSON.parse(\'{"__proto__": {"x": 1}}\')': '{"__proto__":{"x":1}}',
        'new (class P { x = 1; })()': '{"x":1}',
        'Object.create(null)': '{}',
        "'\\\\ud800'": r'"\\ud800"',
        "new GLib.Variant('a{sv}', {a: GLib.Variant.new_int64(4)})": '{"a":4}',
    }
    REFUSED = {
        'new Set([1])': 'of the type Set .* use an array', 'new Map([[1, 2]])': 'a Map has a number as a key',
        '/x/': 'RegExp', 'new Date(NaN)': 'invalid Date', 'new Uint8Array(3)': 'Uint8Array .*array of numbers',
        'new Float64Array(2)': 'Float64Array', 'new ArrayBuffer(2)': 'ArrayBuffer', 'new Qs.Topic("x")': 'GObject_Object',
        'new GLib.Bytes([1])': 'GLib_Bytes', 'GLib.DateTime.new_now_utc()': 'GLib_DateTime', '[1, , 3]': 'hole',
        '[1, undefined]': r'undefined .*at \[1\]', '{a: undefined}': r'undefined .*at \.a', '2n ** 64n': '64 bits',
        'Symbol("a")': 'a symbol', '{[Symbol("a")]: 1}': 'a Symbol as a key', '{a: [{b: () => 1}]}': r'at \.a\[0\]\.b',
        "'\\ud800'": 'surrogate', "{'\\udc00': 1}": 'surrogate', 'cyclic': 'contains itself', 'nested(5000)': '500 deep',
        'new Error("x")': 'Error', 'Promise.resolve(1)': 'Promise', '(function* () {})()': 'Generator',
        '{get a() { throw new Error("getter"); }}': 'getter',
    }

    def test_exact(self):
        """A value is exact, converted by a rule, or refused with its type and what to use"""
        out = self.run_js('''
const cyclic = {};
cyclic.a = [cyclic];
const nested = n => n ? [nested(n - 1)] : 1;
const topic = new Qs.Topic('exact');
const text = value => new TextDecoder().decode(topic.serialize({value}).value);
''' + ''.join(f'attempt(() => print(text({value})));\n' for value in self.WRITTEN) +
                          ''.join(f'attempt(() => print(text({value})));\n' for value in self.REFUSED) +
                          'print(text(nested(499)).length);\n')
        lines = [line for line in out.splitlines() if line != 'nothing was thrown']
        self.assertEqual(lines[:len(self.WRITTEN)], list(self.WRITTEN.values()))
        for line, (value, error) in zip(lines[len(self.WRITTEN):], self.REFUSED.items()):
            self.assertRegex(line, f"^[A-Za-z]*Error: Cannot serialize a value for topic 'exact': .*{error}", value)
        self.assertEqual(lines[len(self.WRITTEN) + len(self.REFUSED):], ['999'])

    def test_parts(self):
        """Keys, headers and timestamps are exact, or refused"""
        out = self.run_js('''
const topic = new Qs.Topic('parts');
const made = topic.serialize({key: 'a\\0b', headers: {h: 'x\\0'}, timestamp: new Date(7)});
print(made.key.length, [...made.headers][0][1].length, made.timestamp);
for (const wrong of [{key: 5}, {key: '\\ud800'}, {headers: {'a\\0': 'x'}}, {headers: {a: 5}}, {headers: [5]},
    {headers: {'\\ud800': ''}}, {timestamp: -5}, {timestamp: 1.5}, {timestamp: '5'}])
    attempt(() => topic.serialize(wrong));
''')
        self.assertEqual(out.splitlines()[0], '3 2 7')
        for line, error in zip(out.splitlines()[1:], [
                'takes bytes', 'surrogate', 'no NUL', 'not a number', 'a pair of a name and a value, not a number',
                'surrogate', 'not -5', 'not 1.5', 'not a string']):
            self.assertIn(error, line)

    def test_numbers(self):
        """A property refuses a number or a boolean that GJS would change"""
        wrong = ["max_restarts: 1.5", "max_restarts: 2 ** 40", "max_restarts: '5'", "max_restarts: NaN", "runCount: -1",
                 "drain: 'false'", "drain: 2", "commit_interval: '5'"]
        out = self.run_js(''.join(f"attempt(() => new Qs.Application({{broker_address: 'embedded', {one}}}));\n" for one in wrong) + '''
const app = new Qs.Application({broker_address: 'embedded', max_restarts: 5, drain: true, commit_interval: 2.5, run_count: 2 ** 40});
attempt(() => { app.drain = 'no'; });
print(app.max_restarts, app.drain, app.commit_interval, app.run_count);
''')
        lines = out.splitlines()
        self.assertEqual(lines[-1], '5 true 2.5 1099511627776')
        for line, one in zip(lines, [*wrong, "drain: 'no'"], strict=False):
            self.assertRegex(line, r'(max-restarts|run-count) is an integer|drain is true or false|commit-interval is a number', one)
        self.assertEqual(len(lines), len(wrong) + 2, out)

    # Each was a null, another partition or no end instead; with what is said about it.
    LOST = {
        "produce({val: 'x'})": "knows no 'val': its names are key, value, headers, timestamp, partition",
        "produce('x')": 'an object of key, value, headers, timestamp, partition, not a string',
        "produce(['k', 'v'])": 'not a value of the type Array',
        "produce(new Uint8Array(2))": 'not a value of the type Uint8Array',
        'produce(new Date())': 'not a value of the type Date',
        'serialize({val: 1})': "knows no 'val'",
        'serialize(5)': 'not a number',
        "produce({value: 'x', partition: 1.5})": 'not 1.5',
        "produce({value: 'x', partition: NaN})": 'not NaN',
        "produce({value: 'x', partition: '0'})": 'not a string',
        "produce({value: 'x', partition: 2 ** 31})": 'not 2147483648',
        "produce({value: '', partition: -2})": 'not -2',
        'serialize({value: 1, partition: -2})': 'not -2',
        "produce({value: 'x', headers: [['a']]})": 'not an array of 1',
        "produce({value: 'x', headers: [['a', 'b', 'c']]})": 'not an array of 3',
        'wait(NaN)': 'not NaN',
        "wait('x')": 'not a string',
        'flush(NaN)': 'not NaN',
        'state.set("k", 1, NaN)': 'not NaN',
        'state.set("k", 1, "5")': 'not a string',
        'state.current = 5': 'not extensible',
        'topic.n_partitons = 5': 'not extensible',
    }

    def test_lost(self):
        """What nobody would read, and a number that is none, is refused, whatever errors says"""
        out = self.run_js('''
const Lost = GObject.registerClass(class Lost extends Qs.StatefulSource {
    vfunc_run() {
''' + ''.join(f'attempt(() => this.{call});\n' for call in self.LOST) + '''
        this.produce(this.serialize({value: 1, partition: 0}));
    }
});
const app = new Qs.Application({broker_address: 'embedded', run_timeout: 30});
const other = new Qs.Application({broker_address: 'embedded'});     // never run
attempt(() => other.dataframe({src: new Lost({name: 'lost'})}));
attempt(() => other.dataframe({topic: 'x'}).to_topic('y', {keys: 'k'}));
attempt(() => other.dataframe({topic: 'x'}).to_topic('y', () => 'k'));
const topic = app.add_source(new Lost({name: 'lost'}), new Qs.Topic('lost'));
app.run();
if (!Qs.is_worker())
    print(app.embedded_broker.dup_messages(topic).length);
''')
        lines = [line for line in out.splitlines() if 'src' not in line and 'to_topic()' not in line]
        self.assertEqual(len(lines), len(self.LOST) + 1, out)
        for line, (call, error) in zip(lines, self.LOST.items()):
            self.assertIn(error, line, call)
        self.assertEqual(lines[-1], '1')
        # Said by the worker, too.
        self.assertEqual(out.count("dataframe() knows no 'src'"), 2, out)
        self.assertEqual(out.count("to_topic() knows no 'keys'"), 2, out)
        self.assertEqual(out.count('to_topic() takes an object of key, not a function'), 2, out)

    def test_own_serializers(self):
        """Functions and objects are serializers, and get values of JavaScript as they are"""
        out = self.run_js('''
const decode = data => new TextDecoder().decode(data);
const own = {serialize: date => `<${date.getTime()}>`, deserialize: data => new Date(Number(decode(data).slice(1, -1)))};
for (const value_serializer of [own, own.serialize])
    print(decode(new Qs.Topic({name: 'own', value_serializer}).serialize({value: new Date(5)}).value));
for (const wrong of [{}, 5, {serialize: async () => 1}])
    attempt(() => new Qs.Topic({name: 'own', value_serializer: wrong}));
attempt(() => new Qs.Topic({name: 'own', value_serializer: () => undefined}).serialize({value: 1}));
''')
        lines = out.splitlines()
        self.assertEqual(lines[:2], ['<5>', '<5>'])
        for line, error in zip(lines[2:], ['not a value of the type Object', 'not a number', 'an async function',
                                           'returned nothing']):
            self.assertIn(error, line)

    def test_skip(self):
        """errors = 'skip' and 'dead-letter' hold for whatever can't be serialized"""
        out = self.run_js('''
const BAD = [() => 1, Symbol('a'), '\\ud800', Object.create(null, {x: {enumerable: true, get() { throw 5; }}}), new Set()];
BAD.push([BAD]);
const Bad = GObject.registerClass(class Bad extends Qs.Source {
    vfunc_run() {
        for (const value of BAD) {
            this.produce_value(null, value);
            this.produce(this.serialize({value}));
            this.produce({value: this.serialize({value}).value});
        }
        this.produce({value: 'good', headers: {'\\ud800': ''}});
        this.produce({value: 'good', timestamp: 0.5});
        this.produce_value(null, 1);
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
for (const errors of ['skip', 'dead-letter'])
    app.add_source(new Bad({name: errors, errors}));
app.run();
for (const topic of ['source__skip', 'source__dead-letter', 'dead-letter__source__dead-letter'])
    print(app.embedded_broker.dup_messages(topic).length);
''')
        self.assertEqual(out.split(), ['1', '1', '20'])

    def test_state(self):
        """A state keeps keys and values as they are; a stored null is null; set() takes a ttl"""
        out = self.run_js('''
const Keeps = GObject.registerClass(class Keeps extends Qs.StatefulSource {
    vfunc_run() {
        const values = {a: 1, 'a\\0b': 'x\\0y', 'a\\0c': null, '': {}, big: 2n ** 62n, f: -0, p: JSON.parse('{"__proto__":1}')};
        for (const [key, value] of Object.entries(values))
            this.state.set(key, value);
        this.flush();
        for (const [key, value] of Object.entries(values)) {
            const back = this.state.get(key, 'fallback');
            const same = value instanceof Object ? JSON.stringify(back) === JSON.stringify(value) : Object.is(back, value);
            if (!same || !this.state.contains(key))
                print('wrong', key);
        }
        print(this.state.get('missing', 'fallback'), JSON.stringify(this.state.keys('a')));
        this.state.set_with_ttl('short', 'x', 0.05);
        print(this.state.get_with_fallback('missing', 'other'));
        this.flush();
        this.wait(0.2);
        print(this.state.get('short'));
        for (const wrong of [NaN, undefined, 2n ** 63n, new Set(), '\\ud800', [() => 1]])
            attempt(() => this.state.set('wrong', wrong));
        for (const wrong of [5, null, '\\ud800', Symbol('a')])
            attempt(() => this.state.set(wrong, 1));
        print(this.state.contains('wrong'));
    }
});
const app = new Qs.Application({broker_address: 'embedded'});
app.add_source(new Keeps({name: 'keeps'}));
app.run();
''')
        lines = out.splitlines()
        self.assertEqual(lines[:3], [r'fallback ["a","a\u0000b","a\u0000c"]', 'other', 'null'])
        for line, error in zip(lines[3:13], ['NaN', 'undefined', 'int64', 'Set', 'surrogate', 'a function', 'not a number',
                                             'not null', 'surrogate', 'not a symbol']):
            self.assertIn(error, line)
        self.assertEqual(lines[13:], ['false'])

    def test_end(self):
        """A worker ends as GJS ends: what holds streams is let go of, and they are written out"""
        for run in ('app.run()', 'await app.run_async()'):
            for end in ('', "throw new Error('sorry');"):
                with self.subTest(run=run, end=end):
                    kept = self.directory / 'kept'
                    kept.unlink(missing_ok=True)
                    out = self.run_js(f'''
import Gio from 'gi://Gio';
class Some extends Qs.Source {{
    static {{ GObject.registerClass(this); }}
    vfunc_run() {{
        const file = Gio.File.new_for_path('{kept}').replace(null, false, Gio.FileCreateFlags.NONE, null);
        globalThis.kept = Gio.BufferedOutputStream.new(file);
        globalThis.kept.write_all(new TextEncoder().encode('text'), null);
        {end}
    }}
}}
const app = new Qs.Application({{broker_address: 'embedded'}});
app.add_source(new Some({{name: 'some'}}));
try {{
    {run};
}} catch (error) {{
    print(error.message);
}}
print(Qs.is_worker() ? 'the worker goes on' : 'done');
''')
                    self.assertEqual(kept.read_text(), 'text')
                    self.assertEqual(out.splitlines()[-1], 'done')
                    self.assertNotIn('the worker goes on', out)
                    self.assertEqual('sorry' in out, bool(end), out)

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
        self.assertNotIn('overrides/', out)

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
            self.assertRegex(out, rf'TypeError: {name}\(\) is an? {kind} function')
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

    def test_steps(self):
        """A step that returns before its work is done is refused, where it is given or when it comes"""
        out = self.run_js('''
const One = GObject.registerClass(class One extends Qs.Source {
    vfunc_run() {
        this.produce({value: '{"__proto__":{"x":1}}'});
    }
});
const frame = () => {
    const app = new Qs.Application({broker_address: 'embedded', drain: true});
    return [app, app.dataframe(null, new One({name: 'one'}))];
};
for (const step of ['apply', 'filter', 'update', 'sink']) {
    attempt(() => frame()[1][step](async () => true));
    attempt(() => frame()[1][step](function* () {}));
    attempt(() => frame()[1][step](5));
    const [app, sdf] = frame();
    sdf[step](() => Promise.resolve(true));
    attempt(() => app.run());
}
for (const items of [[1, , 3], new Array(2), new Set([1]), 'text', 5]) {
    const [app, sdf] = frame();
    sdf.expand(() => items).sink(value => print('passed on', value));
    attempt(() => app.run());
}
const [app, sdf] = frame();
sdf.apply(value => value).sink(value => print(JSON.stringify(value)));
app.run();
''')
        for step in 'apply', 'filter', 'update', 'sink':
            self.assertIn(f'TypeError: the function of {step}() is an async function', out)
            self.assertIn(f'TypeError: the function of {step}() is a generator function', out)
            self.assertIn(f'TypeError: the function of {step}() must be a function, not a number', out)
            self.assertIn(f'the function of {step}() returned a promise', out)
        for error in 'with a hole at 1', 'with a hole at 0', 'the type Set', 'a string', 'a number':
            self.assertRegex(out, f'Cannot expand .*{error}')
        self.assertNotIn('passed on', out)
        self.assertEqual(out.splitlines()[-1], '{"__proto__":{"x":1}}')

    def test_dataframe(self):
        """Values are passed on as they are; branches are nothing to each other; nothing foreign ends it"""
        out = self.run_js('''
const Foreign = GObject.registerClass(class Foreign extends Qs.Source {
    vfunc_run() {
        for (const value of ['{"a":"x\\\\u0000y","n":[1]}', '{"a":9223372036854775807}', '{"__proto__":{"a":1},"a":2}'])
            this.produce({key: 'k\\0', value, headers: {h: '\\0'}, timestamp: 5});
        this.produce({});
    }
});
const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', drain: true});
const frame = app.dataframe({source: new Foreign({name: 'foreign'})});
frame.print();
const seen = [];
const dates = frame.filter(value => value !== null).apply(value => {
    value.changed = new Date(7);
    return value;
});
dates.sink(value => seen.push(value.changed.getTime()));
frame.sink((value, record) => seen.push(value && `changed` in value, record.key, record.offset, record.timestamp));
const changed = dates.apply(value => ({a: [value.a, 1]})).set_headers(() => ({x: 'y'})).set_timestamp((_, record) => record.timestamp + 1);
changed.expand(value => value.a).concat(dates).to_topic('out', {key: (value, record) => `${record.offset}`});
changed.sink((value, record) => seen.push([...record.headers][0][0], record.timestamp));
app.run();
print(JSON.stringify(seen));
for (const message of app.embedded_broker.dup_messages('out'))
    print(new TextDecoder().decode(message.key), new TextDecoder().decode(message.value), message.timestamp, [...message.headers ?? []].length);
''')
        lines = out.splitlines()
        self.assertEqual(lines[:4], [r'{"a":"x\u0000y","n":[1]}', '{"a":9223372036854775807}',
                                     '{"__proto__":{"a":1},"a":2}', 'null'])
        self.assertEqual(lines[4].count('false'), 3)
        self.assertEqual(lines[4].count('"x",6'), 3)
        self.assertEqual(lines[4].count('{"0":107,"1":0}'), 3)
        self.assertIn(',null,null,3,', lines[4])
        self.assertEqual(lines[5:8], [r'0 "x\u0000y" 6 1', '0 1 6 1', r'0 {"a":"x\u0000y","n":[1],"changed":"1970-01-01T00:00:00.007Z"} 5 1'])
        self.assertEqual(len(lines), 14)

    def test_rows(self):
        """dup_rows() has what came out of each branch, as records of plain values"""
        out = self.run_js('''
const Three = GObject.registerClass(class Three extends Qs.Source {
    vfunc_run() {
        for (const value of ['1', '[9223372036854775807]', null])
            this.produce({key: 'k', value, timestamp: 5});
    }
});
const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', drain: true,
    collect: true});
const frame = app.dataframe({source: new Three({name: 'three'})});
frame.apply(value => ({value})).set_timestamp(() => 7).set_headers(() => ({h: 'x'}));
frame.filter(value => value === 1);
frame.filter(value => value === null);
app.run();
for (const row of app.dup_rows())
    print(row.topic, row.offset, new TextDecoder().decode(row.key), row.timestamp, [...row.headers ?? []].length,
        JSON.stringify(row.value, (_, item) => typeof item === 'bigint' ? `${item}` : item), row.get_value() === null);
app.collect = false;
app.run();
print(app.dup_rows().length);
''')
        self.assertEqual(out.splitlines(), [
            'source__three 0 k 7 1 {"value":1} false', 'source__three 0 k 5 0 1 false',
            'source__three 1 k 7 1 {"value":["9223372036854775807"]} false',
            'source__three 2 k 7 1 {"value":null} false', 'source__three 2 k 5 0 null true', '0'])

    def test_dataframe_errors(self):
        """An error of a step is asked about once, has the step, and its cause is what was thrown"""
        out = self.run_js('''
const Numbers = GObject.registerClass(class Numbers extends Qs.Source {
    vfunc_run() {
        for (let i = 0; i < 3; i++)
            this.produce({value: `${i}`});
        this.produce({value: 'no JSON'});
    }
});
const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', drain: true});
const frame = app.dataframe({source: new Numbers({name: 'numbers'})});
frame.apply(value => {
    if (value > 0)
        throw new RangeError(`${value} is too far`);
    return value;
});
frame.sink(value => print('other branch', value));
app.connect('processing-error', (_, record, error) => {
    print('asked', record.offset, error.message);
    return record.offset === 1;
});
app.connect('consumer-error', () => true);
try {
    app.run();
} catch (error) {
    print(error.cause instanceof RangeError, error.cause.message, error.message);
}
''')
        lines = out.splitlines()
        self.assertEqual(lines[0], 'other branch 0')
        self.assertRegex(lines[1], r"^asked 1 Cannot process the record of topic .*, offset 1 in step 1 \(apply\): RangeError: 1 is too far")
        self.assertEqual(lines[2], 'other branch 1')
        self.assertRegex(lines[3], r'^asked 2 .*: RangeError: 2 is too far')
        self.assertRegex(lines[4], r'^true 2 is too far Cannot process the record .*offset 2 in step 1 \(apply\): RangeError')
        self.assertEqual(len(lines), 5)

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
const say = Qs.is_worker() ? () => null : print;
GLib.idle_add(GLib.PRIORITY_DEFAULT, () => say('a turn'));
say(await app.run_async());
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

    def test_await(self):
        """After an await, run() says what to use, and run_async() leaves a source its promises"""
        out = self.run_js('''
const sleep = ms => new Promise(resolve => GLib.timeout_add(GLib.PRIORITY_DEFAULT, ms, () => {
    resolve();
    return GLib.SOURCE_REMOVE;
}));
const Waits = GObject.registerClass(class Waits extends Qs.Source {
    vfunc_run() {
        const loop = new GLib.MainLoop(null, false);
        sleep(1).then(() => {
            this.produce({value: 'from a promise'});
            loop.quit();
        });
        loop.run();
    }
});
const makeApp = () => new Qs.Application({broker_address: 'embedded', run_timeout: 20});
await sleep(1);
const refused = makeApp();
refused.add_source(new Waits({name: 'refused'}));
if (!Qs.is_worker())
    attempt(() => refused.run());
const app = makeApp();
const topic = app.add_source(new Waits({name: 'waits'}));
print(await app.run_async());
for (const message of app.embedded_broker.dup_messages(topic))
    print(new TextDecoder().decode(message.value));
''')
        self.assertRegex(out, r"^Error: app.run\(\) after an await.* use 'await app.run_async\(\)'\ntrue\n"
                              'from a promise\n$')

    def test_names(self):
        """A name of ours that would mean something else is refused with the reason, any other works"""
        out = self.run_js('''
const REFUSED = ['errors', 'running', 'name', 'state', 'partition', 'shutdownTimeout', 'store_name'];
for (const name of REFUSED) {
    attempt(() => GObject.registerClass({GTypeName: `Method_${name}`},
        {Own: class extends Qs.StatefulSource { [name]() {} }}.Own));
    attempt(() => GObject.registerClass({GTypeName: `Getter_${name}`},
        {Own: class extends Qs.StatefulSource { get [name]() { return 1; } }}.Own));
}
const Field = GObject.registerClass(class Field extends Qs.Source {
    errors = 0;
});
const app = new Qs.Application({broker_address: 'embedded', run_timeout: 30});
attempt(() => app.add_source(new Field({name: 'field'})));
attempt(() => app.dataframe({source: new Field({name: 'field'})}));
const Own = GObject.registerClass(class Own extends Qs.Source {
    stats = [1];
    producer = 'producer';
    connect() { return 'connect'; }
    get topic() { return 'topic'; }
    status() { return 'status'; }
    state() { return 'state'; }
    vfunc_run() {
        print(this.connect(), this.topic, this.status(), this.state(), this.stats, this.producer);
        attempt(() => { this.errors += 1; });
        this.produce(this.serialize({value: {a: 1}}));
        this.produce_value(null, 5);
        attempt(() => this.produce_value(null, Symbol('a')));
    }
});
const topic = app.add_source(new Own({name: 'own'}));
app.run();
if (!Qs.is_worker())
    print(app.embedded_broker.dup_messages(topic).map(message => new TextDecoder().decode(message.value)));
''')
        lines = [line for line in out.splitlines() if 'cannot define' not in line]
        refused = [line for line in out.splitlines() if 'cannot define' in line]
        n_names = 7
        self.assertEqual(len(refused), 2 * (2 * n_names + 2), out)      # in the worker, too
        self.assertIn('TypeError: Own cannot define errors: errors says what becomes of a record', refused[0])
        self.assertIn('TypeError: Field cannot define the field errors: errors says', refused[2 * n_names])
        self.assertEqual(lines[0], 'connect topic status state 1 producer')
        self.assertRegex(lines[1], '^TypeError: errors cannot be 1 while the source runs')
        self.assertRegex(lines[2], '^TypeError: Cannot serialize a value')
        self.assertEqual(lines[3:], ['{"a":1},5'])

    def test_hostile_values(self):
        """Values that throw whatever is asked of them are skipped as others are"""
        out = self.run_js('''
const {proxy, revoke} = Proxy.revocable({}, {});
revoke();
const fails = () => { throw new RangeError('never'); };
const BAD = [proxy, new Proxy({}, {get: fails, ownKeys: fails, getPrototypeOf: fails}), {get a() { return fails(); }},
    {toJSON: fails}, {toJSON() { throw null; }}, {toString: fails, a: Symbol('a')}, '\\ud800'];
const Bad = GObject.registerClass(class Bad extends Qs.Source {
    vfunc_run() {
        for (const value of BAD) {
            this.produce(this.serialize({key: 'k', value}));
            this.produce(this.serialize({key: value, value: 1}));
            this.produce({key: 'k', value});
            this.produce({value: 'x', headers: {h: value}});
            this.produce_value('k', value);
        }
        this.produce({value: 'good'});
    }
});
const app = new Qs.Application({broker_address: 'embedded', run_timeout: 30});
const topic = app.add_source(new Bad({name: 'bad', errors: 'dead-letter'}));
app.run();
if (!Qs.is_worker()) {
    print(app.embedded_broker.dup_messages(topic).map(message => new TextDecoder().decode(message.value)));
    print(app.embedded_broker.dup_messages(`dead-letter__${topic.name}`).length === BAD.length * 5);
}
''')
        self.assertEqual(out, 'good\ntrue\n')

    def test_thrown(self):
        """Whatever is thrown is an error with a text"""
        out = self.run_js('''
const odd = {get message() { throw new Error('no'); }, toString() { throw new Error('no'); }};
const WHAT = {object: {a: 1}, nothing: null, text: 'a\\0b', symbol: Symbol('s'), odd, cut: new Error('a\\0b')};
const Throws = GObject.registerClass(class Throws extends Qs.Source {
    vfunc_run() {
        if (this.partOf !== 'dataframe')
            throw WHAT[this.name];
        this.produce({value: '1'});
    }
});
for (const part of ['source', 'dataframe']) {
    for (const name of Object.keys(WHAT)) {
        const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', run_timeout: 30});
        const source = new Throws({name});
        source.partOf = part;
        app.dataframe({source}).apply(() => { throw WHAT[part === 'dataframe' ? name : 'none']; });
        try {
            app.run();
        } catch (error) {
            print(error.message.split('\\n')[0]);
        }
    }
}
''')
        texts = ['[object Object]', 'null', 'a\ufffdb', 'Symbol(s)', 'a value of the type Object', 'Error: a\ufffdb']
        for line, text in zip(out.splitlines(), texts * 2):
            self.assertTrue(line.endswith(f': {text}'), (line, text))
        self.assertEqual(len(out.splitlines()), 2 * len(texts))

    def test_error_text(self):
        """The error of a run tells no domain that all exceptions of JavaScript have"""
        out = self.run_js('''
const Fails = GObject.registerClass(class Fails extends Qs.Source {
    vfunc_flush(timeout) {
        if (this.name === 'flush')
            throw new RangeError('in flush');
        super.vfunc_flush(timeout);
    }

    vfunc_run() {
        if (this.name === 'exception')
            throw new RangeError('too far');
        if (this.name === 'error')
            GLib.file_get_contents('/nowhere/at/all');
        this.flush();
    }
});
for (const name of ['exception', 'flush', 'error']) {
    const app = new Qs.Application({broker_address: 'embedded'});
    app.add_source(new Fails({name}));
    try {
        app.run();
    } catch (error) {
        print(error.message.split('\\n')[0]);
    }
}
''')
        lines = out.splitlines()
        self.assertRegex(lines[0], r"^source 'exception' \(pid \d+\): too far$")
        self.assertRegex(lines[1], r"^source 'flush' \(pid \d+\): in flush$")
        self.assertRegex(lines[2], r"^source 'error' \(pid \d+\): .*/nowhere/at/all.*$")
        self.assertNotIn('quark', out)

    def test_fail(self):
        """fail() takes whatever was thrown in a callback, with its stack"""
        out = self.run_js('''
const Waits = GObject.registerClass(class Waits extends Qs.Source {
    vfunc_setup() {
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 10, () => this.fail(new RangeError('in a callback')));
    }
});
const app = new Qs.Application({broker_address: 'embedded', run_timeout: 30});
app.add_source(new Waits({name: 'waits'}));
attempt(() => app.run());
''')
        self.assertRegex(out, "source 'waits' .*RangeError: in a callback")

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
