/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-inherited-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* The place of a descriptor that is not open. */
#define NOWHERE "/dev/null"

/* Has @fd be something, if it is closed; what is opened takes the lowest number. */
static void
occupy (int fd, int flags)
{
  int got = -1;

  if (fcntl (fd, F_GETFD) >= 0 || errno != EBADF)
    return;

  got = open (NOWHERE, flags);
  if (got > STDERR_FILENO)
    close (got);
}

/* Printing in a worker whose parent has no stdout must not fail. */
static void
let_print (void)
{
  int fd = -1;

  if ((fcntl (STDOUT_FILENO, F_GETFL) & O_ACCMODE) != O_RDONLY)
    return;

  fd = open (NOWHERE, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return;

  dup2 (fd, STDOUT_FILENO);
  close (fd);
}

void
qs_inherited_mend (gboolean is_worker)
{
  struct sigaction action = { 0 };

  /* Closed descriptors can still be neither read nor written; only output to stderr is lost. */
  occupy (STDIN_FILENO, O_WRONLY);
  occupy (STDOUT_FILENO, O_RDONLY);
  occupy (STDERR_FILENO, O_WRONLY);
  if (is_worker)
    let_print ();

  if (sigaction (SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
    signal (SIGCHLD, SIG_DFL);
}
