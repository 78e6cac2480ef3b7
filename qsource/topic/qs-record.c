/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-record-private.h"

#include "qs-headers.h"
#include "qs-message.h"
#include "qs-serializer-private.h"

/**
 * QsRecord:
 *
 * A record that was read from a topic, with a deserialized key and value.
 *
 * [method@Topic.deserialize] makes it from a [class@Message].
 *
 * ## Thread safety
 *
 * A record is immutable; any thread may read it.
 */
struct _QsRecord
{
  GObject parent_instance;

  GVariant   *key;       /* owned, or `NULL` */
  GVariant   *value;     /* owned, or `NULL` */
  QsHeaders  *headers;   /* owned, never changed; or `NULL` */
  GRefString *topic;     /* owned, or `NULL` */
  gint64      timestamp; /* ms since 1970 UTC; -1 = unknown */
  gint64      offset;    /* -1 = unknown, as the partition */
  int         partition;

  /* The source of the headers, and of the key if it is `NULL`; not owned. Atomic; under load_lock
   * when it is cleared. */
  const QsReceived *received;

  /* Of a record whose key and value are to be deserialized when they are asked for.
   * Owned; `NULL` otherwise. Under load_lock. */
  QsSerializer *key_serializer;
  QsSerializer *value_serializer;

  /* The bytes of both, once the received message is gone, and whether key and value are
   * made of them. Owned; as above. */
  GBytes  *key_bytes;
  GBytes  *value_bytes;
  gboolean has_values;  /* atomic */
  gboolean has_headers; /* under load_lock */
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
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* Of all records: it is rarely taken. */
static GMutex load_lock;

G_DEFINE_FINAL_TYPE (QsRecord, qs_record, G_TYPE_OBJECT)

static void
clear (QsRecord *self)
{
  g_clear_pointer (&self->key, g_variant_unref);
  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_pointer (&self->headers, qs_headers_free);
  g_clear_pointer (&self->topic, g_ref_string_release);
  g_clear_object (&self->key_serializer);
  g_clear_object (&self->value_serializer);
  g_clear_pointer (&self->key_bytes, g_bytes_unref);
  g_clear_pointer (&self->value_bytes, g_bytes_unref);
  self->has_values = FALSE;
  self->has_headers = FALSE;
  self->received = NULL;
}

/* Copies what is only in the received message until now. */
static void
settle (QsRecord *self)
{
  g_mutex_lock (&load_lock);
  if (self->received != NULL && self->value_serializer != NULL)
    {
      self->key_bytes = qs_received_dup_key (self->received);
      self->value_bytes = qs_received_dup_value (self->received);
      if (!self->has_headers)
        self->headers = qs_received_dup_headers (self->received);
      g_atomic_pointer_set (&self->received, NULL);
    }
  else if (self->received != NULL)
    {
      /* A binding's step may want the bytes after a step that wants the values. */
      self->key_bytes = qs_received_dup_key (self->received);
      self->value_bytes = qs_received_dup_value (self->received);
      if (self->key == NULL && self->key_bytes != NULL)
        self->key = g_variant_ref_sink (qs_serializer_wrap_bytes (self->key_bytes));
      self->headers = qs_received_dup_headers (self->received);
      g_atomic_pointer_set (&self->received, NULL);
    }
  g_mutex_unlock (&load_lock);
}

static void
load (QsRecord *self)
{
  if (g_atomic_pointer_get (&self->received) != NULL)
    settle (self);
}

/* Of a record that is deferred: the bytes of key and value stay where they are. */
static void
load_headers (QsRecord *self)
{
  g_mutex_lock (&load_lock);
  if (self->received != NULL && !self->has_headers)
    {
      self->headers = qs_received_dup_headers (self->received);
      self->has_headers = TRUE;
    }
  g_mutex_unlock (&load_lock);
}

/* Returns NULL for a key that cannot be deserialized: a caller that defers it expects none. */
static GVariant *
deserialize (QsSerializer *serializer, GBytes *bytes)
{
  if (bytes == NULL)
    return NULL;
  if (qs_serializer_is_bytes (serializer))
    return g_variant_ref_sink (qs_serializer_wrap_bytes (bytes));

  return qs_serializer_deserialize (serializer, bytes, NULL);
}

/* Makes what was deferred. A serializer may be of a language: no lock is held. */
static void
load_values (QsRecord *self)
{
  g_autoptr (GVariant) key = NULL;
  g_autoptr (GVariant) value = NULL;

  if (self->value_serializer == NULL || g_atomic_int_get (&self->has_values))
    return;

  load (self);
  key = deserialize (self->key_serializer, self->key_bytes);
  value = deserialize (self->value_serializer, self->value_bytes);

  g_mutex_lock (&load_lock);
  if (!self->has_values)
    {
      self->key = g_steal_pointer (&key);
      self->value = g_steal_pointer (&value);
      g_atomic_int_set (&self->has_values, TRUE);
    }
  g_mutex_unlock (&load_lock);
}

static void
qs_record_finalize (GObject *object)
{
  QsRecord *self = QS_RECORD (object);

  clear (self);

  G_OBJECT_CLASS (qs_record_parent_class)->finalize (object);
}

static void
qs_record_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsRecord *self = QS_RECORD (object);

