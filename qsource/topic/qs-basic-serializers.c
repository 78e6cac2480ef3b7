/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-serializer-private.h"

#include <string.h>

#include "qs-integer-private.h"
#include "qs-serialization-error.h"

/* The serializers of a single number, text or run of bytes: one class, and a
 * table of what they differ in. */

typedef struct
{
  const char *name;
  const char *alias; /* the other name, or NULL */
  const char *takes; /* for error texts */
  const char *content_type;
  GBytes *(*serialize) (GVariant *value, GError **error);
  GVariant *(*deserialize) (GBytes *bytes, GError **error);
} Format;

#define QS_TYPE_BASIC_SERIALIZER (qs_basic_serializer_get_type ())
G_DECLARE_FINAL_TYPE (QsBasicSerializer, qs_basic_serializer, QS, BASIC_SERIALIZER, GObject)

struct _QsBasicSerializer
{
  GObject parent_instance;

  const Format *format; /* set once, when it is made; static */
};

static void qs_basic_serializer_iface_init (QsSerializerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (QsBasicSerializer,
                               qs_basic_serializer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (QS_TYPE_SERIALIZER,
                                                      qs_basic_serializer_iface_init))

/* A format's serialize() returns NULL without an error for a type that it does
 * not take: the words for that are the same for all. */

static GBytes *
serialize_string (GVariant *value, GError **error)
{
  gsize       length;
  const char *text;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return NULL;

  text = g_variant_get_string (value, &length);
  return g_bytes_new (text, length);
}

static GVariant *
deserialize_string (GBytes *bytes, GError **error)
{
  gsize       length;
  const char *data = g_bytes_get_data (bytes, &length);
  /* No bytes may come as NULL. */
  const char *text = data != NULL ? data : "";
  const char *end;

  /* A NUL is valid UTF-8, but would end a GVariant's string. */
  if (!g_utf8_validate_len (text, length, &end))
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_INVALID_DATA,
                   "Invalid UTF-8, or a NUL character, at byte %" G_GSIZE_FORMAT " of a string",
                   (gsize) (end - text));
      return NULL;
    }

  return g_variant_new_take_string (g_strndup (text, length));
}

static GBytes *
serialize_bytes (GVariant *value, GError **error)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    return g_variant_get_data_as_bytes (value);

  return serialize_string (value, error);
}

static GVariant *
deserialize_bytes (GBytes *bytes, GError **error)
{
  return qs_serializer_wrap_bytes (bytes);
}

/* Checks the length of what holds a number of @size bytes, and reads it. */
static gboolean
read_number (GBytes *bytes, const char *what, gpointer number, gsize size, GError **error)
{
  gsize         length;
  gconstpointer data = g_bytes_get_data (bytes, &length);

  if (length != size)
    {
      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_INVALID_DATA,
                   "%s has %" G_GSIZE_FORMAT " bytes, not %" G_GSIZE_FORMAT,
                   what,
                   size,
                   length);
      return FALSE;
    }

  memcpy (number, data, size);
  return TRUE;
}

static GBytes *
serialize_integer (GVariant *value, GError **error)
{
  QsInteger integer;
  guint32   number;

  if (!qs_integer_from_variant (value, &integer))
    return NULL;

  if (integer.magnitude > (guint64) G_MAXINT32 + (integer.is_negative ? 1 : 0))
    {
      g_autofree char *text = g_variant_print (value, FALSE);

      g_set_error (error,
                   QS_SERIALIZATION_ERROR,
                   QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
                   "%s does not fit into an integer of 32 bits; use the 'json' serializer",
                   text);
      return NULL;
    }

  number = (guint32) integer.magnitude;
  number = GUINT32_TO_BE (integer.is_negative ? -number : number);
  return g_bytes_new (&number, sizeof number);
}

static GVariant *
deserialize_integer (GBytes *bytes, GError **error)
{
  guint32 number;

  if (!read_number (bytes, "An integer", &number, sizeof number, error))
    return NULL;

  return g_variant_new_int32 ((gint32) GUINT32_FROM_BE (number));
}

