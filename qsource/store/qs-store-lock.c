/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-lock-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qs-deadline-private.h"
#include "qs-log-private.h"
#include "qs-store-error-private.h"

/* How often to look whether the lock is free, in ms. */
#define POLL_INTERVAL 50

struct _QsStoreLock
{
  char  *path;     /* owned */
  char  *file;     /* owned; RocksDB's LOCK */
  char  *id;       /* owned; the directory's device and inode */
  gint64 began_at; /* monotonic; for the error */
  gint64 deadline; /* of waiting */
  int    fd;       /* of @file while this locks it, or -1 */
};

/* Guards @taken. */
static GMutex mutex;

/* The ids of the directories that this process uses. */
static GHashTable *taken;

static gboolean
try_id (const char *id)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&mutex);

  if (taken == NULL)
    taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return !g_hash_table_contains (taken, id) && g_hash_table_add (taken, g_strdup (id));
}

static void
drop_id (const char *id)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&mutex);

  g_hash_table_remove (taken, id);
}

/* "process 12 (name)" for a @pid as fcntl() returns it. */
static char *
describe_process (pid_t pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/comm", (int) pid);
  g_autofree char *name = NULL;

  /* 0 is one whose number means nothing here. */
  if (pid <= 0)
    return g_strdup ("a process of another container or host");

  if (!g_file_get_contents (file, &name, NULL, NULL))
    return g_strdup_printf ("process %d", (int) pid);

  g_strchomp (name);

  return g_strdup_printf ("process %d (%s)", (int) pid, name);
}

/* Describes who has the lock. NULL: nobody, or unknown; RocksDB will report it. */
static char *
dup_holder (QsStoreLock *self)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int          fd = open (self->file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  gboolean     known;

  if (fd < 0)
    return NULL;

  known = fcntl (fd, F_GETLK, &lock) == 0;
  close (fd);
  if (!known || lock.l_type == F_UNLCK)
    return NULL;

  return describe_process (lock.l_pid);
}

static void
sleep_or_cancelled (int ms, GCancellable *cancellable)
{
  GPollFD poll_fd;

  if (g_cancellable_make_pollfd (cancellable, &poll_fd))
    {
      g_poll (&poll_fd, 1, ms);
      g_cancellable_release_fd (cancellable);
    }
  else
    g_usleep (ms * 1000UL);
}

static gboolean
set_locked (QsStoreLock *self, const char *holder, GError **error)
{
  g_autofree char *shown_path = g_filename_display_name (self->path);

  g_set_error (
      error,
      QS_STATE_ERROR,
      QS_STATE_ERROR_LOCKED,
      "Cannot open the store '%s': %s holds its lock, and did not release it within %.3g s "
      "(stop that program, or set another state-dir or consumer-group for this one)",
      shown_path,
      holder,
      (double) (g_get_monotonic_time () - self->began_at) / G_USEC_PER_SEC);

  return FALSE;
}

/* Waits until no other process is seen to hold it. */
static gboolean
wait_until_free (QsStoreLock *self, GCancellable *cancellable, GError **error)
{
  gboolean told = FALSE;

  for (;;)
    {
      g_autofree char *holder = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;

      holder = dup_holder (self);
      if (holder == NULL)
        return TRUE;
      if (qs_deadline_passed (self->deadline))
        return set_locked (self, holder, error);

      if (!told)
        qs_log_message (NULL, NULL, "Waiting for %s to close the store '%s'", holder, self->path);
      told = TRUE;
      sleep_or_cancelled (qs_deadline_slice (self->deadline, POLL_INTERVAL), cancellable);
    }
}

QsStoreLock *
qs_store_lock_new (const char *path, gint64 deadline, GCancellable *cancellable, GError **error)
{
  g_autoptr (QsStoreLock) self = NULL;
  g_autofree char *shown_path = g_filename_display_name (path);
  g_autofree char *id = NULL;
  struct stat      info;

  if (stat (path, &info) < 0)
    {
      qs_store_error_set_errno (error, errno, "open", path);
      return NULL;
    }

  id = g_strdup_printf ("%ju:%ju", (uintmax_t) info.st_dev, (uintmax_t) info.st_ino);
  if (!try_id (id))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_LOCKED,
                   "Cannot open the store '%s': this process (%d) already has it open (two of its "
                   "sources or applications use the same state-dir, consumer-group and store-name)",
                   shown_path,
                   (int) getpid ());
      return NULL;
    }

  self = g_new0 (QsStoreLock, 1);
  self->path = g_strdup (path);
  self->file = g_build_filename (path, "LOCK", NULL);
  self->id = g_steal_pointer (&id);
  self->began_at = g_get_monotonic_time ();
  self->deadline = deadline;
  self->fd = -1;
  if (!wait_until_free (self, cancellable, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
qs_store_lock_free (QsStoreLock *self)
{
  if (self->fd >= 0)
    close (self->fd);
  drop_id (self->id);
  g_free (self->path);
  g_free (self->file);
  g_free (self->id);
  g_free (self);
}

gboolean
qs_store_lock_retry (QsStoreLock *self, const char *text, GCancellable *cancellable, GError **error)
{
  g_autofree char *holder = NULL;

  /* Not all that RocksDB calls locked can be seen: another library in this
   * process, or a file system without locks. */
  if (qs_deadline_passed (self->deadline))
    {
      holder = dup_holder (self);
      return set_locked (self, holder != NULL ? holder : text, error);
    }

  sleep_or_cancelled (qs_deadline_slice (self->deadline, POLL_INTERVAL), cancellable);

  return wait_until_free (self, cancellable, error);
}

gboolean
qs_store_lock_take (QsStoreLock *self, GCancellable *cancellable, GError **error)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int          fd = open (self->file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0)
    return qs_store_error_set_errno (error, errno, "lock", self->path);

  while (fcntl (fd, F_SETLK, &lock) < 0)
    {
      if (errno != EAGAIN && errno != EACCES)
        {
          qs_store_error_set_errno (error, errno, "lock", self->path);
          close (fd);
          return FALSE;
        }
      if (!wait_until_free (self, cancellable, error))
        {
          close (fd);
          return FALSE;
        }
    }

  self->fd = fd;

  return TRUE;
}
