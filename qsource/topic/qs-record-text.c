/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-record-private.h"

#include "qs-serialization-error.h"

/* How the value of a record is read as text. */

/**
 * qs_record_dup_value_text:
 * @self: a record that [method@Dataframe.handle] was given
 * @error: return location for an error
 *
 * Gets the value as it was read, as a string, which is faster than bytes in some languages.
 *
 * It fails with [error@Qs.SerializationError.INVALID_DATA] if the value is not UTF-8, or
 * contains a NUL character, which JSON never does.
 *
 * Returns: (transfer full) (nullable): the text; `NULL` if there is none, or with
 *   @error set
 */
char *
qs_record_dup_value_text (QsRecord *self, GError **error)
{
  const guint8 *value = NULL;
  gsize         length = 0;

  g_return_val_if_fail (QS_IS_RECORD (self), NULL);

  value = qs_record_peek_bytes (self, FALSE, &length);
  if (value == NULL)
    return NULL;

  if (g_utf8_validate_len ((const char *) value, length, NULL))
    return g_strndup ((const char *) value, length);

  g_set_error_literal (error,
                       QS_SERIALIZATION_ERROR,
                       QS_SERIALIZATION_ERROR_INVALID_DATA,
                       "The value is not text: it is not UTF-8, or has a NUL character");
  return NULL;
}
