// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a class of sources that a module exports, as a worker of 'qsource run FILE.js', or
// describes it: run.js FILE PLAN. The plan is in the environment, where others can't read it.

import GLib from 'gi://GLib';
import Qs from 'gi://Qs?version=1';

class Refused extends Error {}

function findClass(module, path, name) {
    const classes = Object.values(module).filter(value =>
        typeof value === 'function' && value.prototype instanceof Qs.BaseSource);
    const names = classes.map(value => value.name).join(', ') || 'none';

    if (name !== null) {
        const found = classes.find(value => value.name === name);
        if (!found)
            throw new Refused(`'${path}' exports no source '${name}'; it has: ${names}`);
        return found;
    }
    if (classes.length !== 1)
        throw new Refused(`Which source of '${path}'? Name one, as in FILE.js:CLASS; it exports: ${names}`);
    return classes[0];
}

const [path, planName] = ARGV;
const plan = GLib.Variant.parse(new GLib.VariantType('a{sv}'), GLib.getenv('QSOURCE_SCRIPT_PLANS'), null, null)
    .lookup_value(planName, null);
const get = name => plan.lookup_value(name, null)?.recursiveUnpack() ?? null;

function make(klass) {
    return Qs.Source.make(klass.$gtype.name, get('name') ?? klass.name, plan.lookup_value('properties', null));
}

async function run() {
    const klass = findClass(await import(GLib.filename_to_uri(path, null)), path, get('class'));

    if (get('answer') !== null) {
        return plan.lookup_value('properties', null)
            ? Qs.Source.describe(make(klass)) : Qs.Source.dup_description(klass.$gtype);
    }

    const app = new Qs.Application();
    app.add_source(make(klass), get('topic'));
    await app.run_async();
    return null;
}

let described;
try {
    described = await run();
} catch (error) {
    if (get('answer') === null || !(error instanceof Refused || error instanceof GLib.Error))
        throw error;
    described = new GLib.Variant('a{sv}', {
        error: new GLib.Variant('s', error.message), status: new GLib.Variant('i', 2),
    });
}
if (described)
    GLib.file_set_contents(get('answer'), described.print(true));
