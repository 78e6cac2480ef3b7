/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-console-private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>

/* Write when so much waits, and hold on when so much more does. */
#define WRITE_SIZE (64 * 1024)
#define FULL_SIZE (1024 * 1024)

/* Guards all that follows. */
static GMutex lock;

static GString *waiting;    /* what is to be written; NULL at first */
static gsize    n_waiting;  /* its length, and of what is being written */
static gboolean is_writing; /* a thread is at it */
static int      failure;    /* errno of the first one; 0 = none */

/* Returns 0 or errno. */
static int
write_all (const char *text, gsize length)
{
  gsize done = 0;

  while (done < length)
    {
      gssize n = write (STDOUT_FILENO, text + done, length - done);

      if (n >= 0)
        done += (gsize) n;
      else if (errno == EAGAIN)
        g_usleep (G_USEC_PER_SEC / 100); /* somebody has made it non-blocking */
      else if (errno != EINTR)
        return errno;
    }

  return 0;
}

static void
write_waiting_locked (void)
{
  while (waiting->len > 0 && failure == 0)
    {
      g_autoptr (GString) text = waiting;
      int result = 0;

      waiting = g_string_sized_new (WRITE_SIZE);
      g_mutex_unlock (&lock);
      result = write_all (text->str, text->len);
      g_mutex_lock (&lock);

      n_waiting -= text->len;
      if (failure == 0)
        failure = result;
    }

  if (failure != 0)
    {
      g_string_truncate (waiting, 0);
      n_waiting = 0;
    }
  is_writing = FALSE;
}

static gpointer
write_thread (gpointer data)
{
  sigset_t signals;

  /* A reader that has gone is an error, and not the end of the program. */
  sigfillset (&signals);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);

  g_mutex_lock (&lock);
  write_waiting_locked ();
  g_mutex_unlock (&lock);

  return NULL;
}

/* Whether a write comes to an end by itself. */
static gboolean
is_regular_file (void)
{
  struct stat info;

  return fstat (STDOUT_FILENO, &info) == 0 && S_ISREG (info.st_mode);
}

static void
begin_locked (void)
{
  if (is_writing || waiting == NULL || waiting->len == 0 || failure != 0)
    return;

  is_writing = TRUE;
  if (is_regular_file ())
    write_waiting_locked ();
  else
    g_thread_unref (g_thread_new ("qs-console", write_thread, NULL));
}

void
qs_console_append (const char *text, gsize length)
{
  g_mutex_lock (&lock);
  if (failure == 0)
    {
      if (waiting == NULL)
        waiting = g_string_sized_new (WRITE_SIZE);
      g_string_append_len (waiting, text, (gssize) length);
      n_waiting += length;
      if (waiting->len >= WRITE_SIZE)
        begin_locked ();
    }
  g_mutex_unlock (&lock);
}

/* Prints the program's own buffered output first, if that does not block. */
static void
flush_stdio (void)
{
  struct pollfd fd = { STDOUT_FILENO, POLLOUT, 0 };

  if (__fpending (stdout) > 0 && poll (&fd, 1, 0) == 1 && fd.revents == POLLOUT)
    fflush (stdout);
}

void
qs_console_flush (void)
{
  flush_stdio ();

  g_mutex_lock (&lock);
  begin_locked ();
  g_mutex_unlock (&lock);
}

gboolean
qs_console_is_full (void)
{
  gboolean is_full;

  g_mutex_lock (&lock);
  is_full = n_waiting > FULL_SIZE;
  g_mutex_unlock (&lock);

  return is_full;
}

static void
set_failure (int code, GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "Cannot write records to the standard output: %s",
               g_strerror (code));
}

gboolean
qs_console_check (GError **error)
{
  int code = 0;

  g_mutex_lock (&lock);
  code = failure;
  g_mutex_unlock (&lock);

  if (code != 0)
    set_failure (code, error);

  return code == 0;
}

gboolean
qs_console_settle (gboolean *is_written, GError **error)
{
  int code = 0;

  g_mutex_lock (&lock);
  *is_written = n_waiting == 0 && !is_writing;
  code = failure;
  failure = 0;
  g_mutex_unlock (&lock);

  if (code != 0)
    set_failure (code, error);

  return code == 0;
}
