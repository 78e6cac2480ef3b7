/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-serializer-private.h"

#include "qs-json-private.h"

/* Values as JSON; the work is done in qs-json-*.c. */

#define QS_TYPE_JSON_SERIALIZER (qs_json_serializer_get_type ())
G_DECLARE_FINAL_TYPE (QsJsonSerializer, qs_json_serializer, QS, JSON_SERIALIZER, GObject)

struct _QsJsonSerializer
{
  GObject parent_instance;
};

static void qs_json_serializer_iface_init (QsSerializerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QsJsonSerializer,
                               qs_json_serializer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER,
                                                      qs_json_serializer_iface_init))

GBytes *
qs_json_serializer_write (GVariant *value, gboolean is_fresh, GError **error)
{
  /* Room for a record of common size. */
  g_autoptr (GString) out = g_string_sized_new (256);

  if (!(is_fresh ? qs_json_write_tree : qs_json_write) (value, out, error))
    {
      g_prefix_error (
          error, "Cannot write a value of type '%s' as JSON: ", g_variant_get_type_string (value));
      return NULL;
    }

  return g_string_free_to_bytes (g_steal_pointer (&out));
}

static GBytes *
qs_json_serializer_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  return qs_json_serializer_write (value, FALSE, error);
}

static GVariant *
qs_json_serializer_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  gsize         length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  return qs_json_read (data, length, error);
}

static const char *
qs_json_serializer_get_content_type (QsSerializer *serializer)
{
  return "application/json";
}

static void
qs_json_serializer_iface_init (QsSerializerInterface *iface)
{
  iface->serialize = qs_json_serializer_serialize;
  iface->deserialize = qs_json_serializer_deserialize;
  iface->get_content_type = qs_json_serializer_get_content_type;
}

static void
qs_json_serializer_class_init (QsJsonSerializerClass *klass)
{
}

static void
qs_json_serializer_init (QsJsonSerializer *self)
{
}

QsSerializer *
qs_json_serializer_new (void)
{
  return g_object_new (QS_TYPE_JSON_SERIALIZER, NULL);
}

gboolean
qs_serializer_is_json (QsSerializer *self)
{
  return QS_IS_JSON_SERIALIZER (self);
}
