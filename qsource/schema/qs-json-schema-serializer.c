/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-schema-serializer.h"

#include "qs-json.h"
#include "qs-json-schema-private.h"
#include "qs-schema-binding-private.h"
#include "qs-serialization-error.h"
#include "qs-serializer.h"

/**
 * QsJsonSchemaSerializer:
 *
 * Serializes values as JSON, and validates them against a JSON Schema (drafts 4 to 7).
 *
 * With a `registry`, records begin with a zero byte and the id of their schema (four bytes,
 * big-endian), as Confluent's clients write and read them; the schema is registered or
 * looked up before the first record of a topic. Without a registry, records are JSON alone.
 * [func@json_to_bytes] describes how values become JSON.
 *
 * Written values are checked against the schema. Read values are checked against the
 * `schema` of the serializer or, without one, against the schema whose id the record
 * contains. Errors contain the path in the record, as in `orders[3].amount: Value type not
 * permitted by 'type' constraint`. A library that was built without valijson cannot check
 * values, and returns an error if [property@JsonSchemaSerializer:validate] is set.
 *
 * For the subject strategies `record` and `topic-record`, a schema's name is its `title`.
 *
 * The properties are `schema`, `registry`, `subject-strategy`, `auto-register`,
 * `use-latest-version`, `normalize`, `references` and `validate`; set them when the
 * serializer is made.
 *
 * ## Thread safety
 *
 * Any thread may use it. The first record of a topic, and the first record with a schema
 * that was not read yet, wait for the registry.
 *
 * Since: 1.0
 */
struct _QsJsonSchemaSerializer
{
  GObject parent_instance;

  QsSchemaBinding binding;
  gboolean        validate; /* set when it is made, then only read */
};

enum
{
  PROP_VALIDATE = QS_SCHEMA_N_PROPS,
};

static void qs_json_schema_serializer_iface_init (QsSerializerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QsJsonSchemaSerializer,
                               qs_json_schema_serializer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER,
                                                      qs_json_schema_serializer_iface_init))

static gpointer
parse (const QsSchemaText *text, GError **error)
{
  return qs_json_schema_new (text->text, text->names, text->parts, error);
}

static gpointer
ref (gpointer schema)
{
  return qs_json_schema_ref (schema);
}

static void
unref (gpointer schema)
{
  qs_json_schema_unref (schema);
}

static const QsSchemaFormat format = { "JSON", "JSON Schema", parse, ref, unref };

static gboolean
get_name (gpointer schema, gpointer user_data, const char **name, GError **error)
{
  *name = qs_json_schema_get_title (schema);

  return TRUE;
}

static GBytes *
qs_json_schema_serializer_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  QsJsonSchemaSerializer *self = QS_JSON_SCHEMA_SERIALIZER (serializer);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (QsJsonSchema) schema =
      qs_schema_binding_begin (&self->binding, get_name, NULL, out, error);
  g_autoptr (GBytes) json = schema != NULL ? qs_json_to_bytes (value, error) : NULL;
  gsize       length = 0;
  const char *text = json != NULL ? g_bytes_get_data (json, &length) : NULL;

  if (text == NULL)
    return NULL;
  if (self->validate &&
      !qs_json_schema_check (schema, text, length, QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE, error))
    return NULL;
  if (out->len == 0)
    return g_steal_pointer (&json);

  g_byte_array_append (out, (const guint8 *) text, (guint) length);

  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

static gboolean
check_read (QsJsonSchemaSerializer *self, gint64 id, const char *text, gsize length, GError **error)
{
  g_autoptr (QsJsonSchema) schema = self->binding.schema != NULL
                                        ? qs_schema_binding_dup_own (&self->binding, error)
                                        : qs_schema_binding_dup_written (&self->binding, id, error);

  return schema != NULL &&
         qs_json_schema_check (schema, text, length, QS_SERIALIZATION_ERROR_INVALID_DATA, error);
}

static GVariant *
qs_json_schema_serializer_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  QsJsonSchemaSerializer *self = QS_JSON_SCHEMA_SERIALIZER (serializer);
  gsize                   length = 0;
  const guint8           *data = g_bytes_get_data (bytes, &length);
  gint64                  id = 0;
  g_autoptr (GBytes) json = NULL;
  g_autoptr (GVariant) value = NULL;

  if (!qs_schema_binding_skip_header (&self->binding, &data, &length, &id, error))
    return NULL;
  json = g_bytes_new_from_bytes (bytes, g_bytes_get_size (bytes) - length, length);
  /* First, for it bounds how deep the text is. */
  value = qs_json_from_bytes (json, error);
  if (value == NULL ||
      (self->validate && !check_read (self, id, (const char *) data, length, error)))
    return NULL;

  return g_steal_pointer (&value);
}

