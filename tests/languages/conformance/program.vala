/* SPDX-License-Identifier: LGPL-2.1-or-later
 * The conformance suite's program in Vala.   program BEHAVIOUR NAME */

static string behaviour;

static void fail_in (string where) throws Error {
    if (behaviour == "error-" + where)
        throw new IOError.FAILED ("broken in %s", where);
}

// A NUL as %0.
static string text (Bytes? data) {
    if (data == null)
        return "null";
    var line = new StringBuilder ("'");
    foreach (uint8 byte in data.get_data ()) {
        if (byte == 0)
            line.append ("%0");
        else
            line.append_c ((char) byte);
    }
    line.append ("'");
    return line.str;
}

class Brackets : Object, Qs.Serializer {
    public Bytes serialize (Variant value) throws Error {
        fail_in ("serialize");
        return new Bytes (@"<$((string) value)>".data);
    }

    public Variant deserialize (Bytes bytes) throws Error {
        throw new IOError.NOT_SUPPORTED ("not needed");
    }

    public unowned string? get_content_type () {
        return null;
    }
}

// Of values that JSON has no word for.
class Pairs : Object, Qs.Serializer {
    public Bytes serialize (Variant value) throws Error {
        return new Bytes (value.print (true).data);
    }

    public Variant deserialize (Bytes bytes) throws Error {
        return Variant.parse (null, (string) Bytes.unref_to_data (bytes));
    }

    public unowned string? get_content_type () {
        return null;
    }
}

class Conformance : Qs.StatefulSource {
    public Conformance (string name) {
        Object (name: name);
    }

    public override bool configure (Qs.Topic topic, Qs.Producer producer) throws Error {
        fail_in ("configure");
        return true;
    }

    public override bool setup () throws Error {
        fail_in ("setup");
        if (behaviour == "connect-failure")
            throw new IOError.FAILED ("no client");
        if (behaviour == "handlers" || behaviour == "fail")
            Timeout.add (1, on_time);
        return true;
    }

    private bool on_time () {
        try {
            if (behaviour == "fail")
                throw new IOError.FAILED ("broken in a callback");
            deliver ();
            stop ();
        } catch (Error error) {
            fail (error);
        }
        return Source.REMOVE;
    }

    public override bool start () throws Error {
        fail_in ("start");
        return base.start ();
    }

    public override Qs.Topic? default_topic () {
        try {
            fail_in ("default-topic");
        } catch (Error error) {
            return null;
        }
        return base.default_topic ();
    }

    public override bool cleanup (bool failed) throws Error {
        print (@"cleanup $failed\n");
        fail_in ("cleanup");
        return base.cleanup (failed);
    }

    public override bool flush (double timeout) throws Error {
        fail_in ("flush");
        return base.flush (timeout);
    }

