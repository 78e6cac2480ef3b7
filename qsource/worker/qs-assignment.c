/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-assignment-private.h"

#include "qs-stateful-source.h"

struct _QsAssignment
{
  GArray *partitions; /* int; owned */
};

QsAssignment *
qs_assignment_new (QsBaseSource *source)
{
  QsAssignment *self = g_new0 (QsAssignment, 1);
  int           n_partitions = 1;

  if (QS_IS_STATEFUL_SOURCE (source))
    n_partitions = qs_stateful_source_get_n_partitions (QS_STATEFUL_SOURCE (source));

  self->partitions = g_array_new (FALSE, FALSE, sizeof (int));
  for (int i = 0; i < n_partitions; i++)
    g_array_append_val (self->partitions, i);

  return self;
}

void
qs_assignment_free (QsAssignment *self)
{
  g_array_unref (self->partitions);
  g_free (self);
}

const int *
qs_assignment_get_partitions (QsAssignment *self, guint *n_partitions)
{
  *n_partitions = self->partitions->len;

  return (const int *) (gpointer) self->partitions->data;
}
