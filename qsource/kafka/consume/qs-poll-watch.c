/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-poll-watch-private.h"

#include <time.h>

#include "qs-kafka-error.h"
#include "qs-log-private.h"

/* A record that has cost the member its share so often in a row costs it the next one,
 * too. */
#define MAX_TIMES 3

static gint64
get_coarse_time (void)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_MONOTONIC_COARSE, &now);

  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

void
qs_poll_watch_init (QsPollWatch *self, rd_kafka_t *client)
{
  char   text[32] = "";
  size_t size = sizeof text;

  rd_kafka_conf_get (rd_kafka_conf (client), "max.poll.interval.ms", text, &size);
  *self = (QsPollWatch){ .limit = g_ascii_strtoll (text, NULL, 10) * 1000 };
}

void
qs_poll_watch_begin (QsPollWatch *self)
{
  self->began = get_coarse_time ();
}

gboolean
qs_poll_watch_end (QsPollWatch *self, const QsReceived *record, GError **error)
{
  gint64 took = get_coarse_time () - self->began;

  if (G_LIKELY (took < self->limit))
    return TRUE;

  self->n_times = record->partition == self->partition && record->offset == self->offset
                      ? self->n_times + 1
                      : 1;
  self->partition = record->partition;
  self->offset = record->offset;
  qs_log_warning (
      NULL,
      record->topic,
      "The steps of the dataframe took %.1f s for the record at topic '%s', partition "
      "%d, offset %" G_GINT64_FORMAT ", longer than max.poll.interval.ms in "
      "consumer-config (%.1f s): the group considers this member dead, and records that were not "
      "committed are read again; make the steps faster, or raise the limit",
      (double) took / G_USEC_PER_SEC,
      record->topic,
      record->partition,
      record->offset,
      (double) self->limit / G_USEC_PER_SEC);
  if (self->n_times < MAX_TIMES)
    return TRUE;

  g_set_error (
      error,
      QS_KAFKA_ERROR,
      QS_KAFKA_ERROR_TIMED_OUT,
      "Cannot continue reading topic '%s', partition %d: the record at offset %" G_GINT64_FORMAT
      " has taken longer than max.poll.interval.ms in consumer-config (%.1f s) %u times in a row, "
      "and would do so forever; make the steps of the dataframe faster, or raise the limit",
      record->topic,
      record->partition,
      record->offset,
      (double) self->limit / G_USEC_PER_SEC,
      self->n_times);
  return FALSE;
}
