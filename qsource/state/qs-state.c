/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-private.h"

#include <math.h>

#include "qs-state-error.h"
#include "qs-state-value-private.h"

/* Milliseconds, 30,000 years: what lives longer lives for ever. */
#define MAX_TTL 1e15

/* Characters of a key in an error. */
#define MAX_SHOWN_KEY 64

/**
 * QsState:
 *
 * What a source remembers: keys and values that survive restarts.
 *
 * A source gets it from [method@StatefulSource.get_state]. Reads see what was
 * written before, committed or not. All changes since the last
 * [method@Source.flush] are committed by the next one, together or not at all,
 * and not before everything that was produced by then is safe.
 *
 * ## Keys and values
 *
 * A key is any UTF-8 string. A value is what JSON can return: booleans,
 * integers within the range of an int64, finite numbers, strings, null (a maybe of
 * nothing), and arrays and dictionaries of these. It comes back equal, in the
 * type that JSON reads: integers as `x`, numbers as `d`, arrays as `av`,
 * dictionaries as `a{sv}`, null as an `mv` of nothing. Anything else is refused;
 * [method@State.set_bytes] keeps bytes as they are. Keys and values are stored
 * as Quix Streams stores them, so that either library can go on with what the
 * other has left.
 *
 * ## Life cycle
 *
 * It is valid until the next flush. From then on every call fails with
 * [error@Qs.StateError.INVALID]: get a new one. A call that failed has changed
 * nothing, and others may follow.
 *
 * ## Thread safety
 *
 * It belongs to the thread of [vfunc@Source.run]; in another one every call
 * fails with [error@Qs.StateError.WRONG_THREAD].
 */
struct _QsState
{
  GObject parent_instance;

  QsTransaction *transaction; /* not owned; `NULL` once it has ended */
  GThread       *thread;      /* not owned */
};

G_DEFINE_FINAL_TYPE (QsState, qs_state, G_TYPE_OBJECT)

/* Whether a call is legal, and the bytes of its key. */
static GBytes *
enter (QsState *self, const char *key, GError **error)
{
  /* First the thread: the rest isn't for others to look at. */
  if (self->thread != NULL && self->thread != g_thread_self ())
    {
      g_set_error_literal (error,
                           QS_STATE_ERROR,
                           QS_STATE_ERROR_WRONG_THREAD,
                           "Cannot use the state in this thread: it belongs to the one of run()");
      return NULL;
    }
  if (self->transaction == NULL)
    {
      g_set_error_literal (error,
                           QS_STATE_ERROR,
                           QS_STATE_ERROR_INVALID,
                           "Cannot use this state any more: a flush() or the end of the source has "
                           "ended it; call get_state() for a new one");
      return NULL;
    }

  return qs_state_key_encode (key, error);
}

/* @key, which is UTF-8, is shortened: it may be what is too large. */
static void
prefix_error (GError **error, const char *doing, const char *key)
{
  const char *end = key;

  for (guint i = 0; i < MAX_SHOWN_KEY && *end != '\0'; i++)
    end = g_utf8_next_char (end);

  g_prefix_error (error,
                  "Cannot %s state entry '%.*s%s': ",
                  doing,
                  (int) (end - key),
                  key,
                  *end != '\0' ? "..." : "");
}

/* Reads @key: FALSE on failure; *@value is NULL if it isn't there. */
static gboolean
read_value (QsState *self, const char *key, GVariant **value, GError **error)
{
  g_autoptr (GBytes) name = enter (self, key, error);
  g_autoptr (GBytes) bytes = NULL;

  *value = NULL;
  if (name == NULL)
    return FALSE;

  if (!qs_transaction_lookup (self->transaction, name, &bytes, error))
    {
      prefix_error (error, "read", key);
      return FALSE;
    }
  if (bytes == NULL)
    return TRUE;

  *value = qs_state_value_decode (bytes, error);
  if (*value == NULL)
    prefix_error (error, "read", key);

  return *value != NULL;
}

/* Always returns FALSE. */
static gboolean
refuse_type (const char *key, GVariant *value, const char *wanted, GError **error)
{
  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_WRONG_TYPE,
               "Cannot read state entry '%s' as %s: its value is of type '%s'",
               key,
               wanted,
               g_variant_get_type_string (value));
  return FALSE;
}

