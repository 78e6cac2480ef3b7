/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-flusher-private.h"

#include "qs-log-private.h"

struct _QsStoreFlusher
{
  QsStore *store;  /* owned */
  char    *source; /* for the log */
  GThread *thread;

  GMutex   lock;
  GCond    wake;
  gboolean is_ending;
};

static gpointer
flush_main (gpointer user_data)
{
  QsStoreFlusher *self = user_data;
  const gint64    interval = (gint64) QS_STORE_FLUSH_INTERVAL * G_USEC_PER_SEC;
  gint64          next = g_get_monotonic_time () + interval;

  g_mutex_lock (&self->lock);
  while (!self->is_ending)
    {
      g_autoptr (GError) error = NULL;

      if (g_cond_wait_until (&self->wake, &self->lock, next))
        continue;

      g_mutex_unlock (&self->lock);
      /* The owner meets the same trouble when he writes. */
      if (!qs_store_flush (self->store, &error))
        qs_log_warning (
            self->source, NULL, "Cannot write the store to the disk: %s", error->message);
      next = g_get_monotonic_time () + interval;
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);

  return NULL;
}

QsStoreFlusher *
qs_store_flusher_new (QsStore *store, const char *source)
{
  QsStoreFlusher *self = g_new0 (QsStoreFlusher, 1);

  self->store = g_object_ref (store);
  self->source = g_strdup (source);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->thread = g_thread_new ("qs-store-flusher", flush_main, self);

  return self;
}

void
qs_store_flusher_free (QsStoreFlusher *self)
{
  g_mutex_lock (&self->lock);
  self->is_ending = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);

  g_object_unref (self->store);
  g_free (self->source);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}
