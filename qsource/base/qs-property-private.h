/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/*
 * Properties that come as a text or as a GVariant: from a command line, a file, or
 * a dictionary in any language. What doesn't fit is an error that says what would;
 * all errors are G_IO_ERROR_INVALID_ARGUMENT.
 *
 * Context: any.   Locks: none.
 */

/* Initializes @value with what @variant means for @pspec. A string is read as a text
 * (an enumeration's nick, a number, yes or no), unless the property is a string. */
gboolean  qs_property_from_variant (GParamSpec  *pspec,
                                    GVariant    *variant,
                                    GValue      *value,
                                    GError     **error);

/* Makes an object of @type with the @properties, an a{sv} (nullable). @what names it
 * in errors. transfer full */
GObject  *qs_property_make_object  (GType        type,
                                    const char  *what,
                                    GVariant    *properties,
                                    GError     **error);

G_END_DECLS
