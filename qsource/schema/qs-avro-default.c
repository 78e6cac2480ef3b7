/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-avro-default-private.h"

#include <string.h>

#include "qs-integer-private.h"

/* QS_AVRO_NUL in UTF-8. */
#define NUL "\xef\xb7\x90"

char *
qs_avro_hide_nul (const char *text)
{
  GString *hidden = g_string_new (NULL);

  for (const char *p = text; *p != '\0';)
    {
      gsize n = *p == '\\' && p[1] != '\0' ? 2 : 1;

      if (g_str_has_prefix (p, "\\u0000"))
        {
          g_string_append_printf (hidden, "\\u%04x", QS_AVRO_NUL);
          n = strlen ("\\u0000");
        }
      else
        g_string_append_len (hidden, p, (gssize) n);
      p += n;
    }

  return g_string_free (hidden, FALSE);
}

/* Each character is a byte; NULL: one isn't. */
static GVariant *
bytes_from_text (const char *text)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);
      guint8   byte = character == QS_AVRO_NUL ? 0 : (guint8) character;

      if (character > 0xff && character != QS_AVRO_NUL)
        return NULL;
      g_byte_array_append (bytes, &byte, 1);
    }

  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes->data, bytes->len, 1);
}

static GVariant *
convert_simple (const QsAvroNode *node, GVariant *json)
{
  const char *text =
      g_variant_is_of_type (json, G_VARIANT_TYPE_STRING) ? g_variant_get_string (json, NULL) : NULL;
  QsInteger integer;

  /* A string that no GVariant holds fails as bytes where it is used. */
  if (text != NULL &&
      (node->type == QS_AVRO_BYTES || node->type == QS_AVRO_FIXED || strstr (text, NUL) != NULL))
    return bytes_from_text (text);

  /* So that a union sees which branch is meant. */
  if ((node->type == QS_AVRO_FLOAT || node->type == QS_AVRO_DOUBLE) &&
      qs_integer_from_variant (json, &integer))
    return g_variant_new_double (integer.is_negative ? -(double) integer.magnitude
                                                     : (double) integer.magnitude);

  return NULL;
}

static GVariant *
convert_array (const QsAvroNode *node, GVariant *json)
{
  GVariantBuilder builder;
  gsize           n = g_variant_n_children (json);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (json, i);
      g_autoptr (GVariant) item = g_variant_get_variant (boxed);
      g_autoptr (GVariant) value = qs_avro_default_new (node->types->pdata[0], item);

      g_variant_builder_add (&builder, "v", value);
    }

  return g_variant_builder_end (&builder);
}

/* A map, or a record. */
static GVariant *
convert_object (const QsAvroNode *node, GVariant *json)
{
  GVariantBuilder builder;
  GVariantIter    iter;
  const char     *name = NULL;
  GVariant       *member = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, json);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &member))
    {
      gpointer          place = node->places != NULL ? g_hash_table_lookup (node->places, name) : 0;
      const QsAvroNode *type = NULL;
      g_autoptr (GVariant) value = NULL;

      if (node->type == QS_AVRO_MAP)
        type = node->types->pdata[0];
      else if (place != NULL)
        type = g_array_index (node->fields, QsAvroField, GPOINTER_TO_UINT (place) - 1).type;
      value = type != NULL ? qs_avro_default_new (type, member) : g_variant_ref (member);
      g_variant_builder_add (&builder, "{sv}", name, value);
    }

  return g_variant_builder_end (&builder);
}

GVariant *
qs_avro_default_new (const QsAvroNode *node, GVariant *json)
{
  GVariant *value = NULL;

  if (node->type == QS_AVRO_UNION)
    return qs_avro_default_new (node->types->pdata[0], json);

  if (node->type == QS_AVRO_ARRAY && g_variant_is_of_type (json, G_VARIANT_TYPE ("av")))
    value = convert_array (node, json);
  else if ((node->type == QS_AVRO_MAP || node->type == QS_AVRO_RECORD) &&
           g_variant_is_of_type (json, G_VARIANT_TYPE_VARDICT))
    value = convert_object (node, json);
  else
    value = convert_simple (node, json);

  return value != NULL ? g_variant_ref_sink (value) : g_variant_ref (json);
}
