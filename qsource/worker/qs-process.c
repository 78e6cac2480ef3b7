/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-process-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The C library of the oldest system that is supported has no functions for them. */
static int
pidfd_open (int pid)
{
  return (int) syscall (SYS_pidfd_open, pid, 0);
}

static int
pidfd_kill (int pidfd)
{
  return (int) syscall (SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

/* All that are open; not owned. */
G_LOCK_DEFINE_STATIC (processes);
static GPtrArray *processes;

typedef struct
{
  int                 pid;
  QsProcessExitedFunc func;
  gpointer            user_data;
} Watch;

/* Gets the exit status of @pid, which has exited. */
static int
collect (int pid)
{
  int   wait_status = 0;
  pid_t found = 0;

  do
    found = waitpid (pid, &wait_status, WNOHANG);
  while (found < 0 && errno == EINTR);

  return found == pid ? wait_status : -1;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Watch *watch = user_data;

  return watch->func (collect (watch->pid), watch->user_data);
}

static void
child_cb (GPid pid, int wait_status, gpointer user_data)
{
  Watch *watch = user_data;

  watch->func (wait_status, watch->user_data);
}

void
qs_process_open (QsProcess *self, int pid)
{
  qs_process_clear (self);
  if (pid <= 0)
    return;

  G_LOCK (processes);
  self->pid = pid;
  self->pidfd = pidfd_open (pid);
  if (processes == NULL)
    processes = g_ptr_array_new ();
  g_ptr_array_add (processes, self);
  G_UNLOCK (processes);
}

void
qs_process_clear (QsProcess *self)
{
  G_LOCK (processes);
  if (self->pidfd >= 0)
    close (self->pidfd);
  *self = QS_PROCESS_INIT;
  if (processes != NULL)
    g_ptr_array_remove_fast (processes, self);
  G_UNLOCK (processes);
}

void
qs_process_kill (const QsProcess *self)
{
  if (self->pidfd >= 0)
    pidfd_kill (self->pidfd);
  else if (self->pid > 0)
    kill (self->pid, SIGKILL);
}

/* Waits until @self, which was killed, has exited, and leaves it to its watch to reap it. */
static void
wait_for_exit (const QsProcess *self)
{
  struct pollfd exited = { .fd = self->pidfd, .events = POLLIN };
  siginfo_t     info;
  int           result;

  do
    result = self->pidfd >= 0 ? poll (&exited, 1, -1)
                              : waitid (P_PID, (id_t) self->pid, &info, WEXITED | WNOWAIT);
  while (result < 0 && errno == EINTR);
}

void
qs_process_kill_all (void)
{
  G_LOCK (processes);
  for (guint i = 0; processes != NULL && i < processes->len; i++)
    qs_process_kill (processes->pdata[i]);
  for (guint i = 0; processes != NULL && i < processes->len; i++)
    wait_for_exit (processes->pdata[i]);
  G_UNLOCK (processes);
}

GSource *
qs_process_watch (const QsProcess    *self,
                  GMainContext       *context,
                  QsProcessExitedFunc func,
                  gpointer            user_data)
{
  Watch   *watch = g_new0 (Watch, 1);
  GSource *source = NULL;

  watch->pid = self->pid;
  watch->func = func;
  watch->user_data = user_data;

  if (self->pidfd >= 0)
    {
      source = g_unix_fd_source_new (self->pidfd, G_IO_IN);
      g_source_set_callback (source, G_SOURCE_FUNC (readable_cb), watch, g_free);
    }
  else
    {
      source = g_child_watch_source_new (self->pid);
      g_source_set_callback (source, G_SOURCE_FUNC (child_cb), watch, g_free);
    }
  g_source_attach (source, context);

  return source;
}
