#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A source of the lines of a file, and a dataframe that prints them.
// Run: gjs -m examples/gjs/file-source.js FILE   (on the embedded broker)

import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Qs from 'gi://Qs?version=1';

const file = Gio.File.new_for_commandline_arg(ARGV[0]);

const FileSource = GObject.registerClass(class FileSource extends Qs.Source {
    vfunc_setup() {
        this._stream = new Gio.DataInputStream({base_stream: file.read(null)});
    }

    vfunc_run() {
        const key = file.get_basename();
        while (this.running) {      // until asked to stop
            const [line] = this._stream.read_line_utf8(null);
            if (line === null)
                return;
            this.produce({key, value: this.serialize({value: line}).value});
        }
    }

    vfunc_cleanup(failed) {
        this._stream?.close(null);
        super.vfunc_cleanup(failed);
    }
});

const app = new Qs.Application({broker_address: 'embedded', auto_offset_reset: 'earliest', drain: true});
app.dataframe({source: new FileSource({name: 'file'})}).print(true);
app.run();
