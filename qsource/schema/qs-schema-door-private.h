/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Parts of QSource in C++ that are shared objects of their own, beside the library: a
 * process that needs none of them doesn't load what they need.
 *
 * Context: any.   Locks: its own, while it loads.
 */

/* Loads the part @name unless that is done, and writes the addresses of its functions
 * @names (ended by NULL) into @functions. @option is what it is built with. FALSE: there
 * is no such part, or it doesn't load; asking again is no mistake. */
gboolean qs_schema_door_open (const char         *name,
                              const char         *option,
                              const char *const  *names,
                              gpointer           *functions,
                              GError            **error);

G_END_DECLS
