/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-loader-private.h"

struct _QsStoreLoader
{
  QsStore      *store;  /* owned */
  QsStoreBatch *batch;  /* owned; the owner fills it */
  QsStoreBatch *other;  /* owned; @thread's while there is one */
  GThread      *thread; /* owned; `NULL`: nothing is being written */
  GError       *error;  /* @thread's; nullable */
};

static gpointer
ingest_main (gpointer user_data)
{
  QsStoreLoader *self = user_data;

  qs_store_ingest (self->store, self->other, &self->error);

  return NULL;
}

QsStoreLoader *
qs_store_loader_new (QsStore *store)
{
  QsStoreLoader *self = g_new0 (QsStoreLoader, 1);

  self->store = g_object_ref (store);
  self->batch = qs_store_batch_new ();
  self->other = qs_store_batch_new ();

  return self;
}

void
qs_store_loader_free (QsStoreLoader *self)
{
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_error (&self->error);
  qs_store_batch_free (self->batch);
  qs_store_batch_free (self->other);
  g_object_unref (self->store);
  g_free (self);
}

QsStoreBatch *
qs_store_loader_get_batch (QsStoreLoader *self)
{
  return self->batch;
}

gboolean
qs_store_loader_submit (QsStoreLoader *self, GError **error)
{
  QsStoreBatch *full = self->batch;

  if (!qs_store_loader_finish (self, error))
    return FALSE;

  self->batch = self->other;
  self->other = full;
  qs_store_batch_clear (self->batch);
  self->thread = g_thread_new ("qs-store-loader", ingest_main, self);

  return TRUE;
}

gboolean
qs_store_loader_finish (QsStoreLoader *self, GError **error)
{
  g_clear_pointer (&self->thread, g_thread_join);
  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->error));

  return FALSE;
}
