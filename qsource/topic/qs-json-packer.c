/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-packer-private.h"

#include <stdlib.h>
#include <string.h>

#include "qs-json-private.h"
#include "qs-json-scanner-private.h"

/*
 * In the serialized form, a container is followed by the places where its items end,
 * each as wide as the whole needs, and a variant by a NUL and its type. An entry of a
 * dictionary is a name, filled up to a multiple of 8, the value's variant, and where
 * the name ends.
 */

/* Names of so many members are compared each with each; of more, they are sorted. */
#define MAX_COMPARED 16

/* Most records need no more room for the items of what is open. */
#define N_ITEMS 32

/* The maximum overhead of an item: its end, twice. */
#define ITEM_ROOM 16

typedef struct
{
  gsize start;
  gsize name_length; /* of a member */
  gsize end;
} Item;

typedef struct
{
  QsJsonScanner scanner;
  guint         depth; /* arrays and objects around the next byte */

  guint8 *data; /* what is written; owned */
  gsize   length;
  gsize   size;

  Item *items; /* of the containers that are still open; owned unless own_items */
  gsize n_items;
  gsize max_items;
  Item  own_items[N_ITEMS];
} Packer;

static gboolean pack_value (Packer *self);

static void
grow (Packer *self, gsize more)
{
  self->size = MAX (self->size * 2, self->length + more);
  self->data = g_realloc (self->data, self->size);
}

static inline void
reserve (Packer *self, gsize more)
{
  if (G_UNLIKELY (self->size - self->length < more))
    grow (self, more);
}

static inline void
align (Packer *self)
{
  static const guint8 zeros[8] = { 0 };

  reserve (self, sizeof zeros);
  memcpy (self->data + self->length, zeros, sizeof zeros);
  self->length = (self->length + 7) & ~(gsize) 7;
}

static void
push_item (Packer *self, Item item)
{
  if (G_UNLIKELY (self->n_items == self->max_items))
    {
      Item *items = g_new (Item, self->max_items * 2);

      memcpy (items, self->items, self->n_items * sizeof *items);
      if (self->items != self->own_items)
        g_free (self->items);
      self->items = items;
      self->max_items *= 2;
    }
  self->items[self->n_items++] = item;
}

/* How wide a place is in a container whose items take @size bytes, with @n places. */
static inline guint
get_width (gsize size, gsize n)
{
  if (G_LIKELY (size + n <= G_MAXUINT8))
    return 1;
  if (size + 2 * n <= G_MAXUINT16)
    return 2;
  if (size + 4 * n <= G_MAXUINT32)
    return 4;

  return 8;
}

/* There is room for it. */
static inline void
append_place (Packer *self, gsize place, guint width)
{
  do
    {
      self->data[self->length++] = (guint8) place;
      place >>= 8;
    }
  while (--width > 0);
}

/* Writes the end of a variant: the type of its contents. */
static inline gboolean
close_variant (Packer *self, const char *type, gsize length)
{
  reserve (self, length + 1);
  self->data[self->length] = 0;
  memcpy (self->data + self->length + 1, type, length);
  self->length += length + 1;

  return TRUE;
}

static gboolean
pack_escaped (Packer *self, const guint8 *first)
{
  QsJsonString string;
  gsize        length;

  self->scanner.pos = first - 1;
  if (!qs_json_scanner_scan_string (&self->scanner, &string, NULL))
    return FALSE;

  reserve (self, string.length + 1);
  if (!qs_json_scanner_decode (
          &self->scanner, &string, FALSE, (char *) self->data + self->length, &length, NULL))
    return FALSE;

  self->length += length + 1;
  return TRUE;
}

/* A string, and its NUL. */
static gboolean
pack_string (Packer *self)
{
  const guint8 *first = self->scanner.pos + 1;
  const guint8 *end = self->scanner.end;
  const guint8 *p = first;
  gsize         length;

  while (p < end && *p != '"' && *p != '\\' && *p >= 0x20 && *p < 0x80)
    p++;
  if (G_UNLIKELY (p == end || *p != '"'))
    return pack_escaped (self, first);

  length = (gsize) (p - first);
  reserve (self, length + 1);
  memcpy (self->data + self->length, first, length);
  self->length += length;
  self->data[self->length++] = 0;
  self->scanner.pos = p + 1;

  return TRUE;
}

static gboolean
pack_word (Packer *self, const char *word, gsize length)
{
  if ((gsize) (self->scanner.end - self->scanner.pos) < length ||
      memcmp (self->scanner.pos, word, length) != 0)
    return FALSE;

  self->scanner.pos += length;
  return TRUE;
}

static gboolean
pack_boolean (Packer *self, guint8 value)
{
  reserve (self, 1);
  self->data[self->length++] = value;

  return close_variant (self, "b", 1);
}

