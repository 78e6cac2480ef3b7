// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Makes Qs feel native in GJS, which loads it with the typelib: plain values,
// default arguments, attributes that throw, and errors with their stacks.

const {Gio, GLib, GObject} = imports.gi;

const {describe, describeThrown} = imports.overrides._qsource.json;
const Classes = imports.overrides._qsource.classes;
const Dataframes = imports.overrides._qsource.dataframe;
const Values = imports.overrides._qsource.values;

let Qs;

// How many calls of virtual functions JavaScript may get before its garbage is
// collected, see collect().
const CALLS_PER_COLLECTION = 5000;

// Those that can fail, and all.
const SOURCE_VFUNCS = ['configure', 'setup', 'start', 'run', 'cleanup', 'flush', 'run_splits'];
const VALUE_VFUNCS = ['list_splits', 'partition_for_split'];
const NATIVE_VFUNCS = [...SOURCE_VFUNCS, ...VALUE_VFUNCS, 'stop', 'default_topic'];
const SERIALIZER_VFUNCS = ['serialize', 'deserialize'];
// What the integers of C can hold, as far as a Number is exact.
const INTEGERS = {
    gint: [-(2 ** 31), 2 ** 31 - 1], guint: [0, 2 ** 32 - 1],
    gint64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], guint64: [0, Number.MAX_SAFE_INTEGER],
};
// What a record is made of.
const RECORD = ['key', 'value', 'headers', 'timestamp', 'partition'];

// ---- The end of a worker ----

const System = imports.system;

