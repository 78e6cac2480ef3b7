/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-partition-reader-private.h"

/* Reads partition 0 of @topic to its present end; @committed: as a reader who waits for
 * transactions to be committed. */
static inline void
read_partition (QsKafkaConfig         *config,
                const char            *topic,
                gboolean               committed,
                QsPartitionReaderFunc  func,
                gpointer               user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsPartitionReader) reader = qs_partition_reader_new_bulk (config, committed, &error);
  gint64 begin = 0;
  gint64 end = 0;
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  g_assert_no_error (error);
  g_assert_true (
      qs_partition_reader_get_watermarks (reader, topic, 0, G_MAXINT64, &begin, &end, &error));
  g_assert_no_error (error);
  g_assert_true (qs_partition_reader_assign (reader, topic, 0, begin, &error));
  for (gint64 position = begin; position < end;)
    {
      g_assert_true (
          qs_partition_reader_read (reader, 100, func, user_data, &position, &error));
      g_assert_no_error (error);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
}
