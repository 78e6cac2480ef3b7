// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Dataframes whose steps run in JavaScript: a record crosses into it once, and values
// are passed on as they are.

/* exported prepare, Dataframe, takeCause, hasPassage, readKey, readValue */

const {GLib} = imports.gi;
const Classes = imports.overrides._qsource.classes;
const Json = imports.overrides._qsource.json;
const Values = imports.overrides._qsource.values;

let Qs;
let checkFunction;
let checkResult;

// Of each record that a function was given: where it is.
const passages = new WeakMap();

// What a function of a dataframe threw last.
let cause = null;

function takeCause() {
    const taken = cause;
    cause = null;
    return taken;
}

// An error that ends the run.
class Decided {
    constructor(error) {
        this.error = error;
    }
}

// So that a branch that changes its value is nothing to the others.
function copy(value) {
    if (Array.isArray(value))
        return value.map(copy);
    if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
        return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}

function toError(text, error) {
    if (error instanceof GLib.Error)
        return new GLib.Error(error.domain, error.code, `${text}${error.message}`);
    return new GLib.Error(Qs.application_error_quark(), Qs.ApplicationError.FAILED,
        `${text}${Json.describeThrown(error)}`);
}

// A record on its way: what is changed of it, and what came out of it so far, by twos: a value,
// and the passage that led there.
class Passage {
    constructor(root, record) {
        this.root = root;
        this.record = record;
        this.headers = undefined;
        this.timestamp = undefined;
        this.ends = [];
    }

    change(name, value) {
        const changed = Object.assign(new Passage(this.root, this.record), this);
        changed[name] = value;
        return changed;
    }

    // What a function is given beside the value.
    get view() {
        if (this.headers === undefined && this.timestamp === undefined) {
            passages.set(this.record, this);
            return this.record;
        }
        return new ChangedRecord(this);
    }
}

// A record with other headers or another timestamp.
class ChangedRecord {
    constructor(passage) {
        const {record, headers, timestamp} = passage;
        passages.set(this, passage);
        this.topic = record.topic;
        this.partition = record.partition;
        this.offset = record.offset;
        this.headers = headers ?? record.headers;
        this.timestamp = timestamp ?? record.timestamp;
    }

    get key() {
        return readKey(this);
    }

    get value() {
        return readValue(this);
    }
}

function readPart(record, part, bytes) {
    const {root} = passages.get(record);
    return bytes === null ? null : Values.deserializePart(root.topic[`get_${part}_serializer`](), bytes.toArray());
}

function hasPassage(record) {
    return passages.has(record);
}

function readKey(record) {
    return readPart(record, 'key', passages.get(record).record.dup_key_bytes());
}

function readValue(record) {
    return readPart(record, 'value', passages.get(record).record.dup_value_bytes());
}

// ---- Printing ----

function bytesToText(array) {
    try {
        return JSON.stringify(Values.decodeText(array));
    } catch {
        return `"0x${Array.from(array, byte => byte.toString(16).padStart(2, '0')).join('')}"`;
    }
}

function toText(value) {
    if (value === undefined)
        return 'null';
    if (value instanceof Uint8Array)
        return bytesToText(value);
    try {
        return value instanceof GLib.Variant ? Qs.json_to_string(value) : Json.write(value);
    } catch {
        let text;
        try {
            text = String(value);
        } catch {
            text = Json.describe(value);
        }
        return JSON.stringify(text);
    }
}

function recordToText(value, record) {
    const headers = [...record.headers ?? []].map(([name, item]) =>
        `[${name instanceof Uint8Array ? bytesToText(name) : JSON.stringify(name)},${item === null ? 'null' : bytesToText(item)}]`);
    return `{"key":${toText(record.key)},"value":${toText(value)},"timestamp":${record.timestamp},` +
        `"topic":${JSON.stringify(record.topic)},"partition":${record.partition},"offset":${record.offset},` +
        `"headers":[${headers.join(',')}]}`;
}