static gboolean
write_value (QsState *self, const char *key, GVariant *value, double ttl, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  g_autoptr (GBytes) name = enter (self, key, error);
  g_autoptr (GBytes) bytes = NULL;
  gint64 expires = 0;

  if (name == NULL)
    return FALSE;

  /* Time that is left can be less than nothing: that is not without end. */
  if (ttl != -1 && ttl * 1000 < MAX_TTL)
    expires =
        qs_transaction_get_now (self->transaction) + MAX (1, (gint64) (MAX (ttl, 0) * 1000 + 0.5));

  bytes = qs_state_value_encode (owned, error);
  if (bytes == NULL || !qs_transaction_put (self->transaction, name, bytes, expires, error))
    {
      prefix_error (error, "set", key);
      return FALSE;
    }

  return TRUE;
}

static void
qs_state_class_init (QsStateClass *klass)
{
}

static void
qs_state_init (QsState *self)
{
}

QsState *
qs_state_new (QsTransaction *transaction)
{
  QsState *self = g_object_new (QS_TYPE_STATE, NULL);

  self->transaction = transaction;
  self->thread = g_thread_self ();

  return self;
}

void
qs_state_invalidate (QsState *self)
{
  self->transaction = NULL;
}

/**
 * qs_state_get:
 * @self: a state
 * @key: a key
 * @error: return location for an error
 *
 * Reads a value.
 *
 * Bytes that are no JSON, as [method@State.set_bytes] can store them, are an
 * error: read them with [method@State.get_bytes].
 *
 * Returns: (transfer full) (nullable): the value, in the type that JSON reads, or
 *   `NULL`, without an error, if there is none
 */
GVariant *
qs_state_get (QsState *self, const char *key, GError **error)
{
  GVariant *value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  read_value (self, key, &value, error);

  return value;
}

/**
 * qs_state_get_with_fallback:
 * @self: a state
 * @key: a key
 * @fallback: (nullable): what to return if there is no such key
 * @error: return location for an error
 *
 * Reads a value, or returns another one instead.
 *
 * A floating @fallback is sunk.
 *
 * Returns: (transfer full) (nullable): the value, or @fallback; `NULL` on failure
 */
GVariant *
qs_state_get_with_fallback (QsState *self, const char *key, GVariant *fallback, GError **error)
{
  g_autoptr (GVariant) owned = fallback != NULL ? g_variant_ref_sink (fallback) : NULL;
  GVariant *value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  if (!read_value (self, key, &value, error))
    return NULL;

  return value != NULL ? value : g_steal_pointer (&owned);
}

/**
 * qs_state_get_int64:
 * @self: a state
 * @key: a key
 * @fallback: what to return if there is no such key
 * @error: return location for an error
 *
 * Reads an integer.
 *
 * Returns: the value; @fallback if there is none, and, with @error set, if it is
 *   no integer
 */
gint64
qs_state_get_int64 (QsState *self, const char *key, gint64 fallback, GError **error)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), fallback);
  g_return_val_if_fail (key != NULL, fallback);

  if (!read_value (self, key, &value, error) || value == NULL)
    return fallback;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return g_variant_get_int64 (value);

  refuse_type (key, value, "an integer", error);
  return fallback;
}

/**
 * qs_state_get_double:
 * @self: a state
 * @key: a key
 * @fallback: what to return if there is no such key
 * @error: return location for an error
 *
 * Reads a number; an integer is one, too.
 *
 * Returns: the value; @fallback if there is none, and, with @error set, if it is
 *   no number
 */
double
qs_state_get_double (QsState *self, const char *key, double fallback, GError **error)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), fallback);
  g_return_val_if_fail (key != NULL, fallback);

  if (!read_value (self, key, &value, error) || value == NULL)
    return fallback;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return g_variant_get_double (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return (double) g_variant_get_int64 (value);

  refuse_type (key, value, "a number", error);
  return fallback;
}

/**
 * qs_state_get_string:
 * @self: a state
 * @key: a key
 * @fallback: (nullable): what to return if there is no such key
 * @error: return location for an error
 *
 * Reads a string.
 *
 * Returns: (transfer full) (nullable): the value, or a copy of @fallback if there
 *   is none; `NULL` on failure, also if it is no string
 */
char *
qs_state_get_string (QsState *self, const char *key, const char *fallback, GError **error)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  if (!read_value (self, key, &value, error))
    return NULL;
  if (value == NULL)
    return g_strdup (fallback);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);

  refuse_type (key, value, "a string", error);
  return NULL;
}

/**
 * qs_state_get_bytes:
 * @self: a state
 * @key: a key
 * @error: return location for an error
 *
 * Reads the bytes that are stored, as they are: those that
 * [method@State.set_bytes] was given, or the JSON of a value.
 *
 * Returns: (transfer full) (nullable): the bytes, or `NULL`, without an error, if
 *   there are none
 */
GBytes *
qs_state_get_bytes (QsState *self, const char *key, GError **error)
{
  g_autoptr (GBytes) name = NULL;
  GBytes *bytes = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  name = enter (self, key, error);
  if (name != NULL && !qs_transaction_lookup (self->transaction, name, &bytes, error))
    prefix_error (error, "read", key);

  return bytes;
}

