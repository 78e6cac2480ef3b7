/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-message.h"

G_BEGIN_DECLS

#define QS_TYPE_CONSUMER (qs_consumer_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsConsumer, qs_consumer, QS, CONSUMER, GObject)

QS_AVAILABLE_IN_ALL
gboolean    qs_consumer_subscribe     (QsConsumer          *self,
                                       const char * const  *topics,
                                       GError             **error);
QS_AVAILABLE_IN_ALL
QsMessage  *qs_consumer_poll          (QsConsumer          *self,
                                       double               timeout,
                                       GError             **error);
QS_AVAILABLE_IN_ALL
gboolean    qs_consumer_store_offset  (QsConsumer          *self,
                                       QsMessage           *message,
                                       GError             **error);
QS_AVAILABLE_IN_ALL
gboolean    qs_consumer_commit        (QsConsumer          *self,
                                       QsMessage           *message,
                                       GError             **error);
QS_AVAILABLE_IN_ALL
gboolean    qs_consumer_close         (QsConsumer          *self,
                                       GError             **error);

G_END_DECLS
