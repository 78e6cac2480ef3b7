/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>

#include <gio/gio.h>

#include "qs-deadline-private.h"

static void
test_without_end (void)
{
  g_test_summary ("A negative, an endless and a senseless number of seconds never pass");

  g_assert_cmpint (qs_deadline_after (-1), ==, G_MAXINT64);
  g_assert_cmpint (qs_deadline_after (INFINITY), ==, G_MAXINT64);
  g_assert_cmpint (qs_deadline_after (NAN), ==, G_MAXINT64);
  g_assert_cmpint (qs_deadline_after (1e300), ==, G_MAXINT64);
  g_assert_false (qs_deadline_passed (G_MAXINT64));
  g_assert_cmpint (qs_deadline_slice (G_MAXINT64, 100), ==, 100);
}

static void
test_check (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A timeout is a number; endless and negative ones are meant");

  g_assert_true (qs_deadline_check (0, NULL));
  g_assert_true (qs_deadline_check (-1, NULL));
  g_assert_true (qs_deadline_check (INFINITY, NULL));
  g_assert_false (qs_deadline_check (NAN, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_passed (void)
{
  g_test_summary ("A deadline of now has passed, one of a minute has not");

  g_assert_true (qs_deadline_passed (qs_deadline_after (0)));
  g_assert_cmpint (qs_deadline_slice (qs_deadline_after (0), 100), ==, 0);
  g_assert_false (qs_deadline_passed (qs_deadline_after (60)));
}

static void
test_slice (void)
{
  int slice = qs_deadline_slice (qs_deadline_after (0.05), 100);

  g_test_summary ("A slice is what is left, rounded up, and at most what is asked for");

  g_assert_cmpint (slice, >, 0);
  g_assert_cmpint (slice, <=, 50);
  g_assert_cmpint (qs_deadline_slice (qs_deadline_after (60), 100), ==, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/deadline/without-end", test_without_end);
  g_test_add_func ("/deadline/check", test_check);
  g_test_add_func ("/deadline/passed", test_passed);
  g_test_add_func ("/deadline/slice", test_slice);

  return g_test_run ();
}
