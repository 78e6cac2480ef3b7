/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-headers-private.h"

/**
 * QsHeaders:
 *
 * The headers of a message: an ordered list of names and values.
 *
 * A name may occur more than once, as in Kafka. A value is any bytes, or `NULL`,
 * which is not the same as no bytes.
 *
 * ## Life cycle
 *
 * Headers are a value: they are copied with [method@Headers.copy] and filled in
 * with [method@Headers.append] before they are given to a message, which keeps a
 * copy of its own.
 *
 * ## Thread safety
 *
 * One thread at a time.
 */
struct _QsHeaders
{
  GArray *entries; /* Entry; owned */
};

typedef struct
{
  char   *name;  /* owned */
  GBytes *value; /* owned, or `NULL` */
} Entry;

G_DEFINE_BOXED_TYPE (QsHeaders, qs_headers, qs_headers_copy, qs_headers_free)

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  g_clear_pointer (&entry->value, g_bytes_unref);
}

rd_kafka_headers_t *
qs_headers_to_kafka (QsHeaders *self)
{
  rd_kafka_headers_t *list = rd_kafka_headers_new (self->entries->len);

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      gsize        size = 0;
      const void  *data = entry->value != NULL ? g_bytes_get_data (entry->value, &size) : NULL;

      /* Empty bytes may have no address, but aren't null. */
      if (entry->value != NULL && data == NULL)
        data = "";
      rd_kafka_header_add (list, entry->name, -1, data, size);
    }

  return list;
}

QsHeaders *
qs_headers_new_from_kafka (rd_kafka_message_t *message)
{
  g_autoptr (QsHeaders) self = NULL;
  rd_kafka_headers_t *list = NULL;
  const char         *name = NULL;
  const void         *data = NULL;
  gsize               size = 0;

  if (rd_kafka_message_headers (message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return NULL;

  self = qs_headers_new ();
  for (gsize i = 0;
       rd_kafka_header_get_all (list, i, &name, &data, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       i++)
    {
      g_autoptr (GBytes) value = data != NULL ? g_bytes_new (data, size) : NULL;

      qs_headers_append (self, name, value);
    }

  return g_steal_pointer (&self);
}

/**
 * qs_headers_new:
 *
 * Creates an empty list of headers.
 *
 * Returns: (transfer full): the new headers
 */
QsHeaders *
qs_headers_new (void)
{
  QsHeaders *self = g_new (QsHeaders, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);

  return self;
}

/**
 * qs_headers_copy:
 * @self: headers
 *
 * Copies the list; the values' bytes are shared.
 *
 * Returns: (transfer full): the copy
 */
QsHeaders *
qs_headers_copy (QsHeaders *self)
{
  QsHeaders *copy = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  copy = qs_headers_new ();
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      qs_headers_append (copy, entry->name, entry->value);
    }

  return copy;
}

/**
 * qs_headers_free:
 * @self: (transfer full): headers
 *
 * Frees the list.
 */
void
qs_headers_free (QsHeaders *self)
{
  g_return_if_fail (self != NULL);

  g_array_unref (self->entries);
  g_free (self);
}

/**
 * qs_headers_get_length:
 * @self: headers
 *
 * Gets how many headers there are.
 *
 * Returns: the number of headers
 */
guint
qs_headers_get_length (QsHeaders *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->entries->len;
}

/**
 * qs_headers_get_name:
 * @self: headers
 * @index: which header, less than [method@Headers.get_length]
 *
 * Gets the name of a header.
 *
 * Returns: the name
 */
const char *
qs_headers_get_name (QsHeaders *self, guint index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index < self->entries->len, NULL);

  return g_array_index (self->entries, Entry, index).name;
}

/**
 * qs_headers_get_value:
 * @self: headers
 * @index: which header, less than [method@Headers.get_length]
 *
 * Gets the value of a header.
 *
 * Returns: (transfer none) (nullable): the value
 */
GBytes *
qs_headers_get_value (QsHeaders *self, guint index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index < self->entries->len, NULL);

  return g_array_index (self->entries, Entry, index).value;
}

/**
 * qs_headers_lookup:
 * @self: headers
 * @name: a name
 *
 * Looks up the value of the header @name; of the last one, if there are several.
 *
 * Whether a header is missing or its value is `NULL` can't be told from the
 * result; [method@Headers.get_name] tells.
 *
 * Returns: (transfer none) (nullable): the value
 */
GBytes *
qs_headers_lookup (QsHeaders *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = self->entries->len; i > 0; i--)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i - 1);

      if (g_str_equal (entry->name, name))
        return entry->value;
    }

  return NULL;
}

/**
 * qs_headers_append:
 * @self: headers
 * @name: a name
 * @value: (nullable): a value
 *
 * Adds a header behind the others, also if one with this name is there already.
 */
void
qs_headers_append (QsHeaders *self, const char *name, GBytes *value)
{
  Entry entry = { NULL, NULL };

  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL);

  entry.name = g_strdup (name);
  entry.value = value != NULL ? g_bytes_ref (value) : NULL;
  g_array_append_val (self->entries, entry);
}
