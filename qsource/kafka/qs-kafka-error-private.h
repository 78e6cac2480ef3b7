/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <librdkafka/rdkafka.h>

#include "qs-kafka-error.h"

G_BEGIN_DECLS

/* Sets @error from librdkafka's @code. @what says what was attempted and on
 * what ("Cannot produce to topic 'x'"); @detail (nullable) is librdkafka's own
 * text where it has more than the code's. Always returns FALSE.
 *
 * Context: any.   Locks: none. */
gboolean qs_kafka_error_set (GError              **error,
                             rd_kafka_resp_err_t   code,
                             const char           *what,
                             const char           *detail);

G_END_DECLS