// Ends a worker as a program of GJS ends: its objects are let go of, so that streams
// are written out and closed. That is so where nothing of C is below; in a callback
// GJS ends at once, by C's exit().
function endWorker() {
    const status = Qs.program_get_exit_status();
    if (status >= 0)
        System.exit(status);
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

// Refuses what GJS would change: any text is true, and an integer loses its fraction and high bits.
function checkNumber(pspec, value) {
    const integers = INTEGERS[pspec.value_type.name];
    const shown = typeof value === 'number' ? value : describe(value);

    if (pspec.value_type === GObject.TYPE_BOOLEAN && !isNothing(value) && ![true, false, 1, 0].includes(value))
        throw new TypeError(`${pspec.name} is true or false, not ${shown}`);
    if (integers && !(Number.isInteger(value) && value >= integers[0] && value <= integers[1]))
        throw new TypeError(`${pspec.name} is an integer from ${integers[0]} to ${integers[1]}, not ${shown}`);
    if (pspec.value_type === GObject.TYPE_DOUBLE && typeof value !== 'number')
        throw new TypeError(`${pspec.name} is a number, not ${shown}`);
}

function toProperty(pspec, value) {
    checkNumber(pspec, value);
    if (GObject.type_is_a(pspec.value_type, GObject.TYPE_ENUM))
        return toEnum(pspec, value);
    if (pspec.value_type.name === 'QsSerializer')
        return toSerializer(pspec.name, value);
    if (pspec.value_type.name === 'QsTopic')
        return typeof value === 'string' ? new Qs.Topic(value) : value;
    if (pspec.name === 'references' && Array.isArray(value))
        return new GLib.Variant('a(ssi)', value);
    if (pspec.value_type.name === 'GVariant' && value && !(value instanceof GLib.Variant)) {
        const pairs = Array.isArray(value) ? value : Object.entries(value);
        return new GLib.Variant('a{ss}', Object.fromEntries(pairs.map(([key, item]) => [key, `${item}`])));
    }
    return value;
}

// A serializer, the name of one, an object with functions, or a function that serializes.
function toSerializer(what, value) {
    if (typeof value === 'string')
        return Qs.Serializer.for_name(value);
    if (value === null || value === undefined || value instanceof GObject.Object)
        return value;
    const functions = typeof value === 'function' ? {serialize: value} : value;
    const {serialize, deserialize} = functions;
    if (!serialize && !deserialize) {
        throw new TypeError(`${what} is the name of a serializer, a Qs.Serializer, or an object with serialize() ` +
            `and deserialize(), not ${describe(value)}`);
    }
    for (const [name, func] of Object.entries({serialize, deserialize})) {
        if (func !== undefined)
            checkFunction(`${what}'s ${name}()`, func);
    }
    return new FunctionSerializer(functions);
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

// Errors as GJS can pass them to C: it changes anything but an Error, and cuts text.
function toThrown(error) {
    let message = null;
    try {
        if (error instanceof GLib.Error)
            return error;
        message = error instanceof Error ? error.message : null;
    } catch {
        // It is none.
    }
    return typeof message === 'string' && !/\p{Surrogate}|\0/u.test(message)
        ? error : new Error(describeThrown(error));
}

// Without the frames of this file and what belongs to it.
function quoteError(error) {
    let stack = '';
    try {
        stack = error instanceof Error || error instanceof GLib.Error ? `${error.stack}` : '';
    } catch {
        // It names none.
    }
    const frames = stack.split('\n').filter(line => !/\/overrides\/(Qs\.js|_qsource\/)/.test(line));
    return `${describeThrown(error)}\n${frames.join('\n')}`.trimEnd();
}

// A function that begins its work only later is none that C could call.
function checkFunction(what, func) {
    if (typeof func !== 'function')
        throw new TypeError(`${what} must be a function, not ${describe(func)}`);
    const kind = Object.prototype.toString.call(func).slice(8, -1);
    if (kind !== 'Function') {
        const article = kind.startsWith('Async') ? 'an' : 'a';
        throw new TypeError(`${what} is ${article} ${kind.replace('Function', '').toLowerCase()} function, which ` +
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
            setErrorDetail.call(this, quoteError(error));
            throw toThrown(error);
        }
    };
}

function checkSplits(result) {
    if (!Array.isArray(result) || !result.every(split => typeof split === 'string'))
        throw new TypeError(`vfunc_list_splits() must return an array of strings, not ${describe(result)}`);
    return result;
}

function checkPartition(result) {
    if (!Number.isInteger(result))
        throw new TypeError(`vfunc_partition_for_split() must return the number of a partition, not ${describe(result)}`);
    return result;
}

// C asks for a value of a source's; of a partition, which can't be an error, the message
// says why there is none.
function guardValue(name, func) {
    const check = name === 'list_splits' ? checkSplits : checkPartition;
    return function (...args) {
        collect();
        try {
            return check(checkResult(`vfunc_${name}()`, func.apply(this, args)));
        } catch (error) {
            this.set_error_detail(quoteError(error));
            if (name === 'list_splits')
                throw error;
            Qs.callback_fail(Qs.source_error_quark(), Qs.SourceError.FAILED, describeThrown(error));
            return -1;
        }
    };
}

let n_calls = 0;
let produceFull, getTopic, getErrors, setErrorDetail;
let FunctionSerializer;

// While GJS sweeps its heap in steps, it refuses calls from C, loudly; the library
// makes such a call again. A collection in one go, before it is due, leaves nothing
// to sweep.
function collect() {
    if (++n_calls % CALLS_PER_COLLECTION === 0)
        imports.system.gc();
}

// What C calls; JavaScript calls @func with values of its own, see Values.
function guardSerializer(func, convert) {
    const guarded = function (argument) {
        collect();
        return convert(value => guarded.plain.call(this, value), argument);
    };
    guarded.plain = func;
    return guarded;
}

function checkSerialized(what, func) {
    return function (value) {
        const result = checkResult(what, func.call(this, value));
        if (result === null || result === undefined)
            throw new TypeError(`${what} returned nothing; it must return bytes or a string`);
        return Values.toArray(result);
    };
}

function checkDeserialized(what, func) {
    return function (data) {
        return checkResult(what, func.call(this, data));
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
    Classes.checkClass(klass);
    for (const name of NATIVE_VFUNCS) {
        if (Object.hasOwn(klass.prototype, `vfunc_${name}`))
            checkFunction(`${klass.name}.vfunc_${name}()`, klass.prototype[`vfunc_${name}`]);
    }
    for (const name of SOURCE_VFUNCS)
        replace(klass, `vfunc_${name}`, func => guardSource(name, func));
    for (const name of VALUE_VFUNCS)
        replace(klass, `vfunc_${name}`, func => guardValue(name, func));
}

function prepareSerializerClass(klass) {
    for (const name of SERIALIZER_VFUNCS) {
        if (Object.hasOwn(klass.prototype, `vfunc_${name}`))
            checkFunction(`${klass.name}.vfunc_${name}()`, klass.prototype[`vfunc_${name}`]);
    }
    replace(klass, 'vfunc_serialize', func => guardSerializer(checkSerialized('vfunc_serialize()', func),
        (serialize, variant) => Values.toBytes(serialize(Values.fromVariant(variant)))));
    replace(klass, 'vfunc_deserialize', func => guardSerializer(checkDeserialized('vfunc_deserialize()', func),
        (deserialize, bytes) => Values.toVariant(deserialize(Values.fromBytes(bytes)))));
}

function override(klass, name, make) {
    klass.prototype[name] = make(klass.prototype[name]);
}

// ---- Classes ----

function prepareSources() {
    const {BaseSource, Source} = Qs;

    // As they are, whatever a class calls its own.
    produceFull = Source.prototype.produce_full;
    getTopic = BaseSource.prototype.get_topic;
    getErrors = Source.prototype.get_errors;
    setErrorDetail = BaseSource.prototype.set_error_detail;
    override(BaseSource, '_init', init => function (properties) {
        init.call(this, toProperties(this.constructor, properties));
    });
    // Takes anything that was thrown; its stack is reported, too.
    override(BaseSource, 'fail', fail => function (error) {
        if (error instanceof GLib.Error) {
            fail.call(this, error);
        } else {
            this.set_error_detail(quoteError(error));
            this.fail_message(Qs.source_error_quark(), Qs.SourceError.FAILED, describeThrown(error));
        }
    });
    override(BaseSource, 'wait', wait => function (seconds = -1) {
        return wait.call(this, Values.toSeconds(seconds));
    });
    override(Source, 'flush', flush => function (timeout = -1) {
        return flush.call(this, Values.toSeconds(timeout));
    });
    override(Source, 'cleanup', cleanup => function (failed = false) {
        return cleanup.call(this, failed);
    });
    override(Source, 'serialize', () => function (record = {}) {
        Classes.checkParts('serialize()', record, RECORD);
        const topic = getTopic.call(this);
        return orRejected(this, record, () => serialize(topic, record));
    });
    override(Source, 'produce', produce => function (record = {}) {
        if (record instanceof Qs.Message)
            return produce.call(this, record);
        Classes.checkParts('produce()', record, RECORD);
        const rejected = rejectedOf(record.value) ?? rejectedOf(record.key);
        if (rejected)
            return produce.call(this, rejected);
        const parts = orRejected(this, record, () => toParts(record));
        return parts instanceof Qs.Message ? produce.call(this, parts) : produceParts(this, produce, parts);
    });
    override(Source, 'produce_data', () => function (key, value, timestamp = 0) {
        return this.produce({key, value, timestamp});
    });
    override(Source, 'produce_bytes', () => function (key, value, timestamp = 0) {
        return this.produce({key, value, timestamp});
    });
    override(Source, 'produce_full', () => function (key, value, headers, timestamp, partition) {
        return this.produce({key, value, headers, timestamp, partition});
    });
    override(Source, 'produce_value', () => function (key, value) {
        const topic = getTopic.call(this);
        const parts = orRejected(this, {key, value}, () => ({
            key: isNothing(key) ? null : serializePart(topic, 'key', key),
            value: isNothing(value) ? null : serializePart(topic, 'value', value),
        }));
        return this.produce(parts);
    });
}

// The message of which it is a part, if that is a rejected one.
function rejectedOf(part) {
    try {
        return part instanceof Uint8Array ? part.rejected : undefined;
    } catch {
        return undefined;       // a Proxy may throw at whatever it is asked
    }
}

function isNothing(value) {
    return value === null || value === undefined;
}

// null is a value where there is a way to write it, as in JSON.
function takesNull(serializer) {
    const name = serializer.get_name();
    if (name !== null)
        return name === 'json';
    return (serializer.get_content_type() ?? 'application/json') === 'application/json';
}

function serializePart(topic, part, value) {
    if (!topic) {
        throw new Error('a source has no topic to serialize for before an application runs it; call serialize() ' +
            'in vfunc_run(), or that of the topic');
    }
    try {
        return Values.serializeFor(topic, part, value);
    } catch (error) {
        // With its class and stack as they are.
        if (error instanceof Error && typeof error.message === 'string' && !(error instanceof GLib.Error))
            error.message = `Cannot serialize a ${part} for topic '${topic.name}': ${error.message}`;
        throw error;
    }
}

// The message of a record, of whatever values its topic takes.
function serialize(topic, {key, value, headers, timestamp, partition}) {
    const part = (name, item) => isNothing(item) && !(topic && takesNull(topic[`get_${name}_serializer`]()))
        ? null : serializePart(topic, name, item ?? null);
    return newMessage({
        key: part('key', key),
        value: part('value', value),
        headers: Values.toHeaders(headers),
        timestamp: Values.toTimestamp(timestamp),
        partition: Values.toPartition(partition),
    });
}

// A record as C takes it.
function toParts({key, value, headers, timestamp, partition}) {
    return {
        key: Values.toArray(key, 'a key'),
        value: Values.toArray(value, 'a value'),
        headers: Values.toHeaders(headers),
        timestamp: Values.toTimestamp(timestamp),
        partition: Values.toPartition(partition),
    };
}

function newMessage({key, value, headers, timestamp, partition}) {
    return Qs.Message.new(Values.toBytes(key), Values.toBytes(value), headers, timestamp, partition ?? -1);
}

function produceParts(source, produce, parts) {
    // GJS makes NULL of an empty array, which would become null.
    if (parts.key?.length === 0 || parts.value?.length === 0)
        return produce.call(source, newMessage(parts));
    return produceFull.call(source, parts.key, parts.value, parts.headers, parts.timestamp, parts.partition);
}

// Where no other record could be serialized either.
function isNotOfRecord(error) {
    return error instanceof GLib.Error &&
        (error.matches(Qs.serialization_error_quark(), Qs.SerializationError.REGISTRY) ||
         error.matches(Qs.serialization_error_quark(), Qs.SerializationError.SCHEMA) ||
         error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED));
}

// What @make makes of the record, or the message of a rejected one, for produce() to
// deal with as the source's errors property says.
function orRejected(source, record, make) {
    try {
        return make();
    } catch (error) {
        if (getErrors.call(source) === Qs.ErrorHandling.FAIL || isNotOfRecord(error))
            throw error;
        return newRejected(record, error);
    }
}

function newRejected({key, value, headers, timestamp}, error) {
    const attempt = (convert, item, otherwise) => {
        try {
            return convert(item);
        } catch {
            return otherwise;
        }
    };
    const reason = `Cannot serialize a record: ${describeThrown(error)}`;
    return Qs.Message.new_rejected(Values.tell(key), Values.tell(value), attempt(Values.toHeaders, headers, null),
        attempt(Values.toTimestamp, timestamp, 0), reason);
}

// A part of a message; one of a rejected message must not be produced as it is.
function toPart(message, bytes) {
    const part = Values.fromBytes(bytes);

    if (part !== null && message.get_rejection() !== null)
        part.rejected = message;
    return part;
}

// GJS throws at a name that isn't UTF-8, which must not end a program.
function nameOf(headers, i) {
    try {
        return headers.get_name(i);
    } catch {
        return '\ufffd';
    }
}

function prepareTopics() {
    const {Headers, Message, Record, Topic} = Qs;

    override(Topic, '_init', init => function (properties) {
        init.call(this, toProperties(Topic, typeof properties === 'string' ? {name: properties} : properties));
        Object.preventExtensions(this);
    });
    Values.setTopicSerialize(Topic.prototype.serialize);
    override(Topic, 'serialize', () => function (record = {}) {
        Classes.checkParts('serialize()', record, RECORD);
        return serialize(this, record);
    });
    for (const klass of [Qs.AvroSerializer, Qs.JsonSchemaSerializer, Qs.ProtobufSerializer, Qs.SchemaRegistry]) {
        override(klass, '_init', init => function (properties) {
            init.call(this, toProperties(klass, properties));
        });
    }
    for (const name of ['key', 'value']) {
        defineGetter(Message, name, message => toPart(message, message[`get_${name}`]()));
        defineGetter(Record, name, record => Dataframes.hasPassage(record)
            ? Dataframes[name === 'key' ? 'readKey' : 'readValue'](record) : Values.fromVariant(record[`get_${name}`]()));
    }
    override(Headers, 'append', append => function (name, value) {
        return append.call(this, Values.toHeaderName(name), Values.toBytes(value, 'a header'));
    });
    Headers.prototype[Symbol.iterator] = function* () {
        for (let i = 0; i < this.get_length(); i++)
            yield [nameOf(this, i), Values.fromBytes(this.get_value(i))];
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

    // A value that somebody assigns to it must not be one that nobody stores.
    defineGetter(StatefulSource, 'state', source => Object.preventExtensions(source.get_state()));
    // Values as JSON, so that they are exact; a stored null is null, not @fallback.
    override(State, 'get', () => function (key, fallback = null) {
        const bytes = this.get_data(Values.toKey(key));
        return bytes === null ? fallback : Values.readJson(bytes.toArray());
    });
    override(State, 'set', () => function (key, value, ttl = -1) {
        return this.set_json(Values.toKey(key), Values.writeJson(value, true), Values.toSeconds(ttl));
    });
    override(State, 'get_with_fallback', () => function (key, fallback) {
        return this.get(key, fallback);
    });
    override(State, 'set_with_ttl', () => function (key, value, ttl) {
        return this.set(key, value, ttl);
    });
    override(State, 'remove', () => function (key) {
        return this.remove_data(Values.toKey(key));
    });
    override(State, 'contains', () => function (key) {
        return this.contains_data(Values.toKey(key));
    });
    override(State, 'get_bytes', () => function (key) {
        return Values.fromBytes(this.get_data(Values.toKey(key)));
    });
    override(State, 'set_bytes', () => function (key, value, ttl = -1) {
        return this.set_data(Values.toKey(key), Values.toArray(value), Values.toSeconds(ttl));
    });
    override(State, 'keys', () => function (prefix = null) {
        return Values.fromVariant(this.list_data(Values.toKey(prefix ?? ''))).map(Values.decodeText);
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
                return value instanceof GLib.Variant ? Values.fromVariant(value) : value;
            },
            set(value) {
                Classes.checkValue(this, pspec, value);
                own.set.call(this, toProperty(pspec, value));
            },
        });
    }
}

// C runs none of the steps: those of an application's dataframes are Dataframes.Dataframe.
function prepareDataframe() {
    const {handle} = Qs.Dataframe.prototype;

    Dataframes.prepare(Qs, {checkFunction, checkResult});
    override(Qs.Dataframe, 'handle', () => function (func) {
        return handle.call(this, record => {
            collect();
            return func(record);
        });
    });
}

function refuseThreads(app) {
    if (app.isolation === Qs.Isolation.THREAD) {
        throw new TypeError("JavaScript cannot run sources in threads: leave isolation at 'auto', or " +
            "set it to 'process'");
    }
}

// After an await, and in whatever a promise calls, no other promise goes on before
// that has returned: a run() that waits for one would wait for ever.
function refusePromise() {
    let isFree = false;
    Promise.resolve().then(() => {
        isFree = true;
    });
    // Promises come before all else.
    GLib.MainContext.default().iteration(false);
    if (!isFree) {
        throw new Error('app.run() after an await, or in a function that a promise calls, would stop all ' +
            "promises, those of the sources, too: use 'await app.run_async()'");
    }
}

// With what a function of a dataframe threw, as it was.
function withCause(error) {
    const cause = Dataframes.takeCause();
    if (cause !== null)
        error.cause = cause;
    return error;
}

function prepareApplication() {
    const {Application} = Qs;

    override(Application, '_init', init => function (properties) {
        init.call(this, toProperties(Application, properties));
        // A typing error must not be a setting that nobody reads.
        Object.preventExtensions(this);
    });
    for (const klass of [Application, Qs.BaseSource, Qs.Source, Qs.StatefulSource, Qs.SplitSource, Qs.Topic]) {
        for (const pspec of GObject.Object.list_properties.call(klass))
            prepareProperty(klass, pspec);
    }
    override(Application, 'add_source', add => function (source, topic = null) {
        Classes.checkFields(source);
        return add.call(this, source, typeof topic === 'string' ? new Qs.Topic(topic) : topic);
    });
    // {topic, source}, or topic, source
    override(Application, 'dataframe', dataframe => function (of, other = null) {
        const isPart = of === null || of === undefined || typeof of === 'string' || of instanceof Qs.Topic;
        if (!isPart)
            Classes.checkParts('dataframe()', of, ['topic', 'source']);
        const {topic, source} = isPart ? {topic: of, source: other} : of;
        if (source)
            Classes.checkFields(source);
        return new Dataframes.Dataframe(
            dataframe.call(this, typeof topic === 'string' ? new Qs.Topic(topic) : topic ?? null, source ?? null));
    });
    override(Application, 'run', run => function (cancellable = null) {
        refuseThreads(this);
        refusePromise();
        try {
            const result = run.call(this, cancellable);
            endWorker();
            return result;
        } catch (error) {
            throw withCause(error);
        }
    });
    Qs.program_set_exit_deferred(true);
    Gio._promisify(Application.prototype, 'run_async', 'run_finish');
    // A promise, unless it is given a callback.
    override(Application, 'run_async', run => function (cancellable = null, ...callback) {
        refuseThreads(this);
        // It blocks in a worker, which must not be in a promise then.
        if (Qs.is_worker() && !callback.length) {
            return new Promise((resolve, reject) => GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
                const result = run.call(this, cancellable);
                // From a promise it can end in order, from this callback it can't.
                if (Qs.program_get_exit_status() >= 0)
                    resolve(false);
                else
                    result.then(resolve, reject);
                return GLib.SOURCE_REMOVE;
            })).then(result => {
                endWorker();
                return result;
            });
        }
        const result = run.call(this, cancellable, ...callback);
        endWorker();
        return result instanceof Promise ? result.catch(error => {
            throw withCause(error);
        }) : result;
    });
}

// Every class passes here when it is registered, before C knows of it, whatever
// function of GJS registers it: its functions can still be replaced. C learns which of them
// return a result or throw: nothing from one of these is a call that was lost.
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

// Functions of JavaScript as a serializer.
function makeFunctionSerializer() {
    const missing = name => () => {
        throw new TypeError(`this serializer has no ${name}()`);
    };
    FunctionSerializer = GObject.registerClass({
        GTypeName: 'QsFunctionSerializer',
        Implements: [Qs.Serializer],
    }, class FunctionSerializer extends GObject.Object {
        constructor(functions) {
            super();
            this._functions = functions;
        }

        vfunc_serialize(value) {
            return (this._functions.serialize ?? missing('serialize')).call(this._functions, value);
        }

        vfunc_deserialize(data) {
            return (this._functions.deserialize ?? missing('deserialize')).call(this._functions, data);
        }
    });
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
    makeFunctionSerializer();
    const make = Qs.Source.make;
    Qs.Source.make = Qs.source_make = (type, name = null, properties = {}) =>
        make(type, name, Values.toVariant(properties));
    Qs.toVariant = Values.toVariant;
    Qs.fromVariant = Values.fromVariant;
}
