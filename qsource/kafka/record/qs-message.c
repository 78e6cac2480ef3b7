/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-message-private.h"

#include "qs-headers-private.h"
#include "qs-kafka-error.h"

/**
 * QsMessage:
 *
 * A message as Kafka stores it, with key and value as bytes.
 *
 * A `NULL` key or value is not the same as an empty one: a message with a key and a `NULL`
 * value is a tombstone, which deletes the key from a compacted topic.
 *
 * ## Life cycle
 *
 * A message is made to be produced with [ctor@Message.new], usually by a topic's
 * or source's `serialize()`, or comes from a consumer; only the latter knows its
 * [property@Message:topic] and [property@Message:offset].
 *
 * ## Thread safety
 *
 * A message is immutable; any thread may read it.
 */
struct _QsMessage
{
  GObject parent_instance;

  GBytes   *key;     /* owned, or `NULL` */
  GBytes   *value;   /* owned, or `NULL` */
  QsHeaders headers; /* never changed */
  gboolean  has_headers;
  char     *topic;     /* owned, or `NULL` */
  gint64    timestamp; /* ms since 1970 UTC; 0 = now, -1 = unknown */
  gint64    offset;    /* -1 = unknown */
  int       partition; /* -1 = by key */

  /* Of one that must not be produced as it is. */
  GError     *failure; /* owned, or `NULL` */
  const char *stage;   /* static */
};

enum
{
  PROP_KEY = 1,
  PROP_VALUE,
  PROP_HEADERS,
  PROP_TIMESTAMP,
  PROP_TOPIC,
  PROP_PARTITION,
  PROP_OFFSET,
  PROP_REJECTION,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsMessage, qs_message, G_TYPE_OBJECT)

static void
set_headers (QsMessage *self, QsHeaders *headers)
{
  self->has_headers = headers != NULL;
  if (headers != NULL)
    qs_headers_init_copy (&self->headers, headers);
}

static void
qs_message_finalize (GObject *object)
{
  QsMessage *self = QS_MESSAGE (object);

  g_clear_pointer (&self->key, g_bytes_unref);
  g_clear_pointer (&self->value, g_bytes_unref);
  qs_headers_clear (&self->headers);
  g_clear_pointer (&self->topic, g_free);
  g_clear_error (&self->failure);

  G_OBJECT_CLASS (qs_message_parent_class)->finalize (object);
}

