/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_EMBEDDED_BROKER (qs_embedded_broker_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsEmbeddedBroker, qs_embedded_broker, QS, EMBEDDED_BROKER, GObject)

QS_AVAILABLE_IN_ALL
QsEmbeddedBroker *qs_embedded_broker_new           (int                n_brokers) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
int               qs_embedded_broker_get_n_brokers (QsEmbeddedBroker  *self);
QS_AVAILABLE_IN_ALL
const char       *qs_embedded_broker_get_address   (QsEmbeddedBroker  *self);

QS_AVAILABLE_IN_ALL
gboolean          qs_embedded_broker_start         (QsEmbeddedBroker  *self,
                                                    GError           **error);
QS_AVAILABLE_IN_ALL
gboolean          qs_embedded_broker_create_topic  (QsEmbeddedBroker  *self,
                                                    const char        *name,
                                                    int                n_partitions,
                                                    GError           **error);
QS_AVAILABLE_IN_ALL
GPtrArray        *qs_embedded_broker_dup_messages  (QsEmbeddedBroker  *self,
                                                    const char        *topic,
                                                    guint              n_max,
                                                    GError           **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
void              qs_embedded_broker_push_error    (QsEmbeddedBroker  *self,
                                                    int                api,
                                                    const int         *codes,
                                                    gsize              n_codes);
QS_AVAILABLE_IN_ALL
void              qs_embedded_broker_broker_down   (QsEmbeddedBroker  *self,
                                                    int                broker_id);
QS_AVAILABLE_IN_ALL
void              qs_embedded_broker_broker_up     (QsEmbeddedBroker  *self,
                                                    int                broker_id);
QS_AVAILABLE_IN_ALL
void              qs_embedded_broker_set_rtt       (QsEmbeddedBroker  *self,
                                                    int                broker_id,
                                                    double             rtt);

G_END_DECLS
