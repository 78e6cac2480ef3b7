/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-ledger-private.h"

#include <stdatomic.h>

/* The latency of one record counts for at most so many. */
#define LATENCY_EVERY 16

void
qs_ledger_init (QsLedger *self)
{
  g_mutex_init (&self->lock);
  self->latency = -1;
}

void
qs_ledger_clear (QsLedger *self)
{
  g_clear_error (&self->failure);
  g_clear_error (&self->untold);
  g_clear_error (&self->poison);
  g_mutex_clear (&self->lock);
}

guint64
qs_ledger_add_sent (QsLedger *self, gsize n_bytes)
{
  atomic_fetch_add_explicit (&self->bytes_in_flight, n_bytes, memory_order_relaxed);

  return atomic_fetch_add_explicit (&self->n_sent, 1, memory_order_relaxed);
}

void
qs_ledger_add_letter (QsLedger *self)
{
  atomic_fetch_add (&self->n_letters, 1);
  atomic_fetch_add (&self->n_sent, 1);
}

void
qs_ledger_remove_sent (QsLedger *self, gsize n_bytes)
{
  atomic_fetch_sub_explicit (&self->bytes_in_flight, n_bytes, memory_order_relaxed);
  atomic_fetch_sub (&self->n_sent, 1);
}

void
qs_ledger_begin_reports (QsLedger *self)
{
  atomic_store_explicit (&self->wants_latency, TRUE, memory_order_relaxed);
}

gboolean
qs_ledger_wants_latency (QsLedger *self)
{
  return atomic_load_explicit (&self->wants_latency, memory_order_relaxed) ||
         atomic_load_explicit (&self->n_acknowledged, memory_order_relaxed) % LATENCY_EVERY == 0;
}

void
qs_ledger_note_latency (QsLedger *self, gint64 microseconds)
{
  atomic_store_explicit (&self->latency, microseconds, memory_order_relaxed);
  atomic_store_explicit (
      &self->latency_bucket, qs_buckets_find ((double) microseconds / 1e6), memory_order_relaxed);
  atomic_store_explicit (&self->wants_latency, FALSE, memory_order_relaxed);
}

static void
count_latency (QsLedger *self)
{
  gint64 latency = atomic_load_explicit (&self->latency, memory_order_relaxed);
  guint  bucket = atomic_load_explicit (&self->latency_bucket, memory_order_relaxed);

  if (latency < 0)
    return;

  atomic_fetch_add_explicit (&self->ack_microseconds, (guint64) latency, memory_order_relaxed);
  atomic_fetch_add_explicit (&self->ack_buckets[bucket], 1, memory_order_relaxed);
}

void
qs_ledger_add_acknowledged (QsLedger *self, gsize n_bytes)
{
  atomic_fetch_sub_explicit (&self->bytes_in_flight, n_bytes, memory_order_relaxed);
  atomic_fetch_add_explicit (&self->bytes_acknowledged, n_bytes, memory_order_relaxed);
  count_latency (self);
  atomic_fetch_add (&self->n_acknowledged, 1);
}

void
qs_ledger_add_dead_letter (QsLedger *self)
{
  atomic_fetch_add (&self->n_dead_letters, 1);
}

static void
poison_locked (QsLedger *self, const GError *error)
{
  if (self->poison == NULL)
    self->poison = g_error_copy (error);
}

static void
note_failed (QsLedger *self, const GError *error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  if (self->poison == NULL)
    {
      self->untold = g_error_copy (error);
      atomic_store (&self->trouble, TRUE);
    }
  poison_locked (self, error);
}

void
qs_ledger_add_failed (QsLedger *self, gsize n_bytes, const GError *error)
{
  atomic_fetch_sub_explicit (&self->bytes_in_flight, n_bytes, memory_order_relaxed);

  /* First the error: whoever sees no record in flight must see it, too. */
  if (error != NULL)
    note_failed (self, error);
  atomic_fetch_add (&self->n_failed, 1);
}

void
qs_ledger_add_own (QsLedger *self)
{
  atomic_fetch_add (&self->n_own_sent, 1);
}

void
qs_ledger_remove_own (QsLedger *self)
{
  atomic_fetch_sub (&self->n_own_sent, 1);
}

void
qs_ledger_add_own_done (QsLedger *self, gsize n_bytes, const GError *error)
{
  atomic_fetch_sub_explicit (&self->bytes_in_flight, n_bytes, memory_order_relaxed);
  if (error != NULL)
    note_failed (self, error);
  else
    atomic_fetch_add (&self->n_own_acknowledged, 1);
  atomic_fetch_add (&self->n_own_done, 1);
}

