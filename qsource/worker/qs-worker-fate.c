/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For the names of signals. */
#define _GNU_SOURCE

#include "qs-worker-fate-private.h"

#include <signal.h>
#include <sys/wait.h>

#include "qs-log-private.h"
#include "qs-source-error.h"
#include "qs-wait-status-private.h"
#include "qs-worker-protocol-private.h"

#define ADVICE_COMMAND                                                                             \
  "set QsApplication:worker-argv to the command that does, or QsApplication:isolation to thread"

/* By its name, with what stands before and after it; "" if it was none. transfer full */
static char *
name_signal (int wait_status, const char *before, const char *after)
{
  const char *name = NULL;

  if (wait_status != -1 && WIFSIGNALED (wait_status))
    name = sigabbrev_np (WTERMSIG (wait_status));

  return name != NULL ? g_strconcat (before, "SIG", name, after, NULL) : g_strdup ("");
}

static const char *
advise (int wait_status)
{
  if (wait_status == -1)
    return "let the library wait for its own processes to learn more";

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
    case SIGTRAP:
      return "its code or a library crashed; look for a core dump, or run it under a debugger";

    case SIGABRT:
      /* RocksDB doesn't outlive each write that has failed. */
      return "its code or a library aborted it, and its last output on stderr says why; a message "
             "about rocksdb:: means that its store could not be written: check that the disk of "
             "the state-dir is not full, over a limit ('ulimit -f') or failing ('dmesg'), and "
             "start again; nothing is lost";

    default:
      return "find out what sent it";
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
  return g_error_new (
      QS_SOURCE_ERROR,
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
          ? "its run() must check is_stopping(), use the cancellable, or have a stop() that ends "
            "it; brokers that do not answer can hold up its last commit, too"
          : "it had not reached run() of its application");
}

GError *
qs_worker_fate_new_signal_error (const char *name, int pid, int signal_number)
{
  return g_error_new (QS_SOURCE_ERROR,
                      QS_SOURCE_ERROR_DIED,
                      "The worker process of source '%s' (pid %d) was ended by SIG%s, which its "
                      "parent did not send; find out who did. To stop a source, stop its "
                      "application, or call qs_application_stop_source()",
                      name,
                      pid,
                      sigabbrev_np (signal_number));
}

gboolean
qs_worker_fate_is_signal (int signal_number, const GError *error)
{
  return signal_number != 0 && g_error_matches (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_DIED);
}

void
qs_worker_fate_warn_of_unseen (const char *name, int pid)
{
  qs_log_warning (name,
                  NULL,
                  "The end of the worker process (pid %d) was not noticed; check whether this "
                  "program handles or ignores SIGCHLD",
                  pid);
}

void
qs_worker_fate_warn_of_slow_end (const char *name, int pid, double shutdown_timeout)
{
  qs_log_warning (name,
                  NULL,
                  "The worker process (pid %d) had not ended %g s after its source, and was ended "
                  "by force: something at the end of its program takes too long",
                  pid,
                  shutdown_timeout);
}

GError *
qs_worker_fate_new_spawn_error (const char *name, const char *command, const GError *why)
{
  g_autoptr (GString) text = g_string_new (why->message);

  /* GLib's quotes are not for every terminal. */
  g_string_replace (text, "\342\200\234", "'", 0);
  g_string_replace (text, "\342\200\235", "'", 0);

  return g_error_new (QS_SOURCE_ERROR,
                      QS_SOURCE_ERROR_NOT_STARTED,
                      "Cannot start a worker process for source '%s'%s%s: %s. Check "
                      "QsApplication:worker-argv, or set QsApplication:isolation to thread",
                      name,
                      command != NULL ? " as: " : "",
                      command != NULL ? command : "",
                      text->str);
}

GError *
qs_worker_fate_new_error (const QsWorkerFate *self)
{
  g_autofree char *how = NULL;
  g_autofree char *by = NULL;

  if (self->force == QS_WORKER_FORCE_STARTUP)
    return new_startup_error (self);

  if (self->force == QS_WORKER_FORCE_KILL)
    return g_error_new (QS_SOURCE_ERROR,
                        QS_SOURCE_ERROR_KILLED,
                        "The worker process of source '%s' (pid %d) was ended by force, as asked",
                        self->name,
                        self->pid);

  if (self->force == QS_WORKER_FORCE_PROTOCOL)
    return g_error_new (QS_SOURCE_ERROR,
                        QS_SOURCE_ERROR_DIED,
                        "The worker process of source '%s' (pid %d) was ended by force: it said "
                        "Hello more than once, which the library never does; its code or another "
                        "library writes to the descriptor that connects it",
                        self->name,
                        self->pid);

  /* By us, or by itself for us. */
  if (self->force == QS_WORKER_FORCE_SHUTDOWN ||
      (self->stopping && self->said_hello && self->wait_status != -1 &&
       WIFEXITED (self->wait_status) && WEXITSTATUS (self->wait_status) == QS_WORKER_EXIT_WATCHDOG))
    return new_shutdown_error (self);

  how = qs_wait_status_describe (self->wait_status);
  by = name_signal (
      self->wait_status, self->said_hello ? "" : ", by ", self->said_hello ? "; " : "");
  if (self->said_hello)
    return g_error_new (QS_SOURCE_ERROR,
                        QS_SOURCE_ERROR_DIED,
                        "The worker process of source '%s' (pid %d) %s inside run(): %s%s",
                        self->name,
                        self->pid,
                        how,
                        by,
                        advise (self->wait_status));

  /* Stopped before it came to anything. */
  if (self->stopping)
    return NULL;

  return g_error_new (
      QS_SOURCE_ERROR,
      QS_SOURCE_ERROR_NOT_STARTED,
      "The worker process of source '%s' (pid %d) %s before it reached run() of its "
      "application%s; it was started as: %s. If that does not start this program, " ADVICE_COMMAND
      ". In a worker, where qs_is_worker() is true, main() leaves out what must be done only once",
      self->name,
      self->pid,
      how,
      by,
      self->command);
}
