/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-store-batch-private.h"

#include <string.h>

/* Bytes. A change that takes more than the second has memory of its own. */
#define CHUNK_SIZE (64 * 1024)
#define LARGE_SIZE (8 * 1024)

struct _QsStoreBatch
{
  GArray *changes; /* QsStoreChange; owned */
  gsize   size;    /* of their keys and values */

  /* The memory of keys and values. Owned; chunks are kept for the next ones. */
  GPtrArray *chunks;
  GPtrArray *large;
  guint      n_used; /* chunks; of the last one @n_taken bytes */
  gsize      n_taken;
};

QsStoreBatch *
qs_store_batch_new (void)
{
  QsStoreBatch *self = g_new0 (QsStoreBatch, 1);

  self->changes = g_array_new (FALSE, FALSE, sizeof (QsStoreChange));
  self->chunks = g_ptr_array_new_with_free_func (g_free);
  self->large = g_ptr_array_new_with_free_func (g_free);

  return self;
}

void
qs_store_batch_free (QsStoreBatch *self)
{
  g_array_unref (self->changes);
  g_ptr_array_unref (self->chunks);
  g_ptr_array_unref (self->large);
  g_free (self);
}

guint
qs_store_batch_get_count (QsStoreBatch *self)
{
  return self->changes->len;
}

gsize
qs_store_batch_get_size (QsStoreBatch *self)
{
  return self->size;
}

QsStoreChange *
qs_store_batch_peek_changes (QsStoreBatch *self)
{
  return (QsStoreChange *) (gpointer) self->changes->data;
}

static guint8 *
take (QsStoreBatch *self, gsize size)
{
  guint8 *memory;

  if (size > LARGE_SIZE)
    {
      memory = g_malloc (size);
      g_ptr_array_add (self->large, memory);
      return memory;
    }

  if (self->n_used == 0 || size > CHUNK_SIZE - self->n_taken)
    {
      if (self->n_used == self->chunks->len)
        g_ptr_array_add (self->chunks, g_malloc (CHUNK_SIZE));
      self->n_used++;
      self->n_taken = 0;
    }
  memory = (guint8 *) g_ptr_array_index (self->chunks, self->n_used - 1) + self->n_taken;
  self->n_taken += size;

  return memory;
}

/* Returns where the value belongs; @value_length may be QS_STORE_REMOVAL. */
static guint8 *
add (QsStoreBatch *self,
     QsStoreSpace  space,
     const guint8 *key,
     gsize         key_length,
     guint32       value_length)
{
  gsize         size = 1 + key_length + (value_length != QS_STORE_REMOVAL ? value_length : 0);
  guint8       *memory = take (self, size);
  QsStoreChange change = { 0, memory, (guint32) (1 + key_length), value_length };

  g_assert (key_length < G_MAXUINT32);

  memory[0] = space;
  if (key_length > 0)
    memcpy (memory + 1, key, key_length);
  g_array_append_val (self->changes, change);
  self->size += size;

  return memory + 1 + key_length;
}

void
qs_store_batch_put (QsStoreBatch *self,
                    QsStoreSpace  space,
                    const guint8 *key,
                    gsize         key_length,
                    const guint8 *value,
                    gsize         value_length)
{
  guint8 *place = qs_store_batch_put_later (self, space, key, key_length, value_length);

  if (value_length > 0)
    memcpy (place, value, value_length);
}

guint8 *
qs_store_batch_put_later (QsStoreBatch *self,
                          QsStoreSpace  space,
                          const guint8 *key,
                          gsize         key_length,
                          gsize         value_length)
{
  g_assert (value_length < QS_STORE_REMOVAL);

  return add (self, space, key, key_length, (guint32) value_length);
}

void
qs_store_batch_remove (QsStoreBatch *self, QsStoreSpace space, const guint8 *key, gsize key_length)
{
  add (self, space, key, key_length, QS_STORE_REMOVAL);
}

void
qs_store_batch_clear (QsStoreBatch *self)
{
  g_array_set_size (self->changes, 0);
  g_ptr_array_set_size (self->large, 0);
  self->size = 0;
  self->n_used = 0;
  self->n_taken = 0;
}
