/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The methods of QsState that take keys and values as bytes with a length. */

#include "qs-state-private.h"

#include <string.h>

#include "qs-state-json-private.h"

/* A GBytes may have NULL for nothing. */
static const guint8 *
or_empty (const guint8 *data)
{
  return data != NULL ? data : (const guint8 *) "";
}

/**
 * qs_state_get_data:
 * @self: a state
 * @key: (array length=key_length): a key, UTF-8, which may contain NUL
 * @key_length: its length in bytes
 * @error: return location for an error
 *
 * Reads the stored bytes unchanged: the JSON text of a value, or the bytes that were stored
 * with [method@State.set_bytes] or [method@State.set_data].
 *
 * Returns: (transfer full) (nullable): the bytes, or `NULL`, without an error, if
 *   there are none
 */
GBytes *
qs_state_get_data (QsState *self, const guint8 *key, gsize key_length, GError **error)
{
  const guint8 *value = NULL;
  gsize         length = 0;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL || key_length == 0, NULL);

  if (!qs_state_read (self, or_empty (key), key_length, &value, &length, error) || value == NULL)
    return NULL;

  return g_bytes_new (value, length);
}

/**
 * qs_state_get_bytes:
 * @self: a state
 * @key: a key
 * @error: return location for an error
 *
 * Reads the stored bytes unchanged: those that were stored with [method@State.set_bytes],
 * or the JSON text of a value.
 *
 * Returns: (transfer full) (nullable): the bytes, or `NULL`, without an error, if
 *   there are none
 */
GBytes *
qs_state_get_bytes (QsState *self, const char *key, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return qs_state_get_data (self, (const guint8 *) key, strlen (key), error);
}

/**
 * qs_state_peek_data: (skip)
 * @self: a state
 * @key: (array length=key_length): a key, UTF-8, which may contain NUL
 * @key_length: its length in bytes
 * @length: (out): the length of what is returned
 * @error: return location for an error
 *
 * Reads the stored bytes without copying them, for C and for language bindings that are
 * written in C.
 *
 * Returns: (nullable): the bytes, which are valid until the next call on the state;
 *   `NULL`, without an error, if there are none
 */
const guint8 *
qs_state_peek_data (QsState      *self,
                    const guint8 *key,
                    gsize         key_length,
                    gsize        *length,
                    GError      **error)
{
  const guint8 *value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL || key_length == 0, NULL);
  g_return_val_if_fail (length != NULL, NULL);

  *length = 0;
  qs_state_read (self, or_empty (key), key_length, &value, length, error);

  return value;
}

/**
 * qs_state_set_data:
 * @self: a state
 * @key: (array length=key_length): a key, UTF-8, which may contain NUL
 * @key_length: its length in bytes
 * @value: (array length=value_length): bytes
 * @value_length: its length in bytes
 * @ttl: how long the bytes are kept, in seconds; -1 = without limit; 0 and any other
 *   negative number = until the next flush
 * @error: return location for an error
 *
 * Stores bytes unchanged, as [method@State.set_bytes] does.
 *
 * Returns: true on success
 */
gboolean
qs_state_set_data (QsState      *self,
                   const guint8 *key,
                   gsize         key_length,
                   const guint8 *value,
                   gsize         value_length,
                   double        ttl,
                   GError      **error)
{
  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL || key_length == 0, FALSE);
  g_return_val_if_fail (value != NULL || value_length == 0, FALSE);

  return qs_state_write (
      self, or_empty (key), key_length, or_empty (value), value_length, ttl, error);
}

