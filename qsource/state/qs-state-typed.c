/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-private.h"

#include "qs-state-error.h"

/* The methods of QsState that read a value of one type. */

/* Always returns FALSE. */
static gboolean
refuse_type (QsState *self, GVariant *value, const char *wanted, GError **error)
{
  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_WRONG_TYPE,
               "It is not a %s: its value is of type '%s'",
               wanted,
               g_variant_get_type_string (value));
  qs_state_prefix_error (self, error, "read");

  return FALSE;
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
 * Returns: the value; @fallback if there is none, and, with @error set, if it is not an
 *   integer
 */
gint64
qs_state_get_int64 (QsState *self, const char *key, gint64 fallback, GError **error)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), fallback);
  g_return_val_if_fail (key != NULL, fallback);

  if (!qs_state_read_value (self, key, &value, error) || value == NULL)
    return fallback;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return g_variant_get_int64 (value);

  refuse_type (self, value, "integer", error);
  return fallback;
}

/**
 * qs_state_get_double:
 * @self: a state
 * @key: a key
 * @fallback: what to return if there is no such key
 * @error: return location for an error
 *
 * Reads a number, which can be an integer.
 *
 * Returns: the value; @fallback if there is none, and, with @error set, if it is not a
 *   number
 */
double
qs_state_get_double (QsState *self, const char *key, double fallback, GError **error)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), fallback);
  g_return_val_if_fail (key != NULL, fallback);

  if (!qs_state_read_value (self, key, &value, error) || value == NULL)
    return fallback;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return g_variant_get_double (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return (double) g_variant_get_int64 (value);

  refuse_type (self, value, "number", error);
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
 *   is none; `NULL` on failure, also if it is not a string
 */
char *
qs_state_get_string (QsState *self, const char *key, const char *fallback, GError **error)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (QS_IS_STATE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  if (!qs_state_read_value (self, key, &value, error))
    return NULL;
  if (value == NULL)
    return g_strdup (fallback);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);

  refuse_type (self, value, "string", error);
  return NULL;
}