static const char *
qs_json_schema_serializer_get_content_type (QsSerializer *serializer)
{
  /* As Confluent calls it. It isn't JSON as such: nothing is a tombstone here, not a null. */
  return "application/vnd.kafka.jsonschema.v2+json";
}

static void
qs_json_schema_serializer_iface_init (QsSerializerInterface *iface)
{
  iface->serialize = qs_json_schema_serializer_serialize;
  iface->deserialize = qs_json_schema_serializer_deserialize;
  iface->get_content_type = qs_json_schema_serializer_get_content_type;
}

static void
qs_json_schema_serializer_finalize (GObject *object)
{
  QsJsonSchemaSerializer *self = QS_JSON_SCHEMA_SERIALIZER (object);

  qs_schema_binding_clear (&self->binding);

  G_OBJECT_CLASS (qs_json_schema_serializer_parent_class)->finalize (object);
}

static void
qs_json_schema_serializer_get_property (GObject    *object,
                                        guint       prop_id,
                                        GValue     *value,
                                        GParamSpec *pspec)
{
  QsJsonSchemaSerializer *self = QS_JSON_SCHEMA_SERIALIZER (object);

  if (prop_id == PROP_VALIDATE)
    g_value_set_boolean (value, self->validate);
  else
    qs_schema_binding_get_property (&self->binding, object, prop_id, value, pspec);
}

static void
qs_json_schema_serializer_set_property (GObject      *object,
                                        guint         prop_id,
                                        const GValue *value,
                                        GParamSpec   *pspec)
{
  QsJsonSchemaSerializer *self = QS_JSON_SCHEMA_SERIALIZER (object);

  if (prop_id == PROP_VALIDATE)
    self->validate = g_value_get_boolean (value);
  else
    qs_schema_binding_set_property (&self->binding, object, prop_id, value, pspec);
}

static void
qs_json_schema_serializer_class_init (QsJsonSchemaSerializerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_json_schema_serializer_finalize;
  object_class->get_property = qs_json_schema_serializer_get_property;
  object_class->set_property = qs_json_schema_serializer_set_property;

  /**
   * QsJsonSchemaSerializer:schema:
   *
   * The schema's text, which is registered unchanged.
   */
  /**
   * QsJsonSchemaSerializer:registry:
   *
   * The registry that keeps the schemas; if it is unset, records have no header.
   */
  /**
   * QsJsonSchemaSerializer:subject-strategy:
   *
   * The subject under which the registry keeps the schema; `topic` by default.
   */
  /**
   * QsJsonSchemaSerializer:auto-register:
   *
   * Whether an unknown schema is registered; true by default. If false, it is an error.
   */
  /**
   * QsJsonSchemaSerializer:use-latest-version:
   *
   * Whether the newest schema of the subject is used instead of `schema`; false by default.
   */
  /**
   * QsJsonSchemaSerializer:normalize:
   *
   * Whether texts with the same meaning are one schema; false by default.
   */
  /**
   * QsJsonSchemaSerializer:references:
   *
   * The schemas in the registry that the schema refers to directly: the name of each
   * reference, its subject, and its version (-1 = the newest).
   *
   * Since: 1.0
   */
  qs_schema_binding_install (object_class);

  /**
   * QsJsonSchemaSerializer:validate:
   *
   * Whether written and read values are checked against the schema; true by default.
   */
  g_object_class_install_property (
      object_class,
      PROP_VALIDATE,
      g_param_spec_boolean ("validate",
                            NULL,
                            "Whether values are checked against the schema",
                            TRUE,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
qs_json_schema_serializer_init (QsJsonSchemaSerializer *self)
{
  qs_schema_binding_init (&self->binding, &format);
}

/**
 * qs_json_schema_serializer_new:
 * @schema: (nullable): the schema's text, which is registered unchanged
 * @registry: (nullable): the registry that keeps the schemas; `NULL` = records have no
 *   header
 *
 * Creates a serializer for JSON with a schema. The schema is parsed when it is first
 * needed.
 *
 * Returns: (transfer full): a new serializer
 *
 * Since: 1.0
 */
QsJsonSchemaSerializer *
qs_json_schema_serializer_new (const char *schema, QsSchemaRegistry *registry)
{
  g_return_val_if_fail (registry == NULL || QS_IS_SCHEMA_REGISTRY (registry), NULL);

  return g_object_new (
      QS_TYPE_JSON_SCHEMA_SERIALIZER, "schema", schema, "registry", registry, NULL);
}