  switch (prop_id)
    {
    case PROP_KEY:
      g_value_set_variant (value, qs_record_get_key (self));
      break;

    case PROP_VALUE:
      g_value_set_variant (value, qs_record_get_value (self));
      break;

    case PROP_HEADERS:
      g_value_set_boxed (value, qs_record_get_headers (self));
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

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* Makes the properties for its contents. */
static void
make_content_properties (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QsRecord:key: (getter get_key)
   *
   * The key; `NULL` if the message has none.
   */
  props[PROP_KEY] =
      g_param_spec_variant ("key", NULL, "The key; unset = none", G_VARIANT_TYPE_ANY, NULL, flags);

  /**
   * QsRecord:value: (getter get_value)
   *
   * The value; `NULL` for a tombstone.
   */
  props[PROP_VALUE] = g_param_spec_variant (
      "value", NULL, "The value; unset = a tombstone", G_VARIANT_TYPE_ANY, NULL, flags);

  /**
   * QsRecord:headers: (getter get_headers)
   *
   * The headers, or `NULL` if there are none.
   */
  props[PROP_HEADERS] =
      g_param_spec_boxed ("headers", NULL, "The headers; unset = none", QS_TYPE_HEADERS, flags);
}

/* When and where it was read. */
static void
make_place_properties (void)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QsRecord:timestamp: (getter get_timestamp)
   *
   * The time of the message, in milliseconds since 1970 UTC; -1 if it is not known.
   */
  props[PROP_TIMESTAMP] = g_param_spec_int64 ("timestamp",
                                              NULL,
                                              "Milliseconds since 1970 UTC; -1 = unknown",
                                              G_MININT64,
                                              G_MAXINT64,
                                              -1,
                                              flags);

  /**
   * QsRecord:topic: (getter get_topic)
   *
   * The name of the topic that the message was read from.
   */
  props[PROP_TOPIC] = g_param_spec_string (
      "topic", NULL, "Name of the topic from which the record was read", NULL, flags);

  /**
   * QsRecord:partition: (getter get_partition)
   *
   * The partition that the message was read from; -1 if it is not known.
   */
  props[PROP_PARTITION] =
      g_param_spec_int ("partition",
                        NULL,
                        "The partition from which the record was read; -1 = unknown",
                        G_MININT,
                        G_MAXINT,
                        -1,
                        flags);

  /**
   * QsRecord:offset: (getter get_offset)
   *
   * The offset of the message in its partition; -1 if it is not known.
   */
  props[PROP_OFFSET] = g_param_spec_int64 ("offset",
                                           NULL,
                                           "Offset of the record in its partition; -1 = unknown",
                                           G_MININT64,
                                           G_MAXINT64,
                                           -1,
                                           flags);
}

static void
qs_record_class_init (QsRecordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_record_finalize;
  object_class->get_property = qs_record_get_property;

  make_content_properties ();
  make_place_properties ();
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_record_init (QsRecord *self)
{
}

QsRecord *
qs_record_new (QsMessage *message, GVariant *key, GVariant *value)
{
  QsRecord   *self = g_object_new (QS_TYPE_RECORD, NULL);
  const char *topic = qs_message_get_topic (message);
  QsHeaders  *headers = qs_message_get_headers (message);

  self->key = key != NULL ? g_variant_ref_sink (key) : NULL;
  self->value = value != NULL ? g_variant_ref_sink (value) : NULL;
  self->headers = headers != NULL ? qs_headers_copy (headers) : NULL;
  self->topic = topic != NULL ? g_ref_string_new (topic) : NULL;
  self->timestamp = qs_message_get_timestamp (message);
  self->partition = qs_message_get_partition (message);
  self->offset = qs_message_get_offset (message);

  return self;
}

QsRecord *
qs_record_new_received (QsRecord *spare, const QsReceived *received, GVariant *key, GVariant *value)
{
  QsRecord *self = spare != NULL ? spare : g_object_new (QS_TYPE_RECORD, NULL);

  self->key = key;
  self->value = value;
  self->topic = g_ref_string_acquire (received->topic);
  self->timestamp = received->timestamp;
  self->partition = received->partition;
  self->offset = received->offset;
  self->received = received;

  return self;
}

void
qs_record_defer (QsRecord *self, QsSerializer *key_serializer, QsSerializer *value_serializer)
{
  self->key_serializer = g_object_ref (key_serializer);
  self->value_serializer = g_object_ref (value_serializer);
}

QsRecord *
qs_record_new_changed (QsRecord *self, GVariant *value, QsHeaders *headers, gint64 timestamp)
{
  QsRecord *record = g_object_new (QS_TYPE_RECORD, NULL);
  GVariant *key = qs_record_get_key (self);

  record->key = key != NULL ? g_variant_ref (key) : NULL;
  record->value = value != NULL ? g_variant_ref_sink (value) : NULL;
  record->headers = headers != NULL ? qs_headers_copy (headers) : NULL;
  record->topic = self->topic != NULL ? g_ref_string_acquire (self->topic) : NULL;
  record->timestamp = timestamp;
  record->partition = self->partition;
  record->offset = self->offset;

  return record;
}

QsRecord *
qs_record_recycle (QsRecord *self)
{
  if (g_atomic_int_get (&G_OBJECT (self)->ref_count) == 1)
    {
      clear (self);
      return self;
    }

  settle (self);
  g_object_unref (self);

  return NULL;
}

/**
 * qs_record_get_key: (get-property key)
 * @self: a record
 *
 * Gets the key.
 *
 * Returns: (transfer none) (nullable): the key, or `NULL` if the message has none
 */
GVariant *
qs_record_get_key (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), NULL);

