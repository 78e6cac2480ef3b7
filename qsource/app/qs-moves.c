/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-moves-private.h"

/* How many moves are kept. */
#define N_MOVES 20

typedef struct
{
  int    partition;
  QsMove move;
  gint64 time; /* milliseconds since 1970 */
} Move;

static const char *const names[] = {
  [QS_MOVE_ASSIGNED] = "assigned",
  [QS_MOVE_GIVEN] = "given",
  [QS_MOVE_LOST] = "lost",
};

void
qs_moves_init (QsMoves *self)
{
  self->here = g_array_new (FALSE, FALSE, sizeof (Move));
  self->last = g_array_new (FALSE, FALSE, sizeof (Move));
}

void
qs_moves_clear (QsMoves *self)
{
  g_array_unref (self->here);
  g_array_unref (self->last);
}

void
qs_moves_add (QsMoves *self, int partition, QsMove move, gint64 time)
{
  const Move added = { partition, move, time };
  guint      position = 0;

  while (position < self->here->len &&
         g_array_index (self->here, Move, position).partition < partition)
    position++;
  if (position < self->here->len &&
      g_array_index (self->here, Move, position).partition == partition)
    g_array_remove_index (self->here, position);
  if (move == QS_MOVE_ASSIGNED)
    g_array_insert_val (self->here, position, added);

  g_array_append_val (self->last, added);
  if (self->last->len > N_MOVES)
    g_array_remove_index (self->last, 0);
}

void
qs_moves_end (QsMoves *self)
{
  g_array_set_size (self->here, 0);
}

static void
describe_one (GVariantBuilder *list, const Move *move, const char *time, const char *event)
{
  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (list, "{sv}", "partition", g_variant_new_int32 (move->partition));
  g_variant_builder_add (list, "{sv}", time, g_variant_new_int64 (move->time));
  if (event != NULL)
    g_variant_builder_add (list, "{sv}", "event", g_variant_new_string (event));
  g_variant_builder_close (list);
}

void
qs_moves_describe (QsMoves *self, GVariantBuilder *dict)
{
  GVariantBuilder here;
  GVariantBuilder last;

  if (self->last->len == 0)
    return;

  g_variant_builder_init (&here, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->here->len; i++)
    describe_one (&here, &g_array_index (self->here, Move, i), "since", NULL);
  g_variant_builder_add (dict, "{sv}", "partitions", g_variant_builder_end (&here));

  g_variant_builder_init (&last, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = self->last->len; i > 0; i--)
    {
      const Move *move = &g_array_index (self->last, Move, i - 1);

      describe_one (&last, move, "time", names[move->move]);
    }
  g_variant_builder_add (dict, "{sv}", "moves", g_variant_builder_end (&last));
}
