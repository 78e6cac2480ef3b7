/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-kafka-config-private.h"

G_BEGIN_DECLS

/*
 * Whether the brokers of a client that only reads are there. Nobody says that
 * brokers are back, so once they are gone they are asked, in a thread.
 *
 * Context: one thread; the client must outlive it.   Locks: none.
 */
typedef struct _QsBrokerProbe QsBrokerProbe;

QsBrokerProbe *qs_broker_probe_new      (rd_kafka_t          *client,
                                         QsKafkaConfig       *config);
void           qs_broker_probe_free     (QsBrokerProbe       *self);

/* Takes note of an error event of the client. */
void           qs_broker_probe_note     (QsBrokerProbe       *self,
                                         rd_kafka_resp_err_t  code,
                                         const char          *reason);

/* Something was read. */
void           qs_broker_probe_answered (QsBrokerProbe       *self);

/* To be called once a second at least. Logs that brokers are away, or back;
 * FALSE with an error when that has lasted for broker-availability-timeout. */
gboolean       qs_broker_probe_look     (QsBrokerProbe       *self,
                                         GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsBrokerProbe, qs_broker_probe_free)

G_END_DECLS
