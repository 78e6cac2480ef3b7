/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-file-watch-private.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MASK                                                                                       \
  (IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF |  \
   IN_MOVE_SELF | IN_ONLYDIR)

struct _QsFileWatch
{
  int         fd;
  GHashTable *directories; /* of a watch: its path */
  GHashTable *watches;     /* of a path: its watch */
};

QsFileWatch *
qs_file_watch_new (void)
{
  QsFileWatch *self = NULL;
  int          fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

  if (fd < 0)
    return NULL;

  self = g_new0 (QsFileWatch, 1);
  self->fd = fd;
  self->directories = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->watches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return self;
}

void
qs_file_watch_free (QsFileWatch *self)
{
  close (self->fd);
  g_hash_table_unref (self->directories);
  g_hash_table_unref (self->watches);
  g_free (self);
}

int
qs_file_watch_get_fd (QsFileWatch *self)
{
  return self != NULL ? self->fd : -1;
}

/* File systems on which writes of another machine are not reported. */
static gboolean
is_remote (const char *directory)
{
  const guint64 remote[] = { 0x6969,     0x517b,     0xff534d42, 0xfe534d42, 0x65735546,
                             0x01021997, 0x00c36400, 0x5346414f, 0x6b414653 };
  struct statfs buf;

  if (statfs (directory, &buf) != 0)
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (remote); i++)
    if ((guint64) (guint32) buf.f_type == remote[i])
      return TRUE;

  return FALSE;
}

gboolean
qs_file_watch_add (QsFileWatch *self, const char *directory)
{
  int watch = 0;

  if (self == NULL)
    return FALSE;
  if (g_hash_table_contains (self->watches, directory))
    return TRUE;
  if (is_remote (directory))
    return FALSE;

  watch = inotify_add_watch (self->fd, directory, MASK);
  if (watch < 0)
    return FALSE;

  g_hash_table_insert (self->directories, GINT_TO_POINTER (watch), g_strdup (directory));
  g_hash_table_insert (self->watches, g_strdup (directory), GINT_TO_POINTER (watch));

  return TRUE;
}

static void
forget (QsFileWatch *self, int watch)
{
  const char *directory = g_hash_table_lookup (self->directories, GINT_TO_POINTER (watch));

  if (directory == NULL)
    return;

  g_hash_table_remove (self->watches, directory);
  g_hash_table_remove (self->directories, GINT_TO_POINTER (watch));
}

/* Whether names have changed. */
static gboolean
handle (QsFileWatch                *self,
        const struct inotify_event *event,
        QsFileModifiedFunc          func,
        gpointer                    user_data)
{
  const char      *directory = g_hash_table_lookup (self->directories, GINT_TO_POINTER (event->wd));
  g_autofree char *path = NULL;

  if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED))
    {
      if (!(event->mask & IN_IGNORED))
        inotify_rm_watch (self->fd, event->wd);
      forget (self, event->wd);
      return TRUE;
    }

  if (event->mask & ~(guint32) (IN_MODIFY | IN_ATTRIB))
    return TRUE;

  if (directory != NULL && event->len > 0)
    {
      path = g_build_filename (directory, event->name, NULL);
      func (path, user_data);
    }

  return FALSE;
}

gboolean
qs_file_watch_read (QsFileWatch *self, QsFileModifiedFunc func, gpointer user_data)
{
  gint64   buffer[4096];
  gboolean names = FALSE;

  for (;;)
    {
      gssize n = read (self->fd, buffer, sizeof buffer);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return names;

      for (gssize at = 0; at < n;)
        {
          const struct inotify_event *event =
              (const struct inotify_event *) (gpointer) ((char *) buffer + at);

          names |= handle (self, event, func, user_data);
          at += (gssize) sizeof *event + event->len;
        }
    }
}
