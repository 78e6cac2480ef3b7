/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A source of numbers with a state, and a dataframe that prints them.
 * Run: build/examples/vala/range-source [LAST]   (on the embedded broker) */

static int64 last = 20;

class RangeSource : Qs.StatefulSource {
    public RangeSource (string name) {
        Object (name: name);
    }

    public override bool run () throws Error {
        for (var i = get_state ().get_int64 ("current", 0) + 1; running && i <= last; i++) {
            get_state ()["current"] = i;
            produce_value ("range", i);
            if (i % 10 == 0)
                flush ();       // commits ten numbers and the state, or neither
        }
        return true;
    }
}

int main (string[] args) {
    if (args.length > 1)
        last = int64.parse (args[1]);

    var app = new Qs.Application ("embedded");
    app.auto_offset_reset = Qs.AutoOffsetReset.EARLIEST;
    app.drain = true;
    try {
        var frame = app.dataframe (null, new RangeSource ("range"));
        frame.print (true);
        app.run ();
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
    return 0;
}