/**
 * qs_state_set:
 * @self: a state
 * @key: a key
 * @value: a value that JSON can return
 * @error: return location for an error
 *
 * Stores a value, which never expires.
 *
 * A floating @value is sunk. It fails with
 * [error@Qs.StateError.UNSUPPORTED_TYPE] if the value would not come back equal,
 * and with [error@Qs.StateError.TOO_LARGE] if the changelog doesn't take it.
 *
 * Returns: true on success
 */
gboolean
qs_state_set (QsState *self, const char *key, GVariant *value, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  return write_value (self, key, value, -1, error);
}

/**
 * qs_state_set_with_ttl:
 * @self: a state
 * @key: a key
 * @value: a value that JSON can return
 * @ttl: for how long it is kept, in seconds; -1 = without end, any other negative
 *   number = as 0, until the next flush
 * @error: return location for an error
 *
 * Stores a value that expires; otherwise like [method@State.set].
 *
 * The time is counted from the first use of the state after the last flush, and
 * stands still until the next one: an entry doesn't expire within a transaction.
 * What has expired doesn't come back when the clock is set back.
 *
 * Returns: true on success
 */
gboolean
qs_state_set_with_ttl (QsState *self, const char *key, GVariant *value, double ttl, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);
  g_return_val_if_fail (!isnan (ttl), FALSE);

  return write_value (self, key, value, ttl, error);
}

/**
 * qs_state_set_bytes:
 * @self: a state
 * @key: a key
 * @value: bytes
 * @error: return location for an error
 *
 * Stores bytes as they are; read them with [method@State.get_bytes].
 *
 * Returns: true on success
 */
gboolean
qs_state_set_bytes (QsState *self, const char *key, GBytes *value, GError **error)
{
  g_autoptr (GBytes) name = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  name = enter (self, key, error);
  if (name == NULL)
    return FALSE;

  if (!qs_transaction_put (self->transaction, name, value, 0, error))
    {
      prefix_error (error, "set", key);
      return FALSE;
    }

  return TRUE;
}

/**
 * qs_state_remove:
 * @self: a state
 * @key: a key, which needn't be there
 * @error: return location for an error
 *
 * Removes an entry.
 *
 * It fails with [error@Qs.StateError.TOO_LARGE] if the changelog doesn't take the
 * key, as [method@State.set] does.
 *
 * Returns: true on success, also if there was none
 */
gboolean
qs_state_remove (QsState *self, const char *key, GError **error)
{
  g_autoptr (GBytes) name = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  name = enter (self, key, error);
  if (name == NULL)
    return FALSE;

  if (!qs_transaction_remove (self->transaction, name, error))
    {
      prefix_error (error, "remove", key);
      return FALSE;
    }

  return TRUE;
}

/**
 * qs_state_contains:
 * @self: a state
 * @key: a key
 * @error: return location for an error
 *
 * Checks whether there is an entry; one whose value is null is there, too.
 *
 * Returns: true if there is one; false, with @error set, on failure
 */
gboolean
qs_state_contains (QsState *self, const char *key, GError **error)
{
  g_autoptr (GBytes) bytes = qs_state_get_bytes (self, key, error);

  return bytes != NULL;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/**
 * qs_state_keys:
 * @self: a state
 * @prefix: (nullable): what the keys begin with; `NULL` or "" = all
 * @error: return location for an error
 *
 * Lists the keys that begin with a prefix, sorted by their bytes.
 *
 * Keys that another program has written and that aren't strings are left out.
 *
 * Returns: (transfer full) (array zero-terminated=1): the keys; `NULL` on failure
 */
char **
qs_state_keys (QsState *self, const char *prefix, GError **error)
{
  g_autoptr (GBytes) name = NULL;
  g_autoptr (GBytes) start = NULL;
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) keys = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);

  if (prefix == NULL)
    prefix = "";
  name = enter (self, prefix, error);
  if (name == NULL)
    return NULL;

  start = qs_state_key_encode_prefix (prefix, error);
  found = start != NULL ? qs_transaction_list (self->transaction, start, error) : NULL;
  if (found == NULL)
    {
      g_prefix_error (error, "Cannot list the keys of the state: ");
      return NULL;
    }

  keys = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < found->len; i++)
    {
      gsize         length = 0;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (found, i), &length);
      char         *key = qs_state_key_decode (data, length);

      if (key != NULL)
        g_ptr_array_add (keys, key);
    }
  g_ptr_array_sort (keys, compare_keys);
  g_ptr_array_add (keys, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&keys), FALSE);
}
