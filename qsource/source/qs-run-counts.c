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
  self->counts.flush_buckets[qs_buckets_find (seconds)]++;
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

/* A record that cannot be queued is counted for a moment: never report a smaller count than
 * before. */
static void
note_produced_locked (QsRunCounts *self, GVariant *produced)
{
  guint64 n = 0;

  g_variant_lookup (produced, "n-produced", "t", &n);
  if (n <= self->counts.n_produced)
    return;

  self->counts.n_produced = n;
  self->counts.last_produce_time = g_get_real_time () / 1000;
}

GVariant *
qs_run_counts_dup_stats (QsRunCounts *self, GVariant *produced)
{
  g_autoptr (GVariant) own = g_variant_ref_sink (produced);
  const QsSourceCounts *counts = &self->counts;
  GVariantDict          dict;

  g_variant_dict_init (&dict, own);
  g_mutex_lock (&self->lock);
  note_produced_locked (self, own);

  /* Only these: whoever watches counts others. */
  g_variant_dict_insert (&dict, "n-produced", "t", counts->n_produced);
  g_variant_dict_insert (&dict, "last-produce-time", "x", counts->last_produce_time);
  g_variant_dict_insert (&dict, "n-flushes", "t", counts->n_flushes);
  g_variant_dict_insert (&dict, "n-failed-flushes", "t", counts->n_failed_flushes);
  g_variant_dict_insert (&dict, "flush-seconds", "d", counts->flush_seconds);
  g_variant_dict_insert (&dict, "last-flush-time", "x", counts->last_flush_time);
  g_variant_dict_insert (&dict, "state-keys", "x", counts->state_keys);
  g_variant_dict_insert (&dict, "state-bytes", "x", counts->state_bytes);
  g_variant_dict_insert (&dict, "progress-done", "d", counts->progress_done);
  g_variant_dict_insert (&dict, "progress-total", "d", counts->progress_total);
  g_variant_dict_insert (&dict, "lag-records", "x", counts->lag_records);
  g_variant_dict_insert (&dict, "lag-seconds", "d", counts->lag_seconds);
  g_variant_dict_insert_value (
      &dict, "flush-buckets", qs_source_counts_describe_buckets (counts->flush_buckets));
  g_mutex_unlock (&self->lock);

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
