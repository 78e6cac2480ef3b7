/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A source in Vala that counts to 1,000.
 * Run: build/examples/vala/count-source [--fail]   (on the embedded broker) */

class CountSource : Qs.Source {
    private static bool fails = false;

    public CountSource (string name) {
        Object (name: name);
    }

    public override bool setup () throws Error {
        if (fails)
            throw new IOError.NOT_FOUND ("nothing to count");
        return true;
    }

    public override bool run () throws Error {
        for (int i = 1; i <= 1000 && running; i++)
            produce_data ("count".data, i.to_string ().data);
        return true;
    }

    static int main (string[] args) {
        fails = "--fail" in args;
        var app = new Qs.Application ("embedded");

        try {
            unowned var topic = app.add_source (new CountSource ("count"));
            app.run ();
            var messages = app.embedded_broker.dup_messages (topic.name);
            unowned var last = messages[messages.length - 1].get_value ();
            print ("%u records arrived, the last one is %.*s\n", messages.length,
                   (int) last.length, (string) last.get_data ());
        } catch (Error error) {
            printerr ("%s\n", error.message);
            return 1;
        }
        return 0;
    }
}
