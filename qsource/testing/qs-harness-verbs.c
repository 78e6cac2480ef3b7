/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-harness.h"

#include <signal.h>
#include <unistd.h>

#include "qs-deadline-private.h"
#include "qs-harness-parts-private.h"
#include "qs-harness-worker-private.h"
#include "qs-kafka-error.h"
#include "qs-record.h"
#include "qs-source-error.h"

/* Methods of QsHarness that run the source, and wait for what it does. */

/* Milliseconds between two looks at the topic. */
#define SLICE 50

static gboolean
is_in_thread (QsHarness *self)
{
  QsIsolation isolation = QS_ISOLATION_AUTO;

  g_object_get (self->application, "isolation", &isolation, NULL);

  return isolation == QS_ISOLATION_THREAD;
}

static const char *
get_name (QsHarness *self)
{
  return qs_base_source_get_name (self->source);
}

/* Has the next run start a worker that knows what it is for. */
static gboolean
set_worker (QsHarness *self, GError **error)
{
  g_auto (GStrv) argv = NULL;

  if (is_in_thread (self))
    return TRUE;

  /* The source brings a program of its own, which counts more than an application's. */
  if (self->source_argv == NULL)
    g_object_get (self->source, "worker-argv", &self->source_argv, NULL);
  if (self->source_argv != NULL)
    {
      argv = qs_harness_worker_dup_own_argv ((const char *const *) self->source_argv,
                                             self->kill_point);
      g_object_set (self->source, "worker-argv", argv, NULL);
      g_object_set (self->application, "isolation", QS_ISOLATION_PROCESS, NULL);
      g_clear_pointer (&self->kill_point, g_free);
      return TRUE;
    }

  argv = qs_harness_worker_dup_argv (
      self->source, (const char *const *) self->worker_argv, self->kill_point, error);
  if (argv == NULL)
    return FALSE;

  g_object_set (self->application, "worker-argv", argv, "isolation", QS_ISOLATION_PROCESS, NULL);
  g_clear_pointer (&self->kill_point, g_free);

  return TRUE;
}

/* Sets @error to why the last run has ended, or FALSE if it has ended well. */
static gboolean
take_failure (QsHarness *self, GError **error)
{
  const GError *failure = self->run != NULL ? qs_harness_run_get_error (self->run) : NULL;

  if (failure == NULL)
    return FALSE;

  g_propagate_error (error, g_error_copy (failure));
  qs_harness_run_forget_error (self->run);

  return TRUE;
}

static gboolean
set_late (QsHarness *self, const char *what, GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_TIMED_OUT,
               "Source '%s' %s in time; %u records were read",
               get_name (self),
               what,
               self->records->len);

  return FALSE;
}

static gboolean
check_running (QsHarness *self, const char *what, GError **error)
{
  if (qs_harness_get_running (self))
    return TRUE;

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_INVALID_STATE,
               "Cannot %s source '%s', which is not running: call start() or restart() first",
               what,
               get_name (self));

  return FALSE;
}

/* No record can come any more: sets @error to why. */
static void
set_ended (QsHarness *self, GError **error)
{
  if (!take_failure (self, error))
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_INVALID_STATE,
                 "Source '%s' is not running, and no record is left to read; %u records were read",
                 get_name (self),
                 self->records->len);
}

gboolean
qs_harness_look (QsHarness *self, gint64 deadline, gboolean *is_over, GError **error)
{
  gboolean was_running = qs_harness_get_running (self);
  gboolean is_at_end = self->reader == NULL;

  if (was_running)
    qs_harness_run_iterate (self->run, 0);
  if (self->reader != NULL &&
      !qs_harness_reader_read (self->reader, deadline, self->records, error))
    return FALSE;

  if (!was_running && self->reader != NULL &&
      !qs_harness_reader_check_end (self->reader, deadline, &is_at_end, error))
    return FALSE;

  *is_over = !was_running && is_at_end;

  return TRUE;
}

/* Reads for a moment. Once the source has ended, it is an error if less than @n records
 * are there. */
static gboolean
look (QsHarness *self, guint n, gint64 deadline, GError **error)
{
  gboolean is_over = FALSE;

  if (!qs_harness_look (self, deadline, &is_over, error))
    return FALSE;

  if (!is_over || self->records->len >= n)
    return TRUE;

  set_ended (self, error);

  return FALSE;
}

/* Waits until there are @n records. */
static gboolean
wait_for (QsHarness *self, guint n, double timeout, GError **error)
{
  gint64 deadline = qs_deadline_after (timeout);

  if (!qs_deadline_check (timeout, error))
    return FALSE;

  while (self->records->len < n)
    {
      g_autoptr (GError) failure = NULL;

      if (!look (self, n, deadline, &failure) &&
          !(qs_deadline_passed (deadline) &&
            g_error_matches (failure, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT)))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }

      if (self->records->len < n && qs_deadline_passed (deadline))
        return set_late (self, "did not produce the expected records", error);
    }

  return TRUE;
}

gboolean
qs_harness_begin (QsHarness *self, GError **error)
{
  if (qs_harness_get_running (self))
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_STATE,
                   "Cannot start source '%s', which is already running: call restart()",
                   get_name (self));
      return FALSE;
    }

  if (!qs_harness_set_up (self, qs_deadline_after (QS_HARNESS_PATIENCE), error) ||
      !set_worker (self, error))
    return FALSE;

  qs_harness_run_start (self->run);

  return TRUE;
}

