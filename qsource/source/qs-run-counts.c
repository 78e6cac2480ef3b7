/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-run-counts-private.h"

void
qs_run_counts_init (QsRunCounts *self)
{
  g_mutex_init (&self->lock);
  self->counts = QS_SOURCE_COUNTS_INIT;
}

void
qs_run_counts_clear (QsRunCounts *self)
{
  g_mutex_clear (&self->lock);
}

void
qs_run_counts_set_progress (QsRunCounts *self, double done, double total)
{
  g_mutex_lock (&self->lock);
  self->counts.progress_done = MAX (done, -1);
  self->counts.progress_total = MAX (total, -1);
  g_mutex_unlock (&self->lock);
}

void
qs_run_counts_set_lag (QsRunCounts *self, gint64 records, double seconds)
{
  g_mutex_lock (&self->lock);
  self->counts.lag_records = MAX (records, -1);
  self->counts.lag_seconds = MAX (seconds, -1);
  g_mutex_unlock (&self->lock);
}

void
qs_run_counts_set_state_size (QsRunCounts *self, gint64 keys, gint64 bytes)
{
  g_mutex_lock (&self->lock);
  self->counts.state_keys = keys;
  self->counts.state_bytes = bytes;
  g_mutex_unlock (&self->lock);
}

void
qs_run_counts_note_flush (QsRunCounts *self, double seconds, gboolean ok)
{
  g_mutex_lock (&self->lock);
  self->counts.flush_seconds += seconds;
  self->counts.flush_buckets[qs_source_counts_find_bucket (seconds)]++;
  if (ok)
    {
      self->counts.last_flush_time = g_get_real_time () / 1000;
      self->counts.n_flushes++;
    }
  else
    {
      self->counts.n_failed_flushes++;
    }
  g_mutex_unlock (&self->lock);
}

GVariant *
qs_run_counts_dup_stats (QsRunCounts *self, GVariant *produced)
{
  g_autoptr (GVariant) own = g_variant_ref_sink (produced);
  guint64   n_produced = 0;
  GVariant *stats = NULL;

  g_mutex_lock (&self->lock);
  n_produced = self->counts.n_produced;
  qs_source_counts_read (&self->counts, own);

  /* One that can't be queued is counted for a moment: what was told doesn't shrink. */
  self->counts.n_produced = MAX (self->counts.n_produced, n_produced);
  if (self->counts.n_produced > n_produced)
    self->counts.last_produce_time = g_get_real_time () / 1000;
  stats = g_variant_ref_sink (qs_source_counts_to_variant (&self->counts));
  g_mutex_unlock (&self->lock);

  return stats;
}
