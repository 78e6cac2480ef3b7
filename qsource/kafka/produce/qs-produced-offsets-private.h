/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The offsets that records were given: passed with each of them, and read when
 * none is in flight.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  _Atomic gint64 last;          /* the greatest; -1: none */
  _Atomic int    has_unknown;   /* a record was acknowledged without its offset */
  _Atomic gint64 first;         /* the least; G_MAXINT64: none */
} QsProducedOffsets;

#define QS_PRODUCED_OFFSETS_INIT { -1, FALSE, G_MAXINT64 }

/* An acknowledged record has @offset, -1: the broker did not report it.
 *
 * Context: any.   Locks: none. */
void qs_produced_offsets_note (QsProducedOffsets *self,
                               gint64             offset);

G_END_DECLS
