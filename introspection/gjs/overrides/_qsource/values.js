// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Values of JavaScript as bytes, as GVariants and as headers, and back.

/* exported toArray, toBytes, fromBytes, decodeText, toVariant, fromVariant, toHeaderName, toHeaders, tell,
   toKey, readJson, writeJson, serializePart, serializeFor, setTopicSerialize, deserializePart, toTimestamp, toPartition,
   toSeconds */

const {GLib} = imports.gi;
const Json = imports.overrides._qsource.json;

const MAX_PARTITION = 2 ** 31 - 1;

const encoder = new TextEncoder();
// Text as it is, with its byte order mark.
const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

// ---- Bytes ----

// A string, or bytes of any kind, as a Uint8Array; null is null.
function toArray(data, what = 'text') {
    if (data === null || data === undefined)
        return null;
    if (typeof data === 'string')
        return encoder.encode(Json.checkText(what, data));
    if (data instanceof Uint8Array)
        return data;
    if (data instanceof GLib.Bytes)
        return data.toArray();
    if (data instanceof ArrayBuffer)
        return new Uint8Array(data);
    if (data instanceof Uint8ClampedArray)
        return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    throw new TypeError(`expected a string, a Uint8Array or null, not ${Json.describe(data)}; serialize() ` +
        'makes bytes of other values');
}

function toBytes(data, what) {
    if (data instanceof GLib.Bytes)
        return data;
    const array = toArray(data, what);
    return array === null ? null : new GLib.Bytes(array);
}

function fromBytes(bytes) {
    return bytes === null ? null : bytes.toArray();
}

function decodeText(array) {
    return decoder.decode(array);
}

function writeJson(value, exact) {
    if (value instanceof GLib.Variant)
        return imports.gi.Qs.json_to_bytes(value).toArray();
    return encoder.encode(Json.write(value, exact));
}

function readJson(array) {
    return Json.read(decoder.decode(array));
}

// ---- GVariants ----

function integer(value) {
    const big = BigInt(value);
    if (Number.isSafeInteger(Number(big)))
        return GLib.Variant.new_int64(Number(big));
    // Text, as a number of JavaScript has 53 bits only.
    if (big >= -(2n ** 63n) && big < 2n ** 63n)
        return GLib.Variant.parse(new GLib.VariantType('x'), `${big}`, null, null);
    if (big >= 0n && big < 2n ** 64n)
        return GLib.Variant.parse(new GLib.VariantType('t'), `${big}`, null, null);
    throw new RangeError(`the integer ${big} does not fit into 64 bits; use a string`);
}

function toVariant(value) {
    if (value === null || value === undefined)
        return new GLib.Variant('mv', null);
    if (value instanceof GLib.Variant)
        return value;
    switch (typeof value) {
    case 'boolean':
        return GLib.Variant.new_boolean(value);
    case 'string':
        if (value.includes('\0'))
            throw new TypeError('a GVariant holds no text with a NUL character; use bytes');
        return GLib.Variant.new_string(Json.checkText('text', value));
    case 'bigint':
        return integer(value);
    case 'number':
        return Number.isSafeInteger(value) && !Object.is(value, -0)
            ? GLib.Variant.new_int64(value) : GLib.Variant.new_double(value);
    default:
        break;
    }
    if (value instanceof Uint8Array || value instanceof GLib.Bytes)
        return GLib.Variant.new_from_bytes(new GLib.VariantType('ay'), toBytes(value), true);
    return imports.gi.Qs.json_from_bytes(new GLib.Bytes(writeJson(value)));
}

function children(variant) {
    return Array.from({length: variant.n_children()}, (_, i) => variant.get_child_value(i));
}

function int64(variant) {
    const text = variant.print(false);
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
}

function fromVariant(variant) {
    if (variant === null)
        return null;
    const type = variant.get_type_string();
    switch (type[0]) {
    case 'v':
        return fromVariant(variant.get_variant());
    case 'm': {
        const child = variant.n_children() ? variant.get_child_value(0) : null;
        return fromVariant(child);
    }
    case 'x':
    case 't':
        return int64(variant);
    case 'a':
        if (type === 'ay')
            return variant.get_data_as_bytes().toArray();
        if (type.startsWith('a{')) {
            return Object.fromEntries(children(variant).map(entry =>
                [fromVariant(entry.get_child_value(0)), fromVariant(entry.get_child_value(1))]));
        }
        return children(variant).map(fromVariant);
    case '(':
    case '{':
        return children(variant).map(fromVariant);
    default:
        return variant.deepUnpack();
    }
}

// ---- Parts of a record ----

