/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A source of the lines of a file, and a dataframe that prints them.
 * Run: build/examples/vala/file-source FILE   (on the embedded broker) */

static string path;

class FileSource : Qs.Source {
    private DataInputStream stream;

    public FileSource (string name) {
        Object (name: name);
    }

    public override bool setup () throws Error {
        stream = new DataInputStream (File.new_for_path (path).read ());
        return true;
    }

    public override bool run () throws Error {
        var key = Path.get_basename (path);
        for (var line = stream.read_line_utf8 (); running && line != null; line = stream.read_line_utf8 ())
            produce (serialize (key, line));
        return true;
    }
}

int main (string[] args) {
    path = args[1];

    var app = new Qs.Application ("embedded");
    app.auto_offset_reset = Qs.AutoOffsetReset.EARLIEST;
    app.drain = true;
    try {
        app.dataframe (null, new FileSource ("file")).print (true);
        app.run ();
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
    return 0;
}
