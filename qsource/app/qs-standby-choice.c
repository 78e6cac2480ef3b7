/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-standby-choice-private.h"

#include <string.h>

#include "qs-group-members-private.h"
#include "qs-murmur2-private.h"

/* Of each partition the members have another order. */
static guint32
get_rank (const char *instance_id, int partition)
{
  g_autofree char *text = g_strdup_printf ("%d %s", partition, instance_id);

  return qs_murmur2 ((const guint8 *) text, strlen (text));
}

static gboolean
has_partition (const QsGroupMember *member, int partition)
{
  for (guint i = 0; i < member->partitions->len; i++)
    {
      if (g_array_index (member->partitions, int, i) == partition)
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_before (const char *one, const char *two, int partition)
{
  guint32 rank_one = get_rank (one, partition);
  guint32 rank_two = get_rank (two, partition);

  return rank_one != rank_two ? rank_one > rank_two : strcmp (one, two) < 0;
}

gboolean
qs_standby_choice_includes (GPtrArray  *members,
                            const char *instance_id,
                            int         partition,
                            int         n_replicas)
{
  int      n_before = 0;
  gboolean is_candidate = FALSE;

  for (guint i = 0; i < members->len; i++)
    {
      const QsGroupMember *member = members->pdata[i];

      if (has_partition (member, partition))
        continue;
      if (g_str_equal (member->instance_id, instance_id))
        is_candidate = TRUE;
      else
        n_before += is_before (member->instance_id, instance_id, partition);
    }

  return is_candidate && (n_replicas < 0 || n_before < n_replicas);
}