static void
qs_message_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsMessage *self = QS_MESSAGE (object);

  switch (prop_id)
    {
    case PROP_KEY:
      g_value_set_boxed (value, self->key);
      break;

    case PROP_VALUE:
      g_value_set_boxed (value, self->value);
      break;

    case PROP_HEADERS:
      g_value_set_boxed (value, qs_message_get_headers (self));
      break;

    case PROP_TIMESTAMP:
      g_value_set_int64 (value, self->timestamp);
      break;

    case PROP_TOPIC:
      g_value_set_string (value, self->topic);
      break;

    case PROP_PARTITION:
      g_value_set_int (value, self->partition);
      break;

    case PROP_OFFSET:
      g_value_set_int64 (value, self->offset);
      break;

    case PROP_REJECTION:
      g_value_set_string (value, qs_message_get_rejection (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_message_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsMessage *self = QS_MESSAGE (object);

  switch (prop_id)
    {
    case PROP_KEY:
      self->key = g_value_dup_boxed (value);
      break;

    case PROP_VALUE:
      self->value = g_value_dup_boxed (value);
      break;

    case PROP_HEADERS:
      set_headers (self, g_value_get_boxed (value));
      break;

    case PROP_TIMESTAMP:
      self->timestamp = g_value_get_int64 (value);
      break;

    case PROP_TOPIC:
      self->topic = g_value_dup_string (value);
      break;

    case PROP_PARTITION:
      self->partition = g_value_get_int (value);
      break;

    case PROP_OFFSET:
      self->offset = g_value_get_int64 (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_content_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * QsMessage:key: (getter get_key)
   *
   * The key; by default it determines the partition.
   */
  props[PROP_KEY] = g_param_spec_boxed (
      "key", NULL, "The key; by default it determines the partition", G_TYPE_BYTES, flags);

  /**
   * QsMessage:value: (getter get_value)
   *
   * The value.
   */
  props[PROP_VALUE] =
      g_param_spec_boxed ("value", NULL, "The value; unset = a tombstone", G_TYPE_BYTES, flags);

  /**
   * QsMessage:headers: (getter get_headers)
   *
   * The headers.
   */
  props[PROP_HEADERS] =
      g_param_spec_boxed ("headers", NULL, "The headers; unset = none", QS_TYPE_HEADERS, flags);

  /**
   * QsMessage:timestamp: (getter get_timestamp)
   *
   * The time of the message, in milliseconds since 1970 UTC.
   *
   * In a message to produce, 0, the default, stands for the time at which it is produced; in a
   * message that was read, -1 means unknown.
   */
  props[PROP_TIMESTAMP] =
      g_param_spec_int64 ("timestamp",
                          NULL,
                          "Milliseconds since 1970 UTC; 0 = when it is produced, -1 = unknown",
                          -1,
                          G_MAXINT64,
                          0,
                          flags);
}

static void
install_place_properties (void)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * QsMessage:topic: (getter get_topic)
   *
   * The name of the topic from which the message was read.
   */
  props[PROP_TOPIC] = g_param_spec_string (
      "topic", NULL, "Name of the topic from which the message was read", NULL, flags);

  /**
   * QsMessage:partition: (getter get_partition)
   *
   * The partition; -1, the default, means that the key determines it.
   */
  props[PROP_PARTITION] = g_param_spec_int (
      "partition", NULL, "The partition; -1 = determined by the key", -1, G_MAXINT, -1, flags);

  /**
   * QsMessage:offset: (getter get_offset)
   *
   * The offset at which the message was read; -1, the default, if it was not read.
   */
  props[PROP_OFFSET] =
      g_param_spec_int64 ("offset",
                          NULL,
                          "The offset at which the message was read; -1 = it was not read",
                          -1,
                          G_MAXINT64,
                          -1,
                          flags);
}

static void
install_rejection_property (void)
{
  /**
   * QsMessage:rejection: (getter get_rejection)
   *
   * The reason why the message is rejected; `NULL` if it is not.
   */
  props[PROP_REJECTION] =
      g_param_spec_string ("rejection",
                           NULL,
                           "Reason why the message is rejected; unset = it is not",
                           NULL,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
qs_message_class_init (QsMessageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_message_finalize;
  object_class->get_property = qs_message_get_property;
  object_class->set_property = qs_message_set_property;

  install_content_properties ();
  install_place_properties ();
  install_rejection_property ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_message_init (QsMessage *self)
{
}

QsMessage *
qs_message_new_received (GBytes     *key,
                         GBytes     *value,
                         QsHeaders  *headers,
                         gint64      timestamp,
                         const char *topic,
                         int         partition,
                         gint64      offset)
{
  /* g_object_new() would first set seven properties to their defaults, which takes
   * longer than all else. What it does beside that is for a class that overrides how
   * an object is constructed, which this one does not. */
  QsMessage *self = (QsMessage *) g_type_create_instance (QS_TYPE_MESSAGE);

  self->key = key != NULL ? g_bytes_ref (key) : NULL;
  self->value = value != NULL ? g_bytes_ref (value) : NULL;
  set_headers (self, headers);
  self->timestamp = timestamp;
  self->topic = g_strdup (topic);
  self->partition = partition;
  self->offset = offset;

  return self;
}

QsMessage *
qs_message_new_failed (GBytes       *key,
                       GBytes       *value,
                       QsHeaders    *headers,
                       gint64        timestamp,
                       const char   *stage,
                       const GError *failure)
{
  QsMessage *self = qs_message_new (key, value, headers, timestamp, -1);

  self->failure = g_error_copy (failure);
  self->stage = stage;

  return self;
}

gboolean
qs_message_read (QsMessage *self, QsMessageContent *content)
{
  if (self->failure != NULL)
    return FALSE;

  content->key = self->key;
  content->value = self->value;
  content->headers = self->has_headers ? &self->headers : NULL;
  content->timestamp = self->timestamp;
  content->partition = self->partition;

  return TRUE;
}

gboolean
qs_message_check_timestamp (gint64 timestamp, GError **error)
{
  if (G_LIKELY (timestamp >= 0))
    return TRUE;

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_REJECTED,
               "The timestamp %" G_GINT64_FORMAT
               " is refused: it must be milliseconds since 1970 UTC, and cannot be negative; 0 is "
               "the time at which the record is produced",
               timestamp);
  return FALSE;
}

gboolean
qs_message_check_partition (int partition, GError **error)
{
  if (G_LIKELY (partition >= -1))
    return TRUE;

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_REJECTED,
               "The partition %d is refused: it must be -1, so that the key determines it, or a "
               "number from 0",
               partition);
  return FALSE;
}

const GError *
qs_message_get_failure (QsMessage *self)
{
  return self->failure;
}

const char *
qs_message_get_stage (QsMessage *self)
{
  return self->stage;
}

/**
 * qs_message_new:
 * @key: (nullable): the key
 * @value: (nullable): the value
 * @headers: (nullable): the headers; they are copied
 * @timestamp: milliseconds since 1970 UTC, or 0 for the time at which the message is
 *   produced
 * @partition: the partition, or -1 to let the key decide
 *
 * Creates a message to produce.
 *
 * Returns: (transfer full): the new message
 */
QsMessage *
qs_message_new (GBytes *key, GBytes *value, QsHeaders *headers, gint64 timestamp, int partition)
{
  g_return_val_if_fail (timestamp >= 0, NULL);
  g_return_val_if_fail (partition >= -1, NULL);

  return qs_message_new_received (key, value, headers, timestamp, NULL, partition, -1);
}

/**
 * qs_message_new_rejected:
 * @key: (nullable): the key, as far as it is known
 * @value: (nullable): the value, as it was received
 * @headers: (nullable): the headers; they are copied
 * @timestamp: milliseconds since 1970 UTC, or 0 for the time at which the message is
 *   produced
 * @reason: why the message is rejected, in words
 *
 * Creates a message for data that a source got and cannot make a record of.
 *
 * [property@Source:errors] decides what [method@Source.produce] does with it: the call
 * fails, skips and counts the message, or produces it to the dead-letter topic. The message
 * is never produced to the source's own topic.
 *
 * Returns: (transfer full): the new message
 */
QsMessage *
qs_message_new_rejected (GBytes     *key,
                         GBytes     *value,
                         QsHeaders  *headers,
                         gint64      timestamp,
                         const char *reason)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (timestamp >= 0, NULL);
  g_return_val_if_fail (reason != NULL, NULL);

  failure = g_error_new_literal (QS_KAFKA_ERROR, QS_KAFKA_ERROR_REJECTED, reason);

  return qs_message_new_failed (key, value, headers, timestamp, "source", failure);
}

/**
 * qs_message_get_rejection: (get-property rejection)
 * @self: a message
 *
 * Gets the reason why the message is rejected.
 *
 * It is the reason that [ctor@Message.new_rejected] was given, or that for which
 * [method@Source.serialize] could not serialize a record.
 *
 * Returns: (nullable): the reason, or `NULL` if the message is not rejected
 */
const char *
qs_message_get_rejection (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), NULL);

  return self->failure != NULL ? self->failure->message : NULL;
}

/**
 * qs_message_get_key: (get-property key)
 * @self: a message
 *
 * Gets the key.
 *
 * Returns: (transfer none) (nullable): the key
 */
GBytes *
qs_message_get_key (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), NULL);

  return self->key;
}

