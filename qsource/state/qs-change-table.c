/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-change-table-private.h"

#include <string.h>

/* Bytes of the memory that small keys and values share. */
#define CHUNK_SIZE (16 * 1024)

/* Larger values have memory of their own, which can grow in place. */
#define LARGE_SIZE 512

#define FIRST_PLACES 64

typedef struct
{
  QsChange change;
  guint8  *memory;   /* the value's; in a chunk, or owned if it is large; nullable */
  gsize    capacity; /* of @memory */
  guint32  hash;
} Item;

struct _QsChangeTable
{
  GArray  *items;  /* Item */
  guint32 *places; /* of a hash table: 1 + the number of an item, or 0. Owned */
  guint32  mask;   /* places - 1, which are a power of two */

  GPtrArray *chunks; /* owned */
  gsize      n_left; /* bytes of the last one */
};

static guint32
get_hash (const guint8 *data, gsize length)
{
  const guint64 factor = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint64       hash = length * factor;
  guint64       word = 0;

  for (; length >= sizeof word; length -= sizeof word, data += sizeof word)
    {
      memcpy (&word, data, sizeof word);
      hash = (hash ^ word) * factor;
      hash ^= hash >> 32;
    }
  word = 0;
  memcpy (&word, data, length);
  hash = (hash ^ word) * factor;

  return (guint32) (hash >> 32);
}

QsChangeTable *
qs_change_table_new (void)
{
  QsChangeTable *self = g_new0 (QsChangeTable, 1);

  self->items = g_array_new (FALSE, FALSE, sizeof (Item));
  self->places = g_new0 (guint32, FIRST_PLACES);
  self->mask = FIRST_PLACES - 1;
  self->chunks = g_ptr_array_new_with_free_func (g_free);

  return self;
}

static Item *
get_item (QsChangeTable *self, guint index)
{
  return &g_array_index (self->items, Item, index);
}

void
qs_change_table_free (QsChangeTable *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = get_item (self, i);

      if (item->capacity > LARGE_SIZE)
        g_free (item->memory);
    }

  g_array_unref (self->items);
  g_ptr_array_unref (self->chunks);
  g_free (self->places);
  g_free (self);
}

guint
qs_change_table_get_length (QsChangeTable *self)
{
  return self->items->len;
}

const QsChange *
qs_change_table_get (QsChangeTable *self, guint index)
{
  return &get_item (self, index)->change;
}

/* The place of @key in the table, which is free if there is none. */
static guint32 *
find (QsChangeTable *self, const guint8 *key, gsize key_length, guint32 hash)
{
  guint32 place = hash & self->mask;

  for (; self->places[place] != 0; place = (place + 1) & self->mask)
    {
      const Item *item = get_item (self, self->places[place] - 1);

      if (item->hash == hash && item->change.key_length == key_length &&
          memcmp (item->change.key, key, key_length) == 0)
        break;
    }

  return &self->places[place];
}

const QsChange *
qs_change_table_lookup (QsChangeTable *self, const guint8 *key, gsize key_length)
{
  const guint32 *place = NULL;

  if (self->items->len == 0)
    return NULL;

  place = find (self, key, key_length, get_hash (key, key_length));

  return *place != 0 ? &get_item (self, *place - 1)->change : NULL;
}

/* Makes the table larger before it is two thirds full. */
static void
grow (QsChangeTable *self)
{
  if (self->items->len < (self->mask + 1) / 3 * 2)
    return;

  g_free (self->places);
  self->mask = self->mask * 2 + 1;
  self->places = g_new0 (guint32, (gsize) self->mask + 1);
  for (guint i = 0; i < self->items->len; i++)
    {
      guint32 place = get_item (self, i)->hash & self->mask;

      while (self->places[place] != 0)
        place = (place + 1) & self->mask;
      self->places[place] = i + 1;
    }
}

/* Memory that lives as long as the set. */
static guint8 *
take (QsChangeTable *self, gsize size)
{
  guint8 *chunk = NULL;

  if (size > CHUNK_SIZE / 4)
    {
      chunk = g_malloc (size);
      /* In front of the one that has room left, which stays the last one. */
      g_ptr_array_insert (self->chunks, 0, chunk);
      return chunk;
    }

  if (size > self->n_left)
    {
      g_ptr_array_add (self->chunks, g_malloc (CHUNK_SIZE));
      self->n_left = CHUNK_SIZE;
    }
  chunk = g_ptr_array_index (self->chunks, self->chunks->len - 1);
  chunk += CHUNK_SIZE - self->n_left;
  self->n_left -= size;

  return chunk;
}

/* Sees to it that @item has room for a value of @length bytes. */
static void
make_room (QsChangeTable *self, Item *item, gsize length)
{
  gsize capacity = 16;

  if (length <= item->capacity && item->memory != NULL)
    return;

  if (length > LARGE_SIZE)
    {
      if (item->capacity > LARGE_SIZE)
        g_free (item->memory);
      item->memory = g_malloc (length);
      item->capacity = length;
      return;
    }

  /* Twice as much each time: a value that grows leaves no more behind than it has. */
  while (capacity < length)
    capacity *= 2;
  item->memory = take (self, capacity);
  item->capacity = capacity;
}

void
qs_change_table_set (QsChangeTable *self,
                     const guint8  *key,
                     gsize          key_length,
                     const guint8  *value,
                     gsize          value_length,
                     gint64         expires)
{
  guint32  hash = get_hash (key, key_length);
  guint32 *place = NULL;
  Item    *item = NULL;

  grow (self);
  place = find (self, key, key_length, hash);
  if (*place == 0)
    {
      Item    new_item = { .hash = hash };
      guint8 *own_key = take (self, MAX (key_length, 1));

      if (key_length > 0)
        memcpy (own_key, key, key_length);
      new_item.change.key = own_key;
      new_item.change.key_length = key_length;
      g_array_append_val (self->items, new_item);
      *place = self->items->len;
    }

  item = get_item (self, *place - 1);
  item->change.value = NULL;
  item->change.value_length = value_length;
  item->change.expires = expires;
  if (value == NULL)
    return;

  make_room (self, item, value_length);
  if (value_length > 0)
    memcpy (item->memory, value, value_length);
  item->change.value = item->memory;
}
