/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-rejoin-private.h"

static void
test_rejoin_given (void)
{
  QsRejoin rejoin = { 0 };

  g_test_summary ("A member that gave partitions away has joined again at the second assignment");

  qs_rejoin_note_assigned (&rejoin);
  g_assert_false (qs_rejoin_is_under_way (&rejoin));

  qs_rejoin_begin (&rejoin, FALSE);
  g_assert_true (qs_rejoin_is_under_way (&rejoin));
  qs_rejoin_note_assigned (&rejoin);
  g_assert_true (qs_rejoin_is_under_way (&rejoin));
  qs_rejoin_note_assigned (&rejoin);
  g_assert_false (qs_rejoin_is_under_way (&rejoin));
}

static void
test_rejoin_lost (void)
{
  QsRejoin rejoin = { 0 };

  g_test_summary ("One that lost them has joined again at the first assignment");

  qs_rejoin_begin (&rejoin, TRUE);
  g_assert_true (qs_rejoin_is_under_way (&rejoin));
  qs_rejoin_note_assigned (&rejoin);
  g_assert_false (qs_rejoin_is_under_way (&rejoin));
}

static void
test_rejoin_again (void)
{
  QsRejoin rejoin = { 0 };

  g_test_summary ("It may commit before it gives more away, as the group has changed");

  qs_rejoin_begin (&rejoin, FALSE);
  qs_rejoin_note_assigned (&rejoin);
  qs_rejoin_note_revoked (&rejoin);
  g_assert_false (qs_rejoin_is_under_way (&rejoin));
}

static void
test_rejoin_late (void)
{
  QsRejoin rejoin = { 0 };

  g_test_summary ("An assignment that doesn't come isn't waited for without end");

  qs_rejoin_begin (&rejoin, FALSE);
  rejoin.until = g_get_monotonic_time () - 1;
  g_assert_false (qs_rejoin_is_under_way (&rejoin));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rejoin/given", test_rejoin_given);
  g_test_add_func ("/rejoin/lost", test_rejoin_lost);
  g_test_add_func ("/rejoin/again", test_rejoin_again);
  g_test_add_func ("/rejoin/late", test_rejoin_late);

  return g_test_run ();
}
