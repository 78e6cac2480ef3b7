/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-protobuf-serializer.h"

#include "qs-protobuf-private.h"
#include "qs-schema-binding-private.h"
#include "qs-schema-number-private.h"
#include "qs-serialization-error.h"
#include "qs-serializer.h"

/**
 * QsProtobufSerializer:
 *
 * Serializes values as Protobuf messages, by the text of a `.proto`.
 *
 * With a `registry`, records begin with a zero byte, the id of their schema (four bytes,
 * big-endian) and the index of the message type in it, as Confluent's clients write and
 * read them; the schema is registered or looked up before the first record of a topic.
 * Without a registry, records are the message alone, and are read with `schema`.
 *
 * With a registry, a record has the message type that its header refers to. If the
 * serializer has a `schema` of its own, the record is read as the type of the same full
 * name in it, or else as `message-type`, by Protobuf's own rules: fields are matched by
 * their numbers, unknown fields are skipped, and missing fields have their defaults.
 * Without `schema`, records are read as they were written.
 *
 * | Protobuf | takes | is read as |
 * |---|---|---|
 * | bool | `b` | `b` |
 * | int32, sint64, fixed32 and so on | integers in its range | `x`; `t` beyond |
 * | float, double | `d`, integers | `d` |
 * | string | `s` | `s` |
 * | bytes | `ay` | `ay` |
 * | enum | `s`, its number | `s`, of an unknown one the number |
 * | repeated | arrays, tuples | `av` |
 * | map | dictionaries | `a{sv}` |
 * | message | dictionaries with strings as keys, a tuple in the order of the fields | `a{sv}` |
 * | Timestamp, Duration | a text as `2026-01-02T03:04:05Z`, `1.5s`; a message | `s` |
 * | StringValue and so on | the value | the value |
 * | Struct, ListValue, Value | what JSON has | the same |
 *
 * Fields are named as in the text, or in camel case. A field that is missing or nothing is
 * not set. A field that the type does not have, and a second field of a oneof, are errors.
 * A value that was read has all fields except unset fields with presence (messages,
 * `optional` fields and the fields of a oneof). Errors contain the path in the record, as
 * in `orders[3].amount: expected int64, got string`.
 *
 * A schema can import the files that come with Protobuf (such as
 * `google/protobuf/timestamp.proto`) and the schemas that its `references` name. A library
 * that was built without libprotobuf returns an error when a schema is needed.
 *
 * The properties are `schema`, `registry`, `subject-strategy`, `auto-register`,
 * `use-latest-version`, `normalize`, `references` and `message-type`; set them when the
 * serializer is made.
 *
 * ## Thread safety
 *
 * Any thread may use it. The first record of a topic, and the first record with a schema
 * that was not read yet, wait for the registry.
 *
 * Since: 1.0
 */
struct _QsProtobufSerializer
{
  GObject parent_instance;

  QsSchemaBinding binding;
  char           *message_type; /* nullable; set when it is made, then only read */
};

enum
{
  PROP_MESSAGE_TYPE = QS_SCHEMA_N_PROPS,
};

static void qs_protobuf_serializer_iface_init (QsSerializerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QsProtobufSerializer,
                               qs_protobuf_serializer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER,
                                                      qs_protobuf_serializer_iface_init))

static gpointer
parse (const QsSchemaText *text, GError **error)
{
  return qs_protobuf_new (text->text, text->names, text->parts, error);
}

static gpointer
ref (gpointer schema)
{
  return qs_protobuf_ref (schema);
}

static void
unref (gpointer schema)
{
  qs_protobuf_unref (schema);
}

static const QsSchemaFormat format = { "PROTOBUF", "Protobuf", parse, ref, unref };

static gboolean
get_name (gpointer schema, gpointer user_data, const char **name, GError **error)
{
  QsProtobufSerializer *self = user_data;
  const QsProtobufType *type = qs_protobuf_find_name (schema, self->message_type, error);

  if (type == NULL)
    return FALSE;

  *name = qs_protobuf_type_get_name (type);

  return TRUE;
}

/* Writes the index of the type: the number of indexes, and these; a single zero is short for the
 * first type. */
static void
put_indexes (GByteArray *out, const QsProtobufType *type)
{
  gint64       indexes[QS_PROTOBUF_MAX_INDEXES];
  guint        n = qs_protobuf_type_get_indexes (type, indexes);
  const guint8 zero = 0;

  if (n == 1 && indexes[0] == 0)
    {
      g_byte_array_append (out, &zero, 1);
      return;
    }

  qs_schema_append_long (out, n);
  for (guint i = 0; i < n; i++)
    qs_schema_append_long (out, indexes[i]);
}

