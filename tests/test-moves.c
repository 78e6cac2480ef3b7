/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-moves-private.h"

/* What it tells, as GVariant prints it; transfer full. */
static char *
describe (QsMoves *moves)
{
  GVariantBuilder dict;
  g_autoptr (GVariant) told = NULL;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  qs_moves_describe (moves, &dict);
  told = g_variant_ref_sink (g_variant_builder_end (&dict));

  return g_variant_print (told, FALSE);
}

static void
test_describe (void)
{
  QsMoves          moves;
  g_autofree char *none = NULL;
  g_autofree char *some = NULL;
  g_autofree char *ended = NULL;

  g_test_summary ("It tells what is here, in order and since when, and what came and went last");

  qs_moves_init (&moves);
  none = describe (&moves);
  g_assert_cmpstr (none, ==, "{}");

  qs_moves_add (&moves, 2, QS_MOVE_ASSIGNED, 10);
  qs_moves_add (&moves, 0, QS_MOVE_ASSIGNED, 20);
  qs_moves_add (&moves, 1, QS_MOVE_ASSIGNED, 30);
  qs_moves_add (&moves, 2, QS_MOVE_GIVEN, 40);
  qs_moves_add (&moves, 1, QS_MOVE_LOST, 50);
  qs_moves_add (&moves, 1, QS_MOVE_ASSIGNED, 60);
  some = describe (&moves);
  g_assert_cmpstr (some,
                   ==,
                   "{'partitions': <[{'partition': <0>, 'since': <int64 20>}, "
                   "{'partition': <1>, 'since': <int64 60>}]>, "
                   "'moves': <[{'partition': <1>, 'time': <int64 60>, 'event': <'assigned'>}, "
                   "{'partition': <1>, 'time': <int64 50>, 'event': <'lost'>}, "
                   "{'partition': <2>, 'time': <int64 40>, 'event': <'given'>}, "
                   "{'partition': <1>, 'time': <int64 30>, 'event': <'assigned'>}, "
                   "{'partition': <0>, 'time': <int64 20>, 'event': <'assigned'>}, "
                   "{'partition': <2>, 'time': <int64 10>, 'event': <'assigned'>}]>}");

  qs_moves_end (&moves);
  ended = describe (&moves);
  g_assert_true (g_str_has_prefix (ended, "{'partitions': <@aa{sv} []>, 'moves': <[{"));
  qs_moves_clear (&moves);
}

static void
test_bounded (void)
{
  QsMoves moves;

  g_test_summary ("It keeps the last twenty");

  qs_moves_init (&moves);
  for (int i = 0; i < 100; i++)
    qs_moves_add (&moves, i, QS_MOVE_ASSIGNED, i);
  g_assert_cmpuint (moves.last->len, ==, 20);
  g_assert_cmpuint (moves.here->len, ==, 100);
  qs_moves_clear (&moves);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/moves/describe", test_describe);
  g_test_add_func ("/moves/bounded", test_bounded);

  return g_test_run ();
}
