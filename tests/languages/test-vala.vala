/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is special about Vala. */

class Calls : Qs.StatefulSource {
    public delegate void Function (Calls source) throws Error;

    private Function function;

    public Calls (string name, owned Function function) {
        Object (name: name);
        this.function = (owned) function;
    }

    public override bool run () throws Error {
        function (this);
        return true;
    }
}

// A source in a thread of the test itself.
static Qs.Application make_app (owned Calls.Function function) throws Error {
    var app = new Qs.Application ("embedded");
    app.state_dir = Environment.get_user_cache_dir ();
    app.isolation = Qs.Isolation.THREAD;
    app.run_timeout = 60;
    app.add_source (new Calls ("calls", (owned) function));
    return app;
}

static void run (owned Calls.Function function) {
    try {
        make_app ((owned) function).run ();
    } catch (Error error) {
        Test.fail ();
        Test.message ("%s", error.message);
    }
}

// As natural as any other serializer, with errors of a domain.
static void test_schema () {
    const string SCHEMA = "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"a\", \"type\": \"long\"}]}";

    try {
        var topic = new Qs.Topic ("t");
        topic.value_serializer = new Qs.AvroSerializer (SCHEMA, null);
        var value = new Variant.parsed ("{'a': <int64 5>}");
        var message = topic.serialize (null, value, null, 0);
        assert (message.value.length == 1 && message.value[0] == 10);
        assert (topic.deserialize (message).value.equal (value));

        var registry = new Qs.SchemaRegistry (null);
        var reference = new Variant.parsed ("[('n.R', 's', 1)]");
        topic.value_serializer = (Qs.Serializer) Object.new (typeof (Qs.AvroSerializer), "schema", "\"n.R\"",
            "registry", registry, "references", reference, "subject-strategy", Qs.SubjectStrategy.RECORD);
        topic.serialize (null, value, null, 0);
        assert_not_reached ();
    } catch (Qs.SerializationError.REGISTRY error) {
        assert ("'n.R' of subject 's'" in error.message);
    } catch (Error error) {
        assert_not_reached ();
    }
}

static void test_state () {
    Test.summary ("state[key] = value, and key in state");
    run ((source) => {
        var state = source.get_state ();
        assert_false ("current" in state);
        state["current"] = (int64) 5;
        assert_true ("current" in state);
        assert_cmpint ((int) (int64) state["current"], CompareOperator.EQ, 5);
        state["text"] = "ü";
        assert_cmpstr ((string) state["text"], CompareOperator.EQ, "ü");
        assert_null (state["missing"]);
        assert_cmpint ((int) state.get_int64 ("missing", 7), CompareOperator.EQ, 7);
        assert_cmpstrv (state.keys (), { "current", "text" });
        state.remove ("text");
        assert_false ("text" in state);
    });
}

static void test_expiry () {
    Test.summary ("state.set (key, value, ttl)");
    run ((source) => {
        var state = source.get_state ();
        state.set ("stays", 1);
        state.set ("goes", 2, 0.01);
        assert_cmpint ((int) (int64) state["goes"], CompareOperator.EQ, 2);
        source.flush ();
        source.wait (0.1);
        state = source.get_state ();
        assert_true ("stays" in state);
        assert_false ("goes" in state);
    });
}

static void test_depth () {
    Test.summary ("What lies deeper than a GVariant reaches is an error, not another value");
    run ((source) => {
        var state = source.get_state ();
        var text = new StringBuilder ();
        var errors = 0;
        for (int i = 0; i < 41; i++)
            text.append_c ('[');
        for (int i = 0; i < 41; i++)
            text.append_c (']');
        state.set_json ("deep".data, text.data);
        try {
            state.get ("deep");
        } catch (Qs.StateError error) {
            assert_true ("40" in error.message);
            errors++;
        }
        try {
            Qs.json_from_string (text.str);
        } catch (Qs.SerializationError error) {
            assert_true ("40" in error.message);
            errors++;
        }
        assert_cmpint (errors, CompareOperator.EQ, 2);
    });
}

static void test_errordomains () {
    Test.summary ("Errors are caught by their domains and codes");
    run ((source) => {
        var state = source.get_state ();
        var errors = 0;
        source.flush ();
        try {
            state["late"] = true;
        } catch (Qs.StateError.INVALID error) {
            errors++;
        }
        try {
            source.serialize (null, new Variant.bytestring ("x"));
        } catch (Qs.SerializationError error) {
            errors++;
        }
        try {
            Qs.Serializer.for_name ("xml");
        } catch (Qs.SerializationError.UNKNOWN_SERIALIZER error) {
            errors++;
        }
        assert_cmpint (errors, CompareOperator.EQ, 3);
    });
}

