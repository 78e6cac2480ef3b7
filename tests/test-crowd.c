/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-crowd-private.h"

static void
test_text (void)
{
  g_test_summary ("The threads that want to run are counted, not those that there are");

  g_assert_cmpuint (qs_crowd_read ("0.20 0.18 0.12 1/8000 11206\n"), ==, 1);
  g_assert_cmpuint (qs_crowd_read ("97.20 80.18 90.12 100/800 11206\n"), ==, 100);
}

static void
test_unknown (void)
{
  g_test_summary ("Where it can't be read, no thread wants to run");

  g_assert_cmpuint (qs_crowd_read (""), ==, 0);
  g_assert_cmpuint (qs_crowd_read ("0.20"), ==, 0);
  g_assert_cmpuint (qs_crowd_read ("0.20 0.18 0.12 "), ==, 0);
}

static void
test_verdicts (void)
{
  static const struct
  {
    guint    n_threads;
    guint    n_processors;
    gboolean is_crowd;
    double   share;
  } rows[] = {
    { 0, 2, FALSE, 1 },     { 1, 2, FALSE, 1 },       { 2, 2, FALSE, 1 },
    { 8, 2, FALSE, 0.25 },  { 9, 1, TRUE, 1. / 9 },   { 9, 2, TRUE, 2. / 9 },
    { 100, 2, TRUE, 0.02 }, { 100, 32, FALSE, 0.32 },
  };

  g_test_summary ("Many threads that want to run are a crowd, and share the processors");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_cmpint (
          qs_crowd_is_crowd (rows[i].n_threads, rows[i].n_processors), ==, rows[i].is_crowd);
      g_assert_cmpfloat_with_epsilon (
          qs_crowd_share_of (rows[i].n_threads, rows[i].n_processors), rows[i].share, 1e-9);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crowd/text", test_text);
  g_test_add_func ("/crowd/unknown", test_unknown);
  g_test_add_func ("/crowd/verdicts", test_verdicts);

  return g_test_run ();
}
