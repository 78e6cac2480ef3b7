// SPDX-License-Identifier: LGPL-2.1-or-later
// What the metadata can't change: joins what vapigen makes of the GIR.

namespace Qs {
	public sealed class State : GLib.Object {
		// Behind state["key"] = value, too.
		[CCode (cname = "qs_state_set_with_ttl")]
		public void set (string key, GLib.Variant value, double ttl = -1.0) throws GLib.Error;
	}
}
