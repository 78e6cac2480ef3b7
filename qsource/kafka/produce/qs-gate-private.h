/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A gate that threads pass while it is open, and wait at while it is closed.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  int    is_closed; /* atomic */
  GMutex lock;
  GCond  opened;
} QsGate;

void qs_gate_init       (QsGate       *self);
void qs_gate_clear      (QsGate       *self);

void qs_gate_set_closed (QsGate       *self,
                         gboolean      is_closed);

/* Waits while it is closed, but not once @cancellable (nullable) is cancelled. */
void qs_gate_pass       (QsGate       *self,
                         GCancellable *cancellable);

G_END_DECLS
