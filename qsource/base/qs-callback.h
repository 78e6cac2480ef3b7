/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

QS_AVAILABLE_IN_ALL
void  qs_callback_fail  (GQuark       domain,
                         int          code,
                         const char  *message);

QS_AVAILABLE_IN_ALL
void  qs_callback_guard (GType        type,
                         const char  *name);

G_END_DECLS
