#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A source of readings in Avro, and a dataframe that prints them.
// Run: gjs -m examples/gjs/avro-source.js [REGISTRY]   (on the embedded broker; without the
// address of a schema registry, such as http://localhost:8081, records contain only the encoding)

import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

const SCHEMA = {
    type: 'record', name: 'Reading', namespace: 'plant', fields: [
        {name: 'sensor', type: 'string'},
        {name: 'celsius', type: ['null', 'double'], default: null},
        {name: 'unit', type: 'string', default: 'C'},
    ],
};

const Readings = GObject.registerClass(class Readings extends Qs.Source {
    vfunc_run() {
        for (let i = 0; i < 3; i++)     // the unit is the default of the schema
            this.produce_value('a', {sensor: 'a', celsius: 20 + i / 10});
    }
});

const registry = ARGV.length > 0 ? new Qs.SchemaRegistry({url: ARGV[0]}) : null;
const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', drain: true});
const topic = new Qs.Topic({
    name: 'readings',
    value_serializer: new Qs.AvroSerializer({schema: JSON.stringify(SCHEMA), registry}),
});
app.dataframe({topic, source: new Readings({name: 'readings'})}).print();
app.run();
