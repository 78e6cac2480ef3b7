/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-headers.h"
#include "qs-json-private.h"
#include "qs-message-private.h"
#include "qs-printer-private.h"
#include "qs-record-private.h"

/* Whatever a record holds, it is printed: one line (two for people), UTF-8, and no
 * character that a terminal obeys. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* The value as JSON, if it is, else as bytes. */
static GVariant *
make_value (const guint8 *data, gsize size)
{
  GVariant *value = qs_json_read (data, size, NULL);

  if (value == NULL)
    value = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1));

  return value;
}

static void
check (const GString *out, guint n_lines)
{
  const char *end = out->str + out->len;

  g_assert (g_utf8_validate_len (out->str, out->len, NULL));
  for (const char *c = out->str; c < end; c = g_utf8_next_char (c))
    {
      gunichar code = g_utf8_get_char (c);

      if (code == '\n')
        n_lines--;
      else
        g_assert (code >= ' ' && !(code >= 0x7f && code <= 0x9f) &&
                  !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069));
    }
  g_assert (n_lines == 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  gsize            key_size = size > 0 ? MIN (data[0], size - 1) : 0;
  const guint8    *rest = data + MIN (size, 1 + key_size);
  gsize            rest_size = size - MIN (size, 1 + key_size);
  g_autofree char *name = g_strndup (size > 0 ? (const char *) data + 1 : "", key_size);
  g_autoptr (GBytes) bytes = g_bytes_new (rest, rest_size);
  g_autoptr (QsHeaders) headers = qs_headers_new ();
  g_autoptr (QsMessage) message = NULL;
  g_autoptr (QsRecord) record = NULL;
  g_autoptr (GVariant) key = make_value ((const guint8 *) name, strlen (name));
  g_autoptr (GVariant) value = make_value (rest, rest_size);

  qs_headers_append (headers, name, bytes);
  qs_headers_append (headers, name, NULL);
  message = qs_message_new_received (NULL, NULL, headers, 1500, "topic", 2, 7);
  record = qs_record_new (message, key, value);
  for (guint how = 0; how < 4; how++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      qs_printer_append (out, record, value, how & 1, how & 2);
      check (out, how == 3 ? 2 : 1);
    }

  return 0;
}
