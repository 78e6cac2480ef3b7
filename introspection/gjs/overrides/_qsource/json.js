// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Values of JavaScript to JSON and back: each is exact, converted by a rule that
// doc/languages.md has, or refused with its type and what to use.

/* exported describe, describeThrown, checkText, write, read */

// As deep as the library reads.
const MAX_DEPTH = 500;

// What native functions do right; deeper or other values go the long way.
const PLAIN_DEPTH = 64;

// How much of the path to a value an error contains.
const MAX_PATH = 12;

// Half of a surrogate pair.
const LONE = /\p{Surrogate}/u;
const LONE_ESCAPE = /\\ud[89a-f]/;

// Numbers that JSON.parse() might change.
const UNSAFE_NUMBER = /\d{16}|\d[eE]/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

const plainPrototypes = new Set([Object.prototype, null]);

// ---- What a value is ----

function tagOf(value) {
    return Object.prototype.toString.call(value).slice(8, -1);
}

// Its type, as an error names it.
function describe(value) {
    if (value === null || value === undefined)
        return `${value}`;
    if (typeof value !== 'object')
        return `a ${typeof value}`;
    let name = 'Object';
    try {
        name = tagOf(value);
        if (name === 'Object' && typeof value.constructor?.name === 'string' && value.constructor.name)
            ({name} = value.constructor);
    } catch {
        // Whatever its constructor does.
    }
    return `a value of the type ${name}`;
}

// What somebody threw, as text that C can hold, whatever it does when it is asked.
function describeThrown(error) {
    let text;
    try {
        text = String(error);
    } catch {
        text = describe(error);
    }
    return text.replace(/\p{Surrogate}|\0/gu, '\ufffd');
}

const ADVICE = {
    function: 'call it, and give what it returns',
    symbol: 'use a string',
    Set: 'use an array: [...set]',
    WeakSet: 'use an array',
    WeakMap: 'use an object',
    RegExp: 'use its source, a string',
    Promise: 'wait for it, and give what it resolves to',
    Error: 'use its message, a string',
    ArrayBuffer: 'use an array of numbers, or produce it as bytes',
};

function adviseOn(value) {
    if (typeof value !== 'object')
        return ADVICE[typeof value];
    if (isForeign(value))
        return 'use an object of its values';
    if (ArrayBuffer.isView(value))
        return 'use an array of numbers, or produce it as bytes';
    return ADVICE[tagOf(value)] ?? 'use an object of its values, or give it a toJSON()';
}

// One of GObject Introspection, whose content is no property of JavaScript's.
function isForeign(value) {
    const prototype = Object.getPrototypeOf(value);
    return !plainPrototypes.has(prototype) && prototype.constructor?.$gtype !== undefined;
}

function isLone(text) {
    return LONE.test(text);
}

function checkText(what, text) {
    if (isLone(text))
        throw new TypeError(`${what} has half of a surrogate pair, which is no text; take it out, or use bytes`);
    return text;
}

// ---- Writing ----

// Whether JSON.stringify() writes @value exactly.
function isPlain(value, depth) {
    switch (typeof value) {
    case 'string':
    case 'boolean':
        return true;
    case 'number':
        return Number.isInteger(value)
            ? Number.isSafeInteger(value) && !Object.is(value, -0) : Number.isFinite(value);
    case 'object':
        break;
    default:
        return false;
    }
    if (value === null)
        return true;
    if (depth === 0)
        return false;
    if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) {
            if (!isPlain(value[i], depth - 1))
                return false;
        }
        return true;
    }
    if (!plainPrototypes.has(Object.getPrototypeOf(value)) || Object.getOwnPropertySymbols(value).length)
        return false;
    for (const key of Object.keys(value)) {
        if (!isPlain(value[key], depth - 1))
            return false;
    }
    return true;
}

class Writer {
    // @exact: what JSON has no word for is refused; otherwise NaN and the infinities
    // become null.
    constructor(exact) {
        this._exact = exact;
        this._path = [];
        this._parents = [];
    }

    _fail(Type, text) {
        const path = this._path.slice(0, MAX_PATH)
            .map(key => typeof key === 'number' ? `[${key}]` : `.${key}`).join('')
            .replace(/\p{Surrogate}|\0/gu, '\ufffd');
        const rest = this._path.length > MAX_PATH ? '…' : '';
        throw new Type(path ? `${text} (at ${path}${rest})` : text);
    }

    _refuse(value) {
        this._fail(TypeError, `${describe(value)} is no value of JSON; ${adviseOn(value)}`);
    }

    _string(value) {
        if (isLone(value))
            this._fail(TypeError, 'a string has half of a surrogate pair, which is no text; take it out');
        return JSON.stringify(value);
    }

