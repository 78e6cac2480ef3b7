/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-dir-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "qsource-temporary-"

/* Seconds after which a directory without a lock is nobody's: longer than it takes to lock one. */
#define LOCK_TIME 60

/* A temporary directory of this process. */
typedef struct
{
  char *path;
  int   fd; /* locked */
} Temporary;

G_LOCK_DEFINE_STATIC (temporaries);
static GPtrArray *temporaries; /* of Temporary; NULL: there is none */

static void
temporary_free (gpointer data)
{
  Temporary *self = data;

  g_free (self->path);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }

  g_remove (path);
}

/* Opens and locks a directory; -1 if somebody has the lock. */
static int
lock (const char *path)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      close (fd);
      fd = -1;
    }

  return fd;
}

/* Removes @path if it is a directory of ours whose process is gone. */
static void
remove_stale (const char *path)
{
  struct stat info;
  int         fd = -1;

  if (lstat (path, &info) != 0 || !S_ISDIR (info.st_mode) || info.st_uid != geteuid () ||
      g_get_real_time () / G_USEC_PER_SEC - info.st_mtime < LOCK_TIME)
    return;

  fd = lock (path);
  if (fd < 0)
    return;

  remove_tree (path);
  close (fd);
}

static void
remove_all_stale (void)
{
  const char *parent = g_get_tmp_dir ();
  g_autoptr (GDir) dir = g_dir_open (parent, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (parent, name, NULL);

      if (g_str_has_prefix (name, PREFIX))
        remove_stale (path);
    }
}

char *
qs_state_dir_new_temporary (GError **error)
{
  g_autofree char *path = NULL;
  Temporary       *temporary = NULL;

  remove_all_stale ();
  path = g_build_filename (g_get_tmp_dir (), PREFIX "XXXXXX", NULL);
  if (g_mkdtemp (path) == NULL)
    {
      g_set_error (
          error,
          G_IO_ERROR,
          g_io_error_from_errno (errno),
          "Cannot make a temporary directory in '%s' for the states on an embedded broker: "
          "%s (set TMPDIR to a directory that the user of this program can write to)",
          g_get_tmp_dir (),
          g_strerror (errno));
      return NULL;
    }

  temporary = g_new0 (Temporary, 1);
  temporary->path = g_strdup (path);
  /* A file system without locks has them removed only in order. */
  temporary->fd = lock (path);

  G_LOCK (temporaries);
  if (temporaries == NULL)
    temporaries = g_ptr_array_new_with_free_func (temporary_free);
  g_ptr_array_add (temporaries, temporary);
  G_UNLOCK (temporaries);

  return g_steal_pointer (&path);
}

void
qs_state_dir_remove (const char *path)
{
  remove_tree (path);

  G_LOCK (temporaries);
  for (guint i = temporaries != NULL ? temporaries->len : 0; i > 0; i--)
    {
      if (g_str_equal (((Temporary *) temporaries->pdata[i - 1])->path, path))
        g_ptr_array_remove_index_fast (temporaries, i - 1);
    }
  if (temporaries != NULL && temporaries->len == 0)
    g_clear_pointer (&temporaries, g_ptr_array_unref);
  G_UNLOCK (temporaries);
}

void
qs_state_dir_remove_all (void)
{
  G_LOCK (temporaries);
  for (guint i = 0; temporaries != NULL && i < temporaries->len; i++)
    remove_tree (((Temporary *) temporaries->pdata[i])->path);
  G_UNLOCK (temporaries);
}
