/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Finds the control sockets of this user's applications.
 *
 * Context: any.   Locks: none.
 */

/* The directories to look in. */
char **qs_control_place_list_directories (void);

/* A path for the socket of application @name, the @ordinal-th of this process, in a
 * directory that is made if it isn't there. NULL if there is no place for it. */
char  *qs_control_place_make_path        (const char   *name,
                                          guint         ordinal,
                                          GError      **error);

/* Whether the process that made the socket of that file name is gone. */
gboolean qs_control_place_is_left        (const char   *file_name);

G_END_DECLS
