/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-command-child-private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qs-deadline-private.h"

#define BLOCK (64 * 1024)

/* In the child: all that the command starts ends with it, and it ends with the worker, even
 * with one that is killed. */
static void
child_setup_cb (gpointer user_data)
{
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

gboolean
qs_command_child_spawn (QsCommandChild *self, char **argv, gboolean is_logged, GError **error)
{
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH;

  *self = (QsCommandChild){ .output = -1, .errors = -1 };
  if (!is_logged)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;

  if (g_spawn_async_with_pipes (NULL,
                                argv,
                                NULL,
                                flags,
                                child_setup_cb,
                                NULL,
                                &self->pid,
                                NULL,
                                &self->output,
                                is_logged ? &self->errors : NULL,
                                error))
    return TRUE;

  g_prefix_error (error, "Cannot start the command '%s': ", argv[0]);
  return FALSE;
}

/* Reads a block; closes @fd at its end. */
static void
read_block (int *fd, GByteArray *to)
{
  guint  length = to->len;
  gssize n = 0;

  g_byte_array_set_size (to, length + BLOCK);
  do
    n = read (*fd, to->data + length, BLOCK);
  while (n < 0 && errno == EINTR);
  g_byte_array_set_size (to, length + (guint) MAX (n, 0));

  if (n <= 0)
    {
      close (*fd);
      *fd = -1;
    }
}

void
qs_command_child_wait (QsCommandChild *self,
                       GCancellable   *cancellable,
                       int             timeout,
                       GByteArray     *output,
                       GByteArray     *errors)
{
  GPollFD       stop = { .fd = -1 };
  struct pollfd fds[3];

  if (!g_cancellable_make_pollfd (cancellable, &stop))
    return;

  fds[0] = (struct pollfd){ .fd = stop.fd, .events = POLLIN };
  fds[1] = (struct pollfd){ .fd = self->output, .events = POLLIN };
  fds[2] = (struct pollfd){ .fd = self->errors, .events = POLLIN };
  poll (fds, G_N_ELEMENTS (fds), timeout);
  g_cancellable_release_fd (cancellable);

  if (fds[1].revents != 0)
    read_block (&self->output, output);
  if (fds[2].revents != 0)
    read_block (&self->errors, errors);
}

void
qs_command_child_read_errors (QsCommandChild *self, GByteArray *errors)
{
  if (self->errors >= 0)
    read_block (&self->errors, errors);
}

static void
close_pipes (QsCommandChild *self)
{
  if (self->output >= 0)
    close (self->output);
  if (self->errors >= 0)
    close (self->errors);
  self->output = self->errors = -1;
}

int
qs_command_child_reap (QsCommandChild *self, gboolean is_over, double timeout)
{
  gint64 deadline = qs_deadline_after (timeout);
  int    status = 0;
  int    signal_number = SIGTERM;

  close_pipes (self);
  if (!is_over)
    kill (-self->pid, SIGTERM);

  while (waitpid (self->pid, &status, is_over && signal_number == SIGTERM ? 0 : WNOHANG) == 0)
    {
      if (signal_number == SIGTERM && qs_deadline_passed (deadline))
        {
          signal_number = SIGKILL;
          kill (-self->pid, SIGKILL);
        }
      g_usleep (5000);
    }

  return status;
}
