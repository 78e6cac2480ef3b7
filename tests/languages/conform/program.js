// SPDX-License-Identifier: LGPL-2.1-or-later
// Sources in JavaScript under all rules of QsConform, in TAP.
// QSOURCE_CONFORM_SOURCE=good|broken gjs -m program.js

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

const LAST = 40;

const Numbers = GObject.registerClass(class Numbers extends Qs.StatefulSource {
    vfunc_run() {
        for (let n = this.state.get('n', 0) + 1; this.running && n <= LAST; n++) {
            this.state.set('n', n);
            this.produce({key: 'n', value: this.serialize({value: this.measure(n)}).value});
            this.flush();
        }
    }

    measure(n) {
        return n;
    }
});

// Its records depend on the clock, which breaks the rule `repeatable`.
const Clock = GObject.registerClass(class Clock extends Numbers {
    measure(n) {
        return n * Date.now();
    }
});

const isGood = GLib.getenv('QSOURCE_CONFORM_SOURCE') === 'good';
const Source = isGood ? Numbers : Clock;
Qs.Harness.serve(new Source({name: 'numbers'}));

const conform = Qs.Conform.new(() => Qs.Harness.new(new Source({name: 'numbers'})));
conform.kills = 3;
for (const rule of conform.dup_rules()) {
    try {
        conform.check(rule);
        const skipped = conform.report.get_result(rule) === Qs.RuleResult.SKIPPED;
        print(`ok /numbers/${rule}${skipped ? ` # SKIP ${conform.report.get_message(rule)}` : ''}`);
    } catch (error) {
        print(`not ok /numbers/${rule} # ${error.message}`);
    }
}
