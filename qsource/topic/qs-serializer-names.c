/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-serializer-private.h"

#include "qs-serialization-error.h"

/*
 * Functions of QsSerializer that know the implementations that we bring.
 */

/**
 * qs_serializer_for_name:
 * @name: `bytes`, `string` (or `str`), `integer` (or `int`), `double` or `json`
 * @error: return location for an error
 *
 * Makes the serializer with the given name.
 *
 * The bytes are those of Quix Streams' serializers of the same names:
 *
 * - `bytes` takes bytes (`ay`) and strings (`s`) unchanged, and returns `ay`.
 * - `string` takes and returns strings (`s`), as UTF-8 without a NUL at the end.
 * - `integer` takes any integer type whose value fits into 32 bits with sign, writes four
 *   bytes, big-endian, and returns `i`.
 * - `double` takes `d`, and integers that a double can represent exactly; it writes eight
 *   bytes (IEEE 754), big-endian, and returns `d`.
 * - `json` takes every type except bytes (`ay`) and dictionaries whose keys are not
 *   strings. It returns integers as `x` (as `t` or `d` if they are too large), other
 *   numbers as `d`, strings as `s`, booleans as `b`, null as an `mv` of nothing, arrays as
 *   `av` and objects as `a{sv}`. Numbers that are not finite are written as null. Arrays
 * and objects can be nested 40 deep, because a serialized GVariant holds no more, or 1024
 * deep if the JSON is passed as text, see [func@json_check].
 *
 * It fails with [error@Qs.SerializationError.UNKNOWN_SERIALIZER] for any other name.
 *
 * Returns: (transfer full): a serializer, or `NULL` with @error set
 */
QsSerializer *
qs_serializer_for_name (const char *name, GError **error)
{
  QsSerializer *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  self = g_str_equal (name, "json") ? qs_json_serializer_new () : qs_basic_serializer_new (name);
  if (self == NULL)
    g_set_error (error,
                 QS_SERIALIZATION_ERROR,
                 QS_SERIALIZATION_ERROR_UNKNOWN_SERIALIZER,
                 "There is no serializer named '%s'; there are 'bytes', 'string' (or 'str'), "
                 "'integer' (or 'int'), 'double' and 'json'",
                 name);

  return self;
}

/**
 * qs_serializer_get_name:
 * @self: a serializer
 *
 * Gets the name by which [func@Serializer.for_name] makes such a serializer.
 *
 * A language binding can use it to serialize values by itself: for `json`, any text that
 * passes [func@json_check] is valid. For a serializer with two names, it returns the long
 * one.
 *
 * Returns: (nullable): `bytes`, `string`, `integer`, `double` or `json`; `NULL` for all
 *   other serializers, whatever their media type is
 */
const char *
qs_serializer_get_name (QsSerializer *self)
{
  g_return_val_if_fail (QS_IS_SERIALIZER (self), NULL);

  return qs_serializer_is_json (self) ? "json" : qs_basic_serializer_get_name (self);
}

GBytes *
qs_serializer_serialize_sunk (QsSerializer *self,
                              GVariant     *value,
                              gboolean      is_fresh,
                              GError      **error)
{
  if (is_fresh && qs_serializer_is_json (self))
    return qs_json_serializer_write (value, TRUE, error);

  return qs_serializer_serialize_plain (self, value, error);
}
