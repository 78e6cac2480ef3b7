/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-topic-private.h"

#include <string.h>

#include "qs-headers.h"
#include "qs-message-private.h"
#include "qs-serialization-error.h"
#include "qs-serializer.h"

/* As much of @value (nullable) as can be represented: by @serializer, or as the bytes that it is,
 * or as text. The header @name records the latter two. */
static GBytes *
tell_part (QsSerializer *serializer, GVariant *value, QsHeaders *headers, const char *name)
{
  g_autoptr (GBytes) format = NULL;
  GBytes     *bytes = NULL;
  const char *format_name = "bytes";
  char       *text = NULL;

  if (value == NULL)
    return NULL;

  bytes = qs_serializer_serialize (serializer, value, NULL);
  if (bytes != NULL)
    return bytes;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    {
      bytes = g_variant_get_data_as_bytes (value);
    }
  else
    {
      format_name = "gvariant";
      text = g_variant_print (value, TRUE);
      bytes = g_bytes_new_take (text, strlen (text));
    }

  format = g_bytes_new_static (format_name, strlen (format_name));
  qs_headers_append (headers, name, format);

  return bytes;
}

gboolean
qs_topic_can_reject (const GError *failure)
{
  return !g_error_matches (failure, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_REGISTRY) &&
         !g_error_matches (failure, QS_SERIALIZATION_ERROR, QS_SERIALIZATION_ERROR_SCHEMA) &&
         !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

QsMessage *
qs_topic_reject (QsTopic      *self,
                 GVariant     *key,
                 GVariant     *value,
                 QsHeaders    *headers,
                 gint64        timestamp,
                 const GError *failure)
{
  g_autoptr (QsHeaders) own_headers =
      headers != NULL ? qs_headers_copy (headers) : qs_headers_new ();
  g_autoptr (GBytes) key_bytes = NULL;
  g_autoptr (GBytes) value_bytes = NULL;

  key_bytes = tell_part (qs_topic_get_key_serializer (self),
                         key,
                         own_headers,
                         QS_MESSAGE_ERROR_HEADER_PREFIX "key.format");
  value_bytes = tell_part (qs_topic_get_value_serializer (self),
                           value,
                           own_headers,
                           QS_MESSAGE_ERROR_HEADER_PREFIX "value.format");

  return qs_message_new_failed (
      key_bytes, value_bytes, own_headers, timestamp, "serialize", failure);
}
