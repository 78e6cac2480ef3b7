// SPDX-License-Identifier: LGPL-2.1-or-later
// What becomes of JavaScript's everyday types; see test_values_table.py.   gjs -m program.js DIRECTORY

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

function nested(depth) {
    let value = 1;
    for (let i = 0; i < depth; i++)
        value = [value];
    return value;
}

class Point {
    constructor() {
        this.x = 1;
    }
}

const loop = [];
loop.push(loop);
// eslint-disable-next-line no-sparse-arrays
const hole = [1, , 2];

// How it is written in JavaScript, and the value.
const VALUES = new Map([
    ['null', null],
    ['undefined', undefined],
    ['true', true],
    ['5', 5],
    ['2 ** 53', 2 ** 53],
    ['2n ** 63n - 1n', 2n ** 63n - 1n],
    ['2n ** 64n - 1n', 2n ** 64n - 1n],
    ['2n ** 64n', 2n ** 64n],
    ['-0', -0],
    ['2.5', 2.5],
    ['1e300', 1e300],
    ['NaN', NaN],
    ['"text ü"', 'text ü'],
    ['""', ''],
    ['"a\\0b"', 'a\0b'],
    ['"\\ud83d", half a character', '\ud83d'],
    ['new String("a")', new String('a')],
    ['new Number(5)', new Number(5)],
    ['Symbol("a")', Symbol('a')],
    ['[1, "a"]', [1, 'a']],
    ['[1, , 2]', hole],
    ['[undefined]', [undefined]],
    ['{a: null}', {a: null}],
    ['{a: undefined}', {a: undefined}],
    ['{1: 2}', {1: 2}],
    ['{["__proto__"]: 1}', JSON.parse('{"__proto__": 1}')],
    ['{[Symbol("a")]: 1}', {[Symbol('a')]: 1}],
    ['an object of a class', new Point()],
    ['with a toJSON()', {toJSON: () => 'made'}],
    ['new Date(0)', new Date(0)],
    ['new Date(NaN)', new Date(NaN)],
    ['new Map([["a", 1]])', new Map([['a', 1]])],
    ['new Map([[1, 1]])', new Map([[1, 1]])],
    ['new Set([1])', new Set([1])],
    ['/a/', /a/],
    ['new Error("a")', new Error('a')],
    ['a promise', Promise.resolve(1)],
    ['a function', () => 1],
    ['a generator', (function* () {})()],
    ['new Uint8Array([65])', new Uint8Array([65])],
    ['new ArrayBuffer(1)', new ArrayBuffer(1)],
    ['new Float64Array([1])', new Float64Array([1])],
    ['new GLib.Bytes("a")', new GLib.Bytes(new Uint8Array([97]))],
    ['GLib.Variant, of an integer', new GLib.Variant('i', 5)],
    ['GLib.DateTime', GLib.DateTime.new_from_unix_utc(0)],
    ['an object of GObject', new GObject.Object()],
    ['nested 500 deep', nested(500)],
    ['nested 501 deep', nested(501)],
    ['contains itself', loop],
]);

function shorten(text) {
    return text.length <= 40 ? text : `${text.slice(0, 18)}…${text.slice(-6)}`;
}

function showBytes(bytes) {
    if (bytes instanceof GLib.Bytes)
        bytes = bytes.toArray();
    return bytes === null ? 'null' : shorten(new TextDecoder().decode(bytes).replaceAll('\0', '\\0'));
}

function showAll(value) {
    if (Array.isArray(value))
        return `[${value.map(showAll).join(', ')}]`;
    if (value !== null && typeof value === 'object')
        return `{${Object.entries(value).map(([key, item]) => `${key}: ${showAll(item)}`).join(', ')}}`;
    if (typeof value === 'string')
        return JSON.stringify(value);
    return Object.is(value, -0) ? '-0' : typeof value === 'bigint' ? `${value}n` : `${value}`;
}

function attempt(func) {
    try {
        return {is: func()};
    } catch (error) {
        return {refused: `${error}`};
    }
}

const Tell = GObject.registerClass(class Tell extends Qs.StatefulSource {
    _tell(value) {
        let record = {};
        const part = (name, make, get) => attempt(() => {
            const message = this.serialize(make(value));
            record = {...record, [name]: message[name]};
            return showBytes(get(message));
        });
        const told = {
            record: part('value', item => ({value: item}), message => message.value),
            key: part('key', item => ({key: item}), message => message.key),
            header: part('headers', item => ({value: 1, headers: {h: item}}),
                message => [...message.headers][0][1]),
            state: attempt(() => {
                this.state.set('k', value);
                return shorten(showAll(this.state.get('k')));
            }),
        };
        return [told, record];
    }

    vfunc_run() {
        for (const [name, value] of VALUES) {
            const [told, record] = this._tell(value);
            print(JSON.stringify({value: name, ...told}));
            if (told.record.is === undefined)
                continue;
            const headers = [['value', name], ...record.headers ?? []];
            this.produce({key: record.key, value: record.value, headers});
        }
    }
});

const app = new Qs.Application({
    broker_address: 'embedded', state_dir: ARGV[0], auto_offset_reset: 'earliest', drain: true,
});
app.dataframe({source: new Tell({name: 'values'})}).update((value, record) => {
    const [[, name], header] = [...record.headers];
    print(JSON.stringify({
        read: new TextDecoder().decode(name),
        value: shorten(showAll(value)),
        key: showBytes(record.key),
        header: header === undefined ? null : showBytes(header[1]),
    }));
});
app.run();
