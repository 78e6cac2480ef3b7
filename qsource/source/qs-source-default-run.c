/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The run() of a source whose class has none. */

#include "qs-source-private.h"

#include "qs-base-source-private.h"
#include "qs-log-private.h"

/* When it says so if there is nothing to serve. */
#define LOOK_SECONDS 1

/* The descriptors that GLib uses to wake up the context. */
#define N_OWN_FDS 1

static void
wake_cb (GCancellable *cancellable, gpointer user_data)
{
  g_main_context_wakeup (user_data);
}

static gboolean
look_cb (gpointer user_data)
{
  gboolean *is_time = user_data;

  *is_time = TRUE;

  return G_SOURCE_REMOVE;
}

/* Whether @context waits for anything: a timeout, a file, a socket. */
static gboolean
has_sources (GMainContext *context)
{
  int timeout = 0;
  int n_fds = 0;

  if (!g_main_context_acquire (context))
    return TRUE;
  g_main_context_prepare (context, NULL);
  n_fds = g_main_context_query (context, G_MAXINT, &timeout, NULL, 0);
  g_main_context_release (context);

  return timeout != -1 || n_fds > N_OWN_FDS;
}

/* Without the overrides of its language, a class that has a run() seems to have none. */
static void
warn_if_idle (QsSource *self, GMainContext *context)
{
  QsBaseSource *base = QS_BASE_SOURCE (self);
  QsProducer   *producer = qs_base_source_get_producer (base);

  if (has_sources (context) ||
      (producer != NULL &&
       qs_producer_get_n_acknowledged (producer) + qs_producer_get_n_in_flight (producer) > 0))
    return;

  qs_log_warning (qs_base_source_get_name (base),
                  NULL,
                  "%s has no run() of its own, and GLib's main context waits for no timeout, file "
                  "or socket, so only another thread can produce records. If its run() is "
                  "written in another language, the library's overrides for that language are not "
                  "installed where it looks for them",
                  G_OBJECT_TYPE_NAME (self));
}

/* By a handler rather than by a source: GLib 2.74 leaks one that is destroyed while
 * another thread still cancels. */
gboolean
qs_source_run_default (QsSource *self, GError **error)
{
  GCancellable *cancellable = qs_base_source_get_cancellable (QS_BASE_SOURCE (self));
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GSource) look = g_timeout_source_new_seconds (LOOK_SECONDS);
  gulong   handler = g_cancellable_connect (cancellable, G_CALLBACK (wake_cb), context, NULL);
  gboolean is_time = FALSE;

  g_source_set_callback (look, look_cb, &is_time, NULL);
  g_source_attach (look, context);
  while (!g_cancellable_is_cancelled (cancellable))
    {
      g_main_context_iteration (context, TRUE);
      if (!is_time)
        continue;
      is_time = FALSE;
      warn_if_idle (self, context);
    }
  g_source_destroy (look);
  g_cancellable_disconnect (cancellable, handler);

  return qs_base_source_check_failure (QS_BASE_SOURCE (self), TRUE, error);
}
