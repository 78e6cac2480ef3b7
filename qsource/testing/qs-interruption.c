/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-interruption-private.h"

#include "qs-process-private.h"
#include "qs-signal-guard-private.h"
#include "qs-state-dir-private.h"

static GRWLock        steps; /* held by whatever can start a worker or make a directory */
static GMutex         mutex;
static guint          n_watching;
static QsSignalGuard *guard; /* these only while somebody is watching */
static GMainContext  *context;
static GThread       *thread;
static int            must_end; /* atomic */

static void
interrupted_cb (gpointer signal_number, gpointer user_data)
{
  g_rw_lock_writer_lock (&steps);
  qs_process_kill_all ();
  qs_state_dir_remove_all ();

  /* Before anything starts another worker. */
  qs_signal_guard_pass_on (GPOINTER_TO_INT (signal_number));
  g_rw_lock_writer_unlock (&steps);
}

static gpointer
thread_func (gpointer data)
{
  while (g_atomic_int_get (&must_end) == 0)
    g_main_context_iteration (data, TRUE);

  return NULL;
}

void
qs_interruption_watch (void)
{
  g_mutex_lock (&mutex);
  if (n_watching++ == 0)
    {
      context = g_main_context_new ();
      g_main_context_push_thread_default (context);
      guard = qs_signal_guard_new (interrupted_cb, NULL);
      g_main_context_pop_thread_default (context);
      g_atomic_int_set (&must_end, 0);
      thread = g_thread_new ("qs-interruption", thread_func, context);
    }
  g_mutex_unlock (&mutex);
}

void
qs_interruption_unwatch (void)
{
  GThread       *old_thread = NULL;
  QsSignalGuard *old_guard = NULL;
  GMainContext  *old_context = NULL;

  g_mutex_lock (&mutex);
  if (--n_watching == 0)
    {
      old_thread = g_steal_pointer (&thread);
      old_guard = g_steal_pointer (&guard);
      old_context = g_steal_pointer (&context);
      g_atomic_int_set (&must_end, 1);
    }
  g_mutex_unlock (&mutex);

  if (old_thread == NULL)
    return;

  /* Without the lock, which the thread may need. */
  g_main_context_wakeup (old_context);
  g_thread_join (old_thread);
  qs_signal_guard_free (old_guard);
  g_main_context_unref (old_context);
}

void
qs_interruption_begin_step (void)
{
  g_rw_lock_reader_lock (&steps);
}

void
qs_interruption_end_step (void)
{
  g_rw_lock_reader_unlock (&steps);
}
