/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-value-private.h"

#include <math.h>

#include "qs-json-private.h"
#include "qs-state-error.h"

/* Levels of a GVariant: what deeper ones hold is lost. Those of JSON, of which
 * each is two or three of these, are counted when it is written. */
#define MAX_LEVELS 128

static gboolean check_value (GVariant *value, guint depth, const char **reason);

static gboolean
check_children (GVariant *value, guint depth, const char **reason)
{
  gsize n_children = g_variant_n_children (value);

  for (gsize i = 0; i < n_children; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (!check_value (child, depth + 1, reason))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_dictionary (GVariant *value, guint depth, const char **reason)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize n_children = g_variant_n_children (value);

  for (gsize i = 0; i < n_children; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) name = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) child = g_variant_get_child_value (entry, 1);

      if (!g_hash_table_add (names, g_variant_dup_string (name, NULL)))
        {
          *reason = "a name occurs twice in a dictionary";
          return FALSE;
        }
      if (!check_value (child, depth + 1, reason))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_array (GVariant *value, guint depth, const char **reason)
{
  const GVariantType *type = g_variant_get_type (value);

  *reason = "only arrays and dictionaries with strings as names are read back equal";
  if (g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{s*}")))
    return check_dictionary (value, depth, reason);
  if (g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{?*}")))
    return FALSE;

  *reason = "JSON has no bytes";
  if (g_variant_type_equal (type, G_VARIANT_TYPE_BYTESTRING))
    return FALSE;

  return check_children (value, depth, reason);
}

/* Whether JSON can return @value; else *@reason says why it can't. */
static gboolean
check_value (GVariant *value, guint depth, const char **reason)
{
  if (depth > MAX_LEVELS)
    {
      *reason = "it is nested too deeply";
      return FALSE;
    }

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_STRING:
      return TRUE;

    case G_VARIANT_CLASS_UINT64:
      *reason = "the number is larger than an int64";
      return g_variant_get_uint64 (value) <= G_MAXINT64;

    case G_VARIANT_CLASS_DOUBLE:
      *reason = "the number is not finite";
      return isfinite (g_variant_get_double (value));

    case G_VARIANT_CLASS_VARIANT:
      return check_children (value, depth, reason);

    case G_VARIANT_CLASS_MAYBE:
      *reason = "a maybe with a value is read back as the value alone";
      return g_variant_n_children (value) == 0;

    case G_VARIANT_CLASS_ARRAY:
      return check_array (value, depth, reason);

    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      *reason = "JSON has no such type";
      return FALSE;
    }
}

GBytes *
qs_state_value_encode (GVariant *value, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) json_error = NULL;
  const char *reason = NULL;

  if (!check_value (value, 0, &reason) || !qs_json_write (value, text, &json_error))
    {
      g_set_error (
          error,
          QS_STATE_ERROR,
          QS_STATE_ERROR_UNSUPPORTED_TYPE,
          "Cannot store a value of type '%s' in a state: %s; store its bytes with set_bytes()",
          g_variant_get_type_string (value),
          json_error != NULL ? json_error->message : reason);
      return NULL;
    }

  return g_string_free_to_bytes (g_steal_pointer (&text));
}

GVariant *
qs_state_value_decode (const guint8 *data, gsize length, GError **error)
{
  g_autoptr (GError) json_error = NULL;
  GVariant *value = NULL;

  value = qs_json_read (data != NULL ? data : (const guint8 *) "", length, &json_error);
  if (value == NULL)
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_WRONG_TYPE,
                   "It is not JSON that a GVariant can hold (%s); read it with get_bytes() or "
                   "get_data()",
                   json_error->message);
      return NULL;
    }

  return g_variant_take_ref (value);
}
