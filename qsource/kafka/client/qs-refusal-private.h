/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-kafka-error.h"

G_BEGIN_DECLS

/*
 * Whether the brokers refuse a client: its credentials, its certificate, or the
 * protocol that it speaks. Nobody says the latter: they only do nothing for a while
 * but end connections.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct
{
  char     *what;          /* can't be done then; owned */
  char     *cause;         /* what librdkafka last said about the brokers; owned, nullable */
  GError   *error;         /* they do; owned, nullable */
  gboolean  is_proven;     /* one has answered: the protocol is right */
  gint64    patience;      /* microseconds */
  gint64    suspected_at;  /* monotonic: since when it looks as if it were wrong; 0: it doesn't */
} QsRefusal;

/* @what: how errors begin, such as "Cannot read". @patience: seconds for which brokers
 * that only end connections are waited for: a load balancer, a tunnel or a container that
 * starts does the same. */
void     qs_refusal_init   (QsRefusal            *self,
                            const char           *what,
                            double                patience);
void     qs_refusal_clear  (QsRefusal            *self);

/* Takes note of an error of the client, as its error_cb is told it. */
void     qs_refusal_note   (QsRefusal            *self,
                            rd_kafka_resp_err_t   code,
                            const char           *reason);

/* A broker has answered. */
void     qs_refusal_prove  (QsRefusal            *self);

/* What there is to say while they are waited for; nullable. */
const char *qs_refusal_peek_cause (QsRefusal     *self);

/* Whether waiting for them makes sense. */
gboolean qs_refusal_check  (QsRefusal            *self,
                            GError              **error);

/* The same when the caller's time is up: what is suspected by then is the cause. */
gboolean qs_refusal_conclude (QsRefusal          *self,
                            GError              **error);

G_END_DECLS
