/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-protocol-private.h"

#include "qs-source-error.h"

#define MAX_TEXT (64 * 1024)

/* The last length of at most @length at which no character of @text is cut. */
static gsize
find_boundary (const char *text, gsize length)
{
  gsize end = length;

  while (end > 0 && length - end < 4 && ((guchar) text[end] & 0xc0) == 0x80)
    end--;

  /* Not UTF-8 at all: one place is as good as another. */
  return length - end < 4 ? end : length;
}

char *
qs_worker_protocol_dup_text (const char *text)
{
  g_autofree char *valid = NULL;
  g_autofree char *note = NULL;
  gsize            length = text != NULL ? strlen (text) : 0;
  gsize            taken = length <= MAX_TEXT ? length : find_boundary (text, MAX_TEXT);

  valid = g_utf8_make_valid (text != NULL ? text : "", (gssize) taken);
  if (taken == length && strlen (valid) <= MAX_TEXT)
    return g_steal_pointer (&valid);

  /* Making it valid can have made it longer again: a bad byte takes three. */
  note = g_strdup_printf (" [... cut, it had %" G_GSIZE_FORMAT " bytes]", length);
  taken = MIN (strlen (valid), MAX_TEXT - strlen (note));
  valid[find_boundary (valid, taken)] = '\0';

  return g_strconcat (valid, note, NULL);
}

GError *
qs_worker_protocol_new_error (const char *domain, int code, const char *message)
{
  /* Its domain may be one that only the worker has loaded. */
  GQuark quark = *domain != '\0' ? g_quark_from_string (domain) : QS_SOURCE_ERROR;

  return g_error_new_literal (quark, code, message);
}
