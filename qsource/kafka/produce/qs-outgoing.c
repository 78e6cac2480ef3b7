/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-outgoing-private.h"

#include "qs-rdkafka-private.h"

#include "qs-headers-private.h"

static rd_kafka_resp_err_t
enqueue_in_full (const QsOutgoing *self, rd_kafka_t *client)
{
  gboolean            has_headers = self->headers != NULL && qs_headers_get_length (self->headers);
  rd_kafka_headers_t *headers = has_headers ? qs_headers_to_kafka (self->headers) : NULL;
  rd_kafka_error_t   *failure = NULL;
  rd_kafka_resp_err_t code;
  rd_kafka_vu_t       parts[] = {
          { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = self->topic },
          { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = self->partition },
          { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
          { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *) self->key, self->key_length } },
          { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *) self->value, self->value_length } },
          { .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = self->timestamp },
          { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = self->offsets },
          { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
  };

  failure = rd_kafka_produceva (client, parts, G_N_ELEMENTS (parts));
  if (failure == NULL)
    return RD_KAFKA_RESP_ERR_NO_ERROR;

  /* A queued record has taken them. */
  code = rd_kafka_error_code (failure);
  rd_kafka_error_destroy (failure);
  if (headers != NULL)
    rd_kafka_headers_destroy (headers);

  return code;
}

int
qs_outgoing_enqueue (const QsOutgoing *self, rd_kafka_t *client)
{
  if (self->headers != NULL || self->timestamp != 0 || self->offsets != NULL)
    return enqueue_in_full (self, client);

  if (G_LIKELY (rd_kafka_produce (self->topic,
                                  self->partition,
                                  RD_KAFKA_MSG_F_COPY,
                                  (void *) self->value,
                                  self->value_length,
                                  self->key,
                                  self->key_length,
                                  NULL) == 0))
    return RD_KAFKA_RESP_ERR_NO_ERROR;

  return rd_kafka_last_error ();
}
