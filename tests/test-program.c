/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "qs-program-private.h"
#include "qs-source-error.h"
#include "remove-tree.h"

/* The argument with which this program, started again by a test, only tells how
 * it would be started once more. */
#define TELL "--tell"

typedef struct
{
  char *dir; /* where links and copies of this program are put */
} Fixture;

static char *
dup_exe (void)
{
  return g_file_read_link ("/proc/self/exe", NULL);
}

/* Tells it after doing what @how says, which must make no difference. */
static int
tell (int argc, char **argv)
{
  const char      *how = argc > 2 ? argv[2] : "";
  g_autofree char *exe = dup_exe ();
  g_autofree char *other = NULL;
  g_auto (GStrv) told = NULL;

  if (g_str_equal (how, "moved"))
    g_assert_cmpint (chdir ("/"), ==, 0);
  else if (g_str_equal (how, "deleted"))
    g_assert_cmpint (g_unlink (exe), ==, 0);
  else if (g_str_equal (how, "replaced"))
    {
      other = g_strconcat (exe, ".new", NULL);
      g_assert_true (g_file_set_contents (other, "#!/bin/false\n", -1, NULL));
      g_assert_cmpint (g_rename (other, exe), ==, 0);
    }
  else if (g_str_equal (how, "path"))
    g_unsetenv ("PATH");

  told = qs_program_dup_argv (NULL);
  g_assert_nonnull (told);
  for (char **arg = told; *arg != NULL; arg++)
    g_print ("%s\n", *arg);
  g_print ("%s\n", qs_program_get_cwd ());

  return 0;
}

/* What the program says that is started as @argv0 @... in the fixture's
 * directory: its command line, and then the directory. */
static char **
ask (Fixture *fixture, const char *program, const char *argv0, const char *how)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  g_auto (GStrv) envp = g_environ_setenv (g_get_environ (), "PATH", fixture->dir, TRUE);
  const char *argv[] = { program, argv0, TELL, how, "", "last one", NULL };
  int         status = 0;

  g_spawn_sync (fixture->dir,
                (char **) argv,
                envp,
                G_SPAWN_FILE_AND_ARGV_ZERO,
                NULL,
                NULL,
                &output,
                NULL,
                &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  g_assert_true (g_str_has_suffix (output, "\n"));
  output[strlen (output) - 1] = '\0';

  return g_strsplit (output, "\n", -1);
}

static void
check (Fixture *fixture, char **told, const char *executable, const char *how)
{
  const char *expected[] = { executable, TELL, how, "", "last one", fixture->dir, NULL };

  g_assert_cmpstrv (told, expected);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->dir = g_dir_make_tmp ("qsource-program-XXXXXX", NULL);
  g_assert_nonnull (fixture->dir);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  remove_tree (fixture->dir);
  g_free (fixture->dir);
}

/* A link or copy of this program in the fixture's directory. */
static char *
make_link (Fixture *fixture)
{
  g_autofree char *exe = dup_exe ();
  char            *path = g_build_filename (fixture->dir, "program", NULL);

  g_assert_cmpint (symlink (exe, path), ==, 0);

  return path;
}

static char *
make_copy (Fixture *fixture)
{
  g_autofree char *exe = dup_exe ();
  char            *path = g_build_filename (fixture->dir, "program", NULL);
  g_autoptr (GFile) from = g_file_new_for_path (exe);
  g_autoptr (GFile) to = g_file_new_for_path (path);

  g_assert_true (g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));

  return path;
}

static void
test_link (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *link = make_link (fixture);
  g_auto (GStrv) by_path = ask (fixture, link, link, "");
  g_auto (GStrv) by_name = ask (fixture, link, "program", "");
  g_auto (GStrv) relative = ask (fixture, link, "./program", "");

  g_test_summary ("The symbolic link by which it was started is kept, as virtual environments "
                  "of Python need; a name that was found in PATH becomes its path");

  check (fixture, by_path, link, "");
  check (fixture, by_name, link, "");
  check (fixture, relative, link, "");
}

static void
test_changed (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *link = make_link (fixture);
  g_auto (GStrv) moved = ask (fixture, link, "./program", "moved");
  g_auto (GStrv) path = ask (fixture, link, "program", "path");

  g_test_summary ("What counts is the directory and the PATH that it was started with");

  check (fixture, moved, link, "moved");
  check (fixture, path, link, "path");
}

static void
test_lying (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *link = make_link (fixture);
  g_auto (GStrv) told = ask (fixture, link, "/bin/sh", "");

  g_test_summary ("A first argument that names another program is not believed");

  check (fixture, told, link, "");
}

static void
test_gone (Fixture *fixture, gconstpointer user_data)
{
  const char      *how = user_data;
  g_autofree char *copy = make_copy (fixture);
  g_auto (GStrv) told = ask (fixture, copy, copy, how);

  g_test_summary ("A program that is not there any more is started from what the kernel holds");

  check (fixture, told, "/proc/self/exe", how);
}

static void
test_binding (void)
{
  const char *const given[] = { "interpreter", "-x", "script", NULL };
  g_auto (GStrv) told = NULL;
  g_auto (GStrv) none = NULL;
  g_auto (GStrv) own = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A language binding says how to start the program, or why that can't be");

  qs_program_set_argv (given, NULL);
  told = qs_program_dup_argv (&error);
  g_assert_no_error (error);
  g_assert_cmpstrv (told, given);

  qs_program_set_argv (NULL, "there is no script");
  none = qs_program_dup_argv (&error);
  g_assert_null (none);
  g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_NOT_STARTED);
  g_assert_cmpstr (error->message, ==, "there is no script");

  qs_program_set_argv (NULL, NULL);
  own = qs_program_dup_argv (NULL);
  g_assert_nonnull (own);
}

static void
tell_cb (gpointer text)
{
  printf ("%s\n", (const char *) text);
}

static void
exit_cb (int status, gpointer text)
{
  printf ("%s %d\n", (const char *) text, status);
}

static void
at_exit (void)
{
  printf ("at exit\n");
}

static void
test_exit (void)
{
  g_test_summary ("A program ends as one of its language: its binding first, then what C does");

  if (g_test_subprocess ())
    {
      atexit (at_exit);
      qs_program_set_flush_func (tell_cb, (gpointer) "old", tell_cb);
      qs_program_set_flush_func (tell_cb, (gpointer) "flush", NULL);
      qs_program_set_exit_func (exit_cb, (gpointer) "exit", NULL);
      qs_program_exit (3);
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stdout ("*old\nflush\nexit 3\nat exit\n*");
}

int
main (int argc, char **argv)
{
  if (argc > 1 && g_str_equal (argv[1], TELL))
    return tell (argc, argv);

  g_test_init (&argc, &argv, NULL);

#define add(path, data, func)                                                                      \
  g_test_add ("/program/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)

  add ("link", NULL, test_link);
  add ("changed", NULL, test_changed);
  add ("lying", NULL, test_lying);
  add ("deleted", "deleted", test_gone);
  add ("replaced", "replaced", test_gone);

#undef add

  g_test_add_func ("/program/binding", test_binding);
  g_test_add_func ("/program/exit", test_exit);

  return g_test_run ();
}
