/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-gsource-private.h"

GSource *
qs_gsource_new_timeout (guint ms, GSourceFunc func, gpointer user_data)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, user_data, NULL);
  g_source_attach (source, context);

  return source;
}

void
qs_gsource_clear (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}
