/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-claim-private.h"

struct _QsClaimThread
{
  GMainContext *context; /* owned */
  GMainLoop    *loop;    /* owned */
  GThread      *thread;
};

static gpointer
thread_func (gpointer data)
{
  QsClaimThread *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);

  return NULL;
}

QsClaimThread *
qs_claim_thread_new (void)
{
  QsClaimThread *self = g_new0 (QsClaimThread, 1);

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("qsource-claims", thread_func, self);

  return self;
}

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

void
qs_claim_thread_free (QsClaimThread *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  /* After all that was asked before. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, quit_cb, self->loop, NULL);
  g_source_attach (source, self->context);
  g_thread_join (self->thread);

  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

GMainContext *
qs_claim_thread_get_context (QsClaimThread *self)
{
  return self->context;
}
