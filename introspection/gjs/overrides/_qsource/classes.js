// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a class of sources may call its own: a name of ours that would mean something
// else to the library is refused, with the reason.

/* exported checkClass, checkFields, checkParts, checkValue */

const {GObject} = imports.gi;
const Json = imports.overrides._qsource.json;

const MEANINGS = {
    errors: "says what becomes of a record that cannot be serialized, 'fail', 'skip' or 'dead-letter'; count " +
        'errors in another one, such as n_errors',
    running: 'says whether the source runs; stop() stops it',
    state: 'is what the source remembers; keep other things in another one',
    partition: 'is the partition of the state',
};

// Those of the library's classes that a class is derived from, the nearest first.
function natives(klass) {
    const found = [];
    for (let base = klass; base !== GObject.Object; base = Object.getPrototypeOf(base)) {
        if (base.$gtype?.name.startsWith('Qs'))
            found.push(base);
    }
    return found;
}

function spellings(name) {
    return [name.replaceAll('-', '_'), name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase()), name];
}

// What only the library may say, by each of its spellings.
function reservedNames(klass) {
    const [native] = natives(klass);
    const names = native ? GObject.Object.list_properties.call(native)
        .filter(pspec => pspec.flags & GObject.ParamFlags.WRITABLE).map(pspec => pspec.name) : [];
    const meant = Object.keys(MEANINGS).filter(name => native && name in native.prototype);
    return new Map([...names, ...meant].flatMap(name =>
        spellings(name).map(spelling => [spelling, name])));
}

function refuse(klass, name, meant, how) {
    const meaning = MEANINGS[meant] ?? 'is a property of every source; use another name';
    throw new TypeError(`${klass.name} cannot define ${name}: ${meant} ${meaning}${how}`);
}

// A number is one of Qs.ErrorHandling as well as a count.
function checkValue(source, pspec, value) {
    if (pspec.name === 'errors' && typeof value === 'number' &&
        imports.gi.Qs.Source.prototype.get_running.call(source)) {
        throw new TypeError(`errors cannot be ${value} while the source runs: it ${MEANINGS.errors}`);
    }
}

// @klass: not yet registered.
function checkClass(klass) {
    const parent = Object.getPrototypeOf(klass);
    for (const [name, meant] of reservedNames(parent)) {
        if (Object.hasOwn(klass.prototype, name))
            refuse(klass, name, meant, '');
    }
}

// The fields of a class come into being with each source.
function checkFields(source) {
    if (!(source instanceof imports.gi.Qs.BaseSource))
        return;
    const klass = source.constructor;
    for (const [name, meant] of reservedNames(klass)) {
        if (Object.hasOwn(source, name)) {
            refuse(klass, `the field ${name}`, meant,
                `. A property is set when the source is made, new ${klass.name}({…})`);
        }
    }
}

// Refuses a name that nobody reads: its value would be lost, and be null in the record. An
// object of a class may have more than @names, but must have one of them.
function checkParts(what, parts, names) {
    if (parts === null || typeof parts !== 'object' || Array.isArray(parts) || ArrayBuffer.isView(parts))
        throw new TypeError(`${what} takes an object of ${names.join(', ')}, not ${Json.describe(parts)}`);
    const prototype = Object.getPrototypeOf(parts);
    const isPlain = prototype === Object.prototype || prototype === null;
    if (!isPlain && names.some(name => name in parts))
        return;
    for (const name of Object.keys(parts)) {
        if (!names.includes(name))
            throw new TypeError(`${what} knows no '${name}': its names are ${names.join(', ')}`);
    }
    if (!isPlain)
        throw new TypeError(`${what} takes an object of ${names.join(', ')}, not ${Json.describe(parts)}`);
}
