// SPDX-License-Identifier: LGPL-2.1-or-later
// What becomes of Vala's everyday types, as Vala makes GVariants of them; see
// test_values_table.py.   program DIRECTORY

enum Level {
    LOW,
    HIGH
}

struct Point {
    public int x;
    public double y;
}

class Example : Object {
    public string name;
    public Variant? value;

    public Example (string name, Variant? value) {
        this.name = name;
        this.value = value;
    }
}

delegate string Shown () throws Error;

static List<Example> examples () {
    var list = new List<Example> ();
    var table = new HashTable<string, Variant> (str_hash, str_equal);
    var dictionary = new VariantDict ();
    string[] words = { "a", "b" };
    string[] no_words = {};
    int[] numbers = { 1, 2 };
    Variant[] items = { 1, "a" };
    uint8[] bytes = { 'a', 'b' };
    var point = Point ();

    point.x = 1;
    point.y = 2.5;
    table["a"] = 1;
    dictionary.insert ("a", "i", 1);
    list.append (new Example ("null", null));
    list.append (new Example ("true", true));
    list.append (new Example ("5", 5));
    list.append (new Example ("(uint8) 5", (uint8) 5));
    list.append (new Example ("int64.MAX", int64.MAX));
    list.append (new Example ("uint64.MAX", uint64.MAX));
    list.append (new Example ("2.5", 2.5));
    list.append (new Example ("-0.0", -0.0));
    list.append (new Example ("double.NAN", double.NAN));
    list.append (new Example ("\"text ü\"", "text ü"));
    list.append (new Example ("\"\"", ""));
    list.append (new Example ("Level.HIGH, an enum", Level.HIGH));
    list.append (new Example ("string[]", words));
    list.append (new Example ("string[], empty", no_words));
    list.append (new Example ("int[]", numbers));
    list.append (new Example ("Variant[]", items));
    list.append (new Example ("uint8[]", bytes));
    list.append (new Example ("Point, a struct", point));
    list.append (new Example ("HashTable<string, Variant>", table));
    list.append (new Example ("VariantDict", dictionary.end ()));
    list.append (new Example ("new Variant (\"(is)\", 1, \"a\")", new Variant ("(is)", 1, "a")));
    list.append (new Example ("new Variant.bytestring (\"a\")", new Variant.bytestring ("a")));
    list.append (new Example ("new Variant.maybe (…, null)", new Variant.maybe (VariantType.VARIANT, null)));
    list.append (new Example ("new Variant.variant (5)", new Variant.variant (5)));
    list.append (new Example ("nested 40 deep", nested (40)));
    list.append (new Example ("nested 41 deep", nested (41)));
    return list;
}

static Variant nested (int depth) {
    Variant value = 1;

    for (int i = 0; i < depth; i++)
        value = new Variant.array (VariantType.VARIANT, { new Variant.variant (value) });
    return value;
}

static string shorten (string text) {
    var length = text.char_count ();

    return length <= 40 ? text : text.substring (0, text.index_of_nth_char (18)) + "…" +
        text.substring (text.index_of_nth_char (length - 6));
}

static string show_bytes (Bytes? bytes) {
    var text = new StringBuilder ();

    if (bytes == null)
        return "null";
    foreach (var b in bytes.get_data ()) {
        if (b == 0)
            text.append ("\\0");
        else
            text.append_c ((char) b);
    }
    return shorten (text.str);
}

static string show (Variant? value) {
    return value == null ? "null" : shorten (value.print (true));
}

static Variant attempt (Shown shown) {
    var result = new VariantDict ();

    try {
        result.insert_value ("is", shown ());
    } catch (Error error) {
        result.insert_value ("refused", error.message);
    }
    return result.end ();
}

static void say (VariantDict told) {
    try {
        print ("%s\n", Qs.json_to_string (told.end ()));
    } catch (Error error) {
        warning ("%s", error.message);
    }
}

class Tell : Qs.StatefulSource {
    public Tell () {
        Object (name: "values");
    }

    public override bool run () throws Error {
        foreach (unowned var example in examples ())
            tell (example);
        return true;
    }

    private void tell (Example example) throws Error {
        var told = new VariantDict ();
        unowned var value = example.value;
        Bytes? key = null;
        Bytes? data = null;
        var is_record = false;
        var headers = new Qs.Headers ();

        told.insert_value ("value", example.name);
        told.insert_value ("record", attempt (() => {
            data = serialize (null, value).value;
            is_record = true;
            return show_bytes (data);
        }));
        told.insert_value ("key", attempt (() => {
            key = serialize (value, null).key;
            return show_bytes (key);
        }));
        told.insert_value ("state", attempt (() => {
            var state = get_state ();
            state["k"] = value ?? new Variant.maybe (VariantType.VARIANT, null);
            return show (state["k"]);
        }));
        say (told);
        if (!is_record)
            return;
        headers.append ("value", new Bytes (example.name.data));
        produce (new Qs.Message (key, data, headers));
    }
}

static int main (string[] args) {
    Intl.setlocale ();
    try {
        var app = new Qs.Application ("embedded");
        app.state_dir = args[1];
        app.auto_offset_reset = Qs.AutoOffsetReset.EARLIEST;
        app.drain = true;
        app.dataframe (null, new Tell ()).update ((value, record) => {
            var told = new VariantDict ();
            unowned var name = record.headers.get_value (0);
            told.insert_value ("read", show_bytes (name));
            told.insert_value ("value", show (value));
            told.insert_value ("key", show_bytes (record.dup_key_bytes ()));
            say (told);
            return true;
        });
        app.run ();
        return 0;
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
}
