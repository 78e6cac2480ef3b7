/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-headers-private.h"

#include <string.h>

/**
 * QsHeaders:
 *
 * The headers of a message: an ordered list of names and values.
 *
 * A name may occur more than once, as in Kafka. A value is any bytes, or `NULL`,
 * which is not the same as an empty value.
 *
 * ## Life cycle
 *
 * Headers are a value type: copy them with [method@Headers.copy] and fill them with
 * [method@Headers.append] before they are passed to a message, which keeps a copy of its
 * own.
 *
 * ## Thread safety
 *
 * Only one thread at a time may use them.
 */
typedef struct
{
  const char *name;  /* owned if it is too long for the block */
  GBytes     *value; /* owned, or `NULL` */
} Entry;

/* Shared by copies until one of them is appended to; never changed while it is shared. Short
 * names lie behind the entries, in the same block. */
typedef struct _QsHeaderEntries
{
  gatomicrefcount n_refs;
  guint           len;
  guint           size;   /* how many there is room for */
  guint           n_used; /* bytes for names */
  Entry           entries[];
} Entries;

/* Most records have no more. */
#define FIRST_SIZE 4

/* Bytes for names, for each entry. */
#define NAME_SIZE 16

G_DEFINE_BOXED_TYPE (QsHeaders, qs_headers, qs_headers_copy, qs_headers_free)

static inline char *
get_names (Entries *entries)
{
  return (char *) &entries->entries[entries->size];
}

static inline gboolean
has_name (Entries *entries, const char *name)
{
  return name >= get_names (entries) && name < get_names (entries) + entries->size * NAME_SIZE;
}

static void
entries_unref (Entries *entries)
{
  if (entries == NULL || !g_atomic_ref_count_dec (&entries->n_refs))
    return;

  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &entries->entries[i];

      if (G_UNLIKELY (!has_name (entries, entry->name)))
        g_free ((char *) entry->name);
      if (entry->value != NULL)
        g_bytes_unref (entry->value);
    }
  g_free (entries);
}

static Entries *
entries_new (guint size)
{
  Entries *entries = g_malloc (sizeof *entries + size * (sizeof (Entry) + NAME_SIZE));

  g_atomic_ref_count_init (&entries->n_refs);
  entries->len = 0;
  entries->size = size;
  entries->n_used = 0;

  return entries;
}

static void
entries_add (Entries *entries, const char *name, GBytes *value)
{
  Entry *entry = &entries->entries[entries->len++];
  gsize  size = strlen (name) + 1;
  char  *free_part = get_names (entries) + entries->n_used;

  entry->value = value != NULL ? g_bytes_ref (value) : NULL;
  if (G_UNLIKELY (size > entries->size * NAME_SIZE - entries->n_used))
    {
      entry->name = g_memdup2 (name, size);
      return;
    }

  entry->name = memcpy (free_part, name, size);
  entries->n_used += (guint) size;
}

/* Entries of @self alone, with room for one more. */
static void
make_room (QsHeaders *self)
{
  Entries *old = self->entries;

  if (old == NULL)
    {
      self->entries = entries_new (FIRST_SIZE);
    }
  else if (old->len == old->size || !g_atomic_ref_count_compare (&old->n_refs, 1))
    {
      self->entries = entries_new (old->len * 2);
      for (guint i = 0; i < old->len; i++)
        entries_add (self->entries, old->entries[i].name, old->entries[i].value);
      entries_unref (old);
    }
}

void
qs_headers_init_copy (QsHeaders *self, QsHeaders *other)
{
  self->entries = other->entries;
  if (self->entries != NULL)
    g_atomic_ref_count_inc (&self->entries->n_refs);
}

void
qs_headers_clear (QsHeaders *self)
{
  entries_unref (g_steal_pointer (&self->entries));
}

rd_kafka_headers_t *
qs_headers_to_kafka (QsHeaders *self)
{
  const Entries      *entries = self->entries;
  guint               n = entries != NULL ? entries->len : 0;
  rd_kafka_headers_t *list = rd_kafka_headers_new (n);

  for (guint i = 0; i < n; i++)
    {
      const Entry *entry = &entries->entries[i];
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
  return g_new0 (QsHeaders, 1);
}

/**
 * qs_headers_copy:
 * @self: headers
 *
 * Copies the list; both lists share the bytes of the values.
 *
 * Returns: (transfer full): the copy
 */
QsHeaders *
qs_headers_copy (QsHeaders *self)
{
  QsHeaders *copy = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  copy = qs_headers_new ();
  qs_headers_init_copy (copy, self);

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

  qs_headers_clear (self);
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

  return self->entries != NULL ? self->entries->len : 0;
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
  g_return_val_if_fail (index < qs_headers_get_length (self), NULL);

  return self->entries->entries[index].name;
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
  g_return_val_if_fail (index < qs_headers_get_length (self), NULL);

  return self->entries->entries[index].value;
}

/**
 * qs_headers_lookup:
 * @self: headers
 * @name: a name
 *
 * Looks up the value of the header @name; if there are several, of the last one.
 *
 * The result is `NULL` both for a missing header and for a header whose value is `NULL`;
 * use [method@Headers.get_name] to distinguish them.
 *
 * Returns: (transfer none) (nullable): the value
 */
GBytes *
qs_headers_lookup (QsHeaders *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = qs_headers_get_length (self); i > 0; i--)
    {
      const Entry *entry = &self->entries->entries[i - 1];

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
 * Adds a header after the others, also if a header of this name exists.
 */
void
qs_headers_append (QsHeaders *self, const char *name, GBytes *value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL);

  make_room (self);
  entries_add (self->entries, name, value);
}
