/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_PRODUCER (qs_producer_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsProducer, qs_producer, QS, PRODUCER, GObject)

QS_AVAILABLE_IN_ALL
guint64   qs_producer_get_n_in_flight    (QsProducer  *self);
QS_AVAILABLE_IN_ALL
guint64   qs_producer_get_n_acknowledged (QsProducer  *self);
QS_AVAILABLE_IN_ALL
guint64   qs_producer_get_n_failed       (QsProducer  *self);
QS_AVAILABLE_IN_ALL
guint64   qs_producer_get_bytes_acknowledged (QsProducer  *self);

QS_AVAILABLE_IN_ALL
gboolean  qs_producer_produce            (QsProducer  *self,
                                          QsTopic     *topic,
                                          QsMessage   *message,
                                          GError     **error);
QS_AVAILABLE_IN_ALL
gboolean  qs_producer_flush              (QsProducer  *self,
                                          double       timeout,
                                          GError     **error);

QS_AVAILABLE_IN_ALL
gboolean  qs_producer_begin              (QsProducer  *self,
                                          GError     **error);
QS_AVAILABLE_IN_ALL
gboolean  qs_producer_commit             (QsProducer  *self,
                                          GError     **error);
QS_AVAILABLE_IN_ALL
gboolean  qs_producer_abort              (QsProducer  *self,
                                          GError     **error);

G_END_DECLS
