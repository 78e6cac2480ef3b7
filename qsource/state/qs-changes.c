/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-changes-private.h"

#include <string.h>

#include "qs-bytes-private.h"
#include "qs-state-entry-private.h"

struct _QsChanges
{
  QsStore *store; /* owned */
  gint64   now;   /* ms */
  gsize    max_size;

  QsChangeTable *changes; /* owned */
  GByteArray    *stored;  /* owned; scratch space for what was read */

  /* Lines of the store's index of what expires that have had their use. GBytes; owned. */
  GPtrArray *used_lines;
};

static gboolean
is_expired (QsChanges *self, gint64 expires)
{
  return expires != 0 && expires <= self->now;
}

/* Reads the entry of the store under @key, expired or not; *@value is NULL if there is none. */
static gboolean
read_store (QsChanges     *self,
            const guint8  *key,
            gsize          key_length,
            const guint8 **value,
            gsize         *value_length,
            gint64        *expires,
            GError       **error)
{
  gboolean found = FALSE;

  *value = NULL;
  *expires = 0;
  if (!qs_store_read (
          self->store, QS_STORE_SPACE_DATA, key, key_length, self->stored, &found, error))
    return FALSE;

  return !found || qs_state_entry_parse (
                       self->stored->data, self->stored->len, value, value_length, expires, error);
}

QsChanges *
qs_changes_new (QsStore *store, gint64 now, gsize max_size)
{
  QsChanges *self = g_new0 (QsChanges, 1);

  self->store = g_object_ref (store);
  self->now = now;
  self->max_size = max_size;
  self->changes = qs_change_table_new ();
  self->stored = g_byte_array_new ();
  self->used_lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  return self;
}

void
qs_changes_free (QsChanges *self)
{
  qs_change_table_free (self->changes);
  g_byte_array_unref (self->stored);
  g_ptr_array_unref (self->used_lines);
  g_object_unref (self->store);
  g_free (self);
}

gint64
qs_changes_get_now (QsChanges *self)
{
  return self->now;
}

gboolean
qs_changes_lookup (QsChanges     *self,
                   const guint8  *key,
                   gsize          key_length,
                   const guint8 **value,
                   gsize         *value_length,
                   GError       **error)
{
  const QsChange *change = qs_change_table_lookup (self->changes, key, key_length);
  gint64          expires = 0;

  if (change != NULL)
    {
      *value = change->value;
      *value_length = change->value_length;
      return TRUE;
    }

  if (!read_store (self, key, key_length, value, value_length, &expires, error))
    return FALSE;
  if (is_expired (self, expires))
    *value = NULL;

  return TRUE;
}

/* Whether the changelog takes a record of @size bytes. */
static gboolean
check_size (QsChanges *self, gsize size, GError **error)
{
  if (size <= self->max_size)
    return TRUE;

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_TOO_LARGE,
               "Key and value have %" G_GSIZE_FORMAT
               " bytes, and the changelog accepts %" G_GSIZE_FORMAT
               "; raise max.message.bytes of its topic and message.max.bytes in "
               "producer-config, or split the entry",
               size,
               self->max_size);
  return FALSE;
}

gboolean
qs_changes_put (QsChanges    *self,
                const guint8 *key,
                gsize         key_length,
                const guint8 *value,
                gsize         value_length,
                gint64        expires,
                GError      **error)
{
  if (!check_size (self, key_length + value_length, error))
    return FALSE;

  qs_change_table_set (self->changes, key, key_length, value, value_length, expires);

  return TRUE;
}

gboolean
qs_changes_remove (QsChanges *self, const guint8 *key, gsize key_length, GError **error)
{
  if (!check_size (self, key_length, error))
    return FALSE;

  qs_change_table_set (self->changes, key, key_length, NULL, 0, 0);

  return TRUE;
}

