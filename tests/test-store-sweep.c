/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-sweep-private.h"
#include "qs-test-store.h"

#include <glib/gstdio.h>
#include <utime.h>

#define HOUR (3600 * 1000)

/* Makes all files of the store two hours old. */
static void
age_files (const char *path)
{
  const time_t   time = (time_t) (g_get_real_time () / G_USEC_PER_SEC - 7200);
  struct utimbuf times = { time, time };
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_assert_cmpint (g_utime (file, &times), ==, 0);
    }
}

static gboolean
is_there (StoreFixture *fixture)
{
  g_autofree char *file = g_build_filename (fixture->path, "CURRENT", NULL);

  return g_file_test (file, G_FILE_TEST_EXISTS);
}

static void
test_old (StoreFixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Only a store that is old and that nobody has open is removed");

  g_assert_false (qs_store_sweep (fixture->path, 0));

  store_open (fixture->store);
  age_files (fixture->path);
  g_assert_false (qs_store_sweep (fixture->path, HOUR));
  g_assert_true (is_there (fixture));

  g_assert_true (qs_store_close (fixture->store, &error));
  g_assert_no_error (error);
  g_assert_false (qs_store_sweep (fixture->path, HOUR));
  g_assert_true (is_there (fixture));

  age_files (fixture->path);
  g_assert_false (qs_store_sweep (fixture->path, 3 * HOUR));
  g_assert_true (qs_store_sweep (fixture->path, HOUR));
  g_assert_false (is_there (fixture));
  g_assert_false (qs_store_sweep (fixture->path, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/store-sweep/old",
              StoreFixture,
              NULL,
              store_fixture_set_up,
              test_old,
              store_fixture_tear_down);

  return g_test_run ();
}
