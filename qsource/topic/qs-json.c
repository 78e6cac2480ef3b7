/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json.h"

#include <string.h>

#include "qs-json-private.h"
#include "qs-json-text-private.h"

/* Functions for programs and bindings that use JSON without a serializer. */

static GString *
write_text (GVariant *value, GError **error)
{
  gboolean is_fresh = g_variant_is_floating (value);
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  g_autoptr (GString) out = g_string_sized_new (256);

  if (!(is_fresh ? qs_json_write_tree : qs_json_write) (sunk, out, error))
    {
      g_prefix_error (
          error, "Cannot write a value of type '%s' as JSON: ", g_variant_get_type_string (sunk));
      return NULL;
    }

  return g_steal_pointer (&out);
}

/**
 * qs_json_to_bytes:
 * @value: the value; a floating one is consumed
 * @error: return location for an error
 *
 * Converts a value to JSON, to the same bytes as the serializer `json`.
 *
 * The text has no spaces, and is UTF-8 with escapes only where they are needed. It fails
 * with [error@Qs.SerializationError.UNSUPPORTED_TYPE] for bytes (`ay`) and for dictionaries
 * whose keys are not strings.
 *
 * Returns: (transfer full): the text, without a NUL at its end, or `NULL` with @error set
 */
GBytes *
qs_json_to_bytes (GVariant *value, GError **error)
{
  GString *out = NULL;

  g_return_val_if_fail (value != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  out = write_text (value, error);

  return out != NULL ? g_string_free_to_bytes (out) : NULL;
}

/**
 * qs_json_to_string:
 * @value: the value; a floating one is consumed
 * @error: return location for an error
 *
 * Converts a value to JSON, like [func@json_to_bytes], but to a string.
 *
 * Returns: (transfer full): the text, or `NULL` with @error set
 */
char *
qs_json_to_string (GVariant *value, GError **error)
{
  GString *out = NULL;

  g_return_val_if_fail (value != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  out = write_text (value, error);

  return out != NULL ? g_string_free (out, FALSE) : NULL;
}

/**
 * qs_json_from_bytes:
 * @bytes: a JSON text in UTF-8
 * @error: return location for an error
 *
 * Parses a JSON text, to the same values as the serializer `json`.
 *
 * A string in a GVariant cannot contain a NUL character. If the text has one (`\u0000`) in
 * a string or in a name, the call fails, and the error names the place; nothing is
 * truncated. A language binding whose strings can contain NUL parses and writes JSON by
 * itself, and uses [func@json_check] and [method@Topic.serialize_json].
 *
 * All errors are [error@Qs.SerializationError.INVALID_DATA]; their messages contain the
 * offset in the text and the path to the value.
 *
 * Returns: (transfer full): the value, or `NULL` with @error set
 */
GVariant *
qs_json_from_bytes (GBytes *bytes, GError **error)
{
  const guint8 *data = NULL;
  gsize         length;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  data = g_bytes_get_data (bytes, &length);

  return qs_json_read (data, length, error);
}

/**
 * qs_json_from_string:
 * @text: a JSON text
 * @error: return location for an error
 *
 * Parses a JSON text, like [func@json_from_bytes], but from a string.
 *
 * Returns: (transfer full): the value, or `NULL` with @error set
 */
GVariant *
qs_json_from_string (const char *text, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return qs_json_read ((const guint8 *) text, strlen (text), error);
}

/**
 * qs_json_check:
 * @text: (array length=length): the bytes
 * @length: length of @text
 * @error: return location for an error
 *
 * Checks whether bytes are one JSON text (RFC 8259) in UTF-8.
 *
 * It accepts any JSON, even if a GVariant cannot hold it: strings with a NUL character
 * (`\u0000`), and numbers beyond 64 bits. It refuses half of a surrogate pair (`\ud800`),
 * which is not a character and which most readers refuse, and arrays and objects that are
 * nested more than 1024 deep.
 *
 * A topic with a `json` serializer accepts such a text unchanged: produce it with
 * [method@Source.produce_full] or [method@Source.produce_bytes].
 *
 * Returns: true if they are; false with [error@Qs.SerializationError.INVALID_DATA], whose
 *   message contains the offset in the text and the path to the value
 */
gboolean
qs_json_check (const guint8 *text, gsize length, GError **error)
{
  g_return_val_if_fail (text != NULL || length == 0, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return qs_json_text_check (text, length, error);
}
