/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-private.h"

#include <stdlib.h>
#include <string.h>

#include "qs-json-packer-private.h"
#include "qs-json-scanner-private.h"

typedef struct
{
  QsJsonScanner scanner;
  guint         depth; /* arrays and objects around the next byte */
  GPtrArray    *stack; /* floating GVariants: children of containers that are still open */
} Reader;

/* A member of an object, for finding those of the same name. */
typedef struct
{
  const char *name;
  GVariant   *key;
  GVariant   *value;
  guint       index;
} Member;

static GVariant *read_value (Reader *reader, GError **error);

static GVariant *
read_number (Reader *reader, GError **error)
{
  QsJsonNumber number;

  if (!qs_json_scanner_scan_number (&reader->scanner, &number, error))
    return NULL;

  switch (number.type)
    {
    case 'x':
      return g_variant_new_int64 ((gint64) number.value.t);

    case 't':
      return g_variant_new_uint64 (number.value.t);

    default:
      return g_variant_new_double (number.value.d);
    }
}

static GVariant *
read_string (Reader *reader, GError **error)
{
  g_autofree char *text = NULL;
  QsJsonString     string;
  gsize            length;

  if (!qs_json_scanner_scan_string (&reader->scanner, &string, error))
    return NULL;

  if (!string.has_escapes)
    return g_variant_new_take_string (g_strndup ((const char *) string.text, string.length));

  text = g_malloc (string.length + 1);
  if (!qs_json_scanner_decode (&reader->scanner, &string, FALSE, text, &length, error))
    return NULL;

  return g_variant_new_take_string (g_steal_pointer (&text));
}

static int
compare_members (gconstpointer a, gconstpointer b)
{
  const Member *x = a;
  const Member *y = b;
  int           order = strcmp (x->name, y->name);

  return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static int
compare_indices (gconstpointer a, gconstpointer b)
{
  const Member *x = a;
  const Member *y = b;

  return (x->index > y->index) - (x->index < y->index);
}

/* Leaves one of the members of each name, with the last one's value in the
 * first one's place. Sorted rather than hashed: who sends the keys must not be
 * able to make them collide. Returns how many are left. */
static guint
merge_members (Member *members, guint n)
{
  guint n_left = 1;

  if (n < 2)
    return n;

  qsort (members, n, sizeof *members, compare_members);
  for (guint i = 1; i < n; i++)
    {
      Member *last = &members[n_left - 1];

      if (!g_str_equal (last->name, members[i].name))
        {
          members[n_left++] = members[i];
          continue;
        }
      g_variant_unref (last->value);
      last->value = members[i].value;
      g_variant_unref (members[i].key);
    }
  qsort (members, n_left, sizeof *members, compare_indices);

  return n_left;
}

/* Makes a dictionary of what lies on the stack from @base on: key, value, … */
static GVariant *
take_object (Reader *reader, guint base)
{
  guint              n = (reader->stack->len - base) / 2;
  gpointer          *slots = reader->stack->pdata + base;
  g_autofree Member *members = g_new (Member, n);
  GVariant          *object;

  for (guint i = 0; i < n; i++)
    members[i] =
        (Member){ g_variant_get_string (slots[2 * i], NULL), slots[2 * i], slots[2 * i + 1], i };
  n = merge_members (members, n);

  for (guint i = 0; i < n; i++)
    slots[i] = g_variant_new_dict_entry (members[i].key, g_variant_new_variant (members[i].value));
  object = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), (GVariant **) slots, n);
  g_ptr_array_set_size (reader->stack, (int) base);

  return object;
}

static GVariant *
take_array (Reader *reader, guint base)
{
  guint     n = reader->stack->len - base;
  gpointer *slots = reader->stack->pdata + base;
  GVariant *array;

  for (guint i = 0; i < n; i++)
    slots[i] = g_variant_new_variant (slots[i]);
  array = g_variant_new_array (G_VARIANT_TYPE_VARIANT, (GVariant **) slots, n);
  g_ptr_array_set_size (reader->stack, (int) base);

  return array;
}

/* Puts the next value on the stack. */
static gboolean
push_value (Reader *reader, GError **error)
{
  GVariant *value = read_value (reader, error);

  if (value == NULL)
    return FALSE;

  g_ptr_array_add (reader->stack, value);
  return TRUE;
}

