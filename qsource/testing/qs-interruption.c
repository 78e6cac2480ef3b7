/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-interruption-private.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "qs-signal-guard-private.h"
#include "qs-state-dir-private.h"

static GMutex         mutex;
static guint          n_watching;
static GArray        *workers; /* of int; NULL: there is none */
static QsSignalGuard *guard;   /* these only while somebody is watching */
static GMainContext  *context;
static GThread       *thread;
static int            must_end; /* atomic */

static void
interrupted_cb (gpointer signal_number, gpointer user_data)
{
  g_mutex_lock (&mutex);
  for (guint i = 0; workers != NULL && i < workers->len; i++)
    kill (g_array_index (workers, int, i), SIGKILL);
  for (guint i = 0; workers != NULL && i < workers->len; i++)
    {
      siginfo_t info;

      /* Leaves it to GLib to reap it. */
      while (waitid (P_PID, (id_t) g_array_index (workers, int, i), &info, WEXITED | WNOWAIT) < 0 &&
             errno == EINTR)
        ;
    }
  g_clear_pointer (&workers, g_array_unref);
  qs_state_dir_remove_all ();
  g_mutex_unlock (&mutex);

  qs_signal_guard_pass_on (GPOINTER_TO_INT (signal_number));
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
qs_interruption_add_worker (int pid)
{
  g_mutex_lock (&mutex);
  if (workers == NULL)
    workers = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_append_val (workers, pid);
  g_mutex_unlock (&mutex);
}

void
qs_interruption_remove_worker (int pid)
{
  g_mutex_lock (&mutex);
  for (guint i = workers != NULL ? workers->len : 0; i > 0; i--)
    {
      if (g_array_index (workers, int, i - 1) == pid)
        g_array_remove_index_fast (workers, i - 1);
    }
  g_mutex_unlock (&mutex);
}
