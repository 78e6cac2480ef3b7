/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-split-list-private.h"

#include "qs-gsource-private.h"

/* Seconds; more is never. */
#define MAX_INTERVAL 1e9

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

GPtrArray *
qs_split_list_new_splits (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

void
qs_split_list_init (QsSplitList *self)
{
  self->splits = qs_split_list_new_splits ();
  g_mutex_init (&self->lock);
}

void
qs_split_list_clear (QsSplitList *self)
{
  g_ptr_array_unref (self->splits);
  g_mutex_clear (&self->lock);
}

void
qs_split_list_begin (QsSplitList *self, GSourceFunc func, gpointer user_data)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  GSource *timer = g_source_new (&timer_funcs, sizeof (GSource));

  g_source_set_static_name (timer, "QSource splits");
  g_source_set_callback (timer, func, user_data, NULL);
  g_source_attach (timer, context);

  g_mutex_lock (&self->lock);
  self->timer = timer;
  g_mutex_unlock (&self->lock);
}

gboolean
qs_split_list_is_in_use (QsSplitList *self)
{
  return self->timer != NULL;
}

void
qs_split_list_end (QsSplitList *self)
{
  GSource *timer = NULL;

  g_mutex_lock (&self->lock);
  timer = g_steal_pointer (&self->timer);
  g_ptr_array_set_size (self->splits, 0);
  g_mutex_unlock (&self->lock);

  qs_gsource_clear (&timer);
}

void
qs_split_list_set_due (QsSplitList *self, double seconds)
{
  gboolean is_never = seconds < 0 || seconds > MAX_INTERVAL;

  self->due = is_never ? G_MAXINT64 : g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);

  g_mutex_lock (&self->lock);
  self->is_changed = FALSE;
  g_source_set_ready_time (self->timer, is_never ? -1 : self->due);
  g_mutex_unlock (&self->lock);
}

gboolean
qs_split_list_is_due (QsSplitList *self)
{
  gboolean is_changed = FALSE;

  g_mutex_lock (&self->lock);
  is_changed = self->is_changed;
  g_mutex_unlock (&self->lock);

  return is_changed || g_get_monotonic_time () >= self->due;
}

GPtrArray *
qs_split_list_replace (QsSplitList *self, GPtrArray *now)
{
  GPtrArray *before = NULL;

  g_mutex_lock (&self->lock);
  before = g_steal_pointer (&self->splits);
  self->splits = now;
  g_mutex_unlock (&self->lock);

  return before;
}

void
qs_split_list_change (QsSplitList *self)
{
  g_mutex_lock (&self->lock);
  self->is_changed = TRUE;
  if (self->timer != NULL)
    g_source_set_ready_time (self->timer, 0);
  g_mutex_unlock (&self->lock);
}

char **
qs_split_list_dup (QsSplitList *self)
{
  g_autoptr (GStrvBuilder) splits = g_strv_builder_new ();

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->splits->len; i++)
    g_strv_builder_add (splits, self->splits->pdata[i]);
  g_mutex_unlock (&self->lock);

  return g_strv_builder_end (splits);
}
