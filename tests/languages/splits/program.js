// SPDX-License-Identifier: LGPL-2.1-or-later
// Sources with splits in JavaScript.   gjs -m program.js BEHAVIOUR

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

const [BEHAVIOUR] = ARGV;

const Splits = GObject.registerClass(class Splits extends Qs.SplitSource {
    vfunc_list_splits() {
        if (BEHAVIOUR === 'error-list')
            throw new RangeError('broken list');
        return ['a', 'b', 'c', 'd', 'a'];
    }

    vfunc_partition_for_split(split, nPartitions) {
        if (BEHAVIOUR === 'error-partition')
            throw new RangeError('broken partition');
        if (BEHAVIOUR === 'own-partition')
            return (split.charCodeAt(0) - 96) % nPartitions;
        return super.vfunc_partition_for_split(split, nPartitions);
    }

    vfunc_run_splits() {
        if (BEHAVIOUR === 'error-run')
            throw new RangeError('broken run');
        if (BEHAVIOUR === 'events') {
            GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => this.stop());
            super.vfunc_run_splits();
            return;
        }
        for (let i = 0; i < 2; i++) {
            for (const split of this.get_splits()) {
                const state = this.get_split_state(split);
                state.set('n', state.get('n', 0) + 1);
                this.produce({value: `${split} ${state.get('n')} ${state.keys().length} ${this.partition}`});
            }
            this.flush();
        }
    }
});

const source = new Splits({name: 'splits', n_partitions: 2});
source.connect('split-added', (_source, split) => {
    if (BEHAVIOUR === 'events')
        source.produce({value: `added ${split} ${source.partition}`});
});
const app = new Qs.Application({broker_address: 'embedded'});
const topic = app.add_source(source);
try {
    app.run();
    for (const message of app.embedded_broker.dup_messages(topic.name, 0))
        print(new TextDecoder().decode(message.value));
} catch (error) {
    print(`error: ${error.message}`);
}
