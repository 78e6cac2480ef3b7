/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-serializer-private.h"

#include "qs-callback-private.h"
#include "qs-serialization-error.h"

/**
 * QsSerializer:
 *
 * Converts values to the bytes of a Kafka message, and bytes to values.
 *
 * A topic has one serializer for its keys and one for its values, see
 * [property@Topic:key-serializer] and [property@Topic:value-serializer].
 * [func@Serializer.for_name] makes the serializers of the library. Any class in any
 * language can implement this interface.
 *
 * ## Thread safety
 *
 * A serializer is called from any thread that produces or reads, also from several at the
 * same time. The library's own serializers have no state and allow this; other
 * implementations must lock if they need to.
 */

G_DEFINE_INTERFACE (QsSerializer, qs_serializer, G_TYPE_OBJECT)

/* Keep a value of the container type: GLib drops its data about a type with the last value, and
 * making it again costs more than the value. */
static void
keep_types (void)
{
  static const char *const types[] = { "ay", "av", "a{sv}" };
  static GVariant         *values[G_N_ELEMENTS (types)]; /* owned */

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      const GVariantType *element = g_variant_type_element (G_VARIANT_TYPE (types[i]));

      if (values[i] == NULL)
        values[i] = g_variant_ref_sink (g_variant_new_array (element, NULL, 0));
    }
}

static void
qs_serializer_default_init (QsSerializerInterface *iface)
{
  keep_types ();
}

/* Sets an error for a failure without one: the exception of a foreign language can get lost on
 * its way. */
static void
set_no_result (QsSerializer *self, const char *function, gboolean implemented, GError **error)
{
  if (implemented)
    g_set_error (error,
                 QS_SERIALIZATION_ERROR,
                 QS_SERIALIZATION_ERROR_FAILED,
                 "%s() of serializer type '%s' returned nothing and no error; if it raised an "
                 "exception, that was printed where it happened",
                 function,
                 G_OBJECT_TYPE_NAME (self));
  else
    g_set_error (error,
                 QS_SERIALIZATION_ERROR,
                 QS_SERIALIZATION_ERROR_FAILED,
                 "Serializer type '%s' does not implement %s()",
                 G_OBJECT_TYPE_NAME (self),
                 function);
}

/**
 * qs_serializer_get_content_type: (virtual get_content_type)
 * @self: a serializer
 *
 * Gets the media type of the bytes that [method@Serializer.serialize] returns, such as
 * `application/json`.
 *
 * Implementing this function is optional.
 *
 * Returns: (nullable): the media type, or `NULL` if it is not known
 */
const char *
qs_serializer_get_content_type (QsSerializer *self)
{
  QsSerializerInterface *iface;

  g_return_val_if_fail (QS_IS_SERIALIZER (self), NULL);

  iface = QS_SERIALIZER_GET_IFACE (self);

  return iface->get_content_type != NULL ? iface->get_content_type (self) : NULL;
}

static _Thread_local const QsSerializerContext *current_context = NULL;

const QsSerializerContext *
qs_serializer_get_context (void)
{
  return current_context;
}

void
qs_serializer_set_context (const QsSerializerContext *context)
{
  current_context = context;
}

GBytes *
qs_serializer_serialize_plain (QsSerializer *self, GVariant *value, GError **error)
{
  QsSerializerInterface *iface = QS_SERIALIZER_GET_IFACE (self);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local_error = NULL;

  if (iface->serialize != NULL)
    bytes = iface->serialize (self, value, &local_error);
  if (bytes == NULL && iface->serialize != NULL &&
      qs_callback_was_lost (G_OBJECT_TYPE (self), "serialize", &local_error))
    bytes = iface->serialize (self, value, &local_error);

  if (local_error == NULL && bytes != NULL)
    return g_steal_pointer (&bytes);

  if (local_error == NULL)
    set_no_result (self, "serialize", iface->serialize != NULL, &local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));

  return NULL;
}

/**
 * qs_serializer_serialize: (virtual serialize)
 * @self: a serializer
 * @value: the value; a floating one is consumed
 * @error: return location for an error
 *
 * Converts a value to bytes.
 *
 * It fails with an [error@SerializationError] or an error of the implementation. An
 * implementation that returns `NULL` without setting an error has failed, too.
 *
 * Returns: (transfer full): the bytes, or `NULL` with @error set
 */
GBytes *
qs_serializer_serialize (QsSerializer *self, GVariant *value, GError **error)
{
  g_autoptr (GVariant) sunk = NULL;

  g_return_val_if_fail (QS_IS_SERIALIZER (self), NULL);
  g_return_val_if_fail (value != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  sunk = g_variant_ref_sink (value);

  return qs_serializer_serialize_plain (self, sunk, error);
}

/**
 * qs_serializer_deserialize: (virtual deserialize)
 * @self: a serializer
 * @bytes: the bytes
 * @error: return location for an error
 *
 * Converts bytes to a value.
 *
 * It fails with an [error@SerializationError] or an error of the implementation. An
 * implementation that returns `NULL` without setting an error has failed, too.
 *
 * Returns: (transfer full): the value, or `NULL` with @error set
 */
GVariant *
qs_serializer_deserialize (QsSerializer *self, GBytes *bytes, GError **error)
{
  QsSerializerInterface *iface;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (QS_IS_SERIALIZER (self), NULL);
  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  iface = QS_SERIALIZER_GET_IFACE (self);
  if (iface->deserialize != NULL)
    value = iface->deserialize (self, bytes, &local_error);
  if (value == NULL && iface->deserialize != NULL &&
      qs_callback_was_lost (G_OBJECT_TYPE (self), "deserialize", &local_error))
    value = iface->deserialize (self, bytes, &local_error);
  if (value != NULL)
    g_variant_take_ref (value);

  if (local_error == NULL && value != NULL)
    return g_steal_pointer (&value);

  if (local_error == NULL)
    set_no_result (self, "deserialize", iface->deserialize != NULL, &local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));

  return NULL;
}
