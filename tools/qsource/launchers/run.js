// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a class of sources that a module exports. 'qsource run FILE.js' starts it, with what is
// to be run as a GVariant's text in the environment, where others can't read it.

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';
import System from 'system';

function fail(text, status = 2) {
    printerr(`qsource: ${text}`);
    System.exit(status);
}

function findClass(module, path, name) {
    const classes = Object.values(module).filter(value =>
        typeof value === 'function' && value.prototype instanceof Qs.BaseSource);
    const names = classes.map(value => value.name).join(', ') || 'none';

    if (name !== null) {
        return classes.find(value => value.name === name) ??
            fail(`'${path}' exports no source '${name}'; it has: ${names}`);
    }
    if (classes.length !== 1)
        fail(`Which source of '${path}'? Name one, as in FILE.js:CLASS; it exports: ${names}`);
    return classes[0];
}

// Values as texts; a property that is a list has a list of them.
function toProperties(klass, given) {
    const values = {};

    for (const [name, texts] of Object.entries(given)) {
        const pspec = GObject.Object.find_property.call(klass, name);
        const isList = texts.length > 1 || pspec?.value_type.name === 'GStrv';

        values[name] = isList ? new GLib.Variant('as', texts) : new GLib.Variant('s', texts[0]);
    }
    return new GLib.Variant('a{sv}', values);
}

const given = GLib.Variant.parse(new GLib.VariantType('a{sv}'), GLib.getenv('QSOURCE_SCRIPT_PLAN'), null, null);
const get = name => given.lookup_value(name, null)?.recursiveUnpack() ?? null;
const path = get('file');
const klass = findClass(await import(GLib.filename_to_uri(path, null)), path, get('class'));

try {
    const source = Qs.Source.make(klass.$gtype.name, get('name') ?? klass.name,
        toProperties(klass, get('properties')));
    const app = Qs.Application.make(given.lookup_value('application', null));
    const topic = get('topic');

    if (get('print') || get('count')) {
        const frame = app.dataframe({topic, source});
        if (get('print'))
            frame.print(true);
    } else {
        app.add_source(source, topic);
    }
    await app.run_async();
} catch (error) {
    fail(error.message, 1);
}
