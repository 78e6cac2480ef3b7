/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-crowd-private.h"

static void
test_text (void)
{
  g_test_summary ("Many threads that want to run are a crowd, many that sleep are none");

  g_assert_false (qs_crowd_in_text ("0.20 0.18 0.12 1/8000 11206\n", 2));
  g_assert_false (qs_crowd_in_text ("97.20 80.18 90.12 8/800 11206\n", 2));
  g_assert_true (qs_crowd_in_text ("0.20 0.18 0.12 9/800 11206\n", 2));
  g_assert_true (qs_crowd_in_text ("0.20 0.18 0.12 100/800 11206\n", 2));
  g_assert_false (qs_crowd_in_text ("0.20 0.18 0.12 100/800 11206\n", 32));
}

static void
test_unknown (void)
{
  g_test_summary ("What can't be read is no crowd");

  g_assert_false (qs_crowd_in_text ("", 1));
  g_assert_false (qs_crowd_in_text ("0.20", 1));
  g_assert_false (qs_crowd_in_text ("0.20 0.18 0.12 ", 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crowd/text", test_text);
  g_test_add_func ("/crowd/unknown", test_unknown);

  return g_test_run ();
}
