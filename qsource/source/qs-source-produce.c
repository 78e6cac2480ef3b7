/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-private.h"

#include <stdatomic.h>

#include "qs-bytes-private.h"
#include "qs-message-private.h"
#include "qs-producer-private.h"
#include "qs-source-error.h"
#include "qs-topic-private.h"

/* The methods of QsSource by which its author produces. */

/* As QS_IS_SOURCE(), which climbs to the ancestors of a class for each record. */
static inline gboolean
is_source (QsSource *self)
{
  static _Atomic (gpointer) known = NULL; /* the class of the last one */
  gpointer                  klass = self != NULL ? ((GTypeInstance *) self)->g_class : NULL;

  if (G_LIKELY (klass != NULL && klass == atomic_load_explicit (&known, memory_order_relaxed)))
    return TRUE;
  if (!QS_IS_SOURCE (self))
    return FALSE;

  atomic_store_explicit (&known, klass, memory_order_relaxed);
  return TRUE;
}

/* @key and @value may float, and don't any more after it; the caller holds references. */
static gboolean
serialize (QsSource *self,
           GVariant *key,
           GVariant *value,
           GBytes  **key_bytes,
           GBytes  **value_bytes,
           GError  **error)
{
  QsTopic *topic = qs_base_source_get_topic (QS_BASE_SOURCE (self));

  if (topic != NULL)
    return qs_topic_serialize_bytes (topic, key, value, key_bytes, value_bytes, error);

  for (guint i = 0; i < 2; i++)
    {
      GVariant *part = i == 0 ? key : value;

      if (part != NULL && g_variant_is_floating (part))
        g_variant_unref (g_variant_ref_sink (part));
    }
  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_NOT_CONFIGURED,
               "Cannot serialize for source '%s' before it is configured, "
               "which an application's run() does",
               qs_base_source_get_name (QS_BASE_SOURCE (self)));
  return FALSE;
}

/**
 * qs_source_serialize:
 * @self: a source
 * @key: (nullable): the key, of a type that the topic's key serializer takes
 * @value: (nullable): the value, of a type that the topic's value serializer takes
 * @headers: (nullable): the headers
 * @timestamp: milliseconds since 1970 UTC; 0 = now
 * @error: return location for an error
 *
 * Makes a message with the serializers of the source's topic.
 *
 * A `NULL` key or value is null in the record; a null value is a tombstone.
 * Floating variants are sunk.
 *
 * If [property@Source:errors] is not `fail`, a key or value that cannot be serialized becomes a
 * message as well. It has a [property@Message:rejection], and a readable form of the key and the
 * value. Pass it to [method@Source.produce], which skips it or produces it to the dead-letter
 * topic.
 *
 * Returns: (transfer full): a new message
 */
QsMessage *
qs_source_serialize (QsSource  *self,
                     GVariant  *key,
                     GVariant  *value,
                     QsHeaders *headers,
                     gint64     timestamp,
                     GError   **error)
{
  g_autoptr (GVariant) held_key = key != NULL ? g_variant_ref (key) : NULL;
  g_autoptr (GVariant) held_value = value != NULL ? g_variant_ref (value) : NULL;
  g_autoptr (GBytes) key_bytes = NULL;
  g_autoptr (GBytes) value_bytes = NULL;
  g_autoptr (GError) own_error = NULL;
  QsTopic *topic = NULL;

  g_return_val_if_fail (QS_IS_SOURCE (self), NULL);

  if (serialize (self, held_key, held_value, &key_bytes, &value_bytes, &own_error) &&
      qs_message_check_timestamp (timestamp, &own_error))
    return qs_message_new (key_bytes, value_bytes, headers, timestamp, -1);

  topic = qs_base_source_get_topic (QS_BASE_SOURCE (self));
  if (topic != NULL && qs_source_get_errors (self) != QS_ERROR_HANDLING_FAIL &&
      qs_topic_can_reject (own_error))
    return qs_topic_reject (topic, held_key, held_value, headers, MAX (timestamp, 0), own_error);

  g_propagate_error (error, g_steal_pointer (&own_error));
  return NULL;
}

/**
 * qs_source_produce:
 * @self: a source
 * @message: the message
 * @error: return location for an error
 *
 * Produces a message to the source's topic.
 *
 * [property@Source:errors] decides what happens to a message with a [property@Message:rejection],
 * and to one that is too large.
 *
 * The message is queued, not sent: [method@Source.flush] waits for the broker. The call blocks
 * while the queue is full; when the source is stopping, it gives up with
 * [error@Gio.IOErrorEnum.CANCELLED]. It fails with the first delivery error that
 * no call has reported yet. Any thread may call it.
 *
 * Returns: true if the message is queued, skipped, or produced to the dead-letter topic
 */
gboolean
qs_source_produce (QsSource *self, QsMessage *message, GError **error)
{
  QsMessageContent content;
  QsOutgoing       record = { 0 };

  g_return_val_if_fail (is_source (self), FALSE);
  g_return_val_if_fail (QS_IS_MESSAGE (message), FALSE);

  if (!qs_message_read (message, &content))
    return qs_source_reject (self, message, error);

  record.key = qs_bytes_get_data (content.key, &record.key_length);
  record.value = qs_bytes_get_data (content.value, &record.value_length);
  record.headers = content.headers;
  record.timestamp = content.timestamp;
  record.partition = content.partition;

  return qs_source_send (self, &record, error);
}

