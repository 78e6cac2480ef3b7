# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is special about JavaScript."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'python'))
from qs_testing import ProgramCase  # noqa: E402

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
        """A run() that returns a promise would end before it has begun: refused"""
        out = self.run_js('''
const Async = GObject.registerClass(class Async extends Qs.Source {
    async vfunc_run() {}
});
const app = new Qs.Application({broker_address: 'embedded'});
app.add_source(new Async({name: 'async'}));
attempt(() => app.run());
''')
        self.assertIn('returned a promise', out)

    def test_garbage(self):
        """No call into JavaScript is lost while it collects its garbage"""
        n_records = 100000
        out = self.run_js(f'''
const Text = GObject.registerClass({{Implements: [Qs.Serializer]}}, class Text extends GObject.Object {{
    vfunc_serialize(value) {{
        return `v${{value}}`;
    }}
}});
const Many = GObject.registerClass(class Many extends Qs.Source {{
    vfunc_run() {{
        for (let i = 0; i < {n_records}; i++)
            this.produce(this.serialize({{value: i}}));
    }}
}});
const app = new Qs.Application({{broker_address: 'embedded'}});
const topic = app.add_source(new Many({{name: 'many'}}),
    new Qs.Topic({{name: 'many', value_serializer: new Text()}}));
let n = 0;
app.connect('source-stats', (_app, _source, stats) => {{ n = Qs.fromVariant(stats)['n-acknowledged']; }});
app.run();
print(n);
''')
        self.assertEqual(out, f'{n_records}\n')
