/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-drain-private.h"

struct _QsDrain
{
  QsOffsets *positions; /* owned */
  QsOffsets *ends;      /* owned, nullable */
};

QsDrain *
qs_drain_new (void)
{
  QsDrain *self = g_new0 (QsDrain, 1);

  self->positions = qs_offsets_new ();

  return self;
}

void
qs_drain_free (QsDrain *self)
{
  qs_offsets_free (self->positions);
  g_clear_pointer (&self->ends, qs_offsets_free);
  g_free (self);
}

void
qs_drain_note (QsDrain *self, const char *topic, int partition, gint64 offset)
{
  qs_offsets_set (self->positions, topic, partition, offset);
}

void
qs_drain_set_ends (QsDrain *self, QsOffsets *ends)
{
  g_clear_pointer (&self->ends, qs_offsets_free);
  self->ends = ends;
}

gboolean
qs_drain_is_done (QsDrain *self, QsOffsets *assignment)
{
  g_autoptr (GPtrArray) partitions = qs_offsets_list (assignment);

  if (self->ends == NULL)
    return FALSE;

  for (guint i = 0; i < partitions->len; i++)
    {
      const QsOffset *partition = partitions->pdata[i];
      gint64          end = qs_offsets_get (self->ends, partition->topic, partition->partition);
      gint64 position = qs_offsets_get (self->positions, partition->topic, partition->partition);

      if (end < 0 || MAX (position, partition->offset) < end)
        return FALSE;
    }

  return TRUE;
}
