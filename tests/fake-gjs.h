/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes a test look like a program of GJS, which must be linked with
 * export_dynamic. */

#pragma once

#include <glib.h>

static gboolean fake_gjs_is_there;
static guint    fake_gjs_n_collections;

gpointer gjs_context_get_current (void);
void     gjs_context_gc          (gpointer context);

gpointer
gjs_context_get_current (void)
{
  return fake_gjs_is_there ? &fake_gjs_is_there : NULL;
}

void
gjs_context_gc (gpointer context)
{
  g_assert_true (context == &fake_gjs_is_there);
  fake_gjs_n_collections++;
}
