/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The address of a schema registry.
 *
 * Context: any.   Locks: none.
 */

/* @base with @path behind it. transfer full */
char *qs_schema_address_join       (const char  *base,
                                    const char  *path);

/* An address without its user, who is returned separately, if there is one. transfer full */
char *qs_schema_address_strip_user (const char  *base,
                                    char       **user,
                                    char       **password);

G_END_DECLS
