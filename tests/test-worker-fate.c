/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <signal.h>

#include "qs-source-error.h"
#include "qs-worker-fate-private.h"

/* What waitpid() gives. */
#define EXITED(status) ((status) << 8)

static const QsWorkerFate fate = {
  .name = "range",
  .pid = 12,
  .command = "./program --flag",
  .startup_timeout = 30,
  .shutdown_timeout = 10,
  .said_hello = TRUE,
};

static void
check (const QsWorkerFate *some, QsSourceError code, const char *text)
{
  g_autoptr (GError) error = qs_worker_fate_new_error (some);

  g_assert_error (error, QS_SOURCE_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "source 'range' (pid 12)"));
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_died (void)
{
  QsWorkerFate some = fate;

  g_test_summary ("Who dies inside run() is told by which signal or status, also while stopping");

  some.wait_status = SIGSEGV;
  check (&some, QS_SOURCE_ERROR_DIED, "was ended by signal 11 (Segmentation fault) inside run()");
  some.wait_status = SIGKILL;
  check (&some, QS_SOURCE_ERROR_DIED, "out of memory");
  some.wait_status = EXITED (0);
  check (&some, QS_SOURCE_ERROR_DIED, "ended with status 0 inside run()");
  some.stopping = TRUE;
  check (&some, QS_SOURCE_ERROR_DIED, "ended with status 0 inside run()");
}

static void
test_watchdog (void)
{
  QsWorkerFate some = fate;

  g_test_summary ("Status 70 is the watchdog's while stopping, and the user's otherwise");

  some.wait_status = EXITED (70);
  check (&some, QS_SOURCE_ERROR_DIED, "ended with status 70 inside run()");
  some.stopping = TRUE;
  check (&some, QS_SOURCE_ERROR_KILLED, "within its shutdown-timeout (10 s)");
  some.stop_reason = "no broker";
  check (&some, QS_SOURCE_ERROR_KILLED, "(10 s) when it had to stop ('no broker') and");
}

static void
test_not_started (void)
{
  QsWorkerFate some = fate;

  g_test_summary ("Who never reaches run() is told with its command line, unless it was stopped");

  some.said_hello = FALSE;
  some.wait_status = EXITED (2);
  check (&some, QS_SOURCE_ERROR_NOT_STARTED, "it was started as: ./program --flag.");
  some.stopping = TRUE;
  g_assert_null (qs_worker_fate_new_error (&some));
}

static void
test_forced (void)
{
  QsWorkerFate some = fate;

  g_test_summary ("Who was ended by force is told why");

  some.force = QS_WORKER_FORCE_STARTUP;
  check (&some, QS_SOURCE_ERROR_NOT_STARTED, "in 30 s and was ended by force");
  some.force = QS_WORKER_FORCE_SHUTDOWN;
  check (&some, QS_SOURCE_ERROR_KILLED, "is_stopping()");
  some.said_hello = FALSE;
  check (&some, QS_SOURCE_ERROR_KILLED, "it had not reached run()");
  some.force = QS_WORKER_FORCE_KILL;
  check (&some, QS_SOURCE_ERROR_KILLED, "as asked");
}

static void
test_aborted (void)
{
  QsWorkerFate some = fate;

  g_test_summary ("Who aborts, as RocksDB does after an error of its disk, is told of that");

  some.wait_status = SIGABRT;
  check (&some, QS_SOURCE_ERROR_DIED, "was ended by signal 6 (Aborted) inside run(): SIGABRT");
  check (&some, QS_SOURCE_ERROR_DIED, "the disk of the state-dir");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/worker-fate/died", test_died);
  g_test_add_func ("/worker-fate/watchdog", test_watchdog);
  g_test_add_func ("/worker-fate/not-started", test_not_started);
  g_test_add_func ("/worker-fate/forced", test_forced);
  g_test_add_func ("/worker-fate/aborted", test_aborted);

  return g_test_run ();
}
