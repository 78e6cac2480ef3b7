/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-producer-parts-private.h"

G_BEGIN_DECLS

/*
 * How far those that produce may be ahead of the brokers where many threads want to run. The
 * brokers of such a machine take no more records because more are queued: the queues only fill
 * the memory of both sides, and records that are long in them are cold in every cache.
 */

/* Waits a moment, at most a second, if too many records are in flight. Neither a stop nor a
 * failure is waited through. After a whole second, as while a broker is away, the next pause is
 * ten seconds later, and only after an answer.
 *
 * A producer that isn't a source's isn't paced.
 *
 * Context: any thread that produces.   Locks: none. */
void qs_producer_pace (QsProducerParts *parts);

G_END_DECLS
