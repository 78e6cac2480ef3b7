// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Makes Qs feel native in GJS, which loads it with the typelib: plain values,
// default arguments, attributes that throw, and errors with their stacks.

const {Gio, GLib, GObject} = imports.gi;

let Qs;

// How many calls of virtual functions JavaScript may get before its garbage is
// collected, see collect().
const CALLS_PER_COLLECTION = 5000;

// Those that can fail, and all.
const SOURCE_VFUNCS = ['configure', 'setup', 'start', 'run', 'cleanup', 'flush'];
const NATIVE_VFUNCS = [...SOURCE_VFUNCS, 'stop', 'default_topic'];
const SERIALIZER_VFUNCS = ['serialize', 'deserialize'];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// ---- Values ----

function toBytes(data) {
    if (data === null || data === undefined)
        return null;
    if (data instanceof GLib.Bytes)
        return data;
    if (typeof data === 'string')
        return new GLib.Bytes(encoder.encode(data));
    if (data instanceof Uint8Array)
        return new GLib.Bytes(data);
    if (data instanceof ArrayBuffer)
        return new GLib.Bytes(new Uint8Array(data));
    throw new TypeError(`expected a string, a Uint8Array or null, not ${describe(data)}; serialize() ` +
        'makes bytes of other values');
}

function fromBytes(bytes) {
    return bytes === null ? null : bytes.toArray();
}

function describe(value) {
    return typeof value === 'object' ? value.constructor?.name ?? 'an object' : `a ${typeof value}`;
}

function integer(value) {
    const big = BigInt(value);
    if (Number.isSafeInteger(Number(big)))
        return GLib.Variant.new_int64(Number(big));
    if (big >= -(2n ** 63n) && big < 2n ** 63n)
        // Text, as a number of JavaScript has 53 bits only.
        return GLib.Variant.parse(new GLib.VariantType('x'), `${big}`, null, null);
    if (big >= 0n && big < 2n ** 64n)
        return GLib.Variant.parse(new GLib.VariantType('t'), `${big}`, null, null);
    throw new RangeError(`the integer ${big} does not fit into 64 bits`);
}

function toVariant(value) {
    if (value === null || value === undefined)
        return new GLib.Variant('mv', null);
    if (value instanceof GLib.Variant)
        return value;
    switch (typeof value) {
    case 'boolean':
        return new GLib.Variant('b', value);
    case 'string':
        return new GLib.Variant('s', value);
    case 'bigint':
        return integer(value);
    case 'number':
        return Number.isSafeInteger(value) && !Object.is(value, -0)
            ? GLib.Variant.new_int64(value) : GLib.Variant.new_double(value);
    case 'object':
        return objectToVariant(value);
    default:
        throw new TypeError(`cannot make a value out of ${describe(value)}`);
    }
}

