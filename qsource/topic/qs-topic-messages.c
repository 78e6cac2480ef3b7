/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-private.h"

#include "qs-json-private.h"
#include "qs-json-text-private.h"
#include "qs-message-private.h"
#include "qs-record-private.h"
#include "qs-serialization-error.h"
#include "qs-serializer-private.h"

/* The methods of QsTopic by which keys and values become messages, and back. */

/* NULL stays NULL: a null key or value is not the serializer's business. */
static gboolean
serialize_part (QsTopic      *self,
                QsSerializer *serializer,
                const char   *part,
                GVariant     *value,
                gboolean      is_fresh,
                GBytes      **bytes,
                GError      **error)
{
  const QsSerializerContext  context = { qs_topic_get_name (self), *part == 'k' };
  const QsSerializerContext *outer = qs_serializer_get_context ();

  if (value == NULL)
    return TRUE;

  qs_serializer_set_context (&context);
  *bytes = qs_serializer_serialize_sunk (serializer, value, is_fresh, error);
  qs_serializer_set_context (outer);
  if (*bytes == NULL)
    g_prefix_error (
        error, "Cannot serialize a %s for topic '%s': ", part, qs_topic_get_name (self));

  return *bytes != NULL;
}

static gboolean
deserialize_part (QsSerializer *serializer, GBytes *bytes, GVariant **value, GError **error)
{
  if (bytes == NULL)
    return TRUE;

  if (qs_serializer_is_bytes (serializer))
    *value = g_variant_ref_sink (qs_serializer_wrap_bytes (bytes));
  else
    *value = qs_serializer_deserialize (serializer, bytes, error);

  return *value != NULL;
}

/* The place is that of the message, for errors. */
static gboolean
deserialize (QsTopic    *self,
             GBytes     *key_bytes,
             GBytes     *value_bytes,
             const char *topic,
             int         partition,
             gint64      offset,
             GVariant  **key,
             GVariant  **value,
             GError    **error)
{
  const char *part = "key";
  gboolean    ok = deserialize_part (qs_topic_get_key_serializer (self), key_bytes, key, error);

  if (ok)
    {
      part = "value";
      ok = deserialize_part (qs_topic_get_value_serializer (self), value_bytes, value, error);
    }
  if (!ok)
    g_prefix_error (error,
                    "Cannot deserialize the %s of the message in topic '%s', partition %d, "
                    "offset %" G_GINT64_FORMAT ": ",
                    part,
                    topic,
                    partition,
                    offset);

  return ok;
}

gboolean
qs_topic_serialize_bytes (QsTopic  *self,
                          GVariant *key,
                          GVariant *value,
                          GBytes  **key_bytes,
                          GBytes  **value_bytes,
                          GError  **error)
{
  gboolean is_fresh_key = key != NULL && g_variant_is_floating (key);
  gboolean is_fresh = value != NULL && g_variant_is_floating (value);
  g_autoptr (GVariant) sunk_key = key != NULL ? g_variant_ref_sink (key) : NULL;
  g_autoptr (GVariant) sunk_value = value != NULL ? g_variant_ref_sink (value) : NULL;
  QsSerializer *key_serializer = qs_topic_get_key_serializer (self);
  QsSerializer *value_serializer = qs_topic_get_value_serializer (self);

  return serialize_part (self, key_serializer, "key", sunk_key, is_fresh_key, key_bytes, error) &&
         serialize_part (self, value_serializer, "value", sunk_value, is_fresh, value_bytes, error);
}

