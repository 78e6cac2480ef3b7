/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-serializer.h"

#include "qs-avro-codec-private.h"
#include "qs-avro-resolution-private.h"
#include "qs-schema-binding-private.h"
#include "qs-serialization-error.h"
#include "qs-serializer.h"

/**
 * QsAvroSerializer:
 *
 * Serializes values in Avro's binary encoding.
 *
 * With a `registry`, records begin with a zero byte and the id of their schema (four bytes,
 * big-endian), as Confluent's clients write and read them; the schema is registered or
 * looked up before the first record of a topic. Without a registry, records are the
 * encoding alone, and are read with `schema`.
 *
 * With a registry, a record is decoded with the schema whose id it contains. If the
 * serializer has a `schema` of its own, the record is then converted to that schema by the
 * rules of Avro's schema resolution: fields that it does not have are skipped, fields that
 * were not written get its defaults, numbers are widened, `string` and `bytes` are
 * converted to each other, unknown symbols become the default of the enum, and names can be
 * aliases. In its unions, the branch with exactly the written type is used, or else the
 * first branch that accepts the value. Without `schema`, records are read as they were
 * written.
 *
 * | Avro | takes | is read as |
 * |---|---|---|
 * | null | nothing (an `mv`), or no such field | `mv` of nothing |
 * | boolean | `b` | `b` |
 * | int, long | integers in its range | `x` |
 * | float, double | `d`, integers | `d` |
 * | bytes, fixed | `ay` | `ay` |
 * | string, enum | `s` | `s` |
 * | array | arrays, tuples | `av` |
 * | map | dictionaries with strings as keys | `a{sv}` |
 * | record | the same, or a tuple in the order of the fields | `a{sv}` |
 * | union | what the first branch that fits takes | as the branch |
 * | decimal | a text as `-12.50`, an integer | `s` |
 * | date, timestamp-millis, timestamp-micros | an integer, or a text in ISO 8601 | `x` |
 *
 * A missing field gets the schema's default; a field that the schema does not have is an
 * error. Errors contain the path in the record, as in `orders[3].amount: expected long, got
 * string`.
 *
 * The properties are `schema`, `registry`, `subject-strategy`, `auto-register`,
 * `use-latest-version`, `normalize` and `references`; set them when the serializer is made.
 *
 * ## Thread safety
 *
 * Any thread may use it. The first record of a topic, and the first record with a schema
 * that was not read yet, wait for the registry.
 */
struct _QsAvroSerializer
{
  GObject parent_instance;

  QsSchemaBinding binding;

  GMutex      lock;        /* guards what follows */
  GHashTable *resolutions; /* QsAvroSchema of a writer, which it keeps → QsAvroResolution; owned */
};

static void qs_avro_serializer_iface_init (QsSerializerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QsAvroSerializer,
                               qs_avro_serializer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER,
                                                      qs_avro_serializer_iface_init))

static gpointer
parse (const QsSchemaText *text, GError **error)
{
  return qs_avro_schema_new (text->text, text->parts, error);
}

static gpointer
ref (gpointer schema)
{
  return qs_avro_schema_ref (schema);
}

static void
unref (gpointer schema)
{
  qs_avro_schema_unref (schema);
}

static const QsSchemaFormat format = { "AVRO", "Avro", parse, ref, unref };

static gboolean
get_name (gpointer schema, gpointer user_data, const char **name, GError **error)
{
  *name = qs_avro_schema_get_root (schema)->name;

  return TRUE;
}

static GBytes *
qs_avro_serializer_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  QsAvroSerializer *self = QS_AVRO_SERIALIZER (serializer);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (QsAvroSchema) schema =
      qs_schema_binding_begin (&self->binding, get_name, NULL, out, error);

  if (schema == NULL || !qs_avro_encode (qs_avro_schema_get_root (schema), value, out, error))
    return NULL;

  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* How what was written by @schema is read by the own one. It lives as long as the
 * serializer. */
static const QsAvroNode *
find_resolution (QsAvroSerializer *self, QsAvroSchema *schema, GError **error)
{
  g_autoptr (QsAvroSchema) own = qs_schema_binding_dup_own (&self->binding, error);
  QsAvroResolution *resolution = NULL;

  if (own == NULL)
    return NULL;
  /* The same text is parsed once. */
  if (own == schema)
    return qs_avro_schema_get_root (schema);

  g_mutex_lock (&self->lock);
  resolution = g_hash_table_lookup (self->resolutions, schema);
  if (resolution == NULL)
    {
      resolution = qs_avro_resolution_new (schema, own);
      g_hash_table_insert (self->resolutions, schema, resolution);
    }
  g_mutex_unlock (&self->lock);

  return qs_avro_resolution_get_root (resolution);
}

