/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-private.h"

#include <math.h>
#include <string.h>

#include "qs-bytes-private.h"
#include "qs-state-error.h"
#include "qs-state-key-private.h"
#include "qs-state-value-private.h"

/* Milliseconds, 30,000 years: what lives longer lives for ever. */
#define MAX_TTL 1e15

/* Characters of a key in an error. */
#define MAX_SHOWN_KEY 64

/**
 * QsState:
 *
 * The state of a source: keys and values that survive restarts.
 *
 * A source gets it from [method@StatefulSource.get_state]. Reads see all previous changes,
 * whether they are committed or not. [method@Source.flush] commits all changes since the
 * last one, together or not at all, and not before all records that were produced by then
 * are acknowledged.
 *
 * ## Keys and values
 *
 * A key is any UTF-8 text; a key that contains NUL needs a method that takes its length,
 * such as [method@State.set_json]. A value is anything that JSON preserves: booleans,
 * integers within the range of an int64, finite numbers, strings, null (a maybe of
 * nothing), and arrays and dictionaries of these. It is read back equal, in the type that
 * the parser of JSON returns: integers as `x`, numbers as `d`, arrays as `av`, dictionaries
 * as `a{sv}`, null as an `mv` of nothing. Anything else is refused;
 * [method@State.set_bytes] stores bytes unchanged. A language binding with its own JSON can
 * use [method@State.set_json] and [method@State.get_data] to avoid a GVariant, which cannot
 * hold NUL. Keys and values are stored as Quix Streams stores them, so that each library
 * can continue with the state of the other.
 *
 * ## Life cycle
 *
 * It is valid until the next flush. After that every call fails with
 * [error@Qs.StateError.INVALID]; get a new one. A call that fails changes nothing, and
 * other calls can follow.
 *
 * ## Thread safety
 *
 * It belongs to the thread of [vfunc@Source.run]; in another thread every call fails with
 * [error@Qs.StateError.WRONG_THREAD].
 */
struct _QsState
{
  GObject parent_instance;

  QsChanges  *changes;  /* not owned; `NULL` once they are flushed or dropped */
  QsState    *whole;    /* of which this is the part with @prefix; owned; nullable */
  GByteArray *prefix;   /* before each key; owned; empty if it is no part */
  GByteArray *full_key; /* the key of the present call, with it; owned */
  GThread    *thread;   /* not owned */
  GByteArray *name;     /* the key of the present call, as it is stored; owned */
};

G_DEFINE_FINAL_TYPE (QsState, qs_state, G_TYPE_OBJECT)

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return g_bytes_compare (*(GBytes *const *) a, *(GBytes *const *) b);
}

/* Whether a call is legal. The bytes of its key are in @name then. */
static gboolean
enter (QsState *self, const guint8 *key, gsize key_length, GError **error)
{
  /* First the thread: the rest isn't for others to look at. */
  if (self->thread != NULL && self->thread != g_thread_self ())
    {
      g_set_error_literal (
          error,
          QS_STATE_ERROR,
          QS_STATE_ERROR_WRONG_THREAD,
          "Cannot use the state in this thread: it belongs to the thread of run()");
      return FALSE;
    }
  if (self->whole != NULL)
    self->changes = self->whole->changes;
  if (self->changes == NULL)
    {
      g_set_error_literal (error,
                           QS_STATE_ERROR,
                           QS_STATE_ERROR_INVALID,
                           "Cannot use this state any more: a flush() or the end of the source "
                           "ended it; call get_state() for a new one");
      return FALSE;
    }

  if (self->whole == NULL)
    return qs_state_key_encode (self->name, key, key_length, error);

  g_byte_array_set_size (self->full_key, 0);
  g_byte_array_append (self->full_key, self->prefix->data, self->prefix->len);
  g_byte_array_append (self->full_key, key, (guint) key_length);

  return qs_state_key_encode (self->name, self->full_key->data, self->full_key->len, error);
}

/* The key that the user knows; takes @key. transfer full */
static GBytes *
strip_prefix (QsState *self, GBytes *key)
{
  g_autoptr (GBytes) owned = key;

  return g_bytes_new_from_bytes (
      owned, self->prefix->len, g_bytes_get_size (owned) - self->prefix->len);
}

void
qs_state_prefix_error (QsState *self, GError **error, const char *doing)
{
  const char *key = (const char *) self->name->data + 1;
  const char *last = (const char *) self->name->data + self->name->len - 1;
  const char *end = key;

  /* It may be what is too large. */
  for (guint i = 0; i < MAX_SHOWN_KEY && end < last; i++)
    end = g_utf8_next_char (end);

  g_prefix_error (error,
                  "Cannot %s state entry '%.*s%s': ",
                  doing,
                  (int) (end - key),
                  key,
                  end < last ? "..." : "");
}

