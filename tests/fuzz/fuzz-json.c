/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-json-private.h"
#include "qs-json-text-private.h"

/* Whatever bytes come: no crash; the quick ways do what the slow ones do, byte for
 * byte; and what could be read is written so that it reads back as the same value. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_written (GVariant *value)
{
  g_autoptr (GString) quick = g_string_new (NULL);
  g_autoptr (GString) slow = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean quick_ok = qs_json_write (value, quick, NULL);
  gboolean slow_ok = qs_json_write_tree (value, slow, &error);

  if (quick_ok != slow_ok || (slow_ok && !g_string_equal (quick, slow)))
    g_error ("'%s' is '%s' the slow way", quick->str, slow_ok ? slow->str : error->message);
  if (slow_ok && !qs_json_text_check ((const guint8 *) quick->str, quick->len, &error))
    g_error ("'%s' was written: %s", quick->str, error->message);
}

/* As a text. */
static void
check_text (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) slow_error = NULL;
  g_autoptr (GVariant) value = qs_json_read (data, size, &error);
  g_autoptr (GVariant) slow = qs_json_read_tree (data, size, &slow_error);
  g_autoptr (GVariant) again = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  if (value == NULL && slow == NULL)
    {
      g_assert (g_str_equal (error->message, slow_error->message));
      qs_json_text_check (data, size, NULL);
      return;
    }

  if (value == NULL || slow == NULL || !g_variant_equal (value, slow))
    g_error ("'%.*s' is read as another value the slow way", (int) size, (const char *) data);
  g_assert (qs_json_text_check (data, size, NULL));

  /* Of a tree, which isn't serialized before. */
  again = qs_json_read_tree (data, size, NULL);
  check_written (again);
  check_written (value);
  if (!qs_json_write (value, out, &error))
    g_error ("%s", error->message);
  g_variant_unref (again);
  again = qs_json_read ((const guint8 *) out->str, out->len, &error);
  if (again == NULL || !g_variant_equal (value, again))
    g_error ("'%s' reads back as another value", out->str);
}

/* As the serialized form of a value that somebody else has made. */
static void
check_serialized (const guint8 *data, gsize size)
{
  static const char *const types[] = { "a{sv}", "av", "a{ss}", "(sava{sv})", "v", "aa{sv}" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (data, size);
      g_autoptr (GVariant) value =
          g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (types[i]), bytes, FALSE));
      g_autoptr (GVariant) normal = g_variant_get_normal_form (value);

      check_written (value);
      check_written (normal);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  check_text (data, size);
  check_serialized (data, size);

  return 0;
}
