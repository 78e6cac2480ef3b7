/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Calls a function in the thread-default main context of the thread that makes it, once
 * the cancellable is cancelled in any thread.
 *
 * It stands in for g_cancellable_source_new(): with that, a thread that cancels may use
 * the source's main context when it is gone (GLib 2.74 at least). The end of this one
 * waits until no thread is about to use it.
 *
 * Context: the thread of that main context, which also ends it; not from a handler of
 * the cancellable.   Locks: none.
 */
typedef struct _QsCancelWatch QsCancelWatch;

QsCancelWatch *qs_cancel_watch_new  (GCancellable  *cancellable,
                                     GSourceFunc    func,
                                     gpointer       user_data);

void           qs_cancel_watch_free (QsCancelWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsCancelWatch, qs_cancel_watch_free)

G_END_DECLS