gboolean
qs_state_read (QsState       *self,
               const guint8  *key,
               gsize          key_length,
               const guint8 **value,
               gsize         *value_length,
               GError       **error)
{
  *value = NULL;
  if (!enter (self, key, key_length, error))
    return FALSE;

  if (!qs_changes_lookup (
          self->changes, self->name->data, self->name->len, value, value_length, error))
    {
      qs_state_prefix_error (self, error, "read");
      return FALSE;
    }

  return TRUE;
}

gboolean
qs_state_write (QsState      *self,
                const guint8 *key,
                gsize         key_length,
                const guint8 *value,
                gsize         value_length,
                double        ttl,
                GError      **error)
{
  gint64 expires = 0;

  if (!enter (self, key, key_length, error))
    return FALSE;
  if (isnan (ttl))
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_UNSUPPORTED_TYPE,
                   "The ttl is NaN; it must be a number of seconds, or -1 for no limit");
      qs_state_prefix_error (self, error, "set");
      return FALSE;
    }

  /* Time that is left can be less than nothing: that is not without end. */
  if (ttl != -1 && ttl * 1000 < MAX_TTL)
    expires = qs_changes_get_now (self->changes) + MAX (1, (gint64) (MAX (ttl, 0) * 1000 + 0.5));

  if (!qs_changes_put (
          self->changes, self->name->data, self->name->len, value, value_length, expires, error))
    {
      qs_state_prefix_error (self, error, "set");
      return FALSE;
    }

  return TRUE;
}

gboolean
qs_state_drop (QsState *self, const guint8 *key, gsize key_length, GError **error)
{
  if (!enter (self, key, key_length, error))
    return FALSE;

  if (!qs_changes_remove (self->changes, self->name->data, self->name->len, error))
    {
      qs_state_prefix_error (self, error, "remove");
      return FALSE;
    }

  return TRUE;
}

GPtrArray *
qs_state_list (QsState *self, const guint8 *prefix, gsize prefix_length, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) keys = NULL;

  if (!enter (self, prefix, prefix_length, error))
    return NULL;

  /* Without the closing quotation mark. */
  found = qs_changes_list (self->changes, self->name->data, self->name->len - 1, error);
  if (found == NULL)
    {
      g_prefix_error (error, "Cannot list the keys of the state: ");
      return NULL;
    }

  keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < found->len; i++)
    {
      gsize         length = 0;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (found, i), &length);
      GBytes       *key = qs_state_key_decode (data, length);

      if (key != NULL)
        g_ptr_array_add (keys, strip_prefix (self, key));
    }
  g_ptr_array_sort (keys, compare_keys);

  return g_steal_pointer (&keys);
}

gboolean
qs_state_read_value (QsState *self, const char *key, GVariant **value, GError **error)
{
  const guint8 *data = NULL;
  gsize         length = 0;

  *value = NULL;
  if (!qs_state_read (self, (const guint8 *) key, strlen (key), &data, &length, error))
    return FALSE;
  if (data == NULL)
    return TRUE;

  *value = qs_state_value_decode (data, length, error);
  if (*value == NULL)
    qs_state_prefix_error (self, error, "read");

  return *value != NULL;
}

static gboolean
write_value (QsState *self, const char *key, GVariant *value, double ttl, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  const guint8 *name = (const guint8 *) key;
  g_autoptr (GBytes) bytes = NULL;
  gsize         length = 0;
  const guint8 *data = NULL;

  if (!enter (self, name, strlen (key), error))
    return FALSE;

  bytes = qs_state_value_encode (owned, error);
  if (bytes == NULL)
    {
      qs_state_prefix_error (self, error, "set");
      return FALSE;
    }
  data = qs_bytes_get_data (bytes, &length);

  return qs_state_write (self, name, strlen (key), data, length, ttl, error);
}

static void
qs_state_finalize (GObject *object)
{
  QsState *self = QS_STATE (object);

  g_byte_array_unref (self->name);
  g_byte_array_unref (self->prefix);
  g_byte_array_unref (self->full_key);
  g_clear_object (&self->whole);

  G_OBJECT_CLASS (qs_state_parent_class)->finalize (object);
}

static void
qs_state_class_init (QsStateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_state_finalize;
}

static void
qs_state_init (QsState *self)
{
  self->name = g_byte_array_new ();
  self->prefix = g_byte_array_new ();
  self->full_key = g_byte_array_new ();
}

QsState *
qs_state_new (QsChanges *changes)
{
  QsState *self = g_object_new (QS_TYPE_STATE, NULL);

  self->changes = changes;
  self->thread = g_thread_self ();

  return self;
}

QsState *
qs_state_new_part (QsState *whole, const char *prefix)
{
  QsState *self = qs_state_new (whole->changes);

  self->thread = whole->thread;
  self->whole = g_object_ref (whole);
  g_byte_array_append (self->prefix, (const guint8 *) prefix, (guint) strlen (prefix));

  return self;
}

void
qs_state_invalidate (QsState *self)
{
  self->changes = NULL;
}

