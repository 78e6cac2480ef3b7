/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-cancel-watch-private.h"

struct _QsCancelWatch
{
  GCancellable *cancellable; /* owned */
  GSource      *source;      /* owned; ready once @cancellable is cancelled */
  gulong        handler;
};

/* In the thread that cancels. */
static void
cancelled_cb (GCancellable *cancellable, gpointer source)
{
  g_source_set_ready_time (source, 0);
}

static gboolean
dispatch (GSource *source, GSourceFunc func, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  func (user_data);

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

QsCancelWatch *
qs_cancel_watch_new (GCancellable *cancellable, GSourceFunc func, gpointer user_data)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  QsCancelWatch *self = g_new0 (QsCancelWatch, 1);

  self->cancellable = g_object_ref (cancellable);
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "QsCancelWatch");
  g_source_set_callback (self->source, func, user_data, NULL);
  g_source_attach (self->source, context);
  self->handler =
      g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self->source, NULL);

  return self;
}

/* Disconnects first: that waits for a thread that cancels. */
void
qs_cancel_watch_free (QsCancelWatch *self)
{
  g_cancellable_disconnect (self->cancellable, self->handler);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_object_unref (self->cancellable);
  g_free (self);
}