/**
 * qs_source_produce_data:
 * @self: a source
 * @key: (array length=key_length) (nullable): the key
 * @key_length: length of @key in bytes
 * @value: (array length=value_length) (nullable): the value
 * @value_length: length of @value in bytes
 * @timestamp: milliseconds since 1970 UTC; 0 = now
 * @error: return location for an error
 *
 * Produces a record to the source's topic; otherwise like
 * [method@Source.produce].
 *
 * A `NULL` key or value is null; a key or value of length 0 is empty. In languages that do
 * not distinguish the two, use [method@Source.produce_bytes]. The bytes are copied. This is
 * the fastest way to produce.
 *
 * Returns: true if the record is queued
 */
gboolean
qs_source_produce_data (QsSource     *self,
                        const guint8 *key,
                        gsize         key_length,
                        const guint8 *value,
                        gsize         value_length,
                        gint64        timestamp,
                        GError      **error)
{
  QsOutgoing record = {
    .key = key,
    .key_length = key_length,
    .value = value,
    .value_length = value_length,
    .timestamp = timestamp,
    .partition = -1,
  };

  g_return_val_if_fail (is_source (self), FALSE);

  return qs_source_send (self, &record, error);
}

/**
 * qs_source_produce_full:
 * @self: a source
 * @key: (array length=key_length) (nullable): the key
 * @key_length: length of @key in bytes
 * @value: (array length=value_length) (nullable): the value
 * @value_length: length of @value in bytes
 * @headers: (nullable): the headers
 * @timestamp: milliseconds since 1970 UTC; 0 = now
 * @partition: the partition; -1 = determined by the key
 * @error: return location for an error
 *
 * Produces a record to the source's topic, with headers and a partition; otherwise like
 * [method@Source.produce].
 *
 * The bytes are used unchanged, without a serializer. A `NULL` key or value is null; a key
 * or value of length 0 is empty. Some languages pass an empty array as `NULL`; to produce
 * an empty key or value there, use [method@Source.produce] with a message. Keys, values and
 * headers are copied before it returns. It may be called from any thread.
 *
 * Returns: true if the record is queued
 */
gboolean
qs_source_produce_full (QsSource     *self,
                        const guint8 *key,
                        gsize         key_length,
                        const guint8 *value,
                        gsize         value_length,
                        QsHeaders    *headers,
                        gint64        timestamp,
                        int           partition,
                        GError      **error)
{
  QsOutgoing record = {
    .key = key,
    .key_length = key_length,
    .value = value,
    .value_length = value_length,
    .headers = headers,
    .timestamp = timestamp,
    .partition = partition,
  };

  g_return_val_if_fail (is_source (self), FALSE);
  g_return_val_if_fail (key != NULL || key_length == 0, FALSE);
  g_return_val_if_fail (value != NULL || value_length == 0, FALSE);

  return qs_source_send (self, &record, error);
}

/**
 * qs_source_produce_bytes:
 * @self: a source
 * @key: (nullable): the key; `NULL` is null, empty is empty
 * @value: (nullable): the value; `NULL` is null, empty is empty
 * @timestamp: milliseconds since 1970 UTC; 0 = now
 * @error: return location for an error
 *
 * Produces a record to the source's topic; otherwise like
 * [method@Source.produce].
 *
 * Returns: true if the record is queued
 */
gboolean
qs_source_produce_bytes (QsSource *self,
                         GBytes   *key,
                         GBytes   *value,
                         gint64    timestamp,
                         GError  **error)
{
  QsOutgoing record = { .timestamp = timestamp, .partition = -1 };

  g_return_val_if_fail (is_source (self), FALSE);

  record.key = qs_bytes_get_data (key, &record.key_length);
  record.value = qs_bytes_get_data (value, &record.value_length);

  return qs_source_send (self, &record, error);
}

/**
 * qs_source_produce_value:
 * @self: a source
 * @key: (nullable): the key, as for [method@Source.serialize]
 * @value: (nullable): the value, as for [method@Source.serialize]
 * @error: return location for an error
 *
 * Serializes a record and produces it, with the current time as its timestamp.
 *
 * If the record cannot be serialized, the call fails, and no flush succeeds until the
 * source is started again, unless [property@Source:errors] is `skip` or `dead-letter`. That
 * property has no effect on failures that would affect any record, such as those of a
 * schema registry.
 *
 * Returns: true if the record is queued
 */
gboolean
qs_source_produce_value (QsSource *self, GVariant *key, GVariant *value, GError **error)
{
  g_autoptr (GBytes) key_bytes = NULL;
  g_autoptr (GBytes) value_bytes = NULL;
  g_autoptr (GVariant) held_key = key != NULL ? g_variant_ref (key) : NULL;
  g_autoptr (GVariant) held_value = value != NULL ? g_variant_ref (value) : NULL;
  g_autoptr (QsMessage) rejected = NULL;
  g_autoptr (GError) own_error = NULL;
  QsTopic *topic = NULL;

  g_return_val_if_fail (is_source (self), FALSE);

  if (serialize (self, held_key, held_value, &key_bytes, &value_bytes, &own_error))
    return qs_source_produce_bytes (self, key_bytes, value_bytes, 0, error);

  topic = qs_base_source_get_topic (QS_BASE_SOURCE (self));
  if (topic == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  rejected = qs_topic_reject (topic, held_key, held_value, NULL, 0, own_error);

  return qs_source_reject (self, rejected, error);
}
