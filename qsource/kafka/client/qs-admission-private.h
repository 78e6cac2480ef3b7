/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-rdkafka-private.h"

#include "qs-kafka-error.h"

G_BEGIN_DECLS

/*
 * Whether the brokers admit a client, or refuse its credentials, its certificate, or the
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
} QsAdmission;

/* @what: how errors begin, such as "Cannot read". @patience: seconds for which brokers
 * that only end connections are waited for: a load balancer, a tunnel or a container that
 * starts does the same. */
void        qs_admission_init       (QsAdmission        *self,
                                     const char         *what,
                                     double              patience);
void        qs_admission_clear      (QsAdmission        *self);

/* Takes note of an error of the client, as its error_cb gets it. */
void        qs_admission_note       (QsAdmission        *self,
                                     rd_kafka_resp_err_t code,
                                     const char         *reason);

/* A broker has answered. */
void        qs_admission_prove      (QsAdmission        *self);

/* Gets the problem to report while waiting for the brokers; nullable. */
const char *qs_admission_peek_cause (QsAdmission        *self);

/* Whether waiting for them makes sense. */
gboolean    qs_admission_check      (QsAdmission        *self,
                                     GError            **error);

/* The same when the caller's time is up: what is suspected by then is the cause. */
gboolean    qs_admission_conclude   (QsAdmission        *self,
                                     GError            **error);

G_END_DECLS
