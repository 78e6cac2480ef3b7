/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A page for browsers with all applications of this machine that this user may see. It is read
 * only, and asks them only while somebody looks.
 */
typedef struct _QscWeb QscWeb;

/* @address: HOST:PORT; a port of 0 is any that is free. @name: only the applications of that name
 * or process; nullable. @interval: how often they are asked, in seconds. */
QscWeb     *qsc_web_new     (const char  *address,
                             const char  *name,
                             double       interval,
                             GError     **error);

/* Where it is, for a browser. */
const char *qsc_web_get_uri (QscWeb      *self);
void        qsc_web_free    (QscWeb      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QscWeb, qsc_web_free)

G_END_DECLS