/* A number as Avro has it, off [*@data, *@data + *@length). */
static gboolean
read_number (const guint8 **data, gsize *length, gint64 *number)
{
  guint64 rest = 0;

  for (guint shift = 0; *length > 0 && shift < 64; shift += 7)
    {
      guint8 byte = **data;

      (*data)++;
      (*length)--;
      rest |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *number = (gint64) (rest >> 1) ^ -(gint64) (rest & 1);
          return TRUE;
        }
    }

  return FALSE;
}

static gboolean
read_indexes (const guint8 **data, gsize *length, gint64 *indexes, guint *n_indexes, GError **error)
{
  gint64   n = 0;
  gboolean is_good = read_number (data, length, &n) && n >= 0 && n <= QS_PROTOBUF_MAX_INDEXES;

  for (gint64 i = 0; is_good && i < n; i++)
    is_good = read_number (data, length, &indexes[i]);
  if (!is_good)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_INVALID_DATA,
                   "The index of the message type does not follow the id of the schema");
      return FALSE;
    }

  if (n == 0)
    indexes[0] = 0;
  *n_indexes = (guint) MAX (n, 1);

  return TRUE;
}

static GBytes *
qs_protobuf_serializer_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  QsProtobufSerializer *self = QS_PROTOBUF_SERIALIZER (serializer);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (QsProtobuf) schema =
      qs_schema_binding_begin (&self->binding, get_name, self, out, error);
  const QsProtobufType *type =
      schema != NULL ? qs_protobuf_find_name (schema, self->message_type, error) : NULL;

  if (type == NULL)
    return NULL;

  if (self->binding.registry != NULL)
    put_indexes (out, type);
  if (!qs_protobuf_encode (schema, type, value, out, error))
    return NULL;

  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* As which type of the own schema @written is read: the one of that name, else the
 * `message-type`. */
static const QsProtobufType *
find_own_type (QsProtobufSerializer *self,
               QsProtobuf           *own,
               const QsProtobufType *written,
               GError              **error)
{
  const char           *name = qs_protobuf_type_get_name (written);
  const QsProtobufType *type = qs_protobuf_find_name (own, name, NULL);

  if (type != NULL || self->message_type != NULL)
    return type != NULL ? type : qs_protobuf_find_name (own, self->message_type, error);

  g_set_error (error,
               QS_SERIALIZATION_ERROR,
               QS_SERIALIZATION_ERROR_INVALID_DATA,
               "It was written as message type '%s', which the reader's schema does not have; set "
               "'message-type' if it has another name there, or leave 'schema' unset to read "
               "records as they were written",
               name);

  return NULL;
}

/* Decodes a message of type @written of @schema. */
static GVariant *
decode (QsProtobufSerializer *self,
        QsProtobuf           *schema,
        const QsProtobufType *written,
        const guint8         *data,
        gsize                 length,
        GError              **error)
{
  g_autoptr (QsProtobuf) own = NULL;
  const QsProtobufType *type = written;

  if (self->binding.registry == NULL || self->binding.schema == NULL)
    return qs_protobuf_decode (schema, type, data, length, error);

  own = qs_schema_binding_dup_own (&self->binding, error);
  if (own != NULL && own != schema)
    type = find_own_type (self, own, written, error);

  return own != NULL && type != NULL ? qs_protobuf_decode (own, type, data, length, error) : NULL;
}

static GVariant *
qs_protobuf_serializer_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  QsProtobufSerializer *self = QS_PROTOBUF_SERIALIZER (serializer);
  gsize                 length = 0;
  const guint8         *data = g_bytes_get_data (bytes, &length);
  gint64                indexes[QS_PROTOBUF_MAX_INDEXES];
  guint                 n_indexes = 0;
  gint64                id = 0;
  g_autoptr (QsProtobuf) schema = NULL;
  const QsProtobufType *type = NULL;

  if (!qs_schema_binding_skip_header (&self->binding, &data, &length, &id, error) ||
      (self->binding.registry != NULL &&
       !read_indexes (&data, &length, indexes, &n_indexes, error)))
    return NULL;

  schema = qs_schema_binding_dup_written (&self->binding, id, error);
  if (schema == NULL)
    return NULL;
  type = n_indexes > 0 ? qs_protobuf_find_indexes (schema, indexes, n_indexes, error)
                       : qs_protobuf_find_name (schema, self->message_type, error);

  return type != NULL ? decode (self, schema, type, data, length, error) : NULL;
}

