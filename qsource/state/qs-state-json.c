/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-json-private.h"

#include <math.h>
#include <string.h>

#include "qs-state-error.h"

/* So many names of an object are compared with each other; more are looked up. */
#define FEW_NAMES 24

/* With fewer, and an exponent of two digits, no number is too large for a double. */
#define SAFE_DIGITS 200

typedef struct
{
  const guint8 *text; /* with its escapes, if it has any */
  gsize         length;
  gboolean      has_escapes;
} Name;

typedef struct
{
  const guint8 *start;
  const guint8 *pos;
  const guint8 *end;
  GArray       *names; /* of the objects around the place, the innermost last; or `NULL` */
  const char   *reason;
} Checker;

static gboolean check_value (Checker *self, guint depth);

/* Always returns FALSE. */
static gboolean
refuse (Checker *self, const char *reason)
{
  if (self->reason == NULL)
    self->reason = reason;

  return FALSE;
}

static void
skip_space (Checker *self)
{
  while (self->pos < self->end &&
         (*self->pos == ' ' || *self->pos == '\n' || *self->pos == '\r' || *self->pos == '\t'))
    self->pos++;
}

/* Whether @c comes next; it is skipped. */
static gboolean
accept (Checker *self, guint8 c)
{
  if (self->pos == self->end || *self->pos != c)
    return FALSE;

  self->pos++;

  return TRUE;
}

static gboolean
check_word (Checker *self, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - self->pos) < length || memcmp (self->pos, word, length) != 0)
    return refuse (self, "this is not JSON");

  self->pos += length;

  return TRUE;
}

/* The four digits of a \u; -1 if they are none. */
static int
read_unit (const guint8 *text, const guint8 *end)
{
  int unit = 0;

  if (end - text < 4)
    return -1;

  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value ((char) text[i]);

      if (digit < 0)
        return -1;
      unit = unit * 16 + digit;
    }

  return unit;
}

/* Reads the escape behind a backslash. Returns its character, or -1. */
static gint64
read_escape (const guint8 **pos, const guint8 *end)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char       *letter = NULL;
  int               unit = 0;
  int               low = 0;

  if (*pos == end || **pos == 0)
    return -1;

  letter = strchr (letters, *(*pos)++);
  if (letter != NULL)
    return meanings[letter - letters];
  if ((*pos)[-1] != 'u')
    return -1;

  unit = read_unit (*pos, end);
  if (unit < 0 || (unit & 0xfc00) == 0xdc00)
    return -1;
  *pos += 4;
  if ((unit & 0xfc00) != 0xd800)
    return unit;

  if (end - *pos < 6 || (*pos)[0] != '\\' || (*pos)[1] != 'u')
    return -1;
  low = read_unit (*pos + 2, end);
  if ((low & 0xfc00) != 0xdc00 || low < 0)
    return -1;
  *pos += 6;

  return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
}

static gboolean
check_string (Checker *self, Name *name)
{
  const guint8 *start = self->pos;

  name->has_escapes = FALSE;
  for (;;)
    {
      while (self->pos < self->end && *self->pos >= 0x20 && *self->pos != '"' && *self->pos != '\\')
        self->pos++;
      if (accept (self, '"'))
        break;
      if (self->pos == self->end || !accept (self, '\\'))
        return refuse (self, "this string does not end as in JSON");

      name->has_escapes = TRUE;
      if (read_escape (&self->pos, self->end) < 0)
        return refuse (self, "this escape represents no character (a lone surrogate is none)");
    }
  name->text = start;
  name->length = (gsize) (self->pos - start) - 1;

  return TRUE;
}

static gsize
skip_digits (Checker *self)
{
  const guint8 *start = self->pos;

  while (self->pos < self->end && *self->pos >= '0' && *self->pos <= '9')
    self->pos++;

  return (gsize) (self->pos - start);
}

