#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A source of numbers with a state, and a dataframe that prints them.
// Run: gjs -m examples/gjs/range-source.js [LAST]   (on the embedded broker)

import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

const LAST = Number(ARGV[0] ?? 20);

const RangeSource = GObject.registerClass(class RangeSource extends Qs.StatefulSource {
    vfunc_run() {
        for (let i = this.state.get('current', 0) + 1; this.running && i <= LAST; i++) {
            this.state.set('current', i);
            this.produce({key: 'range', value: this.serialize({value: i}).value});
            if (i % 10 === 0)
                this.flush();       // commits ten numbers and the state, or neither
        }
    }
});

const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', drain: true});
app.dataframe({source: new RangeSource({name: 'range'})}).print(true);
app.run();
