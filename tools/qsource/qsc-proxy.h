/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource/qsource.h>

G_BEGIN_DECLS

/* A source by the name of @name that stands for one of another program: for the one that
 * @description describes, as qs_source_describe() does, whose worker @argv starts. In a worker
 * nobody asks it, and @description may be NULL. transfer full */
QsBaseSource *qsc_proxy_new (const char         *name,
                             GVariant           *description,
                             const char *const  *argv,
                             GError            **error);

G_END_DECLS
