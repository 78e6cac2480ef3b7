/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-source.h"

G_BEGIN_DECLS

#define QS_TYPE_DBUS_SOURCE (qs_dbus_source_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsDBusSource, qs_dbus_source, QS, DBUS_SOURCE, QsSource)

QS_AVAILABLE_IN_ALL
QsDBusSource  *qs_dbus_source_new  (const char  *name,
                                    const char  *bus) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