static GBytes *
serialize_double (GVariant *value, GError **error)
{
  QsInteger integer;
  double    number;
  guint64   bits;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    number = g_variant_get_double (value);
  else if (!qs_integer_from_variant (value, &integer))
    return NULL;
  else
    {
      number = (double) integer.magnitude;
      /* The first test is for what was rounded up to 2^64: casting it back is undefined. */
      if (number >= 0x1p64 || (guint64) number != integer.magnitude)
        {
          g_autofree char *text = g_variant_print (value, FALSE);

          g_set_error (
              error,
              QS_SERIALIZATION_ERROR,
              QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
              "A double cannot represent the integer %s exactly; use the 'json' serializer",
              text);
          return NULL;
        }
      if (integer.is_negative)
        number = -number;
    }

  memcpy (&bits, &number, sizeof bits);
  bits = GUINT64_TO_BE (bits);
  return g_bytes_new (&bits, sizeof bits);
}

static GVariant *
deserialize_double (GBytes *bytes, GError **error)
{
  guint64 bits;
  double  number;

  if (!read_number (bytes, "A double", &bits, sizeof bits, error))
    return NULL;

  bits = GUINT64_FROM_BE (bits);
  memcpy (&number, &bits, sizeof number);
  return g_variant_new_double (number);
}

static const Format formats[] = {
  { "bytes",
    NULL,
    "bytes (ay) and strings (s)",
    "application/octet-stream",
    serialize_bytes,
    deserialize_bytes },
  { "string",
    "str",
    "strings (s)",
    "text/plain; charset=utf-8",
    serialize_string,
    deserialize_string },
  { "integer",
    "int",
    "integers (y, n, q, i, u, x, t)",
    "application/octet-stream",
    serialize_integer,
    deserialize_integer },
  { "double",
    NULL,
    "doubles (d) and integers",
    "application/octet-stream",
    serialize_double,
    deserialize_double },
};

static GBytes *
qs_basic_serializer_serialize (QsSerializer *serializer, GVariant *value, GError **error)
{
  const Format *format = QS_BASIC_SERIALIZER (serializer)->format;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GBytes) bytes = format->serialize (value, &local_error);

  if (bytes == NULL && local_error == NULL)
    g_set_error (&local_error,
                 QS_SERIALIZATION_ERROR,
                 QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
                 "The serializer '%s' takes %s, not a value of type '%s'",
                 format->name,
                 format->takes,
                 g_variant_get_type_string (value));
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));

  return g_steal_pointer (&bytes);
}

static GVariant *
qs_basic_serializer_deserialize (QsSerializer *serializer, GBytes *bytes, GError **error)
{
  return QS_BASIC_SERIALIZER (serializer)->format->deserialize (bytes, error);
}

static const char *
qs_basic_serializer_get_content_type (QsSerializer *serializer)
{
  return QS_BASIC_SERIALIZER (serializer)->format->content_type;
}

static void
qs_basic_serializer_iface_init (QsSerializerInterface *iface)
{
  iface->serialize = qs_basic_serializer_serialize;
  iface->deserialize = qs_basic_serializer_deserialize;
  iface->get_content_type = qs_basic_serializer_get_content_type;
}

static void
qs_basic_serializer_class_init (QsBasicSerializerClass *klass)
{
}

static void
qs_basic_serializer_init (QsBasicSerializer *self)
{
}

QsSerializer *
qs_basic_serializer_new (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (name, formats[i].name) || g_strcmp0 (name, formats[i].alias) == 0)
      {
        QsBasicSerializer *self = g_object_new (QS_TYPE_BASIC_SERIALIZER, NULL);

        self->format = &formats[i];
        return QS_SERIALIZER (self);
      }

  return NULL;
}

const char *
qs_basic_serializer_get_name (QsSerializer *self)
{
  return QS_IS_BASIC_SERIALIZER (self) ? QS_BASIC_SERIALIZER (self)->format->name : NULL;
}

gboolean
qs_serializer_is_bytes (QsSerializer *self)
{
  return QS_IS_BASIC_SERIALIZER (self) && QS_BASIC_SERIALIZER (self)->format == &formats[0];
}

GVariant *
qs_serializer_wrap_bytes (GBytes *bytes)
{
  /* Bytes need no alignment and are always valid: nothing is copied. */
  return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}