function objectToVariant(value) {
    if (value instanceof GLib.Bytes)
        return GLib.Variant.new_from_bytes(new GLib.VariantType('ay'), value, true);
    if (value instanceof Uint8Array)
        return GLib.Variant.new_from_bytes(new GLib.VariantType('ay'), new GLib.Bytes(value), true);
    if (Array.isArray(value))
        return new GLib.Variant('av', value.map(toVariant));
    const pairs = value instanceof Map ? [...value] : Object.entries(value);
    const made = {};
    for (const [key, item] of pairs)
        made[key] = toVariant(item);
    return new GLib.Variant('a{sv}', made);
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

function toHeaders(headers) {
    if (!headers || headers instanceof Qs.Headers)
        return headers || null;
    const pairs = headers instanceof Map || Array.isArray(headers)
        ? [...headers] : Object.entries(headers);
    if (!pairs.length)
        return null;
    const made = new Qs.Headers();
    for (const [name, value] of pairs)
        made.append(name, toBytes(value));
    return made;
}

// ---- Properties ----

function toEnum(pspec, value) {
    if (typeof value !== 'string')
        return value;
    const type = Qs[pspec.value_type.name.replace(/^Qs/, '')];
    const name = value.toUpperCase().replaceAll('-', '_');
    if (typeof type[name] !== 'number') {
        const nicks = Object.keys(type).filter(key => typeof type[key] === 'number')
            .map(key => `'${key.toLowerCase().replaceAll('_', '-')}'`);
        throw new TypeError(`${pspec.name} cannot be '${value}'; it is one of ${nicks.join(', ')}`);
    }
    return type[name];
}

function toProperty(pspec, value) {
    if (GObject.type_is_a(pspec.value_type, GObject.TYPE_ENUM))
        return toEnum(pspec, value);
    if (pspec.value_type.name === 'QsSerializer')
        return typeof value === 'string' ? Qs.Serializer.for_name(value) : value;
    if (pspec.value_type.name === 'QsTopic')
        return typeof value === 'string' ? new Qs.Topic(value) : value;
    if (pspec.value_type.name === 'GVariant' && value && !(value instanceof GLib.Variant)) {
        const pairs = Array.isArray(value) ? value : Object.entries(value);
        return new GLib.Variant('a{ss}', Object.fromEntries(pairs.map(([key, item]) => [key, `${item}`])));
    }
    return value;
}

function findProperty(klass, name) {
    return GObject.Object.find_property.call(klass, name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
        .replaceAll('_', '-'));
}

// The properties that a constructor was given, each as GObject takes it.
function toProperties(klass, properties) {
    const made = {};
    for (const [name, value] of Object.entries(properties ?? {})) {
        const pspec = findProperty(klass, name);
        if (!pspec)
            throw new TypeError(`${klass.name} has no property '${name}'`);
        made[name] = toProperty(pspec, value);
    }
    return made;
}

// ---- Errors and calls ----

function quoteError(error) {
    return `${error}\n${error.stack ?? ''}`.trimEnd();
}

// A function that begins its work only later is none that C could call.
function checkFunction(what, func) {
    if (typeof func !== 'function')
        throw new TypeError(`${what} must be a function, not ${describe(func)}`);
    const kind = Object.prototype.toString.call(func).slice(8, -1);
    if (kind !== 'Function') {
        throw new TypeError(`${what} is an ${kind.replace('Function', '').toLowerCase()} function, which ` +
            'returns before its work is done; it must return when it is (a GLib.MainLoop may run in it)');
    }
    return func;
}

function checkResult(what, result) {
    if (typeof result?.then === 'function') {
        throw new TypeError(`${what} returned a promise; it must do its work before it returns ` +
            '(a GLib.MainLoop may run in it)');
    }
    if (typeof result?.next === 'function' && typeof result[Symbol.iterator] === 'function')
        throw new TypeError(`${what} returned a generator, which nobody would run; it must do its work itself`);
    return result;
}

// GJS makes an error of every exception but loses its stack.
function guardSource(name, func) {
    return function (...args) {
        collect();
        try {
            const result = checkResult(`vfunc_${name}()`, func.apply(this, args));
            if (result === false)
                throw new Error(`vfunc_${name}() returned false, which is a failure`);
            return true;
        } catch (error) {
            this.set_error_detail(quoteError(error));
            throw error;
        }
    };
}

let n_calls = 0;

// While GJS sweeps its heap in steps, it refuses calls from C, loudly; the library
// makes such a call again. A collection in one go, before it is due, leaves nothing
// to sweep.
function collect() {
    if (++n_calls % CALLS_PER_COLLECTION === 0)
        imports.system.gc();
}

function guardSerializer(name, func, toArgument, fromResult) {
    return function (argument) {
        collect();
        return fromResult(func.call(this, toArgument(argument)));
    };
}

// Replaces what @klass defines itself; false if there is none.
function replace(klass, name, make) {
    const own = Object.getOwnPropertyDescriptor(klass.prototype, name);
    if (typeof own?.value !== 'function')
        return;
    Object.defineProperty(klass.prototype, name, {...own, value: make(own.value)});
}

function prepareSourceClass(klass) {
    for (const name of NATIVE_VFUNCS) {
        if (Object.hasOwn(klass.prototype, name)) {
            throw new TypeError(`${klass.name} defines ${name}(), which nobody would call: its name ` +
                `must be vfunc_${name}()`);
        }
    }
    for (const name of NATIVE_VFUNCS) {
        if (Object.hasOwn(klass.prototype, `vfunc_${name}`))
            checkFunction(`${klass.name}.vfunc_${name}()`, klass.prototype[`vfunc_${name}`]);
    }
    for (const name of SOURCE_VFUNCS)
        replace(klass, `vfunc_${name}`, func => guardSource(name, func));
}

function prepareSerializerClass(klass) {
    replace(klass, 'vfunc_serialize', func => guardSerializer('serialize', func, fromVariant, result => {
        if (result === null || result === undefined)
            throw new TypeError('vfunc_serialize() returned nothing; it must return bytes or a string');
        return toBytes(result);
    }));
    replace(klass, 'vfunc_deserialize', func => guardSerializer('deserialize', func, fromBytes, toVariant));
}

function override(klass, name, make) {
    klass.prototype[name] = make(klass.prototype[name]);
}

// ---- Classes ----

function prepareSources() {
    const {BaseSource, Source} = Qs;

    override(BaseSource, '_init', init => function (properties) {
        init.call(this, toProperties(this.constructor, properties));
    });
    override(BaseSource, 'wait', wait => function (seconds = -1) {
        return wait.call(this, seconds);
    });
    override(Source, 'flush', flush => function (timeout = -1) {
        return flush.call(this, timeout);
    });
    override(Source, 'cleanup', cleanup => function (failed = false) {
        return cleanup.call(this, failed);
    });
    override(Source, 'serialize', serialize => function ({key, value, headers, timestamp} = {}) {
        let variants;
        try {
            variants = toSerialize(this.topic, key, value);
        } catch (error) {
            return newRejected(this, {key, value, headers, timestamp}, error);
        }
        return serialize.call(this, ...variants, toHeaders(headers), timestamp ?? 0);
    });
    override(Source, 'produce', produce => function (record = {}) {
        if (record instanceof Qs.Message)
            return produce.call(this, record);
        const rejected = record.value?.rejected ?? record.key?.rejected;
        if (rejected)
            return produce.call(this, rejected);
        return produce.call(this, newMessage(record));
    });
    override(Source, 'produce_data', () => function (key, value, timestamp = 0) {
        // As bytes: an empty array would become null.
        return this.produce_bytes(key, value, timestamp);
    });
    override(Source, 'produce_bytes', produce => function (key, value, timestamp = 0) {
        return produce.call(this, toBytes(key), toBytes(value), timestamp);
    });
    override(Source, 'produce_value', produce => function (key, value) {
        let variants;
        try {
            variants = [key, value].map(item => item === null || item === undefined ? null : toVariant(item));
        } catch (error) {
            return this.produce(newRejected(this, {key, value}, error));
        }
        return produce.call(this, ...variants);
    });
}

// null is a value where there is a way to write it, as in JSON.
function takesNull(serializer) {
    return serializer.constructor.name !== 'QsBasicSerializer' &&
        (serializer.get_content_type() ?? 'application/json') === 'application/json';
}

function toSerialize(topic, key, value) {
    const nothing = item => item === null || item === undefined;
    return [
        nothing(key) && !(topic && takesNull(topic.key_serializer)) ? null : toVariant(key),
        nothing(value) && topic && !takesNull(topic.value_serializer) ? null : toVariant(value),
    ];
}

function newMessage({key, value, headers, timestamp, partition}) {
    return Qs.Message.new(toBytes(key), toBytes(value), toHeaders(headers), timestamp ?? 0, partition ?? -1);
}

// The message of a record that can't be serialized, for produce() to deal with.
function newRejected(source, {key, value, headers, timestamp}, error) {
    const tell = item => item === null || item === undefined ? null : toBytes(`${item}`);

    if (source.errors === Qs.ErrorHandling.FAIL)
        throw error;
    return Qs.Message.new_rejected(tell(key), tell(value), toHeaders(headers), timestamp ?? 0,
        `Cannot serialize a record: ${error}`);
}

// A part of a message; one of a rejected message must not be produced as it is.
function toPart(message, bytes) {
    const part = fromBytes(bytes);

    if (part !== null && message.get_rejection() !== null)
        part.rejected = message;
    return part;
}

function prepareTopics() {
    const {Headers, Message, Record, Topic} = Qs;

    override(Topic, '_init', init => function (properties) {
        init.call(this, toProperties(Topic, typeof properties === 'string' ? {name: properties} : properties));
    });
    override(Topic, 'serialize', serialize => function ({key, value, headers, timestamp} = {}) {
        return serialize.call(this, ...toSerialize(this, key, value), toHeaders(headers), timestamp ?? 0);
    });
    for (const name of ['key', 'value']) {
        defineGetter(Message, name, message => toPart(message, message[`get_${name}`]()));
        defineGetter(Record, name, record => fromVariant(record[`get_${name}`]()));
    }
    override(Headers, 'append', append => function (name, value) {
        return append.call(this, name, toBytes(value));
    });
    Headers.prototype[Symbol.iterator] = function* () {
        for (let i = 0; i < this.get_length(); i++)
            yield [this.get_name(i), fromBytes(this.get_value(i))];
    };
}

function prepareBroker() {
    override(Qs.EmbeddedBroker, 'dup_messages', dup => function (topic, n_max = 0) {
        return dup.call(this, topic instanceof Qs.Topic ? topic.name : topic, n_max);
    });
}

function defineGetter(klass, name, get) {
    Object.defineProperty(klass.prototype, name, {
        configurable: true,
        get() {
            return get(this);
        },
    });
}

function prepareState() {
    const {State, StatefulSource} = Qs;

    defineGetter(StatefulSource, 'state', source => source.get_state());
    override(State, 'get', get => function (key, fallback = null) {
        return fromVariant(get.call(this, key)) ?? fallback;
    });
    override(State, 'set', set => function (key, value) {
        return set.call(this, key, toVariant(value));
    });
    override(State, 'set_with_ttl', set => function (key, value, ttl) {
        return set.call(this, key, toVariant(value), ttl);
    });
    override(State, 'get_bytes', get => function (key) {
        return fromBytes(get.call(this, key));
    });
    override(State, 'set_bytes', set => function (key, value) {
        return set.call(this, key, toBytes(value));
    });
    override(State, 'keys', keys => function (prefix = null) {
        return keys.call(this, prefix);
    });
}

// Plain values in and out of the properties that GJS has made.
function prepareProperty(klass, pspec) {
    const name = pspec.name.replaceAll('-', '_');
    const camel = name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

    for (const key of new Set([name, camel, pspec.name])) {
        const own = Object.getOwnPropertyDescriptor(klass.prototype, key);
        if (!own?.set || !own.configurable)
            continue;
        Object.defineProperty(klass.prototype, key, {
            ...own,
            get() {
                const value = own.get.call(this);
                return value instanceof GLib.Variant ? fromVariant(value) : value;
            },
            set(value) {
                own.set.call(this, toProperty(pspec, value));
            },
        });
    }
}

// A function of plain values, and the record, as a callback of C.
function guardStep(func, fromResult) {
    return (value, record) => {
        collect();
        return fromResult(func(fromVariant(value), record));
    };
}

function toVerdict(result) {
    if (result === undefined || result === null)
        throw new TypeError('the function of filter() returned nothing; it must return true or false');
    return result ? Qs.Verdict.KEEP : Qs.Verdict.DROP;
}

function prepareDataframe() {
    const {Dataframe} = Qs;
    const {apply} = Dataframe.prototype;

    override(Dataframe, 'apply', () => function (func) {
        return apply.call(this, guardStep(func, toVariant));
    });
    override(Dataframe, 'filter', filter => function (func) {
        return filter.call(this, guardStep(func, toVerdict));
    });
    override(Dataframe, 'expand', expand => function (func = null) {
        return expand.call(this, func ? guardStep(func, toVariant) : null);
    });
    override(Dataframe, 'replace', replace => function (func) {
        return replace.call(this, guardStep(func, toVariant));
    });
    override(Dataframe, 'update', () => function (func) {
        // Changes the value in its place.
        return this.replace((value, record) => {
            func(value, record);
            return value;
        });
    });
    override(Dataframe, 'sink', sink => function (func) {
        return sink.call(this, guardStep(func, () => true));
    });
    override(Dataframe, 'to_topic', to_topic => function (topic) {
        return to_topic.call(this, typeof topic === 'string' ? new Qs.Topic(topic) : topic);
    });
    override(Dataframe, 'print', print_ => function (metadata = false) {
        return print_.call(this, metadata);
    });
}

function refuseThreads(app) {
    if (app.isolation === Qs.Isolation.THREAD) {
        throw new TypeError("JavaScript cannot run sources in threads: leave isolation at 'auto', or " +
            "set it to 'process'");
    }
}

function prepareApplication() {
    const {Application} = Qs;

    override(Application, '_init', init => function (properties) {
        init.call(this, toProperties(Application, properties));
        // A typing error must not be a setting that nobody reads.
        Object.preventExtensions(this);
    });
    for (const pspec of GObject.Object.list_properties.call(Application))
        prepareProperty(Application, pspec);
    override(Application, 'add_source', add => function (source, topic = null) {
        return add.call(this, source, typeof topic === 'string' ? new Qs.Topic(topic) : topic);
    });
    override(Application, 'dataframe', dataframe => function ({topic, source}) {
        return dataframe.call(this, typeof topic === 'string' ? new Qs.Topic(topic) : topic ?? null, source ?? null);
    });
    override(Application, 'run', run => function (cancellable = null) {
        refuseThreads(this);
        return run.call(this, cancellable);
    });
    Gio._promisify(Application.prototype, 'run_async', 'run_finish');
    // A promise, unless it is given a callback.
    override(Application, 'run_async', run => function (cancellable = null, ...callback) {
        refuseThreads(this);
        return run.call(this, cancellable, ...callback);
    });
}

// Every class passes here when it is registered, before C knows of it, whatever
// function of GJS registers it: its functions can still be replaced. C is told which
// of them return a result or throw: nothing from one of these is a call that was lost.
function watchClasses() {
    const {_classInit: init} = GObject.Object;

    GObject.Object._classInit = function (klass) {
        const isSource = klass.prototype instanceof Qs.BaseSource;
        const isSerializer = klass[GObject.interfaces]?.includes(Qs.Serializer);
        if (isSource)
            prepareSourceClass(klass);
        if (isSerializer)
            prepareSerializerClass(klass);
        const made = init.call(this, klass);
        const names = [...isSource ? NATIVE_VFUNCS : [], ...isSerializer ? SERIALIZER_VFUNCS : []];
        for (const name of names) {
            if (Object.hasOwn(klass.prototype, `vfunc_${name}`))
                Qs.callback_guard(klass.$gtype, name);
        }
        return made;
    };
    Qs.callback_guard(Qs.Dataframe.$gtype, 'step');
}

function _init() {
    Qs = this;
    prepareSources();
    prepareTopics();
    prepareBroker();
    prepareState();
    prepareDataframe();
    prepareApplication();
    watchClasses();
    const make = Qs.Source.make;
    Qs.Source.make = Qs.source_make = (type, name = null, properties = {}) =>
        make(type, name, toVariant(properties));
    Qs.toVariant = toVariant;
    Qs.fromVariant = fromVariant;
}
