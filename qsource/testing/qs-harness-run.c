/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-harness-run-private.h"

#include <signal.h>
#include <unistd.h>

#include "qs-base-source.h"
#include "qs-deadline-private.h"
#include "qs-gsource-private.h"
#include "qs-interruption-private.h"
#include "qs-source.h"

/* Seconds that a run has for its end when its harness is freed. */
#define LAST_WAIT 20

/* Milliseconds between two looks at the deadline. */
#define SLICE 100

struct _QsHarnessRun
{
  QsApplication *application; /* not owned */
  GMainContext  *context;     /* owned; of the application while it runs */
  GError        *error;       /* owned; nullable */
  int            pid;         /* of the source's process; 0: none */
  gboolean       is_running;
  gboolean       is_connected;
};

static void
started_cb (QsApplication *application, QsBaseSource *source, int pid, gpointer user_data)
{
  QsHarnessRun *self = user_data;

  self->pid = pid;
  /* Only these say more. */
  self->is_connected = self->is_connected || !QS_IS_SOURCE (source);
}

static void
connected_cb (QsApplication *application, QsBaseSource *source, gpointer user_data)
{
  QsHarnessRun *self = user_data;

  self->is_connected = TRUE;
}

QsHarnessRun *
qs_harness_run_new (QsApplication *application)
{
  QsHarnessRun *self = g_new0 (QsHarnessRun, 1);

  self->application = application;
  self->context = g_main_context_new ();
  g_signal_connect (application, "source-started", G_CALLBACK (started_cb), self);
  g_signal_connect (application, "source-connected", G_CALLBACK (connected_cb), self);

  return self;
}

void
qs_harness_run_free (QsHarnessRun *self)
{
  gint64 deadline = qs_deadline_after (LAST_WAIT);

  if (self->is_running)
    qs_application_stop (self->application);
  if (self->is_running && self->pid > 0 && self->pid != getpid ())
    kill (self->pid, SIGKILL);
  qs_harness_run_wait (self, deadline);

  g_signal_handlers_disconnect_by_data (self->application, self);
  g_main_context_unref (self->context);
  g_clear_error (&self->error);
  g_free (self);
}

static void
ended_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QsHarnessRun *self = user_data;

  g_clear_error (&self->error);
  qs_application_run_finish (self->application, result, &self->error);
  self->is_running = FALSE;
  self->is_connected = FALSE;
  self->pid = 0;
}

/* g_test_init() makes warnings fatal; a source that was killed is warned of. Returns what
 * leave() takes. */
static GLogLevelFlags
enter (QsHarnessRun *self)
{
  qs_interruption_begin_step ();
  g_main_context_push_thread_default (self->context);

  return g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
}

static void
leave (QsHarnessRun *self, GLogLevelFlags fatal)
{
  g_log_set_always_fatal (fatal);
  g_main_context_pop_thread_default (self->context);
  qs_interruption_end_step ();
}

void
qs_harness_run_start (QsHarnessRun *self)
{
  GLogLevelFlags fatal = enter (self);

  g_clear_error (&self->error);
  self->is_running = TRUE;
  qs_application_run_async (self->application, NULL, ended_cb, self);

  leave (self, fatal);
}

gboolean
qs_harness_run_is_running (QsHarnessRun *self)
{
  return self->is_running;
}

gboolean
qs_harness_run_is_connected (QsHarnessRun *self)
{
  return self->is_connected;
}

int
qs_harness_run_get_pid (QsHarnessRun *self)
{
  return self->pid;
}

const GError *
qs_harness_run_get_error (QsHarnessRun *self)
{
  return self->error;
}

void
qs_harness_run_forget_error (QsHarnessRun *self)
{
  g_clear_error (&self->error);
}

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

void
qs_harness_run_iterate (QsHarnessRun *self, guint ms)
{
  GLogLevelFlags fatal = enter (self);
  GSource       *timer = ms > 0 ? qs_gsource_new_timeout (ms, wake_cb, NULL) : NULL;

  g_main_context_iteration (self->context, ms > 0);
  qs_gsource_clear (&timer);

  leave (self, fatal);
}

gboolean
qs_harness_run_wait (QsHarnessRun *self, gint64 deadline)
{
  while (self->is_running && !qs_deadline_passed (deadline))
    qs_harness_run_iterate (self, SLICE);

  return !self->is_running;
}
