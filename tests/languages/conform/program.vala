/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Sources in Vala under all rules of QsConform, in GLib's test framework.
 * QSOURCE_CONFORM_SOURCE=good|broken program --tap */

const int LAST = 40;

class Numbers : Qs.StatefulSource {
    public Numbers () {
        Object (name: "numbers");
    }

    public override bool run () throws Error {
        for (var n = get_state ().get_int64 ("n", 0) + 1; running && n <= LAST; n++) {
            get_state ()["n"] = n;
            produce_value ("n", n);
            flush ();
        }
        return true;
    }
}

/* Does not look whether it is to stop, which breaks the rule `stop`. */
class Deaf : Qs.StatefulSource {
    public Deaf () {
        Object (name: "numbers", shutdown_timeout: 2.0);
    }

    public override bool run () throws Error {
        for (int64 n = 1;; n++) {
            produce_value ("n", n);
            flush ();
            Thread.usleep (1000); // Sleeps: it is deaf to what would wake it
        }
    }
}

Qs.BaseSource make_source () {
    if (Environment.get_variable ("QSOURCE_CONFORM_SOURCE") == "good")
        return new Numbers ();
    return new Deaf ();
}

int main (string[] args) {
    Qs.Harness.serve (make_source ());

    Test.init (ref args);
    var conform = new Qs.Conform (() => new Qs.Harness (make_source ()));
    conform.kills = 3;
    conform.add_tests ("/numbers");
    return Test.run ();
}
