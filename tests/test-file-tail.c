/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib/gstdio.h>

#include "qs-file-tail-private.h"

typedef struct
{
  char           *directory;
  char           *path;
  QsFilePosition *position; /* of what is at @path, read to its end */
} Fixture;

static void
write_file (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key = NULL;
  QsFileIdentity   identity;

  fixture->directory = g_dir_make_tmp ("qs-file-tail-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->directory, "log", NULL);
  write_file (fixture->path, "one\n");
  g_assert_true (qs_file_identity_read_path (&identity, fixture->path, &error));
  key = qs_file_identity_to_key (&identity);
  fixture->position = qs_file_position_new (key, fixture->path);
  fixture->position->offset = 4;
  fixture->position->head_length = fixture->position->tail_length = 4;
  fixture->position->head_hash = fixture->position->tail_hash =
      qs_file_hash ((const guint8 *) "one\n", 4);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *renamed = g_strconcat (fixture->path, ".1", NULL);

  g_remove (fixture->path);
  g_remove (renamed);
  g_rmdir (fixture->directory);
  g_clear_pointer (&fixture->position, qs_file_position_free);
  g_free (fixture->path);
  g_free (fixture->directory);
}

/* Opens what is at the path, as that of the position. */
static QsFileChange
look (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  QsFileChange change = QS_FILE_UNCHANGED;
  g_autoptr (QsFileTail) tail =
      qs_file_tail_open (fixture->path, fixture->position, &change, &error);

  g_assert_no_error (error);
  g_assert_true ((tail != NULL) == (change == QS_FILE_UNCHANGED));

  return change;
}

static void
test_unchanged (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A file that has only grown is read on");

  write_file (fixture->path, "one\ntwo\n");
  g_assert_cmpint (look (fixture), ==, QS_FILE_UNCHANGED);
}

static void
test_rewritten (Fixture *fixture, gconstpointer user_data)
{
  g_test_summary ("A file without what was read is a rewritten one");

  write_file (fixture->path, "ONE\ntwo\n");
  g_assert_cmpint (look (fixture), ==, QS_FILE_REWRITTEN);
}

static void
test_another (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *renamed = g_strconcat (fixture->path, ".1", NULL);

  g_test_summary ("A file that was renamed isn't rewritten, whatever has its name by now");

  g_assert_cmpint (g_rename (fixture->path, renamed), ==, 0);
  write_file (fixture->path, "ONE\n");
  g_assert_cmpint (look (fixture), ==, QS_FILE_ANOTHER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func)                                                                            \
  g_test_add ("/file-tail/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

  add ("unchanged", test_unchanged);
  add ("rewritten", test_rewritten);
  add ("another", test_another);

  return g_test_run ();
}