    _number(value) {
        if (!Number.isFinite(value)) {
            if (this._exact)
                this._fail(RangeError, `${value} is no number of JSON; use null or a string`);
            return 'null';
        }
        if (Object.is(value, -0))
            return '-0.0';
        // So that nobody reads it as an integer, of which it has too few digits.
        if (Number.isInteger(value) && !Number.isSafeInteger(value))
            return value.toExponential();
        return JSON.stringify(value);
    }

    _bigint(value) {
        if (value < MIN_INT64 || value > MAX_UINT64)
            this._fail(RangeError, `the integer ${value} does not fit into 64 bits; use a string`);
        return `${value}`;
    }

    _items(value) {
        const parts = [];
        for (let i = 0; i < value.length; i++) {
            this._path.push(i);
            if (!(i in value))
                this._fail(TypeError, 'an array has a hole; use null');
            parts.push(this.write(value[i]));
            this._path.pop();
        }
        return `[${parts.join(',')}]`;
    }

    _members(pairs) {
        const parts = [];
        for (const [key, item] of pairs) {
            if (typeof key !== 'string')
                this._fail(TypeError, `a Map has ${describe(key)} as a key; a key of JSON is a string`);
            this._path.push(key);
            parts.push(`${this._string(key)}:${this.write(item)}`);
            this._path.pop();
        }
        return `{${parts.join(',')}}`;
    }

    _object(value) {
        if (Array.isArray(value))
            return this._items(value);
        if (value instanceof Map)
            return this._members(value);
        if (tagOf(value) !== 'Object' || isForeign(value))
            this._refuse(value);
        if (Object.getOwnPropertySymbols(value).length)
            this._fail(TypeError, 'an object has a Symbol as a key; a key of JSON is a string');
        return this._members(Object.entries(value));
    }

    _container(value) {
        if (typeof value.toJSON === 'function') {
            const made = value.toJSON(`${this._path[this._path.length - 1] ?? ''}`);
            if (made === null && value instanceof Date)
                this._fail(RangeError, 'an invalid Date is no value of JSON; use null');
            if (made !== value)
                return this._nested(value, () => this.write(made));
        }
        if (value instanceof Number || value instanceof String || value instanceof Boolean ||
            value instanceof BigInt)
            return this.write(value.valueOf());
        return this._nested(value, () => this._object(value));
    }

    _nested(value, write) {
        if (this._parents.includes(value))
            this._fail(TypeError, 'a value contains itself; JSON has no word for that');
        if (this._parents.length >= MAX_DEPTH)
            this._fail(RangeError, `arrays and objects are nested more than ${MAX_DEPTH} deep; use fewer`);
        this._parents.push(value);
        const text = write();
        this._parents.pop();
        return text;
    }

    write(value) {
        if (value === null)
            return 'null';
        switch (typeof value) {
        case 'boolean':
            return `${value}`;
        case 'string':
            return this._string(value);
        case 'number':
            return this._number(value);
        case 'bigint':
            return this._bigint(value);
        case 'object':
            return this._container(value);
        case 'undefined':
            return this._fail(TypeError, 'undefined is no value of JSON; use null, or leave it out');
        default:
            return this._refuse(value);
        }
    }
}

// The JSON text of @value.
function write(value, exact = false) {
    if (isPlain(value, PLAIN_DEPTH)) {
        const text = JSON.stringify(value);
        // Or the text of a backslash and more.
        if (!LONE_ESCAPE.test(text))
            return text;
    }
    return new Writer(exact).write(value);
}

// ---- Reading ----

function readNumber(token, mark) {
    const value = Number(token);
    if (/[.eE]/.test(token)) {
        if (!Number.isFinite(value))
            throw new RangeError(`the number ${token} is beyond all that a number can be`);
        return token;
    }
    if (Number.isSafeInteger(value))
        return token;
    const big = BigInt(token);
    // As everywhere in the library: a number that is no integer of 64 bits is a double.
    return big < MIN_INT64 || big > MAX_UINT64 ? token : `"${mark}${token}"`;
}

// What the JSON text says; integers beyond 53 bits are BigInt.
function read(text) {
    if (!UNSAFE_NUMBER.test(text))
        return JSON.parse(text);

    let mark = 'integer ';
    while (text.includes(mark))
        mark += `${Math.random()} `;
    const marked = text.replace(TOKEN, token => token[0] === '"' ? token : readNumber(token, mark));
    if (!marked.includes(mark))
        return JSON.parse(text);
    // So that wrong ones fail as what they are.
    JSON.parse(text);
    return JSON.parse(marked, (_key, value) => typeof value === 'string' && value.startsWith(mark)
        ? BigInt(value.slice(mark.length)) : value);
}