    public override bool run () throws Error {
        print (@"running $running\n");
        fail_in ("run");
        switch (behaviour) {
        case "serialize":
            Variant[] items = { new Variant.int64 (1), new Variant.maybe (VariantType.VARIANT, null),
                                2.5, "ü", true, new Variant.int64 ((int64) 1 << 40) };
            var list = new VariantBuilder (new VariantType ("av"));
            foreach (unowned var item in items)
                list.add ("v", item);
            var dict = new VariantDict ();
            dict.insert_value ("a", list.end ());
            produce (serialize ("k", dict.end ()));
            break;
        case "custom-serializer":
        case "error-serialize":
            produce (serialize (null, "x"));
            break;
        case "exact":
            // As text, since a Variant has no NUL.
            var made = topic.serialize_json ("\"a\\u0000b\"".data, "{\"t\":\"a\\u0000b\",\"n\":9007199254740993}".data);
            produce (made);
            uint8[] first = { 'k', 0, 'a' };
            uint8[] second = { 'k', 0, 'b' };
            var exact = get_state ();
            exact.set_json (first, "1".data);
            exact.set_json (second, "2".data);
            exact["v"] = (int64) 9007199254740993;
            print ("keys %s %s\n", text (exact.get_data (first)).replace ("'", ""), text (exact.get_data (second)).replace ("'", ""));
            print ("exact %s\n", ((int64) exact["v"] == 9007199254740993).to_string ());
            break;
        case "keys":
            uint8[] nul_a = { 'k', 0, 'a' };
            uint8[] nul_b = { 'k', 0, 'b' };
            get_state ().set_json (nul_b, "1".data);
            get_state ().set_json (nul_a, "2".data);
            var keys = get_state ().list_data ("k".data);
            print ("keys %s %s\n", text (keys.get_child_value (0).get_data_as_bytes ()).replace ("'", ""),
                   text (keys.get_child_value (1).get_data_as_bytes ()).replace ("'", ""));
            break;
        case "own-values":
            produce (serialize (null, new Variant ("(sx)", "a", (int64) 5)));
            break;
        case "too-deep":
            Variant deep = 1;
            for (int i = 0; i < 1000; i++)
                deep = new Variant.array (VariantType.VARIANT, { new Variant.variant (deep) });
            try {
                serialize (null, deep);
            } catch (Error error) {
                print (@"refused: $(error.message)\n");
            }
            deliver ();
            break;
        case "error-domain":
            throw new IOError.NOT_FOUND ("it is gone");
        case "nothing":
            produce_data (null, "1".data);
            break;
        case "handlers":
        case "fail":
            return base.run ();
        case "stored-null":
            var nothing = get_state ();
            nothing["k"] = new Variant.maybe (VariantType.VARIANT, null);
            var stored = nothing.get_with_fallback ("k", "fallback");
            print ("stored %s\n", stored.is_of_type (VariantType.MAYBE) && stored.n_children () == 0 ? "null" : "fallback");
            print ("there %s\n", ("k" in nothing).to_string ());
            break;
        case "refused":
            try {
                topic.serialize (null, new Variant.bytestring ("x"));
            } catch (Error error) {
                print (@"refused: $(error.message)\n");
            }
            deliver ();
            break;
        case "skip":
        case "dead-letter":
            produce_value (null, new Variant.bytestring ("x"));
            deliver ();
            break;
        case "headers":
            var headers = new Qs.Headers ();
            headers.append ("a", new Bytes ("1".data));
            headers.append ("b", null);
            headers.append ("a", new Bytes ("2".data));
            produce (new Qs.Message (null, new Bytes ("v".data), headers));
            break;
        case "null-and-empty":
            produce_bytes (null, new Bytes (null));
            produce_bytes (new Bytes (null), null);
            break;
        case "state":
            var state = get_state ();
            state["n"] = state.get_int64 ("n", 0) + 1;
            if (!("n" in state))
                throw new IOError.FAILED ("'in' does not see what was set");
            produce_data (null, @"$((int64) state["n"])".data);
            break;
        case "flush":
            deliver ();
            flush ();
            print (@"acknowledged $(producer.n_acknowledged)\n");
            break;
        case "expiry":
            get_state ().set ("k", (int64) 1, 0.05);
            print (@"before $((int64) get_state ()["k"])\n");
            flush ();
            wait (0.2);
            print ("after %s\n", get_state ()["k"] == null ? "null" : "there");
            break;
        case "stop-in-run":
            stop ();
            print (@"running $running\n");
            break;
        case "kill":
            wait_for_end ();
            break;
        case "restart":
            if (FileUtils.test ("mark", FileTest.EXISTS)) {
                deliver ();
            } else {
                FileUtils.set_contents ("mark", "");
                wait_for_end ();
            }
            break;
        case "dataframe":
        case "error-dataframe":
            for (int i = 1; i <= 4; i++)
                produce_value (null, (int64) i);
            break;
        default:
            deliver ();
            break;
        }
        return true;
    }

    private void wait_for_end () {
        print ("waiting\n");       // to be killed
        while (wait (60));
    }

    private void deliver () throws Error {
        for (int i = 0; i < 3; i++)
            produce_data ("k".data, @"v$i".data);
    }
}

static Qs.Topic add_dataframe (Qs.Application app, Qs.BaseSource source) throws Error {
    app.auto_offset_reset = Qs.AutoOffsetReset.EARLIEST;
    app.drain = true;
    if (behaviour == "own-values") {
        var topic = new Qs.Topic (source.name);
        topic.value_serializer = new Pairs ();
        app.dataframe (topic, source).update ((value) => {
            print ("own %s\n", value.equal (new Variant ("(sx)", "a", (int64) 5)).to_string ());
            return true;
        });
        return topic;
    }
    var frame = app.dataframe (null, source);
    if (behaviour == "nothing") {
        frame.filter ((value) => (Qs.Verdict) 0);
        return frame.topic;
    }
    frame.filter ((value) => (int64) value % 2 == 0 ? Qs.Verdict.KEEP : Qs.Verdict.DROP)
         .apply ((value) => {
             fail_in ("dataframe");
             return (int64) value * 10;
         })
         .print ();
    return frame.topic;
}

