/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-private.h"

/* Whatever bytes come: no crash; and what could be read is written so that it
 * reads back as the same value. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GVariant) value = qs_json_read (data, size, NULL);
  g_autoptr (GVariant) again = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (value == NULL)
    return 0;

  if (!qs_json_write (value, out, &error))
    g_error ("%s", error->message);
  again = qs_json_read ((const guint8 *) out->str, out->len, &error);
  if (again == NULL)
    g_error ("%s", error->message);
  if (!g_variant_equal (value, again))
    g_error ("'%s' reads back as another value", out->str);

  return 0;
}