static GVariant *
qs_avro_serializer_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  QsAvroSerializer *self = QS_AVRO_SERIALIZER (serializer);
  gsize             length = 0;
  const guint8     *data = g_bytes_get_data (bytes, &length);
  g_autoptr (QsAvroSchema) schema = NULL;
  const QsAvroNode *root = NULL;
  gint64            id = 0;

  if (!qs_schema_binding_skip_header (&self->binding, &data, &length, &id, error))
    return NULL;
  schema = qs_schema_binding_dup_written (&self->binding, id, error);
  if (schema == NULL)
    return NULL;

  root = self->binding.registry != NULL && self->binding.schema != NULL
             ? find_resolution (self, schema, error)
             : qs_avro_schema_get_root (schema);

  return root != NULL ? qs_avro_decode (root, data, length, error) : NULL;
}

static const char *
qs_avro_serializer_get_content_type (QsSerializer *serializer)
{
  return "avro/binary";
}

static void
qs_avro_serializer_iface_init (QsSerializerInterface *iface)
{
  iface->serialize = qs_avro_serializer_serialize;
  iface->deserialize = qs_avro_serializer_deserialize;
  iface->get_content_type = qs_avro_serializer_get_content_type;
}

static void
qs_avro_serializer_finalize (GObject *object)
{
  QsAvroSerializer *self = QS_AVRO_SERIALIZER (object);

  g_hash_table_unref (self->resolutions);
  g_mutex_clear (&self->lock);
  qs_schema_binding_clear (&self->binding);

  G_OBJECT_CLASS (qs_avro_serializer_parent_class)->finalize (object);
}

static void
qs_avro_serializer_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  qs_schema_binding_get_property (
      &QS_AVRO_SERIALIZER (object)->binding, object, prop_id, value, pspec);
}

static void
qs_avro_serializer_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  qs_schema_binding_set_property (
      &QS_AVRO_SERIALIZER (object)->binding, object, prop_id, value, pspec);
}

static void
qs_avro_serializer_class_init (QsAvroSerializerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_avro_serializer_finalize;
  object_class->get_property = qs_avro_serializer_get_property;
  object_class->set_property = qs_avro_serializer_set_property;

  /**
   * QsAvroSerializer:schema:
   *
   * The schema's text, which is registered unchanged. Records that were written with
   * another schema are converted to this one.
   */
  /**
   * QsAvroSerializer:registry:
   *
   * The registry that keeps the schemas; if it is unset, records have no header.
   */
  /**
   * QsAvroSerializer:subject-strategy:
   *
   * The subject under which the registry keeps the schema; `topic` by default.
   */
  /**
   * QsAvroSerializer:auto-register:
   *
   * Whether an unknown schema is registered; true by default. If false, it is an error.
   */
  /**
   * QsAvroSerializer:use-latest-version:
   *
   * Whether the newest schema of the subject is used instead of `schema`; false by default.
   */
  /**
   * QsAvroSerializer:normalize:
   *
   * Whether texts with the same meaning are one schema; false by default.
   */
  /**
   * QsAvroSerializer:references:
   *
   * The schemas in the registry that the schema refers to directly: the name of each
   * reference, its subject, and its version (-1 = the newest).
   *
   * Since: 1.0
   */
  qs_schema_binding_install (object_class);
}

static void
qs_avro_serializer_init (QsAvroSerializer *self)
{
  qs_schema_binding_init (&self->binding, &format);
  g_mutex_init (&self->lock);
  self->resolutions =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) qs_avro_resolution_free);
}

/**
 * qs_avro_serializer_new:
 * @schema: (nullable): the schema's text, which is registered unchanged
 * @registry: (nullable): the registry that keeps the schemas; `NULL` = records have no
 *   header
 *
 * Creates a serializer for Avro. The schema is parsed when it is first needed.
 *
 * Returns: (transfer full): a new serializer
 */
QsAvroSerializer *
qs_avro_serializer_new (const char *schema, QsSchemaRegistry *registry)
{
  g_return_val_if_fail (registry == NULL || QS_IS_SCHEMA_REGISTRY (registry), NULL);

  return g_object_new (QS_TYPE_AVRO_SERIALIZER, "schema", schema, "registry", registry, NULL);
}