/**
 * qs_state_get:
 * @self: a state
 * @key: a key
 * @error: return location for an error
 *
 * Reads a value.
 *
 * Bytes that are not JSON, which [method@State.set_bytes] can store, are an error; read
 * them with [method@State.get_bytes].
 *
 * Returns: (transfer full) (nullable): the value, in the type that the parser of JSON
 *   returns, or `NULL`, without an error, if there is none
 */
GVariant *
qs_state_get (QsState *self, const char *key, GError **error)
{
  GVariant *value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  qs_state_read_value (self, key, &value, error);

  return value;
}

/**
 * qs_state_get_with_fallback:
 * @self: a state
 * @key: a key
 * @fallback: (nullable): what to return if there is no such key
 * @error: return location for an error
 *
 * Reads a value, or returns a fallback if there is none.
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

  if (!qs_state_read_value (self, key, &value, error))
    return NULL;

  return value != NULL ? value : g_steal_pointer (&owned);
}

/**
 * qs_state_set:
 * @self: a state
 * @key: a key
 * @value: a value that JSON preserves
 * @error: return location for an error
 *
 * Stores a value, which never expires.
 *
 * A floating @value is sunk. It fails with
 * [error@Qs.StateError.UNSUPPORTED_TYPE] if the value would not be read back equal, and
 * with [error@Qs.StateError.TOO_LARGE] if it is too large for the changelog.
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
 * @value: a value that JSON preserves
 * @ttl: how long the value is kept, in seconds; -1 = without limit; 0 and any other
 *   negative number = until the next flush
 * @error: return location for an error
 *
 * Stores a value that expires; otherwise like [method@State.set].
 *
 * The clock of a state is read at the first use after a flush, and stands still until the
 * next flush, so an entry does not expire within a transaction. An expired entry does not
 * return when the system clock is set back.
 *
 * Returns: true on success
 */
gboolean
qs_state_set_with_ttl (QsState *self, const char *key, GVariant *value, double ttl, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  return write_value (self, key, value, ttl, error);
}

/**
 * qs_state_set_bytes:
 * @self: a state
 * @key: a key
 * @value: bytes
 * @error: return location for an error
 *
 * Stores bytes unchanged; read them with [method@State.get_bytes].
 *
 * Returns: true on success
 */
gboolean
qs_state_set_bytes (QsState *self, const char *key, GBytes *value, GError **error)
{
  const guint8 *data = NULL;
  gsize         length = 0;

  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  data = qs_bytes_get_data (value, &length);

  return qs_state_write (self, (const guint8 *) key, strlen (key), data, length, -1, error);
}

/**
 * qs_state_remove:
 * @self: a state
 * @key: a key, which need not exist
 * @error: return location for an error
 *
 * Removes an entry.
 *
 * It fails with [error@Qs.StateError.TOO_LARGE] if the key is too large for the changelog,
 * as [method@State.set] does.
 *
 * Returns: true on success, also if there was no such entry
 */
gboolean
qs_state_remove (QsState *self, const char *key, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  return qs_state_drop (self, (const guint8 *) key, strlen (key), error);
}

/**
 * qs_state_contains:
 * @self: a state
 * @key: a key
 * @error: return location for an error
 *
 * Checks whether an entry exists; an entry whose value is null exists, too.
 *
 * Returns: true if there is one; false, with @error set, on failure
 */
gboolean
qs_state_contains (QsState *self, const char *key, GError **error)
{
  const guint8 *value = NULL;
  gsize         length = 0;

  g_return_val_if_fail (QS_IS_STATE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  return qs_state_read (self, (const guint8 *) key, strlen (key), &value, &length, error) &&
         value != NULL;
}

/**
 * qs_state_keys:
 * @self: a state
 * @prefix: (nullable): what the keys begin with; `NULL` or "" = all
 * @error: return location for an error
 *
 * Lists the keys that begin with a prefix, sorted by their bytes.
 *
 * Keys of another program that are not strings are left out, and so are keys with a NUL;
 * [method@State.list_data] lists these.
 *
 * Returns: (transfer full) (array zero-terminated=1): the keys; `NULL` on failure
 */
char **
qs_state_keys (QsState *self, const char *prefix, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GStrvBuilder) keys = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);

  if (prefix == NULL)
    prefix = "";
  found = qs_state_list (self, (const guint8 *) prefix, strlen (prefix), error);
  if (found == NULL)
    return NULL;

  keys = g_strv_builder_new ();
  for (guint i = 0; i < found->len; i++)
    {
      gsize            length = 0;
      const guint8    *data = qs_bytes_get_data (g_ptr_array_index (found, i), &length);
      g_autofree char *key = g_strndup ((const char *) data, length);

      /* A zero-terminated one would be another key. */
      if (strlen (key) == length)
        g_strv_builder_add (keys, key);
    }

  return g_strv_builder_end (keys);
}
