/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For RTLD_DEFAULT and gettid(). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "qs-callback-private.h"

#include <dlfcn.h>
#include <unistd.h>

static GPrivate told_error = G_PRIVATE_INIT ((GDestroyNotify) g_error_free);

/* All that this library knows about GJS is in this file. */

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

static GQuark
guard_quark (const char *name)
{
  g_autofree char *text = g_strconcat ("qs-callback-guard-", name, NULL);

  return g_quark_from_string (text);
}

/* Whether qs_callback_guard() was called for the function @name of @type or of a parent of it. */
static gboolean
is_guarded (GType type, const char *name)
{
  GQuark quark = guard_quark (name);

  for (; type != 0; type = g_type_parent (type))
    if (g_type_get_qdata (type, quark) != NULL)
      return TRUE;

  return FALSE;
}

gboolean
qs_callback_was_lost (GType type, const char *name, GError **error)
{
  GError *told = NULL;

  if (*error != NULL)
    return FALSE;

  told = g_private_get (&told_error);
  if (told == NULL)
    return is_guarded (type, name) && collect_garbage_of_gjs ();

  *error = g_error_copy (told);
  g_private_replace (&told_error, NULL);

  return FALSE;
}

void
qs_callback_prepare (GType type, const char *name)
{
  if (is_guarded (type, name))
    collect_garbage_of_gjs ();
}

gboolean
qs_callback_has_thread (GType type)
{
  /* GJS marks each type that is made in JavaScript; older ones may name it only. */
  GQuark quark = g_quark_try_string ("gjs::custom-type");

  for (; type != 0; type = g_type_parent (type))
    if ((quark != 0 && g_type_get_qdata (type, quark) != NULL) ||
        g_str_has_prefix (g_type_name (type), "Gjs_"))
      return TRUE;

  return FALSE;
}

/**
 * qs_callback_fail:
 * @domain: the domain of the error
 * @code: its code
 * @message: why it fails
 *
 * Reports why the callback or virtual function that now returns nothing (`NULL`, false, 0)
 * fails.
 *
 * It is for language bindings that cannot set the error of a callback, such as Lua's. It
 * works in the functions of a [class@Dataframe], in a [iface@Serializer], and in those
 * functions of a source that can fail. Call it in the thread of the callback, right before
 * the callback returns.
 */
void
qs_callback_fail (GQuark domain, int code, const char *message)
{
  g_return_if_fail (domain != 0);
  g_return_if_fail (message != NULL);

  g_private_replace (&told_error, g_error_new_literal (domain, code, message));
}

/**
 * qs_callback_guard:
 * @type: a type that a language binding has registered
 * @name: the name of a virtual function that the type implements; `step` of
 *   [class@Dataframe] stands for the functions of all dataframes
 *
 * Declares that a function always either returns a result or sets an error.
 *
 * It is for language bindings that sometimes fail to call a function, as GJS does while it
 * collects garbage. A call that returns nothing (`NULL`, false, 0) and sets no error is
 * then taken for one that was not made, and is repeated. Without this declaration, such a
 * call is a failure and is never repeated.
 *
 * Call it before the first object of the type is made.
 */
void
qs_callback_guard (GType type, const char *name)
{
  g_return_if_fail (type != G_TYPE_INVALID);
  g_return_if_fail (name != NULL);

  g_type_set_qdata (type, guard_quark (name), GINT_TO_POINTER (TRUE));
}
