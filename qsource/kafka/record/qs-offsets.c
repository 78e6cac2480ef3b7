/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-offsets-private.h"

struct _QsOffsets
{
  /* A set of QsOffset. Owned. */
  GHashTable *entries;

  /* The one that was looked up last, as the next one often is the same; or NULL. */
  QsOffset *last;
};

static guint
offset_hash (gconstpointer key)
{
  const QsOffset *offset = key;

  return g_str_hash (offset->topic) ^ (guint) offset->partition * 2654435761u;
}

static gboolean
offset_equal (gconstpointer a, gconstpointer b)
{
  const QsOffset *left = a;
  const QsOffset *right = b;

  return left->partition == right->partition && g_str_equal (left->topic, right->topic);
}

static void
offset_free (gpointer data)
{
  QsOffset *offset = data;

  g_free (offset->topic);
  g_free (offset);
}

static QsOffset *
lookup (QsOffsets *self, const char *topic, int partition)
{
  QsOffset key = { (char *) topic, partition, 0 };

  if (self->last == NULL || !offset_equal (self->last, &key))
    self->last = g_hash_table_lookup (self->entries, &key);

  return self->last;
}

QsOffsets *
qs_offsets_new (void)
{
  QsOffsets *self = g_new0 (QsOffsets, 1);

  self->entries = g_hash_table_new_full (offset_hash, offset_equal, offset_free, NULL);

  return self;
}

QsOffsets *
qs_offsets_copy (QsOffsets *self)
{
  QsOffsets     *copy = qs_offsets_new ();
  QsOffset      *offset = NULL;
  GHashTableIter iter;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, (gpointer *) &offset, NULL))
    qs_offsets_set (copy, offset->topic, offset->partition, offset->offset);

  return copy;
}

void
qs_offsets_free (QsOffsets *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

void
qs_offsets_set (QsOffsets *self, const char *topic, int partition, gint64 offset)
{
  QsOffset *entry = lookup (self, topic, partition);

  if (entry == NULL)
    {
      entry = g_new0 (QsOffset, 1);
      entry->topic = g_strdup (topic);
      entry->partition = partition;
      g_hash_table_add (self->entries, entry);
    }

  entry->offset = offset;
}

gint64
qs_offsets_get (QsOffsets *self, const char *topic, int partition)
{
  QsOffset *entry = lookup (self, topic, partition);

  return entry != NULL ? entry->offset : -1;
}

void
qs_offsets_remove (QsOffsets *self, const char *topic, int partition)
{
  QsOffset key = { (char *) topic, partition, 0 };

  self->last = NULL;
  g_hash_table_remove (self->entries, &key);
}

void
qs_offsets_clear (QsOffsets *self)
{
  self->last = NULL;
  g_hash_table_remove_all (self->entries);
}

guint
qs_offsets_count (QsOffsets *self)
{
  return g_hash_table_size (self->entries);
}

GPtrArray *
qs_offsets_list (QsOffsets *self)
{
  GPtrArray     *list = g_ptr_array_new ();
  gpointer       offset = NULL;
  GHashTableIter iter;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &offset, NULL))
    g_ptr_array_add (list, offset);

  return list;
}
