/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Sources with splits in Vala.   program BEHAVIOUR */

static string behaviour;

class Splits : Qs.SplitSource {
    public Splits () {
        Object (name: "splits", n_partitions: 2);
    }

    public override string[] list_splits () throws Error {
        if (behaviour == "error-list")
            throw new IOError.FAILED ("broken list");
        return { "a", "b", "c", "d", "a" };
    }

    public override int partition_for_split (string split, int n_partitions) {
        if (behaviour == "error-partition")
            return -1;
        if (behaviour == "own-partition")
            return (split[0] - 'a' + 1) % n_partitions;
        return base.partition_for_split (split, n_partitions);
    }

    public override bool run_splits () throws Error {
        if (behaviour == "error-run")
            throw new IOError.FAILED ("broken run");
        if (behaviour == "events") {
            Idle.add (() => {
                stop ();
                return Source.REMOVE;
            });
            return base.run_splits ();
        }
        for (int i = 0; i < 2; i++) {
            foreach (unowned var split in get_splits ()) {
                var state = get_split_state (split);
                int64 n = state.get_int64 ("n", 0) + 1;
                state["n"] = n;
                produce_data (null, @"$split $n $(state.keys ().length) $partition".data);
            }
            flush ();
        }
        return true;
    }
}

int main (string[] args) {
    behaviour = args[1];
    var source = new Splits ();
    source.split_added.connect (split => {
        try {
            if (behaviour == "events")
                source.produce_data (null, @"added $split $(source.partition)".data);
        } catch (Error error) {
            critical ("%s", error.message);
        }
    });
    try {
        var app = new Qs.Application ("embedded");
        var topic = app.add_source (source);
        app.run ();
        foreach (unowned var message in app.embedded_broker.dup_messages (topic.name))
            print ("%s\n", (string) Bytes.unref_to_data (message.value));
    } catch (Error error) {
        print (@"error: $(error.message)\n");
    }
    return 0;
}
