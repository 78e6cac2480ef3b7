/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-transaction-private.h"

#include "qs-bytes-private.h"
#include "qs-state-entry-private.h"

struct _QsTransaction
{
  QsStore *store; /* owned */
  gint64   now;   /* ms */
  gsize    max_size;

  GPtrArray  *changes; /* QsChange, in the order of their first change; owned */
  GHashTable *by_key;  /* GBytes → QsChange, both of @changes */

  /* Lines of the store's index of what expires that have had their use. GBytes; owned. */
  GPtrArray *used_lines;
};

static void
change_free (gpointer data)
{
  QsChange *change = data;

  g_bytes_unref (change->key);
  g_clear_pointer (&change->value, g_bytes_unref);
  g_free (change);
}

static gboolean
is_expired (QsTransaction *self, gint64 expires)
{
  return expires != 0 && expires <= self->now;
}

/* What the store has under @key, expired or not. */
static gboolean
read_store (QsTransaction *self, GBytes *key, GBytes **value, gint64 *expires, GError **error)
{
  gsize         key_length = 0;
  gsize         length = 0;
  gsize         value_length = 0;
  const guint8 *key_data = qs_bytes_get_data (key, &key_length);
  const guint8 *data = NULL;
  const guint8 *value_data = NULL;
  g_autoptr (GBytes) stored = NULL;
  g_autoptr (GError) own_error = NULL;

  *value = NULL;
  *expires = 0;
  stored = qs_store_get (self->store, QS_STORE_SPACE_DATA, key_data, key_length, &own_error);
  if (own_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }
  if (stored == NULL)
    return TRUE;

  data = qs_bytes_get_data (stored, &length);
  if (!qs_state_entry_parse (data, length, &value_data, &value_length, expires, error))
    return FALSE;

  *value = g_bytes_new_from_bytes (stored, (gsize) (value_data - data), value_length);
  return TRUE;
}

/* Takes @value, which is NULL for a removal. */
static void
set_change (QsTransaction *self, GBytes *key, GBytes *value, gint64 expires)
{
  QsChange *change = g_hash_table_lookup (self->by_key, key);

  if (change == NULL)
    {
      change = g_new0 (QsChange, 1);
      change->key = g_bytes_ref (key);
      g_ptr_array_add (self->changes, change);
      g_hash_table_insert (self->by_key, change->key, change);
    }

  g_clear_pointer (&change->value, g_bytes_unref);
  change->value = value;
  change->expires = expires;
}

QsTransaction *
qs_transaction_new (QsStore *store, gint64 now, gsize max_size)
{
  QsTransaction *self = g_new0 (QsTransaction, 1);

  self->store = g_object_ref (store);
  self->now = now;
  self->max_size = max_size;
  self->changes = g_ptr_array_new_with_free_func (change_free);
  self->by_key = g_hash_table_new (g_bytes_hash, g_bytes_equal);
  self->used_lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  return self;
}

void
qs_transaction_free (QsTransaction *self)
{
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->changes);
  g_ptr_array_unref (self->used_lines);
  g_object_unref (self->store);
  g_free (self);
}

gint64
qs_transaction_get_now (QsTransaction *self)
{
  return self->now;
}

gboolean
qs_transaction_lookup (QsTransaction *self, GBytes *key, GBytes **value, GError **error)
{
  const QsChange *change = g_hash_table_lookup (self->by_key, key);
  gint64          expires = 0;

  if (change != NULL)
    {
      *value = change->value != NULL ? g_bytes_ref (change->value) : NULL;
      return TRUE;
    }

  if (!read_store (self, key, value, &expires, error))
    return FALSE;

  if (is_expired (self, expires))
    g_clear_pointer (value, g_bytes_unref);

  return TRUE;
}

/* Whether the changelog takes a record of @size bytes. */
static gboolean
check_size (QsTransaction *self, gsize size, GError **error)
{
  if (size <= self->max_size)
    return TRUE;

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_TOO_LARGE,
               "Key and value have %" G_GSIZE_FORMAT
               " bytes, and the changelog takes %" G_GSIZE_FORMAT
               "; raise max.message.bytes of its topic and message.max.bytes in "
               "producer-config, or split the entry",
               size,
               self->max_size);
  return FALSE;
}

gboolean
qs_transaction_put (QsTransaction *self, GBytes *key, GBytes *value, gint64 expires, GError **error)
{
  if (!check_size (self, g_bytes_get_size (key) + g_bytes_get_size (value), error))
    return FALSE;

  set_change (self, key, g_bytes_ref (value), expires);

  return TRUE;
}

gboolean
qs_transaction_remove (QsTransaction *self, GBytes *key, GError **error)
{
  if (!check_size (self, g_bytes_get_size (key), error))
    return FALSE;

  set_change (self, key, NULL, 0);

  return TRUE;
}

static gboolean
has_prefix (GBytes *key, const guint8 *prefix, gsize prefix_length)
{
  gsize         length = 0;
  const guint8 *data = qs_bytes_get_data (key, &length);

  return length >= prefix_length && memcmp (data, prefix, prefix_length) == 0;
}