static const char *
qs_protobuf_serializer_get_content_type (QsSerializer *serializer)
{
  return "application/x-protobuf";
}

static void
qs_protobuf_serializer_iface_init (QsSerializerInterface *iface)
{
  iface->serialize = qs_protobuf_serializer_serialize;
  iface->deserialize = qs_protobuf_serializer_deserialize;
  iface->get_content_type = qs_protobuf_serializer_get_content_type;
}

static void
qs_protobuf_serializer_finalize (GObject *object)
{
  QsProtobufSerializer *self = QS_PROTOBUF_SERIALIZER (object);

  qs_schema_binding_clear (&self->binding);
  g_free (self->message_type);

  G_OBJECT_CLASS (qs_protobuf_serializer_parent_class)->finalize (object);
}

static void
qs_protobuf_serializer_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  QsProtobufSerializer *self = QS_PROTOBUF_SERIALIZER (object);

  if (prop_id == PROP_MESSAGE_TYPE)
    g_value_set_string (value, self->message_type);
  else
    qs_schema_binding_get_property (&self->binding, object, prop_id, value, pspec);
}

static void
qs_protobuf_serializer_set_property (GObject      *object,
                                     guint         prop_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  QsProtobufSerializer *self = QS_PROTOBUF_SERIALIZER (object);

  if (prop_id == PROP_MESSAGE_TYPE)
    self->message_type = g_value_dup_string (value);
  else
    qs_schema_binding_set_property (&self->binding, object, prop_id, value, pspec);
}

static void
qs_protobuf_serializer_class_init (QsProtobufSerializerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_protobuf_serializer_finalize;
  object_class->get_property = qs_protobuf_serializer_get_property;
  object_class->set_property = qs_protobuf_serializer_set_property;

  /**
   * QsProtobufSerializer:schema:
   *
   * The schema's text, which is registered unchanged.
   */
  /**
   * QsProtobufSerializer:registry:
   *
   * The registry that keeps the schemas; if it is unset, records have no header.
   */
  /**
   * QsProtobufSerializer:subject-strategy:
   *
   * The subject under which the registry keeps the schema; `topic` by default.
   */
  /**
   * QsProtobufSerializer:auto-register:
   *
   * Whether an unknown schema is registered; true by default. If false, it is an error.
   */
  /**
   * QsProtobufSerializer:use-latest-version:
   *
   * Whether the newest schema of the subject is used instead of `schema`; false by default.
   */
  /**
   * QsProtobufSerializer:normalize:
   *
   * Whether texts with the same meaning are one schema; false by default.
   */
  /**
   * QsProtobufSerializer:references:
   *
   * The schemas in the registry that the schema refers to directly: the name of each
   * reference, its subject, and its version (-1 = the newest).
   *
   * Since: 1.0
   */
  qs_schema_binding_install (object_class);

  /**
   * QsProtobufSerializer:message-type:
   *
   * The name of the message type to write, and to read without a registry; if it is unset,
   * the first message type of the schema.
   */
  g_object_class_install_property (
      object_class,
      PROP_MESSAGE_TYPE,
      g_param_spec_string ("message-type",
                           NULL,
                           "Name of the message type; unset = the first of the schema",
                           NULL,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
qs_protobuf_serializer_init (QsProtobufSerializer *self)
{
  qs_schema_binding_init (&self->binding, &format);
}

/**
 * qs_protobuf_serializer_new:
 * @schema: (nullable): the text of a `.proto`, which is registered unchanged
 * @registry: (nullable): the registry that keeps the schemas; `NULL` = records have no
 *   header
 *
 * Creates a serializer for Protobuf. The schema is parsed when it is first needed.
 *
 * Returns: (transfer full): a new serializer
 *
 * Since: 1.0
 */
QsProtobufSerializer *
qs_protobuf_serializer_new (const char *schema, QsSchemaRegistry *registry)
{
  g_return_val_if_fail (registry == NULL || QS_IS_SCHEMA_REGISTRY (registry), NULL);

  return g_object_new (QS_TYPE_PROTOBUF_SERIALIZER, "schema", schema, "registry", registry, NULL);
}
