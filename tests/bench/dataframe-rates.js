// SPDX-License-Identifier: LGPL-2.1-or-later
// As dataframe-rates.py, in GJS: dataframe-rates.js apply|sink BROKER TOPIC COUNT
import GLib from 'gi://GLib';
import Qs from 'gi://Qs?version=1';

const STEPS = {
    apply: frame => frame.apply(value => ({sum: value.a + value.b})),
    sink: frame => frame.sink(() => {}),
};

const [what, broker, topic, count] = ARGV;
const app = new Qs.Application({
    broker_address: broker, consumer_group: `bench-${GLib.uuid_string_random()}`,
    auto_offset_reset: 'earliest', run_count: Number(count),
});
STEPS[what](app.dataframe(new Qs.Topic({name: topic})));
const started = GLib.get_monotonic_time();
app.run();
printerr(`${(GLib.get_monotonic_time() - started) / 1e6}`);