QsRecord *
qs_topic_deserialize_received (QsTopic          *self,
                               QsRecord         *spare,
                               const QsReceived *received,
                               GError          **error)
{
  g_autoptr (QsRecord) owned_spare = spare;
  g_autoptr (GBytes) key_bytes = NULL;
  g_autoptr (GBytes) value_bytes = qs_received_dup_value (received);
  g_autoptr (GVariant) key = NULL;
  g_autoptr (GVariant) value = NULL;

  /* Bytes can't be wrong: they need not be looked at. */
  if (!qs_serializer_is_bytes (qs_topic_get_key_serializer (self)))
    key_bytes = qs_received_dup_key (received);

  if (!deserialize (self,
                    key_bytes,
                    value_bytes,
                    received->topic,
                    received->partition,
                    received->offset,
                    &key,
                    &value,
                    error))
    return NULL;

  return qs_record_new_received (
      g_steal_pointer (&owned_spare), received, g_steal_pointer (&key), g_steal_pointer (&value));
}

QsRecord *
qs_topic_defer_received (QsTopic *self, QsRecord *spare, const QsReceived *received)
{
  QsRecord *record = qs_record_new_received (spare, received, NULL, NULL);

  qs_record_defer (
      record, qs_topic_get_key_serializer (self), qs_topic_get_value_serializer (self));

  return record;
}

QsRecord *
qs_topic_wrap_received (const QsReceived *received)
{
  g_autoptr (GBytes) bytes = qs_received_dup_value (received);
  GVariant *value = bytes != NULL ? g_variant_ref_sink (qs_serializer_wrap_bytes (bytes)) : NULL;

  return qs_record_new_received (NULL, received, NULL, value);
}

/* In the words of the message, as an error of serializing. */
static gboolean
check_timestamp (QsTopic *self, gint64 timestamp, GError **error)
{
  g_autoptr (GError) refusal = NULL;

  if (qs_message_check_timestamp (timestamp, &refusal))
    return TRUE;

  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
               "Cannot make a record for topic '%s': %s",
               qs_topic_get_name (self),
               refusal->message);
  return FALSE;
}

/**
 * qs_topic_serialize:
 * @self: a topic
 * @key: (nullable): the key; a floating one is consumed
 * @value: (nullable): the value; a floating one is consumed
 * @headers: (nullable): the headers; they are copied
 * @timestamp: milliseconds since 1970 UTC; 0 = when it is produced
 * @error: return location for an error
 *
 * Makes a message of a key and a value, with the topic's serializers.
 *
 * A `NULL` key or value becomes null without a serializer; a message with a key and a null
 * value is a tombstone.
 *
 * It fails with the error of the serializer, see [method@Serializer.serialize]; the message
 * names the topic, and whether the key or the value failed.
 *
 * Returns: (transfer full): a new message, or `NULL` with @error set
 */