class Splits : Qs.SplitSource {
    public Splits (string name) {
        Object (name: name);
    }

    public override string[] list_splits () throws Error {
        return { "b", "a" };
    }

    public override bool run_splits () throws Error {
        foreach (unowned var split in get_splits ()) {
            var state = get_split_state (split);
            int64 n = state.get_int64 ("n", 0) + 1;
            state["n"] = n;
            produce_data (null, @"$split $n of $(state.keys ().length)".data);
        }
        return true;
    }
}

static void run_splits (Qs.Application app, string name) throws Error {
    var topic = app.add_source (new Splits (name));
    app.run ();
    if (app.embedded_broker == null)
        return;
    foreach (unowned var message in app.embedded_broker.dup_messages (topic.name))
        print ("message %s %s\n", text (message.key), text (message.value));
}

static async void run_async (Qs.Application app, MainLoop loop) {
    Idle.add (() => {
        if (!Qs.is_worker ())
            print ("turn\n");
        return Source.REMOVE;
    });
    try {
        yield app.run_async ();
        print ("done\n");
    } catch (Error error) {
        print (@"error: $(error.message)\n");
    }
    loop.quit ();
}

static void run_all (string name) throws Error {
    var app = new Qs.Application (null);
    Qs.Topic? topic = null;

    app.run_timeout = 30;
    if (behaviour == "custom-serializer" || behaviour == "error-serialize") {
        topic = new Qs.Topic (name);
        topic.value_serializer = new Brackets ();
    }
    if (behaviour == "exactly-once")
        app.processing_guarantee = Qs.ProcessingGuarantee.EXACTLY_ONCE;
    if (behaviour == "isolation-thread")
        app.isolation = Qs.Isolation.THREAD;
    if (behaviour == "restart") {
        app.max_restarts = 1;
        app.restart_backoff = 0;
    }
    app.source_connected.connect ((source) => print (@"connected $(source.name)\n"));
    app.source_connect_failed.connect ((source, error) => print (@"connect failed: $(error.message)\n"));

    app.source_failed.connect ((source, error) => {
        if (behaviour == "error-domain")
            print ("failed %s %d\n", error.domain.to_string (), error.code);
        return false;
    });

    if (behaviour == "sharing") {
        app.standby_replicas = -1;
        app.instance_id = "one";
        print (@"sharing $(app.standby_replicas) $(app.instance_id) $(app.leave_on_stop)\n");
    }
    if (behaviour == "splits") {
        run_splits (app, name);
        return;
    }

    var source = new Conformance (name);
    if (behaviour == "skip")
        source.errors = Qs.ErrorHandling.SKIP;
    if (behaviour == "dead-letter")
        source.errors = Qs.ErrorHandling.DEAD_LETTER;
    if (behaviour.has_suffix ("dataframe") || behaviour == "own-values" || behaviour == "nothing")
        topic = add_dataframe (app, source);
    else
        topic = app.add_source (source, topic);
    if (behaviour == "async") {
        var loop = new MainLoop ();
        run_async.begin (app, loop);
        loop.run ();
    } else {
        app.run ();
    }
    if (behaviour == "state")
        app.run ();
    if (app.embedded_broker == null)
        return;
    foreach (unowned var message in app.embedded_broker.dup_messages (topic.name)) {
        var line = @"message $(text (message.key)) $(text (message.value))";
        unowned var headers = message.get_headers ();
        for (uint i = 0; headers != null && i < headers.get_length (); i++)
            line += @" $(headers.get_name (i))=$(text (headers.get_value (i)))";
        print ("%s\n", line);
    }
    if (behaviour == "dead-letter")
        print ("dead letters %u\n", app.embedded_broker.dup_messages (@"dead-letter__$(topic.name)").length);
}

int main (string[] args) {
    Intl.setlocale ();
    behaviour = args[1];
    try {
        run_all (args[2]);
    } catch (Error error) {
        print (@"error: $(error.message)\n");
    }
    return 0;
}
