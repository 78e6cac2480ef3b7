/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-writer-private.h"

#include "qs-json-out-private.h"

/*
 * The quick way of qs_json_write(): it walks the serialized form, of which
 * qs-json-packer.c describes, and makes no GVariant for what is in it. That form is normal:
 * whatever a place says lies inside of the container, and strings end in a NUL.
 */

/* Types of values that are written as GVariants, with their NUL. */
#define MAX_TYPE 64

/* Bytes of a value, and its type, which no NUL ends. */
typedef struct
{
  const char   *type;
  gsize         type_length;
  const guint8 *data;
  gsize         size;
} Part;

static gboolean walk_variant (QsJsonWriter *self, const guint8 *data, gsize size);

static inline gsize
read_place (const guint8 *data, guint width)
{
  gsize place = 0;

  for (guint i = width; i > 0; i--)
    place = place << 8 | data[i - 1];

  return place;
}

/* How wide places are in a container of @size bytes. */
static inline guint
get_width (gsize size)
{
  if (G_LIKELY (size <= G_MAXUINT8))
    return 1;
  if (size <= G_MAXUINT16)
    return 2;
  if (size <= G_MAXUINT32)
    return 4;

  return 8;
}

static inline gsize
round_up (gsize place)
{
  return (place + 7) & ~(gsize) 7;
}

static gboolean
walk_member (QsJsonWriter *self, const guint8 *data, gsize size)
{
  guint width = get_width (size);
  gsize name_end = read_place (data + size - width, width);
  gsize value = round_up (name_end);

  qs_json_out_put_string (self->out, (const char *) data, name_end - 1);
  qs_json_out_put_c (self->out, ':');

  return walk_variant (self, data + value, size - width - value);
}

/* An a{sv} or an av. */
static gboolean
walk_container (QsJsonWriter *self, const guint8 *data, gsize size, gboolean is_object)
{
  guint width = get_width (size);
  gsize places = size > 0 ? read_place (data + size - width, width) : 0;
  gsize end = 0;

  if (self->depth == QS_JSON_MAX_DEPTH)
    return FALSE;

  self->depth++;
  qs_json_out_put_c (self->out, is_object ? '{' : '[');
  for (gsize place = places; place < size; place += width)
    {
      gsize start = round_up (end);

      end = read_place (data + place, width);
      if (place > places)
        qs_json_out_put_c (self->out, ',');
      if (!(is_object ? walk_member : walk_variant) (self, data + start, end - start))
        return FALSE;
    }
  qs_json_out_put_c (self->out, is_object ? '}' : ']');
  self->depth--;

  return TRUE;
}

/* A value of another type; its data is aligned for all of them. */
static gboolean
walk_other (QsJsonWriter *self, const Part *part)
{
  char type[MAX_TYPE];
  g_autoptr (GVariant) value = NULL;

  if (part->type_length >= sizeof type)
    return FALSE;

  memcpy (type, part->type, part->type_length);
  type[part->type_length] = '\0';
  value = g_variant_ref_sink (
      g_variant_new_from_data (G_VARIANT_TYPE (type), part->data, part->size, TRUE, NULL, NULL));

  return qs_json_writer_write (self, value, NULL);
}

static gboolean
walk_simple (QsJsonWriter *self, const Part *part)
{
  gint64  number;
  guint64 digits;
  double  real;

  switch (*part->type)
    {
    case 's':
      qs_json_out_put_string (self->out, (const char *) part->data, part->size - 1);
      return TRUE;

    case 'x':
      memcpy (&number, part->data, sizeof number);
      digits = (guint64) number;
      qs_json_out_put_integer (self->out, (QsInteger){ number < 0, number < 0 ? -digits : digits });
      return TRUE;

    case 'd':
      memcpy (&real, part->data, sizeof real);
      qs_json_out_put_double (self->out, real);
      return TRUE;

    case 'b':
      qs_json_out_put_boolean (self->out, *part->data != 0);
      return TRUE;

    default:
      return walk_other (self, part);
    }
}

static gboolean
walk_variant (QsJsonWriter *self, const guint8 *data, gsize size)
{
  Part  part = { .data = data };
  gsize end = size;

  /* The type stands behind the last NUL. */
  while (end > 0 && data[end - 1] != 0)
    end--;
  if (end == 0)
    return FALSE;
  part.type = (const char *) data + end;
  part.type_length = size - end;
  part.size = end - 1;

  if (part.type_length == 1)
    return walk_simple (self, &part);
  if (part.type_length == 5 && memcmp (part.type, "a{sv}", 5) == 0)
    return walk_container (self, data, part.size, TRUE);
  if (part.type_length == 2 && memcmp (part.type, "av", 2) == 0)
    return walk_container (self, data, part.size, FALSE);
  if (part.type_length == 2 && memcmp (part.type, "mv", 2) == 0 && part.size == 0)
    {
      qs_json_out_put_null (self->out);
      return TRUE;
    }

  return walk_other (self, &part);
}

static gboolean
write_data (QsJsonWriter *self, GVariant *value)
{
  gboolean is_object = g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT);

  if (!is_object && !g_variant_is_of_type (value, G_VARIANT_TYPE ("av")))
    return FALSE;
  if (!g_variant_is_normal_form (value))
    return FALSE;

  return walk_container (self, g_variant_get_data (value), g_variant_get_size (value), is_object);
}

gboolean
qs_json_write (GVariant *value, GString *out, GError **error)
{
  QsJsonWriter writer = { .out = out };
  gsize        length = out->len;

  if (write_data (&writer, value))
    {
      qs_json_out_end (out);
      return TRUE;
    }

  out->len = length;

  return qs_json_write_tree (value, out, error);
}