/**
 * qs_harness_start:
 * @self: a harness
 * @error: return location for an error
 *
 * Starts the source and waits until its [vfunc@BaseSource.setup] has succeeded, at most 60 seconds.
 *
 * Returns: true if the source runs, or has ended well already; false with an error, which is
 *   the source's own if it has failed
 *
 * Since: 1.0
 */
gboolean
qs_harness_start (QsHarness *self, GError **error)
{
  gint64 deadline = qs_deadline_after (QS_HARNESS_PATIENCE);

  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);
  g_return_val_if_fail (self->source != NULL, FALSE);

  if (!qs_harness_begin (self, error))
    return FALSE;

  while (qs_harness_run_is_running (self->run) && !qs_harness_run_is_connected (self->run))
    {
      if (qs_deadline_passed (deadline))
        return set_late (self, "didn't start", error);

      qs_harness_run_iterate (self->run, SLICE);
    }

  return !take_failure (self, error);
}

/**
 * qs_harness_pull:
 * @self: a harness
 * @timeout: how long to wait, in seconds; -1 = without limit
 * @error: return location for an error
 *
 * Waits for the next record that the source produces.
 *
 * If the source has ended and no record is left, that is an error: the source's own if it has
 * failed, [error@Qs.SourceError.INVALID_STATE] otherwise.
 *
 * Returns: (transfer full): the record, or `NULL` with an error;
 *   [error@Gio.IOErrorEnum.TIMED_OUT] if none came in time
 *
 * Since: 1.0
 */
QsRecord *
qs_harness_pull (QsHarness *self, double timeout, GError **error)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), NULL);

  if (!wait_for (self, self->n_pulled + 1, timeout, error))
    return NULL;

  return g_object_ref (self->records->pdata[self->n_pulled++]);
}

/**
 * qs_harness_wait_records:
 * @self: a harness
 * @n: the number of records
 * @timeout: how long to wait, in seconds; -1 = without limit
 * @error: return location for an error
 *
 * Waits until the source has produced @n records since the first start.
 *
 * Returns: true when they have been read; false with an error as that of [method@Harness.pull]
 *
 * Since: 1.0
 */
gboolean
qs_harness_wait_records (QsHarness *self, guint n, double timeout, GError **error)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);

  return wait_for (self, n, timeout, error);
}

/**
 * qs_harness_wait_ended:
 * @self: a harness
 * @timeout: how long to wait, in seconds; -1 = without limit
 * @error: return location for an error
 *
 * Waits until the source has ended by itself.
 *
 * Returns: true if it has ended well; false with its error, or with
 *   [error@Gio.IOErrorEnum.TIMED_OUT]
 *
 * Since: 1.0
 */
gboolean
qs_harness_wait_ended (QsHarness *self, double timeout, GError **error)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);

  if (!qs_deadline_check (timeout, error))
    return FALSE;
  if (self->run != NULL && !qs_harness_run_wait (self->run, qs_deadline_after (timeout)))
    return set_late (self, "didn't end", error);

  return !take_failure (self, error);
}

/**
 * qs_harness_kill:
 * @self: a harness
 * @error: return location for an error
 *
 * Ends the process of the source as `kill -9` does, and waits until it is gone.
 *
 * Returns: true if it was killed; false with [error@Qs.SourceError.INVALID_STATE] if the source
 *   does not run, or runs in a thread
 *
 * Since: 1.0
 */
gboolean
qs_harness_kill (QsHarness *self, GError **error)
{
  int pid = 0;

  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);

  if (!check_running (self, "kill", error))
    return FALSE;

  pid = qs_harness_run_get_pid (self->run);
  if (pid <= 0 || pid == getpid ())
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_STATE,
                   "Cannot kill source '%s', which has no process of its own: leave isolation of "
                   "the harness's application as it is",
                   get_name (self));
      return FALSE;
    }

  kill (pid, SIGKILL);
  if (!qs_harness_run_wait (self->run, qs_deadline_after (QS_HARNESS_PATIENCE)))
    return set_late (self, "was killed, but did not end", error);

  qs_harness_run_forget_error (self->run);

  return TRUE;
}

/**
 * qs_harness_restart:
 * @self: a harness
 * @error: return location for an error
 *
 * Starts the source again with the state that it has committed. A source that runs is stopped in
 * order first.
 *
 * A failure that ended it before is not an error here.
 *
 * Returns: as [method@Harness.start]
 *
 * Since: 1.0
 */
gboolean
qs_harness_restart (QsHarness *self, GError **error)
{
  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);

  if (qs_harness_get_running (self) && !qs_harness_stop (self, error))
    return FALSE;

  return qs_harness_start (self, error);
}

/**
 * qs_harness_stop:
 * @self: a harness
 * @error: return location for an error
 *
 * Stops the source in order and waits until it has ended. Does nothing if it does not run.
 *
 * Returns: true if it has ended well; false with its error, which is
 *   [error@Qs.SourceError.FAILED] if it did not end within its
 *   [property@BaseSource:shutdown-timeout]
 *
 * Since: 1.0
 */
gboolean
qs_harness_stop (QsHarness *self, GError **error)
{
  double timeout = 0;

  g_return_val_if_fail (QS_IS_HARNESS (self), FALSE);

  timeout = qs_base_source_get_shutdown_timeout (self->source);
  if (qs_harness_get_running (self))
    qs_application_stop (self->application);
  if (qs_harness_get_running (self) &&
      !qs_harness_run_wait (self->run, qs_deadline_after (MAX (timeout, 0) + QS_HARNESS_PATIENCE)))
    return set_late (self, "was stopped, but did not end", error);

  return !take_failure (self, error);
}
