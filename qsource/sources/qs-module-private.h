/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/*
 * Shared objects that have types of sources. Each is looked at by a process of its own
 * before it is loaded, so that a crash in one is only its own.
 *
 * Context: any.   Locks: none.
 */

/* The short names of the types of all modules, of those that work. transfer full */
char    **qs_module_list_names  (void);

/* Loads the module that has the type of the short name, or of the name with GObject,
 * @name. G_TYPE_INVALID without an error if none has. */
GType     qs_module_lookup_type (const char  *name,
                                 GError     **error);

/* Whether @name names a module's file: FILE.so or FILE.so:CLASS. */
gboolean  qs_module_is_file     (const char  *name);

/* The type of a module's file; CLASS may be left out if it has only one. */
GType     qs_module_load_file   (const char  *name,
                                 GError     **error);

/* Makes the short name of the type @type_name: journal for QsJournalSource. transfer full */
char     *qs_module_dup_name    (const char  *type_name);

G_END_DECLS
