/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-text-private.h"

#include <string.h>

#include "qs-json-scanner-private.h"

typedef struct
{
  QsJsonScanner scanner;
  guint         depth;
  guint8        is_object[QS_JSON_MAX_TEXT_DEPTH]; /* of each level */
} Checker;

static gboolean
check_string (Checker *self, GError **error)
{
  QsJsonString     string;
  g_autofree char *scratch = NULL;
  gsize            length;

  if (!qs_json_scanner_scan_string (&self->scanner, &string, error))
    return FALSE;
  if (!string.has_escapes)
    return TRUE;

  scratch = g_malloc (string.length + 1);
  return qs_json_scanner_decode (&self->scanner, &string, TRUE, scratch, &length, error);
}

static gboolean
check_word (Checker *self, const char *word, GError **error)
{
  gsize length = strlen (word);

  if ((gsize) (self->scanner.end - self->scanner.pos) < length ||
      memcmp (self->scanner.pos, word, length) != 0)
    return qs_json_scanner_fail_expected (&self->scanner, "a value", error);

  self->scanner.pos += length;
  return TRUE;
}

/* A value that holds no others. */
static gboolean
check_scalar (Checker *self, guint8 first, GError **error)
{
  switch (first)
    {
    case '"':
      return check_string (self, error);

    case 't':
      return check_word (self, "true", error);

    case 'f':
      return check_word (self, "false", error);

    case 'n':
      return check_word (self, "null", error);

    case '-':
    case '0' ... '9':
      return qs_json_scanner_skip_number (&self->scanner, error);

    default:
      return qs_json_scanner_fail_expected (&self->scanner, "a value", error);
    }
}

static gboolean
check_name (Checker *self, GError **error)
{
  if (qs_json_scanner_skip_space (&self->scanner) != '"')
    return qs_json_scanner_fail_expected (&self->scanner, "a string as a key", error);
  if (!check_string (self, error))
    return FALSE;

  qs_json_scanner_skip_space (&self->scanner);
  if (!qs_json_scanner_skip (&self->scanner, ':'))
    return qs_json_scanner_fail_expected (&self->scanner, "':'", error);

  return TRUE;
}

/* Steps into the array or object that comes next; @is_empty: and out again. */
static gboolean
open_container (Checker *self, gboolean *is_empty, GError **error)
{
  gboolean is_object = *self->scanner.pos == '{';

  if (self->depth == QS_JSON_MAX_TEXT_DEPTH)
    return qs_json_scanner_fail_at (&self->scanner,
                                    self->scanner.pos,
                                    error,
                                    "arrays and objects are nested more than %d deep",
                                    QS_JSON_MAX_TEXT_DEPTH);

  self->scanner.pos++;
  qs_json_scanner_skip_space (&self->scanner);
  *is_empty = qs_json_scanner_skip (&self->scanner, is_object ? '}' : ']');
  if (*is_empty)
    return TRUE;

  self->is_object[self->depth++] = is_object;

  return !is_object || check_name (self, error);
}

/* Steps out of all that ends here. @is_next: there is another value then. */
static gboolean
close_containers (Checker *self, gboolean *is_next, GError **error)
{
  *is_next = FALSE;
  while (self->depth > 0)
    {
      gboolean is_object = self->is_object[self->depth - 1];

      qs_json_scanner_skip_space (&self->scanner);
      if (qs_json_scanner_skip (&self->scanner, ','))
        {
          *is_next = TRUE;
          return !is_object || check_name (self, error);
        }
      if (!qs_json_scanner_skip (&self->scanner, is_object ? '}' : ']'))
        return qs_json_scanner_fail_expected (
            &self->scanner, is_object ? "',' or '}'" : "',' or ']'", error);
      self->depth--;
    }

  return TRUE;
}

gboolean
qs_json_text_check (const guint8 *text, gsize length, GError **error)
{
  const guint8 *start = text != NULL ? text : (const guint8 *) "";
  Checker       self;
  gboolean      is_next = TRUE;

  self.scanner = (QsJsonScanner){ start, start, start + length };
  self.depth = 0;
  while (is_next)
    {
      guint8   first = qs_json_scanner_skip_space (&self.scanner);
      gboolean is_done = TRUE;

      if (first != '{' && first != '[')
        {
          if (!check_scalar (&self, first, error))
            return FALSE;
        }
      else if (!open_container (&self, &is_done, error))
        return FALSE;

      if (is_done && !close_containers (&self, &is_next, error))
        return FALSE;
    }

  qs_json_scanner_skip_space (&self.scanner);
  if (self.scanner.pos != self.scanner.end)
    return qs_json_scanner_fail_expected (&self.scanner, "the end", error);

  return TRUE;
}

GBytes *
qs_json_text_decode_string (const guint8 *text, gsize length, GError **error)
{
  const guint8    *start = text != NULL ? text : (const guint8 *) "";
  QsJsonScanner    scanner = { start, start, start + length };
  QsJsonString     string;
  g_autofree char *decoded = NULL;
  gsize            decoded_length;

  if (qs_json_scanner_skip_space (&scanner) != '"')
    return NULL;
  if (!qs_json_scanner_scan_string (&scanner, &string, error))
    return NULL;

  qs_json_scanner_skip_space (&scanner);
  if (scanner.pos != scanner.end)
    {
      qs_json_scanner_fail_expected (&scanner, "the end", error);
      return NULL;
    }

  decoded = g_malloc (string.length + 1);
  if (!qs_json_scanner_decode (&scanner, &string, TRUE, decoded, &decoded_length, error))
    return NULL;

  return g_bytes_new_take (g_steal_pointer (&decoded), decoded_length);
}
