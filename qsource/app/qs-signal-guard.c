/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-signal-guard-private.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

static const int signal_numbers[] = { SIGINT, SIGTERM, SIGHUP };

struct _QsSignalGuard
{
  GFunc    callback;
  gpointer user_data;

  /* By the index of signal_numbers; NULL for one that is let alone. Owned. */
  GSource *sources[G_N_ELEMENTS (signal_numbers)];
};

/* Guards overlap when applications run side by side: what they give back is what
 * the first one found, and the last one gives it. */
G_LOCK_DEFINE_STATIC (guards);
static guint            n_guards;
static struct sigaction old_actions[G_N_ELEMENTS (signal_numbers)];

/* Whether a signal's handler is such that it means to outlive its terminal. */
static gboolean
is_let_alone (gsize i)
{
  return signal_numbers[i] == SIGHUP && old_actions[i].sa_handler == SIG_IGN;
}

typedef struct
{
  QsSignalGuard *guard;
  int            signal_number;
} Watch;

static gboolean
signal_cb (gpointer user_data)
{
  Watch *watch = user_data;

  watch->guard->callback (GINT_TO_POINTER (watch->signal_number), watch->guard->user_data);

  return G_SOURCE_CONTINUE;
}

QsSignalGuard *
qs_signal_guard_new (GFunc callback, gpointer user_data)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  QsSignalGuard *self = g_new0 (QsSignalGuard, 1);

  self->callback = callback;
  self->user_data = user_data;

  G_LOCK (guards);
  for (gsize i = 0; i < G_N_ELEMENTS (signal_numbers); i++)
    {
      Watch *watch = NULL;

      if (n_guards == 0)
        sigaction (signal_numbers[i], NULL, &old_actions[i]);
      if (is_let_alone (i))
        continue;

      watch = g_new0 (Watch, 1);
      watch->guard = self;
      watch->signal_number = signal_numbers[i];
      self->sources[i] = g_unix_signal_source_new (signal_numbers[i]);
      g_source_set_callback (self->sources[i], signal_cb, watch, g_free);
      g_source_attach (self->sources[i], context);
    }
  n_guards++;
  G_UNLOCK (guards);

  return self;
}

void
qs_signal_guard_free (QsSignalGuard *self)
{
  G_LOCK (guards);
  n_guards--;
  for (gsize i = 0; i < G_N_ELEMENTS (signal_numbers); i++)
    {
      if (self->sources[i] == NULL)
        continue;

      g_source_destroy (self->sources[i]);
      g_source_unref (self->sources[i]);

      /* Only now: GLib resets the signal when its last watch goes. */
      if (n_guards == 0)
        sigaction (signal_numbers[i], &old_actions[i], NULL);
    }
  G_UNLOCK (guards);

  g_free (self);
}

void
qs_signal_guard_pass_on (int signal_number)
{
  G_LOCK (guards);
  for (gsize i = 0; i < G_N_ELEMENTS (signal_numbers) && n_guards > 0; i++)
    {
      if (signal_numbers[i] == signal_number)
        sigaction (signal_number, &old_actions[i], NULL);
    }
  G_UNLOCK (guards);

  /* To the process, so that it is the main thread that a handler of Python's interrupts. */
  kill (getpid (), signal_number);
}