static void test_failure () {
    Test.summary ("An error of a source reaches the parent, with its domain");
    try {
        var app = make_app ((source) => {
            throw new IOError.NOT_FOUND ("it is gone");
        });
        var is_told = false;
        app.source_failed.connect ((source, error) => {
            is_told = error is IOError.NOT_FOUND;
            return false;
        });
        try {
            app.run ();
            assert_not_reached ();
        } catch (Qs.SourceError error) {
            assert_true ("it is gone" in error.message);
        }
        assert_true (is_told);
    } catch (Error error) {
        assert_no_error (error);
    }
}

static async void run_async (Qs.Application app, Cancellable cancellable, MainLoop loop) {
    try {
        yield app.run_async (cancellable);
        assert_not_reached ();
    } catch (IOError.CANCELLED error) {
        loop.quit ();
    } catch (Error error) {
        assert_no_error (error);
    }
}

static void test_async () {
    Test.summary ("yield app.run_async() leaves the main loop its turns, and can be cancelled");
    try {
        var loop = new MainLoop ();
        var cancellable = new Cancellable ();
        var turns = 0;
        var app = make_app ((source) => {
            while (source.wait (60));
        });
        run_async.begin (app, cancellable, loop);
        Timeout.add (10, () => {
            if (++turns == 5)
                cancellable.cancel ();
            return turns < 5;
        });
        loop.run ();
        assert_cmpint (turns, CompareOperator.EQ, 5);
    } catch (Error error) {
        assert_no_error (error);
    }
}

class AsyncSource : Qs.Source {
    public AsyncSource () {
        Object (name: "async");
    }

    private async void produce_later () {
        for (var i = 0; i < 3; i++) {
            var source = new TimeoutSource (1);
            source.set_callback (produce_later.callback);
            source.attach (MainContext.get_thread_default ());
            yield;
            try {
                produce_value (null, (int64) i);
            } catch (Error error) {
                assert_no_error (error);
            }
        }
        stop ();
    }

    public override bool setup () throws Error {
        produce_later.begin ();
        return true;
    }
}

static void test_async_source () {
    Test.summary ("A source without a run() can be nothing but async functions");
    try {
        var app = new Qs.Application ("embedded");
        app.isolation = Qs.Isolation.THREAD;
        unowned var topic = app.add_source (new AsyncSource ());
        app.run ();
        assert_cmpint (app.embedded_broker.dup_messages (topic.name).length, CompareOperator.EQ, 3);
    } catch (Error error) {
        assert_no_error (error);
    }
}

class Numbers : Qs.Source {
    public Numbers () {
        Object (name: "numbers");
    }

    public override bool run () throws Error {
        for (int64 i = 1; i <= 3; i++)
            produce_value ("k", i);
        return true;
    }
}

static void test_rows () {
    Test.summary ("What came out of a dataframe, as records");
    try {
        var app = new Qs.Application ("embedded");
        app.isolation = Qs.Isolation.THREAD;
        app.drain = true;
        app.collect = true;
        var frame = app.dataframe (null, new Numbers ());
        frame.apply ((value, record) => -(int64) value);
        app.run ();
        var rows = app.dup_rows ();
        assert_cmpint (rows.length, CompareOperator.EQ, 3);
        assert_cmpint ((int) (int64) rows[2].value, CompareOperator.EQ, -3);
        assert_cmpint ((int) rows[2].offset, CompareOperator.EQ, 2);
    } catch (Error error) {
        assert_no_error (error);
    }
}

int main (string[] args) {
    Test.init (ref args, "isolate_dirs", null);
    // The library warns of what the embedded broker can't do, and of sources that fail.
    Log.set_always_fatal (LogLevelFlags.LEVEL_ERROR | LogLevelFlags.LEVEL_CRITICAL);
    Test.add_func ("/vala/schema", test_schema);
    Test.add_func ("/vala/state", test_state);
    Test.add_func ("/vala/expiry", test_expiry);
    Test.add_func ("/vala/depth", test_depth);
    Test.add_func ("/vala/errordomains", test_errordomains);
    Test.add_func ("/vala/failure", test_failure);
    Test.add_func ("/vala/async", test_async);
    Test.add_func ("/vala/async-source", test_async_source);
    Test.add_func ("/vala/rows", test_rows);
    return Test.run ();
}
