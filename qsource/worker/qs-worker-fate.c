/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-fate-private.h"

#include <signal.h>
#include <sys/wait.h>

#include "qs-source-error.h"
#include "qs-worker-protocol-private.h"

#define ADVICE_COMMAND                                                                             \
  "set QsApplication:worker-argv to the command that does, or QsApplication:isolation to thread"

static char *
describe_exit (int wait_status)
{
  if (WIFSIGNALED (wait_status))
    return g_strdup_printf ("was ended by signal %d (%s)",
                            WTERMSIG (wait_status),
                            g_strsignal (WTERMSIG (wait_status)));

  return g_strdup_printf ("ended with status %d", WEXITSTATUS (wait_status));
}

static const char *
advise (int wait_status)
{
  if (!WIFSIGNALED (wait_status))
    return "its code or a library called exit(); a source ends by returning from run()";

  switch (WTERMSIG (wait_status))
    {
    case SIGKILL:
      return "somebody killed it, or the system was out of memory (see its log)";

    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGABRT:
    case SIGTRAP:
      return "its code or a library crashed; look for a core dump, or run it under a debugger";

    default:
      return "find out who sent it";
    }
}

static GError *
new_startup_error (const QsWorkerFate *self)
{
  return g_error_new (
      QS_SOURCE_ERROR,
      QS_SOURCE_ERROR_NOT_STARTED,
      "The worker process of source '%s' (pid %d) did not reach run() of its "
      "application in %g s and was ended by force; it was started as: %s. If it "
      "needs longer, set QsApplication:startup-timeout; if that does not start this "
      "program, " ADVICE_COMMAND,
      self->name,
      self->pid,
      self->startup_timeout,
      self->command);
}

static GError *
new_shutdown_error (const QsWorkerFate *self)
{
  return g_error_new (QS_SOURCE_ERROR,
                      QS_SOURCE_ERROR_KILLED,
                      "The worker process of source '%s' (pid %d) did not end within its "
                      "shutdown-timeout (%g s)%s%s%s and was ended by force; %s",
                      self->name,
                      self->pid,
                      self->shutdown_timeout,
                      self->stop_reason != NULL ? " when it had to stop ('" : "",
                      self->stop_reason != NULL ? self->stop_reason : "",
                      self->stop_reason != NULL ? "')" : "",
                      self->said_hello
                          ? "its run() must look at is_stopping(), use the cancellable, or have a "
                            "stop() that ends it"
                          : "it had not reached run() of its application");
}

GError *
qs_worker_fate_new_error (const QsWorkerFate *self)
{
  g_autofree char *how = NULL;

  if (self->force == QS_WORKER_FORCE_STARTUP)
    return new_startup_error (self);

  if (self->force == QS_WORKER_FORCE_KILL)
    return g_error_new (QS_SOURCE_ERROR,
                        QS_SOURCE_ERROR_KILLED,
                        "The worker process of source '%s' (pid %d) was ended by force, as asked",
                        self->name,
                        self->pid);

  /* By us, or by itself for us. */
  if (self->force == QS_WORKER_FORCE_SHUTDOWN ||
      (self->stopping && self->said_hello && WIFEXITED (self->wait_status) &&
       WEXITSTATUS (self->wait_status) == QS_WORKER_EXIT_WATCHDOG))
    return new_shutdown_error (self);

  how = describe_exit (self->wait_status);
  if (self->said_hello)
    return g_error_new (QS_SOURCE_ERROR,
                        QS_SOURCE_ERROR_DIED,
                        "The worker process of source '%s' (pid %d) %s inside run(): %s",
                        self->name,
                        self->pid,
                        how,
                        advise (self->wait_status));

  /* Stopped before it came to anything. */
  if (self->stopping)
    return NULL;

  return g_error_new (
      QS_SOURCE_ERROR,
      QS_SOURCE_ERROR_NOT_STARTED,
      "The worker process of source '%s' (pid %d) %s before it reached run() of its "
      "application; it was started as: %s. If that does not start this program, " ADVICE_COMMAND
      ". What main() must do only once, it leaves out where qs_is_worker() says so",
      self->name,
      self->pid,
      how,
      self->command);
}