/* Adds the keys that the store has, unless a change knows better. */
static gboolean
list_stored (QsChanges    *self,
             const guint8 *prefix,
             gsize         prefix_length,
             GPtrArray    *keys,
             GError      **error)
{
  g_autoptr (QsStoreIter) iter =
      qs_store_iterate (self->store, QS_STORE_SPACE_DATA, prefix, prefix_length);

  while (qs_store_iter_next (iter))
    {
      gsize         length = 0;
      gsize         key_length = 0;
      gsize         value_length = 0;
      gint64        expires = 0;
      const guint8 *key = qs_store_iter_get_key (iter, &key_length);
      const guint8 *data = qs_store_iter_get_value (iter, &length);
      const guint8 *value = NULL;

      if (!qs_state_entry_parse (data, length, &value, &value_length, &expires, error))
        return FALSE;
      if (!is_expired (self, expires) &&
          qs_change_table_lookup (self->changes, key, key_length) == NULL)
        g_ptr_array_add (keys, g_bytes_new (key, key_length));
    }

  return qs_store_iter_check (iter, error);
}

GPtrArray *
qs_changes_list (QsChanges *self, const guint8 *prefix, gsize prefix_length, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (!list_stored (self, prefix, prefix_length, keys, error))
    return NULL;

  for (guint i = 0; i < qs_change_table_get_length (self->changes); i++)
    {
      const QsChange *change = qs_change_table_get (self->changes, i);

      if (change->value != NULL && change->key_length >= prefix_length &&
          (prefix_length == 0 || memcmp (change->key, prefix, prefix_length) == 0))
        g_ptr_array_add (keys, g_bytes_new (change->key, change->key_length));
    }

  return g_steal_pointer (&keys);
}

/* Removes the entry that the index line is about, unless it has changed since. */
static gboolean
sweep_line (QsChanges *self, GBytes *line, gint64 line_expires, GError **error)
{
  gsize         length = 0;
  gsize         value_length = 0;
  const guint8 *key = qs_bytes_get_data (line, &length);
  const guint8 *value = NULL;
  gint64        expires = 0;

  key += QS_STATE_ENTRY_TIME_LENGTH;
  length -= QS_STATE_ENTRY_TIME_LENGTH;
  if (qs_change_table_lookup (self->changes, key, length) == NULL)
    {
      if (!read_store (self, key, length, &value, &value_length, &expires, error))
        return FALSE;
      if (value != NULL && expires == line_expires)
        qs_change_table_set (self->changes, key, length, NULL, 0, 0);
    }

  g_ptr_array_add (self->used_lines, g_bytes_ref (line));

  return TRUE;
}

gboolean
qs_changes_sweep (QsChanges *self, guint n_max, GError **error)
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
qs_changes_get_change (QsChanges *self, guint index)
{
  return qs_change_table_get (self->changes, index);
}

guint
qs_changes_get_n_changes (QsChanges *self)
{
  return qs_change_table_get_length (self->changes);
}

gboolean
qs_changes_is_idle (QsChanges *self)
{
  return qs_change_table_get_length (self->changes) == 0 && self->used_lines->len == 0;
}

gboolean
qs_changes_has_expiring (QsChanges *self)
{
  g_autoptr (QsStoreIter) iter = NULL;

  for (guint i = 0; i < qs_change_table_get_length (self->changes); i++)
    {
      if (qs_change_table_get (self->changes, i)->expires != 0)
        return TRUE;
    }

  iter = qs_store_iterate (self->store, QS_STORE_SPACE_EXPIRY, NULL, 0);

  /* An entry that cannot be read might exist. */
  return qs_store_iter_next (iter) || !qs_store_iter_check (iter, NULL);
}

void
qs_changes_apply (QsChanges *self, QsStoreBatch *batch)
{
  for (guint i = 0; i < self->used_lines->len; i++)
    {
      gsize         length = 0;
      const guint8 *line = qs_bytes_get_data (g_ptr_array_index (self->used_lines, i), &length);

      qs_store_batch_remove (batch, QS_STORE_SPACE_EXPIRY, line, length);
    }

  for (guint i = 0; i < qs_change_table_get_length (self->changes); i++)
    {
      const QsChange *change = qs_change_table_get (self->changes, i);

      if (change->value != NULL)
        qs_state_entry_put (batch,
                            change->key,
                            change->key_length,
                            change->value,
                            change->value_length,
                            change->expires);
      else
        qs_store_batch_remove (batch, QS_STORE_SPACE_DATA, change->key, change->key_length);
    }
}