static gboolean
check_integer (Checker *self, const guint8 *start)
{
  char   text[24] = "";
  gsize  length = (gsize) (self->pos - start);
  gint64 number = 0;

  if (length < 19)
    return TRUE;

  memcpy (text, start, MIN (length, sizeof text - 1));
  if (length >= sizeof text ||
      !g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return refuse (self, "this integer is out of the range of an int64");

  return TRUE;
}

/* A number with a fraction or an exponent, whose end is known. */
static gboolean
check_double (Checker *self, const guint8 *start, gsize n_digits, const guint8 *exponent)
{
  g_autofree char *text = NULL;

  /* A number with few digits and a small exponent is finite. */
  if (n_digits < SAFE_DIGITS && (exponent == NULL || self->pos - exponent <= 2))
    return TRUE;

  text = g_strndup ((const char *) start, (gsize) (self->pos - start));
  if (!isfinite (g_ascii_strtod (text, NULL)))
    return refuse (self, "this number is larger than a double can be");

  return TRUE;
}

static gboolean
check_number (Checker *self)
{
  const guint8 *start = self->pos;
  const guint8 *exponent = NULL;
  gboolean      is_integer = TRUE;
  gsize         n_digits = 0;

  accept (self, '-');
  if (accept (self, '0'))
    n_digits = 1;
  else
    n_digits = skip_digits (self);
  if (n_digits == 0)
    return refuse (self, "this is not JSON");

  if (accept (self, '.'))
    {
      is_integer = FALSE;
      if (skip_digits (self) == 0)
        return refuse (self, "this number has no digit after its point");
    }
  if (accept (self, 'e') || accept (self, 'E'))
    {
      is_integer = FALSE;
      if (!accept (self, '-'))
        accept (self, '+');
      exponent = self->pos;
      if (skip_digits (self) == 0)
        return refuse (self, "this number has no digit in its exponent");
    }

  if (is_integer)
    return check_integer (self, start);

  return check_double (self, start, n_digits, exponent);
}

static char *
dup_name (const Name *name)
{
  const guint8 *end = name->text + name->length;
  g_autoptr (GString) text = g_string_sized_new (name->length);

  for (const guint8 *pos = name->text; pos < end;)
    {
      if (*pos != '\\')
        {
          g_string_append_c (text, (char) *pos++);
          continue;
        }
      pos++;
      /* GString keeps NUL, of which there is one way to write it here: its escape. */
      g_string_append_unichar (text, (gunichar) read_escape (&pos, end));
    }

  return g_base64_encode ((const guchar *) text->str, text->len);
}

static gboolean
is_same (const Name *a, const Name *b)
{
  g_autofree char *a_text = NULL;
  g_autofree char *b_text = NULL;

  if (!a->has_escapes && !b->has_escapes)
    return a->length == b->length && memcmp (a->text, b->text, a->length) == 0;

  a_text = dup_name (a);
  b_text = dup_name (b);

  return g_str_equal (a_text, b_text);
}

/* Whether all names from @first on differ. */
static gboolean
check_names (Checker *self, guint first)
{
  g_autoptr (GHashTable) seen = NULL;
  const Name *names = (const Name *) (gpointer) self->names->data;
  guint       n_names = self->names->len;

  if (n_names - first > FEW_NAMES)
    seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = first; i < n_names; i++)
    {
      gboolean is_new = seen == NULL || g_hash_table_add (seen, dup_name (&names[i]));

      for (guint j = first; seen == NULL && j < i; j++)
        is_new &= !is_same (&names[i], &names[j]);
      if (!is_new)
        return refuse (self, "a name occurs twice in this object");
    }

  return TRUE;
}

static gboolean
check_members (Checker *self, guint depth)
{
  guint    first = 0;
  gboolean ok = TRUE;

  if (self->names == NULL)
    self->names = g_array_new (FALSE, FALSE, sizeof (Name));
  first = self->names->len;

  do
    {
      Name name = { 0 };

      skip_space (self);
      if (!accept (self, '"'))
        return refuse (self, "an object's member must begin with its name");
      if (!check_string (self, &name))
        return FALSE;
      g_array_append_val (self->names, name);
      skip_space (self);
      if (!accept (self, ':'))
        return refuse (self, "a name must be followed by a colon");
      if (!check_value (self, depth))
        return FALSE;
    }
  while (accept (self, ','));

  if (!accept (self, '}'))
    return refuse (self, "an object must continue with a comma, or end");

  ok = check_names (self, first);
  g_array_set_size (self->names, first);

  return ok;
}

static gboolean
check_items (Checker *self, guint depth)
{
  do
    {
      if (!check_value (self, depth))
        return FALSE;
    }
  while (accept (self, ','));

  if (!accept (self, ']'))
    return refuse (self, "an array must continue with a comma, or end");

  return TRUE;
}

static gboolean
check_container (Checker *self, guint depth)
{
  gboolean is_object = *self->pos++ == '{';

  if (depth >= QS_STATE_JSON_MAX_DEPTH)
    return refuse (self, "it is nested too deeply");

  skip_space (self);
  if (accept (self, is_object ? '}' : ']'))
    return TRUE;

  return is_object ? check_members (self, depth + 1) : check_items (self, depth + 1);
}

/* With the space around it. */
static gboolean
check_value (Checker *self, guint depth)
{
  Name     name = { 0 };
  gboolean ok = FALSE;

  skip_space (self);
  if (self->pos == self->end)
    return refuse (self, "it ends where a value should be");

  switch (*self->pos)
    {
    case '"':
      self->pos++;
      ok = check_string (self, &name);
      break;

    case '{':
    case '[':
      ok = check_container (self, depth);
      break;

    case 't':
      ok = check_word (self, "true");
      break;

    case 'f':
      ok = check_word (self, "false");
      break;

    case 'n':
      ok = check_word (self, "null");
      break;

    default:
      ok = check_number (self);
    }
  skip_space (self);

  return ok;
}

static gboolean
check_utf8 (Checker *self)
{
  const guint8 *pos = self->pos;
  const char   *invalid = NULL;

  while (pos < self->end && *pos < 0x80)
    pos++;
  if (pos == self->end ||
      g_utf8_validate_len ((const char *) pos, (gsize) (self->end - pos), &invalid))
    return TRUE;

  self->pos = (const guint8 *) invalid;

  return refuse (self, "this is not UTF-8");
}

gboolean
qs_state_json_check (const guint8 *json, gsize length, GError **error)
{
  Checker self = { json, json, json + length, NULL, NULL };

  if (check_utf8 (&self) && check_value (&self, 0) && self.pos != self.end)
    refuse (&self, "something follows the value");
  g_clear_pointer (&self.names, g_array_unref);
  if (self.reason == NULL)
    return TRUE;

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_UNSUPPORTED_TYPE,
               "Cannot store this JSON in a state: at byte %" G_GSIZE_FORMAT
               ", %s; store it as bytes, with set_bytes() or set_data()",
               (gsize) (self.pos - self.start),
               self.reason);

  return FALSE;
}
