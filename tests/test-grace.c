/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-grace-private.h"

#define TIMEOUT 1000

static void
test_running (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (QsGrace) grace = qs_grace_new (cancellable, TIMEOUT);
  gint64 far = g_get_monotonic_time () + 2 * TIMEOUT * G_USEC_PER_SEC;

  g_test_summary ("A source that isn't stopping, or can't be, has all the time");

  g_assert_false (qs_grace_has_begun (grace));
  g_assert_cmpint (qs_grace_cut_deadline (grace, far), ==, far);

  g_assert_false (qs_grace_has_begun (NULL));
  g_assert_cmpint (qs_grace_cut_deadline (NULL, far), ==, far);
}

static void
test_stopping (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (QsGrace) grace = qs_grace_new (cancellable, TIMEOUT);
  gint64 begin = 0;
  gint64 end = 0;
  gint64 near = 0;

  g_test_summary ("The time runs from the first look, and cuts only what is later");

  g_cancellable_cancel (cancellable);
  begin = g_get_monotonic_time ();
  g_assert_true (qs_grace_has_begun (grace));
  end = qs_grace_cut_deadline (grace, G_MAXINT64);
  g_assert_cmpint (end, >=, begin + TIMEOUT * G_USEC_PER_SEC);
  g_assert_cmpint (end, <=, g_get_monotonic_time () + TIMEOUT * G_USEC_PER_SEC);
  while (g_get_monotonic_time () == end - TIMEOUT * G_USEC_PER_SEC)
    ;
  g_assert_cmpint (qs_grace_cut_deadline (grace, G_MAXINT64), ==, end);
  g_assert_cmpint (
      qs_grace_cut_tidying (grace, G_MAXINT64), ==, end + TIMEOUT / 2 * G_USEC_PER_SEC);
  near = end - 1;
  g_assert_cmpint (qs_grace_cut_tidying (grace, near), ==, near);
  g_assert_cmpint (qs_grace_cut_deadline (grace, near), ==, near);
}

static void
test_without_end (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (QsGrace) grace = qs_grace_new (cancellable, -1);

  g_test_summary ("A time-out of -1 cuts nothing");

  g_cancellable_cancel (cancellable);
  g_assert_true (qs_grace_has_begun (grace));
  g_assert_cmpint (qs_grace_cut_deadline (grace, G_MAXINT64), ==, G_MAXINT64);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/grace/running", test_running);
  g_test_add_func ("/grace/stopping", test_stopping);
  g_test_add_func ("/grace/without-end", test_without_end);

  return g_test_run ();
}
