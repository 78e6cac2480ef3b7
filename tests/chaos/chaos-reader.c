/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Prints the committed records of a partition of a topic up to its present end, one
 * a line: its offset, its key and, unless that is null, its value, with tabs between.
 * Run: chaos-reader HOST:PORT TOPIC PARTITION */

#include <stdio.h>
#include <stdlib.h>

#include "qs-partition-reader-private.h"

static gboolean
print_cb (const QsRecordView *record, gpointer user_data, GError **error)
{
  printf ("%" G_GINT64_FORMAT "\t%.*s",
          record->offset,
          (int) record->key_length,
          (const char *) record->key);
  if (record->value != NULL)
    printf ("\t%.*s", (int) record->value_length, (const char *) record->value);
  putchar ('\n');

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsPartitionReader) consumer = NULL;
  g_autoptr (GError) error = NULL;
  gint64 position = 0;
  gint64 end = 0;
  int    partition = 0;

  if (argc != 4)
    return fprintf (stderr, "Usage: %s HOST:PORT TOPIC PARTITION\n", argv[0]), 2;

  partition = atoi (argv[3]);

  config = qs_kafka_config_new (argv[1]);
  consumer = qs_partition_reader_new_bulk (config, TRUE, &error);
  if (consumer == NULL ||
      !qs_partition_reader_get_watermarks (
          consumer, argv[2], partition, G_MAXINT64, &position, &end, &error) ||
      !qs_partition_reader_assign (consumer, argv[2], partition, position, &error))
    return fprintf (stderr, "%s\n", error->message), 1;

  while (position < end)
    {
      if (!qs_partition_reader_read (consumer, 1000, print_cb, NULL, &position, &error))
        return fprintf (stderr, "%s\n", error->message), 1;
    }

  return 0;
}