/* Adds the keys that the store has, unless the transaction knows better. */
static gboolean
list_stored (QsTransaction *self, GBytes *prefix, GPtrArray *keys, GError **error)
{
  gsize         prefix_length = 0;
  const guint8 *prefix_data = qs_bytes_get_data (prefix, &prefix_length);
  g_autoptr (QsStoreIter) iter =
      qs_store_iterate (self->store, QS_STORE_SPACE_DATA, prefix_data, prefix_length);

  while (qs_store_iter_next (iter))
    {
      gsize         length = 0;
      gsize         key_length = 0;
      gsize         value_length = 0;
      gint64        expires = 0;
      const guint8 *key_data = qs_store_iter_get_key (iter, &key_length);
      const guint8 *data = qs_store_iter_get_value (iter, &length);
      const guint8 *value = NULL;
      g_autoptr (GBytes) key = g_bytes_new (key_data, key_length);

      if (!qs_state_entry_parse (data, length, &value, &value_length, &expires, error))
        return FALSE;
      if (!is_expired (self, expires) && !g_hash_table_contains (self->by_key, key))
        g_ptr_array_add (keys, g_steal_pointer (&key));
    }

  return qs_store_iter_check (iter, error);
}

GPtrArray *
qs_transaction_list (QsTransaction *self, GBytes *prefix, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gsize         prefix_length = 0;
  const guint8 *prefix_data = qs_bytes_get_data (prefix, &prefix_length);

  if (!list_stored (self, prefix, keys, error))
    return NULL;

  for (guint i = 0; i < self->changes->len; i++)
    {
      const QsChange *change = g_ptr_array_index (self->changes, i);

      if (change->value != NULL && has_prefix (change->key, prefix_data, prefix_length))
        g_ptr_array_add (keys, g_bytes_ref (change->key));
    }

  return g_steal_pointer (&keys);
}

/* Removes the entry that the index line is about, unless it has changed since. */
static gboolean
sweep_line (QsTransaction *self, GBytes *line, gint64 line_expires, GError **error)
{
  g_autoptr (GBytes) key = NULL;
  g_autoptr (GBytes) value = NULL;
  gint64 expires = 0;

  key = g_bytes_new_from_bytes (
      line, QS_STATE_ENTRY_TIME_LENGTH, g_bytes_get_size (line) - QS_STATE_ENTRY_TIME_LENGTH);
  if (!g_hash_table_contains (self->by_key, key))
    {
      if (!read_store (self, key, &value, &expires, error))
        return FALSE;
      if (value != NULL && expires == line_expires)
        set_change (self, key, NULL, 0);
    }

  g_ptr_array_add (self->used_lines, g_bytes_ref (line));

  return TRUE;
}

gboolean
qs_transaction_sweep (QsTransaction *self, guint n_max, GError **error)
{
  g_autoptr (QsStoreIter) iter = qs_store_iterate (self->store, QS_STORE_SPACE_EXPIRY, NULL, 0);

  for (guint i = 0; i < n_max && qs_store_iter_next (iter); i++)
    {
      gsize         length = 0;
      const guint8 *data = qs_store_iter_get_key (iter, &length);
      gint64        expires = 0;
      g_autoptr (GBytes) line = g_bytes_new (data, length);

      if (qs_state_entry_get_time (data, length, &expires))
        {
          if (!is_expired (self, expires))
            return TRUE;
          if (!sweep_line (self, line, expires, error))
            return FALSE;
        }
    }

  return qs_store_iter_check (iter, error);
}

const QsChange *
qs_transaction_get_change (QsTransaction *self, guint index)
{
  return g_ptr_array_index (self->changes, index);
}

guint
qs_transaction_get_n_changes (QsTransaction *self)
{
  return self->changes->len;
}

gboolean
qs_transaction_is_idle (QsTransaction *self)
{
  return self->changes->len == 0 && self->used_lines->len == 0;
}

gboolean
qs_transaction_has_expiring (QsTransaction *self)
{
  g_autoptr (QsStoreIter) iter = NULL;

  for (guint i = 0; i < self->changes->len; i++)
    {
      const QsChange *change = g_ptr_array_index (self->changes, i);

      if (change->expires != 0)
        return TRUE;
    }

  iter = qs_store_iterate (self->store, QS_STORE_SPACE_EXPIRY, NULL, 0);

  return qs_store_iter_next (iter);
}

void
qs_transaction_apply (QsTransaction *self, QsStoreBatch *batch)
{
  for (guint i = 0; i < self->used_lines->len; i++)
    {
      gsize         length = 0;
      const guint8 *line = qs_bytes_get_data (g_ptr_array_index (self->used_lines, i), &length);

      qs_store_batch_remove (batch, QS_STORE_SPACE_EXPIRY, line, length);
    }

  for (guint i = 0; i < self->changes->len; i++)
    {
      const QsChange *change = g_ptr_array_index (self->changes, i);
      gsize           key_length = 0;
      gsize           length = 0;
      const guint8   *key = qs_bytes_get_data (change->key, &key_length);
      const guint8   *value = qs_bytes_get_data (change->value, &length);

      if (value != NULL)
        qs_state_entry_put (batch, key, key_length, value, length, change->expires);
      else
        qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, key, key_length);
    }
}
