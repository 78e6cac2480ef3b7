/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Why the parent ended a worker process by force. */
typedef enum
{
  QS_WORKER_FORCE_NONE,
  QS_WORKER_FORCE_STARTUP,    /* startup-timeout */
  QS_WORKER_FORCE_SHUTDOWN,   /* shutdown-timeout */
  QS_WORKER_FORCE_KILL,       /* it was asked to */
  QS_WORKER_FORCE_PROTOCOL,   /* it said what no worker says */
} QsWorkerForce;

/*
 * Facts about a worker process that ended without reporting a result. Nothing in it is
 * owned.
 */
typedef struct
{
  const char    *name;               /* of the source */
  int            pid;
  const char    *command;            /* as it was started */
  double         startup_timeout;    /* seconds */
  double         shutdown_timeout;   /* seconds */
  QsWorkerForce  force;
  gboolean       said_hello;         /* it had reached run() */
  gboolean       stopping;           /* it was asked to end */
  const char    *stop_reason;        /* or wanted to, because of this; nullable */
  int            wait_status;        /* of waitpid(), -1: unknown; unused if it was forced */
} QsWorkerFate;

/* Makes the error of a worker that another process's signal has stopped in order. transfer
 * full
 *
 * Context: any.   Locks: none. */
GError *qs_worker_fate_new_signal_error (const char *name,
                                         int         pid,
                                         int         signal_number);

/* Whether @error of a worker that got the signal is that one: a source that failed in another way
 * has failed, whoever stopped it. */
gboolean qs_worker_fate_is_signal       (int           signal_number,
                                         const GError *error);

/* Makes the error of a process that could not be started, because of @why. @command:
 * nullable. transfer full
 *
 * Context: any.   Locks: none. */
GError *qs_worker_fate_new_spawn_error (const char   *name,
                                        const char   *command,
                                        const GError *why);

/* Warns that the end of a process was not seen.
 *
 * Context: any.   Locks: none. */
void    qs_worker_fate_warn_of_unseen   (const char *name,
                                         int         pid);

/* Warns that its source has ended, and its program has not: that is no failure, but said.
 *
 * Context: any.   Locks: none. */
void    qs_worker_fate_warn_of_slow_end (const char *name,
                                         int         pid,
                                         double      shutdown_timeout);

/* The error that says so, and what to do: QS_SOURCE_ERROR_DIED, NOT_STARTED or
 * KILLED; NULL if that was all right. transfer full
 *
 * Context: any.   Locks: none. */
GError *qs_worker_fate_new_error (const QsWorkerFate *self);

G_END_DECLS