QsMessage *
qs_topic_serialize (QsTopic   *self,
                    GVariant  *key,
                    GVariant  *value,
                    QsHeaders *headers,
                    gint64     timestamp,
                    GError   **error)
{
  g_autoptr (GBytes) key_bytes = NULL;
  g_autoptr (GBytes) value_bytes = NULL;

  g_return_val_if_fail (QS_IS_TOPIC (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!qs_topic_serialize_bytes (self, key, value, &key_bytes, &value_bytes, error) ||
      !check_timestamp (self, timestamp, error))
    return NULL;

  return qs_message_new (key_bytes, value_bytes, headers, timestamp, -1);
}

/* Serializes the value of @json with @serializer. */
static gboolean
serialize_json_part (QsTopic      *self,
                     QsSerializer *serializer,
                     const char   *part,
                     const guint8 *json,
                     gsize         length,
                     GBytes      **bytes,
                     GError      **error)
{
  const QsSerializerContext  context = { qs_topic_get_name (self), *part == 'k' };
  const QsSerializerContext *outer = qs_serializer_get_context ();
  const char                *name = qs_serializer_get_name (serializer);
  g_autoptr (GError) own_error = NULL;
  g_autoptr (GVariant) value = NULL;

  if (json == NULL)
    return TRUE;

  if (g_strcmp0 (name, "json") == 0)
    *bytes = qs_json_text_check (json, length, &own_error) ? g_bytes_new (json, length) : NULL;
  else if (g_strcmp0 (name, "string") == 0 || g_strcmp0 (name, "bytes") == 0)
    *bytes = qs_json_text_decode_string (json, length, &own_error);

  if (*bytes == NULL && own_error == NULL)
    value = qs_json_read (json, length, &own_error);
  qs_serializer_set_context (&context);
  if (value != NULL)
    *bytes = qs_serializer_serialize (serializer, value, &own_error);
  qs_serializer_set_context (outer);
  if (*bytes != NULL)
    return TRUE;

  g_propagate_prefixed_error (error,
                              g_steal_pointer (&own_error),
                              "Cannot serialize a %s for topic '%s': ",
                              part,
                              qs_topic_get_name (self));
  return FALSE;
}

/**
 * qs_topic_serialize_json:
 * @self: a topic
 * @key: (array length=key_length) (nullable): the key as a JSON text
 * @key_length: length of @key in bytes
 * @value: (array length=value_length) (nullable): the value as a JSON text
 * @value_length: length of @value in bytes
 * @headers: (nullable): the headers; they are copied
 * @timestamp: milliseconds since 1970 UTC; 0 = when it is produced
 * @error: return location for an error
 *
 * Makes a message from a key and a value that a language binding has written as JSON, with
 * the topic's serializers.
 *
 * For the serializer `json`, the text is checked as by [func@json_check] and used
 * unchanged. For `string` and `bytes`, a JSON string becomes the bytes that it represents,
 * including NUL characters (`\u0000`). For all other serializers, the text is parsed with
 * [func@json_from_bytes], which refuses values that a GVariant cannot hold.
 *
 * A `NULL` key or value becomes null; the text `null` is JSON's null.
 *
 * The error message names the topic, whether the key or the value failed, and the path to
 * the invalid value.
 *
 * Returns: (transfer full): a new message, or `NULL` with @error set
 */
QsMessage *
qs_topic_serialize_json (QsTopic      *self,
                         const guint8 *key,
                         gsize         key_length,
                         const guint8 *value,
                         gsize         value_length,
                         QsHeaders    *headers,
                         gint64        timestamp,
                         GError      **error)
{
  g_autoptr (GBytes) key_bytes = NULL;
  g_autoptr (GBytes) value_bytes = NULL;

  g_return_val_if_fail (QS_IS_TOPIC (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!serialize_json_part (
          self, qs_topic_get_key_serializer (self), "key", key, key_length, &key_bytes, error) ||
      !serialize_json_part (self,
                            qs_topic_get_value_serializer (self),
                            "value",
                            value,
                            value_length,
                            &value_bytes,
                            error) ||
      !check_timestamp (self, timestamp, error))
    return NULL;

  return qs_message_new (key_bytes, value_bytes, headers, timestamp, -1);
}

/**
 * qs_topic_deserialize:
 * @self: a topic
 * @message: a message
 * @error: return location for an error
 *
 * Makes a record from a message, with the topic's serializers.
 *
 * A null key or value becomes `NULL`, without a serializer.
 *
 * It fails with the error of the serializer, see [method@Serializer.deserialize]; the
 * message names topic, partition and offset, and whether the key or the value failed.
 *
 * Returns: (transfer full): a new record, or `NULL` with @error set
 */
QsRecord *
qs_topic_deserialize (QsTopic *self, QsMessage *message, GError **error)
{
  g_autoptr (GVariant) key = NULL;
  g_autoptr (GVariant) value = NULL;
  const char *topic = NULL;

  g_return_val_if_fail (QS_IS_TOPIC (self), NULL);
  g_return_val_if_fail (QS_IS_MESSAGE (message), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  topic = qs_message_get_topic (message);
  if (!deserialize (self,
                    qs_message_get_key (message),
                    qs_message_get_value (message),
                    topic != NULL ? topic : qs_topic_get_name (self),
                    qs_message_get_partition (message),
                    qs_message_get_offset (message),
                    &key,
                    &value,
                    error))
    return NULL;

  return qs_record_new (message, key, value);
}
