/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-headers.h"

G_BEGIN_DECLS

/* A list that others have in them: filled in by init_copy(), and not to be freed. */
struct _QsHeaders
{
  struct _QsHeaderEntries *entries; /* a reference; nullable: none yet */
};

void                qs_headers_init_copy      (QsHeaders          *self,
                                               QsHeaders          *other);

void                qs_headers_clear          (QsHeaders          *self);

/*
 * Headers as librdkafka has them.
 *
 * Context: any.   Locks: none.
 */

/* A new list with the same headers. */
rd_kafka_headers_t *qs_headers_to_kafka       (QsHeaders          *self);

/* Whether qs_headers_new_from_kafka() can represent the headers of a received @message: no
 * header's name has a NUL in it. A hostile message takes some milliseconds, no more. */
gboolean            qs_headers_check_kafka    (rd_kafka_message_t *message,
                                               GError            **error);

/* The headers of @message as a new list, NULL if it has none. */
QsHeaders          *qs_headers_new_from_kafka (rd_kafka_message_t *message);

G_END_DECLS
