/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-kafka-config-private.h"
#include "qs-state-settings-private.h"
#include "qs-stateful-source.h"

G_BEGIN_DECLS

/* Functions of a stateful source for the worker, not for users. */

/* Sets where the state of @self is, and which part of it is its own.
 *
 * Context: the thread that will call start(), before it does.   Locks: none. */
void    qs_stateful_source_set_environment (QsStatefulSource *self,
                                            QsKafkaConfig    *kafka,
                                            QsStateSettings  *state,
                                            int               partition);

/* Sets a property that otherwise only the one who makes @self can set, for a worker whose object was
 * made without it.
 *
 * Context: the thread that will call start(), before it does.   Locks: none. */
void    qs_stateful_source_set_identity    (QsStatefulSource *self,
                                            const char       *property,
                                            const GValue     *value);

G_END_DECLS