static gboolean
pack_number (Packer *self)
{
  QsJsonNumber number;

  if (!qs_json_scanner_scan_number (&self->scanner, &number, NULL))
    return FALSE;

  reserve (self, sizeof number.value);
  memcpy (self->data + self->length, &number.value, sizeof number.value);
  self->length += sizeof number.value;

  return close_variant (self, &number.type, 1);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Sorted rather than hashed: who sends the names must not be able to make them collide. */
static gboolean
has_twins_sorted (Packer *self, gsize base)
{
  gsize                   n = self->n_items - base;
  g_autofree const char **names = g_new (const char *, n);

  for (gsize i = 0; i < n; i++)
    names[i] = (const char *) self->data + self->items[base + i].start;
  qsort (names, n, sizeof *names, compare_names);

  for (gsize i = 1; i < n; i++)
    if (strcmp (names[i - 1], names[i]) == 0)
      return TRUE;

  return FALSE;
}

/* Whether two of the members from @base on have the same name. */
static gboolean
has_twins (Packer *self, gsize base)
{
  const Item *items = self->items + base;
  gsize       n = self->n_items - base;

  if (n > MAX_COMPARED)
    return has_twins_sorted (self, base);

  for (gsize i = 1; i < n; i++)
    for (gsize j = 0; j < i; j++)
      if (items[i].name_length == items[j].name_length &&
          memcmp (self->data + items[i].start, self->data + items[j].start, items[i].name_length) ==
              0)
        return TRUE;

  return FALSE;
}

/* A name and its value. */
static gboolean
pack_member (Packer *self, Item *item)
{
  if (qs_json_scanner_skip_space (&self->scanner) != '"' || !pack_string (self))
    return FALSE;
  item->name_length = self->length - item->start;

  qs_json_scanner_skip_space (&self->scanner);
  if (!qs_json_scanner_skip (&self->scanner, ':'))
    return FALSE;

  align (self);
  if (!pack_value (self))
    return FALSE;

  reserve (self, ITEM_ROOM);
  append_place (self, item->name_length, get_width (self->length - item->start, 1));

  return TRUE;
}

static gboolean
pack_items (Packer *self, gboolean is_object)
{
  do
    {
      Item item = { 0 };

      align (self);
      item.start = self->length;
      if (!(is_object ? pack_member (self, &item) : pack_value (self)))
        return FALSE;
      item.end = self->length;
      push_item (self, item);
    }
  while (qs_json_scanner_skip (&self->scanner, ','));

  return qs_json_scanner_skip (&self->scanner, is_object ? '}' : ']');
}

/* An object or an array; its length is a multiple of 8 before it. */
static gboolean
pack_container (Packer *self)
{
  gboolean is_object = *self->scanner.pos == '{';
  gsize    base = self->n_items;
  gsize    start = self->length;
  gsize    n;
  guint    width;

  if (self->depth == QS_JSON_MAX_DEPTH)
    return FALSE;

  self->scanner.pos++;
  qs_json_scanner_skip_space (&self->scanner);
  if (qs_json_scanner_skip (&self->scanner, is_object ? '}' : ']'))
    return TRUE;

  self->depth++;
  if (!pack_items (self, is_object) || (is_object && has_twins (self, base)))
    return FALSE;
  self->depth--;

  n = self->n_items - base;
  width = get_width (self->length - start, n);
  reserve (self, n * width);
  for (gsize i = base; i < self->n_items; i++)
    append_place (self, self->items[i].end - start, width);
  self->n_items = base;

  return TRUE;
}

/* A value as a variant, and the spaces around it; the length is a multiple of 8. */
static gboolean
pack_value (Packer *self)
{
  gboolean ok = FALSE;

  switch (qs_json_scanner_skip_space (&self->scanner))
    {
    case '{':
      ok = pack_container (self) && close_variant (self, "a{sv}", 5);
      break;

    case '[':
      ok = pack_container (self) && close_variant (self, "av", 2);
      break;

    case '"':
      ok = pack_string (self) && close_variant (self, "s", 1);
      break;

    case 't':
      ok = pack_word (self, "true", 4) && pack_boolean (self, 1);
      break;

    case 'f':
      ok = pack_word (self, "false", 5) && pack_boolean (self, 0);
      break;

    case 'n':
      ok = pack_word (self, "null", 4) && close_variant (self, "mv", 2);
      break;

    case '-':
    case '0' ... '9':
      ok = pack_number (self);
      break;

    default:
      break;
    }

  if (ok)
    qs_json_scanner_skip_space (&self->scanner);

  return ok;
}

static gboolean
pack_text (Packer *self)
{
  if (!pack_container (self))
    return FALSE;

  qs_json_scanner_skip_space (&self->scanner);

  return self->scanner.pos == self->scanner.end;
}

GVariant *
qs_json_pack (const guint8 *text, gsize length)
{
  Packer              self;
  guint8              first;
  gboolean            ok;
  const GVariantType *type;

  self.scanner = (QsJsonScanner){ text, text, text + length };
  first = qs_json_scanner_skip_space (&self.scanner);
  if (first != '{' && first != '[')
    return NULL;

  self.depth = 0;
  self.length = 0;
  self.size = 2 * length + 64;
  self.data = g_malloc (self.size);
  self.items = self.own_items;
  self.n_items = 0;
  self.max_items = N_ITEMS;

  ok = pack_text (&self);
  if (self.items != self.own_items)
    g_free (self.items);
  if (!ok)
    {
      g_free (self.data);
      return NULL;
    }

  /* Shrink it: a value that is kept for long must not hold unused memory. */
  if (self.size - self.length > 4096)
    self.data = g_realloc (self.data, MAX (self.length, 1));
  type = first == '{' ? G_VARIANT_TYPE_VARDICT : G_VARIANT_TYPE ("av");

  return g_variant_ref_sink (
      g_variant_new_from_data (type, self.data, self.length, TRUE, g_free, self.data));
}