  load_values (self);
  load (self);

  return self->key;
}

/**
 * qs_record_get_value: (get-property value)
 * @self: a record
 *
 * Gets the value.
 *
 * A JSON null is an `mv` of nothing rather than `NULL`.
 *
 * Returns: (transfer none) (nullable): the value, or `NULL` for a tombstone
 */
GVariant *
qs_record_get_value (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), NULL);

  load_values (self);

  return self->value;
}

/**
 * qs_record_dup_key_bytes:
 * @self: a record that [method@Dataframe.handle] was given
 *
 * Gets the key as it was read.
 *
 * Returns: (transfer full) (nullable): the bytes; `NULL` if there is no key, or if the
 *   bytes are not kept
 */
GBytes *
qs_record_dup_key_bytes (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), NULL);

  if (g_atomic_pointer_get (&self->received) != NULL)
    return qs_received_dup_key (self->received);

  return self->key_bytes != NULL ? g_bytes_ref (self->key_bytes) : NULL;
}

/**
 * qs_record_dup_value_bytes:
 * @self: a record that [method@Dataframe.handle] was given
 *
 * Gets the value as it was read.
 *
 * Returns: (transfer full) (nullable): the bytes; `NULL` for a tombstone, or if the bytes
 *   are not kept
 */
GBytes *
qs_record_dup_value_bytes (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), NULL);

  if (g_atomic_pointer_get (&self->received) != NULL)
    return qs_received_dup_value (self->received);

  return self->value_bytes != NULL ? g_bytes_ref (self->value_bytes) : NULL;
}

/**
 * qs_record_peek_bytes: (skip)
 * @self: a record that [method@Dataframe.handle] was given
 * @of_key: true for the key, false for the value
 * @length: (out): how many bytes there are
 *
 * Gets the key or the value as it was read, without a copy.
 *
 * The bytes are valid while the record is being processed.
 *
 * Returns: (nullable): the bytes; `NULL` if there are none
 */
const guint8 *
qs_record_peek_bytes (QsRecord *self, gboolean of_key, gsize *length)
{
  const QsReceived *received = NULL;
  GBytes           *bytes = NULL;

  g_return_val_if_fail (QS_IS_RECORD (self), NULL);
  g_return_val_if_fail (length != NULL, NULL);

  received = g_atomic_pointer_get (&self->received);
  if (received != NULL)
    return of_key ? qs_received_peek_key (received, length)
                  : qs_received_peek_value (received, length);

  bytes = of_key ? self->key_bytes : self->value_bytes;
  *length = 0;
  if (bytes == NULL)
    return NULL;

  /* Empty bytes may have no address, but aren't null. */
  return g_bytes_get_size (bytes) > 0 ? g_bytes_get_data (bytes, length) : (const guint8 *) "";
}

/**
 * qs_record_get_headers: (get-property headers)
 * @self: a record
 *
 * Gets the headers.
 *
 * Returns: (transfer none) (nullable): the headers, or `NULL` if there are none
 */
QsHeaders *
qs_record_get_headers (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), NULL);

  if (self->value_serializer != NULL)
    load_headers (self);
  else
    load (self);

  return self->headers;
}

/**
 * qs_record_get_timestamp: (get-property timestamp)
 * @self: a record
 *
 * Gets the time of the message.
 *
 * Returns: milliseconds since 1970 UTC; -1 if it is not known
 */
gint64
qs_record_get_timestamp (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), -1);

  return self->timestamp;
}

/**
 * qs_record_get_topic: (get-property topic)
 * @self: a record
 *
 * Gets the name of the topic that the message was read from.
 *
 * Returns: (nullable): the name, or `NULL` if the message was not read from a topic
 */
const char *
qs_record_get_topic (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), NULL);

  return self->topic;
}

/**
 * qs_record_get_partition: (get-property partition)
 * @self: a record
 *
 * Gets the partition that the message was read from.
 *
 * Returns: the partition, -1 if it is not known
 */
int
qs_record_get_partition (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), -1);

  return self->partition;
}

/**
 * qs_record_get_offset: (get-property offset)
 * @self: a record
 *
 * Gets the offset of the message in its partition.
 *
 * Returns: the offset, -1 if it is not known
 */
gint64
qs_record_get_offset (QsRecord *self)
{
  g_return_val_if_fail (QS_IS_RECORD (self), -1);

  return self->offset;
}
