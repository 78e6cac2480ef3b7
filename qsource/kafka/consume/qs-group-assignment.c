/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-group-assignment-private.h"

#include "qs-group-positions-private.h"
#include "qs-kafka-error-private.h"
#include "qs-log-private.h"

gboolean
qs_group_assignment_is_cooperative (rd_kafka_t *client)
{
  return g_strcmp0 (rd_kafka_rebalance_protocol (client), "COOPERATIVE") == 0;
}

gboolean
qs_group_assignment_join (rd_kafka_t        *client,
                          const char        *group,
                          const char *const *topics,
                          GError           **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) names = rd_kafka_topic_partition_list_new (0);
  g_autofree char    *what = g_strdup_printf ("Cannot join group '%s'", group);
  rd_kafka_resp_err_t code;

  for (guint i = 0; topics[i] != NULL; i++)
    rd_kafka_topic_partition_list_add (names, topics[i], RD_KAFKA_PARTITION_UA);

  code = rd_kafka_subscribe (client, names);

  return code == RD_KAFKA_RESP_ERR_NO_ERROR || qs_kafka_error_set (error, code, what, NULL);
}

gboolean
qs_group_assignment_add (rd_kafka_t                            *client,
                         const rd_kafka_topic_partition_list_t *partitions,
                         gboolean                               alone,
                         GError                               **error)
{
  rd_kafka_error_t *failure = NULL;

  if (alone || !qs_group_assignment_is_cooperative (client))
    rd_kafka_assign (client, partitions);
  else
    failure = rd_kafka_incremental_assign (client, partitions);
  if (failure == NULL)
    return TRUE;

  qs_kafka_error_set (error,
                      rd_kafka_error_code (failure),
                      "Cannot begin to read partitions",
                      rd_kafka_error_string (failure));
  rd_kafka_error_destroy (failure);

  return FALSE;
}

/* All that is read, each at the place where it is. */
static rd_kafka_topic_partition_list_t *
new_present (rd_kafka_t *client, QsOffsets *starts)
{
  rd_kafka_topic_partition_list_t *present = qs_group_positions_new (starts);

  rd_kafka_position (client, present);
  for (int i = 0; i < present->cnt; i++)
    {
      rd_kafka_topic_partition_t *partition = &present->elems[i];

      if (partition->offset < 0)
        partition->offset = qs_offsets_get (starts, partition->topic, partition->partition);
    }

  return present;
}

gboolean
qs_group_assignment_move (rd_kafka_t                            *client,
                          const rd_kafka_topic_partition_list_t *partitions,
                          QsOffsets                             *starts,
                          gboolean                               alone,
                          GError                               **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) all = NULL;

  if (!alone && qs_group_assignment_is_cooperative (client))
    {
      qs_group_assignment_remove (client, partitions);
      return qs_group_assignment_add (client, partitions, alone, error);
    }

  all = new_present (client, starts);
  for (int i = 0; i < partitions->cnt; i++)
    rd_kafka_topic_partition_list_set_offset (all,
                                              partitions->elems[i].topic,
                                              partitions->elems[i].partition,
                                              partitions->elems[i].offset);

  return qs_group_assignment_add (client, all, alone, error);
}

void
qs_group_assignment_remove (rd_kafka_t *client, const rd_kafka_topic_partition_list_t *partitions)
{
  rd_kafka_error_t *failure = NULL;

  if (!qs_group_assignment_is_cooperative (client))
    rd_kafka_assign (client, NULL);
  else
    failure = rd_kafka_incremental_unassign (client, partitions);

  if (failure != NULL)
    {
      qs_log_info (NULL, NULL, "Cannot give up partitions: %s", rd_kafka_error_string (failure));
      rd_kafka_error_destroy (failure);
    }
}

void
qs_group_assignment_note (QsOffsets *starts, const rd_kafka_topic_partition_list_t *partitions)
{
  for (int i = 0; i < partitions->cnt; i++)
    qs_offsets_set (starts,
                    partitions->elems[i].topic,
                    partitions->elems[i].partition,
                    partitions->elems[i].offset);

  qs_log_info (NULL,
               NULL,
               "Reading %d more partitions, %u in all",
               partitions->cnt,
               qs_offsets_count (starts));
}

void
qs_group_assignment_forget (QsOffsets *starts, const rd_kafka_topic_partition_list_t *partitions)
{
  for (int i = 0; i < partitions->cnt; i++)
    qs_offsets_remove (starts, partitions->elems[i].topic, partitions->elems[i].partition);
}
