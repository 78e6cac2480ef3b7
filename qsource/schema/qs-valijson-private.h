/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The face that valijson, which is C++, has for C. No exception comes out of it.
 *
 * Context: any.   Locks: its own, while a text is checked.
 */

typedef struct _QsValijson QsValijson;

/* To be called before the others. FALSE: there is none here. */
gboolean    qs_valijson_open  (GError     **error);

/* Of a text that is JSON, as are the @parts to which it refers by their @names; NULL:
 * @problem says why. transfer full */
QsValijson *qs_valijson_new   (const char  *schema,
                               GPtrArray   *names,
                               GPtrArray   *parts,
                               char       **problem);
void        qs_valijson_free  (QsValijson  *self);

/* Describes what does not fit in a JSON text, after its path; NULL: all fits. transfer full */
char       *qs_valijson_check (QsValijson  *self,
                               const char  *text,
                               gsize        length);

G_END_DECLS