// A name of Kafka's headers ends at a NUL.
function toHeaderName(name) {
    if (typeof name !== 'string')
        throw new TypeError(`the name of a header is a string, not ${Json.describe(name)}`);
    if (name.includes('\0'))
        throw new TypeError(`the name of a header holds no NUL character: ${JSON.stringify(name)}`);
    return Json.checkText('the name of a header', name);
}

function toHeaders(headers) {
    const {Headers} = imports.gi.Qs;
    if (!headers || headers instanceof Headers)
        return headers || null;
    if (typeof headers !== 'object')
        throw new TypeError(`headers are pairs or an object, not ${Json.describe(headers)}`);
    const pairs = headers instanceof Map || Array.isArray(headers) ? [...headers] : Object.entries(headers);
    if (!pairs.length)
        return null;
    const made = new Headers();
    for (const pair of pairs) {
        if (!Array.isArray(pair) || pair.length !== 2) {
            const what = Array.isArray(pair) ? `an array of ${pair.length}` : Json.describe(pair);
            throw new TypeError(`a header is a pair of a name and a value, not ${what}`);
        }
        made.append(...pair);
    }
    return made;
}

// Milliseconds; a Date says as many.
function toTimestamp(timestamp) {
    if (timestamp === null || timestamp === undefined)
        return 0;
    const value = timestamp instanceof Date ? timestamp.getTime() : timestamp;
    if (!Number.isSafeInteger(value) || value < 0) {
        throw new RangeError('timestamp is a Date, or an integer of milliseconds since 1970, not ' +
            `${typeof value === 'number' ? value : Json.describe(value)}`);
    }
    return value;
}

function toPartition(partition) {
    const value = partition ?? -1;
    if (!Number.isInteger(value) || value < -1 || value > MAX_PARTITION) {
        throw new RangeError('partition is an integer from 0, or -1, so that the key determines it, not ' +
            `${typeof value === 'number' ? value : Json.describe(value)}`);
    }
    return value;
}

// What is no number would become NaN, which waits without end.
function toSeconds(seconds) {
    if (typeof seconds !== 'number' || Number.isNaN(seconds)) {
        throw new TypeError('expected a number of seconds, -1 for no limit, not ' +
            `${typeof seconds === 'number' ? seconds : Json.describe(seconds)}`);
    }
    return seconds;
}

// As much of a value as text can represent, even if its methods throw.
function tell(value) {
    if (value === null || value === undefined)
        return null;
    let text;
    try {
        if (value instanceof Uint8Array || value instanceof GLib.Bytes)
            return toBytes(value);
        text = typeof value === 'object' ? JSON.stringify(value) ?? String(value) : String(value);
    } catch {
        text = Json.describe(value);
    }
    return new GLib.Bytes(encoder.encode(text));
}

// The key of a state, as bytes.
function toKey(key) {
    if (typeof key !== 'string')
        throw new TypeError(`a key of the state is a string, not ${Json.describe(key)}`);
    return encoder.encode(Json.checkText('a key of the state', key));
}

// ---- Serializers ----

// What the serializer makes of a value: a Uint8Array.
function serializePart(serializer, value) {
    if (serializer.vfunc_serialize?.plain)
        return serializer.vfunc_serialize.plain.call(serializer, value);
    const name = value instanceof GLib.Variant ? null : serializer.get_name();
    if (name === 'json')
        return writeJson(value, false);
    if (['bytes', 'string'].includes(name) && typeof value === 'string' ||
        name === 'bytes' && typeof value === 'object')
        return toArray(value);
    return serializer.serialize(toVariant(value)).toArray();
}

// C's own serialize() of a topic, which the class gets another one for.
let serializeByTopic = null;

function setTopicSerialize(func) {
    serializeByTopic = func;
}

// What the serializer of the topic makes of its key or value: a Uint8Array. One of C's may
// need to know its topic, which only the topic can provide.
function serializeFor(topic, part, value) {
    const serializer = topic[`get_${part}_serializer`]();
    if (serializer.vfunc_serialize?.plain || serializer.get_name() !== null)
        return serializePart(serializer, value);
    const variant = toVariant(value);
    const bytes = part === 'key' ? serializeByTopic.call(topic, variant, null, null, 0).get_key()
        : serializeByTopic.call(topic, null, variant, null, 0).get_value();
    return bytes.toArray();
}

// What the serializer makes of a Uint8Array.
function deserializePart(serializer, array) {
    if (serializer.vfunc_deserialize?.plain)
        return serializer.vfunc_deserialize.plain.call(serializer, array);
    switch (serializer.get_name()) {
    case 'json':
        return readJson(array);
    case 'string':
        return decoder.decode(array);
    case 'bytes':
        return array;
    default:
        return fromVariant(serializer.deserialize(new GLib.Bytes(array)));
    }
}
