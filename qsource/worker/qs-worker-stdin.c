/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-stdin-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
qs_worker_stdin_new_none (void)
{
  return socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

/* Whether this process has it. */
static gboolean
has_none (void)
{
  int       type = 0;
  socklen_t length = sizeof type;

  return getsockopt (STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
         type == SOCK_SEQPACKET;
}

GError *
qs_worker_stdin_explain (const GError *error)
{
  if (error == NULL || !has_none () ||
      (strstr (error->message, g_strerror (ENOTCONN)) == NULL &&
       strstr (error->message, g_strerror (ENXIO)) == NULL))
    return NULL;

  return g_error_new (error->domain,
                      error->code,
                      "%s (if that is standard input: it reaches a source only where that is the "
                      "only one of its application, with one partition; give each source a file "
                      "of its own, or an application)",
                      error->message);
}
