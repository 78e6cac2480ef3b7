/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

#include "qs-rdkafka-private.h"

G_BEGIN_DECLS

/* Has the main thread of @conf's client sleep until its next timer is due. librdkafka
 * rounds the time down to a whole millisecond, and spins for the rest: once a second, which
 * is most of what an idle client costs.
 *
 * Context: any.   Locks: none. */
void qs_client_threads_configure (rd_kafka_conf_t *conf);

G_END_DECLS