/* Puts the next name and value on the stack. */
static gboolean
push_member (Reader *reader, GError **error)
{
  GVariant *key;

  if (qs_json_scanner_skip_space (&reader->scanner) != '"')
    return qs_json_scanner_fail_expected (&reader->scanner, "a string as a key", error);

  key = read_string (reader, error);
  if (key == NULL)
    return FALSE;
  g_ptr_array_add (reader->stack, key);

  qs_json_scanner_skip_space (&reader->scanner);
  if (!qs_json_scanner_skip (&reader->scanner, ':'))
    return qs_json_scanner_fail_expected (&reader->scanner, "':'", error);

  return push_value (reader, error);
}

static GVariant *
read_container (Reader *reader, GError **error)
{
  gboolean is_object = *reader->scanner.pos == '{';
  char     close = is_object ? '}' : ']';
  guint    base = reader->stack->len;

  if (reader->depth == QS_JSON_MAX_DEPTH)
    {
      qs_json_scanner_fail_at (&reader->scanner,
                               reader->scanner.pos,
                               error,
                               "arrays and objects are nested more than %d deep",
                               QS_JSON_MAX_DEPTH);
      return NULL;
    }

  reader->depth++;
  reader->scanner.pos++;
  qs_json_scanner_skip_space (&reader->scanner);
  if (!qs_json_scanner_skip (&reader->scanner, close))
    {
      do
        if (!(is_object ? push_member : push_value) (reader, error))
          return NULL;
      while (qs_json_scanner_skip (&reader->scanner, ','));

      if (!qs_json_scanner_skip (&reader->scanner, close))
        {
          qs_json_scanner_fail_expected (
              &reader->scanner, is_object ? "',' or '}'" : "',' or ']'", error);
          return NULL;
        }
    }
  reader->depth--;

  return is_object ? take_object (reader, base) : take_array (reader, base);
}

static GVariant *
read_word (Reader *reader, const char *word, GVariant *value, GError **error)
{
  gsize length = strlen (word);
  g_autoptr (GVariant) owned = value;

  if ((gsize) (reader->scanner.end - reader->scanner.pos) < length ||
      memcmp (reader->scanner.pos, word, length) != 0)
    {
      qs_json_scanner_fail_expected (&reader->scanner, "a value", error);
      return NULL;
    }

  reader->scanner.pos += length;
  return g_steal_pointer (&owned);
}

/* Reads one value and the spaces around it. Returns it floating. */
static GVariant *
read_value (Reader *reader, GError **error)
{
  GVariant *value = NULL;

  switch (qs_json_scanner_skip_space (&reader->scanner))
    {
    case '{':
    case '[':
      value = read_container (reader, error);
      break;

    case '"':
      value = read_string (reader, error);
      break;

    case 't':
      value = read_word (reader, "true", g_variant_new_boolean (TRUE), error);
      break;

    case 'f':
      value = read_word (reader, "false", g_variant_new_boolean (FALSE), error);
      break;

    case 'n':
      value = read_word (reader, "null", g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL), error);
      break;

    case '-':
    case '0' ... '9':
      value = read_number (reader, error);
      break;

    default:
      qs_json_scanner_fail_expected (&reader->scanner, "a value", error);
    }

  if (value != NULL)
    qs_json_scanner_skip_space (&reader->scanner);

  return value;
}

GVariant *
qs_json_read_tree (const guint8 *data, gsize length, GError **error)
{
  const guint8 *start = data != NULL ? data : (const guint8 *) "";
  /* Most records need no more room, and pdata is never NULL. */
  g_autoptr (GPtrArray) stack = g_ptr_array_sized_new (32);
  Reader reader = { { start, start, start + length }, 0, stack };
  g_autoptr (GVariant) value = read_value (&reader, error);

  if (value == NULL)
    {
      for (guint i = 0; i < stack->len; i++)
        g_variant_unref (stack->pdata[i]);
      return NULL;
    }

  g_variant_ref_sink (value);
  if (reader.scanner.pos != reader.scanner.end)
    {
      qs_json_scanner_fail_expected (&reader.scanner, "the end", error);
      return NULL;
    }

  return g_steal_pointer (&value);
}

GVariant *
qs_json_read (const guint8 *data, gsize length, GError **error)
{
  GVariant *value = data != NULL ? qs_json_pack (data, length) : NULL;

  return value != NULL ? value : qs_json_read_tree (data, length, error);
}