/**
 * qs_state_set_json:
 * @self: a state
 * @key: (array length=key_length): a key, UTF-8, which may contain NUL
 * @key_length: its length in bytes
 * @json: (array length=json_length): the JSON text of one value, UTF-8
 * @json_length: its length in bytes
 * @ttl: how long the value is kept, in seconds; -1 = without limit; 0 and any other
 *   negative number = until the next flush
 * @error: return location for an error
 *
 * Stores a value that the caller has serialized as JSON.
 *
 * As with [method@State.set], the value is either read back equal, or the call fails with
 * [error@Qs.StateError.UNSUPPORTED_TYPE], and the message says why and at which byte.
 * Integers must therefore be within the range of an int64, other numbers must be finite, a
 * name must occur only once in an object, and half of a surrogate pair is not allowed. The
 * bytes are stored unchanged. To store the same bytes as Quix Streams, leave out all
 * spaces, and escape only characters that need it.
 *
 * Text with NUL can be stored (as `\u0000`). Read it with [method@State.get_data];
 * [method@State.get] fails for it, because a GVariant cannot hold it.
 *
 * Returns: true on success
 */
gboolean
qs_state_set_json (QsState      *self,
                   const guint8 *key,
                   gsize         key_length,
                   const guint8 *json,
                   gsize         json_length,
                   double        ttl,
                   GError      **error)
{
  const guint8 *value = NULL;
  gsize         length = 0;
  g_autoptr (GError) reason = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL || key_length == 0, FALSE);
  g_return_val_if_fail (json != NULL || json_length == 0, FALSE);

  if (qs_state_json_check (or_empty (json), json_length, &reason))
    return qs_state_write (
        self, or_empty (key), key_length, or_empty (json), json_length, ttl, error);

  /* Check the call and the key first, as everywhere. */
  if (!qs_state_read (self, or_empty (key), key_length, &value, &length, error))
    return FALSE;
  g_propagate_error (error, g_steal_pointer (&reason));
  qs_state_prefix_error (self, error, "set");

  return FALSE;
}

/**
 * qs_state_remove_data:
 * @self: a state
 * @key: (array length=key_length): a key, UTF-8, which may contain NUL, and which need not
 *   exist
 * @key_length: its length in bytes
 * @error: return location for an error
 *
 * Removes an entry, as [method@State.remove] does.
 *
 * Returns: true on success, also if there was no such entry
 */
gboolean
qs_state_remove_data (QsState *self, const guint8 *key, gsize key_length, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL || key_length == 0, FALSE);

  return qs_state_drop (self, or_empty (key), key_length, error);
}

/**
 * qs_state_contains_data:
 * @self: a state
 * @key: (array length=key_length): a key, UTF-8, which may contain NUL
 * @key_length: its length in bytes
 * @error: return location for an error
 *
 * Checks whether an entry exists, as [method@State.contains] does.
 *
 * Returns: true if there is one; false, with @error set, on failure
 */
gboolean
qs_state_contains_data (QsState *self, const guint8 *key, gsize key_length, GError **error)
{
  const guint8 *value = NULL;
  gsize         length = 0;

  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL || key_length == 0, FALSE);

  return qs_state_read (self, or_empty (key), key_length, &value, &length, error) && value != NULL;
}

static GVariant *
bytes_to_variant (GBytes *bytes)
{
  return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

/**
 * qs_state_list_data:
 * @self: a state
 * @prefix: (array length=prefix_length) (nullable): what the keys begin with
 * @prefix_length: its length in bytes; 0 = all
 * @error: return location for an error
 *
 * Lists the keys that begin with a prefix, including keys with a NUL, sorted by their
 * bytes.
 *
 * Keys of another program that are not strings are left out.
 *
 * Returns: (transfer full): the keys, each as its bytes, in a GVariant of type `aay`;
 * `NULL` on failure
 */
GVariant *
qs_state_list_data (QsState *self, const guint8 *prefix, gsize prefix_length, GError **error)
{
  g_autoptr (GPtrArray) keys = NULL;
  GVariantBuilder builder;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (prefix != NULL || prefix_length == 0, NULL);

  keys = qs_state_list (self, or_empty (prefix), prefix_length, error);
  if (keys == NULL)
    return NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_BYTESTRING_ARRAY);
  for (guint i = 0; i < keys->len; i++)
    g_variant_builder_add_value (&builder, bytes_to_variant (g_ptr_array_index (keys, i)));

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