// ---- Dataframes ----

var Dataframe = class Dataframe {
    constructor(native, root = null) {
        this._native = native;
        this._root = root ?? this;
        this._steps = [];
        if (root === null) {
            this._serializer = null;
            native.handle(record => this._handle(record));
        }
    }

    get topic() {
        return this._root._native.topic;
    }

    // ---- Steps that return a branch ----

    _branch(name, run) {
        const target = new Dataframe(this._native, this._root);
        this._steps.push({name, run, target});
        return target;
    }

    _guard(name, func) {
        const what = `the function of ${name}()`;
        checkFunction(what, func);
        // Making the record costs more than most functions do.
        return func.length === 1
            ? value => checkResult(what, func(value))
            : (value, passage) => checkResult(what, func(value, passage.view));
    }

    apply(func) {
        const call = this._guard('apply', func);
        return this._branch('apply', (value, passage, next) => next(call(value, passage), passage));
    }

    filter(func) {
        const call = this._guard('filter', func);
        return this._branch('filter', (value, passage, next) => {
            const verdict = call(value, passage);
            if (verdict === undefined || verdict === null)
                throw new TypeError('the function of filter() returned nothing; it must return true or false');
            if (verdict)
                next(value, passage);
        });
    }

    expand(func = null) {
        const call = func ? this._guard('expand', func) : value => value;
        return this._branch('expand', (value, passage, next) => {
            const items = call(value, passage);
            if (!Array.isArray(items))
                throw new TypeError(`Cannot expand ${Json.describe(items)}: it must be an array`);
            for (let i = 0; i < items.length; i++) {
                if (!(i in items))
                    throw new TypeError(`Cannot expand an array with a hole at ${i}; use null`);
            }
            for (const item of items)
                next(item, passage);
        });
    }

    set_headers(func) {
        const call = this._guard('set_headers', func);
        return this._branch('set_headers', (value, passage, next) =>
            next(value, passage.change('headers', Values.toHeaders(call(value, passage)) ?? new Qs.Headers())));
    }

    set_timestamp(func) {
        const call = this._guard('set_timestamp', func);
        return this._branch('set_timestamp', (value, passage, next) => {
            const timestamp = Values.toTimestamp(call(value, passage));
            if (timestamp === 0)
                throw new RangeError('the function of set_timestamp() returned no timestamp');
            next(value, passage.change('timestamp', timestamp));
        });
    }

    concat(other) {
        if (!(other instanceof Dataframe) || other._root !== this._root)
            throw new TypeError('concat() joins two branches of the same dataframe');
        const target = this._branch('concat', (value, passage, next) => next(value, passage));
        other._steps.push({...this._steps[this._steps.length - 1]});
        return target;
    }

    // ---- Steps in their place ----

    _act(name, run) {
        this._steps.push({name, run, target: null});
        return this;
    }

    replace(func) {
        const call = this._guard('replace', func);
        return this._act('replace', call);
    }

    update(func) {
        const call = this._guard('update', func);
        return this._act('update', (value, passage) => {
            call(value, passage);
            return value;
        });
    }

    sink(func) {
        const call = this._guard('sink', func);
        return this._act('sink', (value, passage) => {
            call(value, passage);
            return value;
        });
    }

    print(metadata = false) {
        return this._act('print', (value, passage) => {
            this._native.show(metadata ? recordToText(value, passage.view) : toText(value));
            return value;
        });
    }

    to_topic(topic, options = {}) {
        Classes.checkParts('the second argument of to_topic()', options, ['key']);
        const {key} = options;
        const output = typeof topic === 'string' ? new Qs.Topic(topic) : topic;
        const makeKey = typeof key === 'function' ? this._guard('to_topic', key) : null;
        this._native.add_output(output);
        return this._act('to_topic', (value, passage) => {
            const {record} = passage;
            const made = makeKey ? makeKey(value, passage) : key;
            const keyBytes = made === undefined ? this._passKey(output, passage)
                : made === null ? null : Values.toBytes(Values.serializeFor(output, 'key', made));
            const valueBytes = isNull(value) && record.dup_value_bytes() === null
                ? null : Values.toBytes(Values.serializeFor(output, 'value', value ?? null));
            this._native.produce(output, keyBytes, valueBytes, passage.headers ?? record.get_headers(),
                Math.max(passage.timestamp ?? record.get_timestamp(), 0));
            return value;
        });
    }

    // The key as it was read, or as the other topic's serializer makes it.
    _passKey(output, passage) {
        const bytes = passage.record.dup_key_bytes();
        const [from, to] = [this.topic, output].map(topic => topic.get_key_serializer());
        const name = from.get_name();
        if (bytes === null || name !== null && name === to.get_name())
            return bytes;
        return Values.toBytes(Values.serializeFor(output, 'key', Values.deserializePart(from, bytes.toArray())));
    }

    // ---- Records ----

    _handle(record) {
        const passage = new Passage(this._root, record);
        let value;
        try {
            value = this._read(record);
        } catch (error) {
            this._native.refuse();
            const text = ': ';
            throw error instanceof GLib.Error ? toError(text, error)
                : new GLib.Error(Qs.serialization_error_quark(), Qs.SerializationError.INVALID_DATA,
                    `${text}${Json.describeThrown(error)}`);
        }
        try {
            this._run(value, passage, 0);
            const {ends} = passage;
            if (ends.length && this._native.count_results(ends.length / 2)) {
                for (let i = 0; i < ends.length; i += 2)
                    this._keep(ends[i], ends[i + 1]);
            }
        } catch (error) {
            throw error instanceof Decided ? error.error : error;
        }
        return true;
    }

    _read(record) {
        if (this._serializer === null) {
            this._serializer = this.topic.get_value_serializer();
            this._isJson = this._serializer.get_name() === 'json';
        }
        if (this._isJson) {
            const text = record.dup_value_text();
            return text === null ? null : Json.read(text);
        }
        const bytes = record.dup_value_bytes();
        return bytes === null ? null : Values.deserializePart(this._serializer, bytes.toArray());
    }

    // Keeps what came out, for dup_rows().
    _keep(value, {record, headers, timestamp}) {
        const isTombstone = isNull(value) && record.dup_value_bytes() === null;
        this._native.add_row(isTombstone ? null : Values.toVariant(value),
            headers ?? record.get_headers(), timestamp ?? record.get_timestamp());
    }

    // Along this and its branches.
    _run(value, passage, nSteps) {
        const last = this._steps.length - 1;

        for (const [i, {name, run, target}] of this._steps.entries()) {
            try {
                if (target === null) {
                    value = run(value, passage);
                    nSteps++;
                } else {
                    run(i < last ? copy(value) : value, passage, (item, changed) =>
                        target._run(item, changed, nSteps + 1));
                }
            } catch (error) {
                this._settle(error, passage, `${nSteps + 1} (${name})`);
                if (target === null)
                    return;
            }
        }
        // Who only branches off has no end of its own.
        if (last < 0 || this._steps[last].target === null)
            passage.ends.push(value, passage);
    }

    // Throws, unless the error is ignored: then the other branches go on.
    _settle(error, {record}, step) {
        if (error instanceof Decided)
            throw error;
        cause = error;
        const where = `Cannot process the record of topic '${record.topic}', partition ${record.partition}, ` +
            `offset ${record.offset} in step ${step}: `;
        if (!this._native.ignore(record, toError(where, error)))
            throw new Decided(toError(` in step ${step}: `, error));
    }
};

function isNull(value) {
    return value === null || value === undefined;
}

// @functions: what Qs.js checks functions with.
function prepare(qs, functions) {
    Qs = qs;
    ({checkFunction, checkResult} = functions);
}