/**
 * qs_message_get_value: (get-property value)
 * @self: a message
 *
 * Gets the value.
 *
 * Returns: (transfer none) (nullable): the value
 */
GBytes *
qs_message_get_value (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), NULL);

  return self->value;
}

/**
 * qs_message_get_headers: (get-property headers)
 * @self: a message
 *
 * Gets the headers, which must not be changed.
 *
 * Returns: (transfer none) (nullable): the headers
 */
QsHeaders *
qs_message_get_headers (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), NULL);

  return self->has_headers ? &self->headers : NULL;
}

/**
 * qs_message_get_timestamp: (get-property timestamp)
 * @self: a message
 *
 * Gets the time of the message.
 *
 * Returns: milliseconds since 1970 UTC; see [property@Message:timestamp] for 0 and -1
 */
gint64
qs_message_get_timestamp (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), -1);

  return self->timestamp;
}

/**
 * qs_message_get_topic: (get-property topic)
 * @self: a message
 *
 * Gets the name of the topic from which the message was read.
 *
 * Returns: (nullable): the name, or `NULL` if it was not read
 */
const char *
qs_message_get_topic (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), NULL);

  return self->topic;
}

/**
 * qs_message_get_partition: (get-property partition)
 * @self: a message
 *
 * Gets the partition.
 *
 * Returns: the partition, or -1 if the key determines it
 */
int
qs_message_get_partition (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), -1);

  return self->partition;
}

/**
 * qs_message_get_offset: (get-property offset)
 * @self: a message
 *
 * Gets the offset at which the message was read.
 *
 * Returns: the offset, or -1 if it was not read
 */
gint64
qs_message_get_offset (QsMessage *self)
{
  g_return_val_if_fail (QS_IS_MESSAGE (self), -1);

  return self->offset;
}