void
qs_ledger_add_refused (QsLedger *self)
{
  atomic_fetch_add (&self->n_refused, 1);
}

guint64
qs_ledger_get_n_in_flight (QsLedger *self)
{
  /* In this order, for a record is counted as sent before it can be done. */
  guint64 n_done = atomic_load (&self->n_acknowledged) + atomic_load (&self->n_failed) +
                   atomic_load (&self->n_dead_letters) + atomic_load (&self->n_own_done);

  return atomic_load (&self->n_sent) - n_done;
}

guint64
qs_ledger_get_n_waiting (QsLedger *self)
{
  guint64 n_own_sent = atomic_load (&self->n_own_sent);
  guint64 n_own = n_own_sent - MIN (atomic_load (&self->n_own_done), n_own_sent);
  guint64 n_in_flight = qs_ledger_get_n_in_flight (self);

  return n_in_flight - MIN (n_own, n_in_flight);
}

guint64
qs_ledger_get_n_produced (QsLedger *self)
{
  guint64 n_sent = atomic_load (&self->n_sent) + atomic_load (&self->n_refused);
  guint64 n_others = atomic_load (&self->n_own_sent) + atomic_load (&self->n_letters);

  return n_sent - MIN (n_others, n_sent);
}

guint64
qs_ledger_get_n_answered (QsLedger *self)
{
  return atomic_load (&self->n_acknowledged) + atomic_load (&self->n_dead_letters) +
         atomic_load (&self->n_own_acknowledged);
}

guint64
qs_ledger_get_bytes_in_flight (QsLedger *self)
{
  return atomic_load (&self->bytes_in_flight);
}

guint64
qs_ledger_get_n_acknowledged (QsLedger *self)
{
  return atomic_load (&self->n_acknowledged);
}

guint64
qs_ledger_get_n_failed (QsLedger *self)
{
  return atomic_load (&self->n_failed) + atomic_load (&self->n_refused);
}

guint64
qs_ledger_get_n_dead_letters (QsLedger *self)
{
  return atomic_load (&self->n_dead_letters);
}

guint64
qs_ledger_get_bytes_acknowledged (QsLedger *self)
{
  return atomic_load (&self->bytes_acknowledged);
}

void
qs_ledger_poison (QsLedger *self, const GError *error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  poison_locked (self, error);
}

gboolean
qs_ledger_fail (QsLedger *self, const GError *error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  if (self->failure != NULL)
    return FALSE;

  poison_locked (self, error);
  self->failure = g_error_copy (error);
  atomic_store (&self->trouble, TRUE);

  return TRUE;
}

gboolean
qs_ledger_check (QsLedger *self, GError **error)
{
  if (G_LIKELY (!atomic_load_explicit (&self->trouble, memory_order_relaxed)))
    return TRUE;

  g_mutex_lock (&self->lock);
  if (self->untold != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->untold));
      atomic_store (&self->trouble, self->failure != NULL);
      g_mutex_unlock (&self->lock);
      return FALSE;
    }
  g_mutex_unlock (&self->lock);

  return qs_ledger_check_alive (self, error);
}

gboolean
qs_ledger_check_alive (QsLedger *self, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = NULL;

  if (G_LIKELY (!atomic_load_explicit (&self->trouble, memory_order_relaxed)))
    return TRUE;

  locker = g_mutex_locker_new (&self->lock);
  if (self->failure == NULL)
    return TRUE;

  g_propagate_error (error, g_error_copy (self->failure));
  return FALSE;
}

GError *
qs_ledger_dup_error (QsLedger *self, gboolean tell)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  if (tell)
    {
      g_clear_error (&self->untold);
      atomic_store (&self->trouble, self->failure != NULL);
    }

  return self->poison != NULL ? g_error_copy (self->poison) : NULL;
}

double
qs_ledger_get_ack_seconds (QsLedger *self)
{
  return (double) atomic_load (&self->ack_microseconds) / 1e6;
}

GVariant *
qs_ledger_describe_latencies (QsLedger *self)
{
  guint64 buckets[QS_N_BUCKETS];

  for (guint i = 0; i < QS_N_BUCKETS; i++)
    buckets[i] = atomic_load (&self->ack_buckets[i]);

  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, buckets, QS_N_BUCKETS, sizeof (guint64));
}
