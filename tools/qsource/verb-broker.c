/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

#include "qsc.h"

typedef struct
{
  GMainLoop *loop;
  int        signal_number;
} Broker;

static gboolean
interrupt_cb (gpointer user_data)
{
  Broker *self = user_data;

  self->signal_number = SIGINT;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
terminate_cb (gpointer user_data)
{
  Broker *self = user_data;

  self->signal_number = SIGTERM;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

int
qsc_verb_broker (QscCall *call)
{
  g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_new (1);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  Broker self = { .loop = loop };

  if (!qs_embedded_broker_start (broker, &error))
    return qsc_fail_error (error);

  g_unix_signal_add (SIGINT, interrupt_cb, &self);
  g_unix_signal_add (SIGTERM, terminate_cb, &self);
  g_print ("%s\n", qs_embedded_broker_get_address (broker));
  fflush (stdout);
  g_printerr ("A broker in memory; Ctrl-C ends it, and what it holds is gone then\n");
  g_main_loop_run (loop);

  return 128 + self.signal_number;
}
