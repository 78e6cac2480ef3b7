/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For RTLD_DEFAULT and gettid(). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "qs-callback-private.h"

#include <dlfcn.h>
#include <unistd.h>

static GPrivate told_error = G_PRIVATE_INIT ((GDestroyNotify) g_error_free);

/* GJS before 1.82 collects garbage in steps, and between them refuses every call
 * from C, which then gets nothing. Ends the collection. FALSE if this is no
 * program of GJS.
 *
 * JavaScript runs in the first thread of a process only. */
static gboolean
collect_garbage_of_gjs (void)
{
  gpointer (*get_current) (void) = NULL;
  void (*collect) (gpointer context) = NULL;
  gpointer context = NULL;

  if (gettid () != getpid ())
    return FALSE;

  *(gpointer *) &get_current = dlsym (RTLD_DEFAULT, "gjs_context_get_current");
  *(gpointer *) &collect = dlsym (RTLD_DEFAULT, "gjs_context_gc");
  if (get_current != NULL && collect != NULL)
    context = get_current ();
  if (context == NULL)
    return FALSE;

  collect (context);

  return TRUE;
}

gboolean
qs_callback_was_lost (GError **error)
{
  GError *told = NULL;

  if (*error != NULL)
    return FALSE;

  told = g_private_get (&told_error);
  if (told == NULL)
    return collect_garbage_of_gjs ();

  *error = g_error_copy (told);
  g_private_replace (&told_error, NULL);

  return FALSE;
}

/**
 * qs_callback_fail:
 * @domain: the domain of the error
 * @code: its code
 * @message: why it fails
 *
 * Tells why the callback or virtual function fails that now returns nothing
 * (`NULL`, false, 0).
 *
 * It is for language bindings that have no way to set the error of a callback,
 * such as Lua's. It counts for the functions of a [class@Dataframe], for
 * [iface@Serializer], and for those functions of a source that can fail.
 */
void
qs_callback_fail (GQuark domain, int code, const char *message)
{
  g_return_if_fail (domain != 0);
  g_return_if_fail (message != NULL);

  g_private_replace (&told_error, g_error_new_literal (domain, code, message));
}
