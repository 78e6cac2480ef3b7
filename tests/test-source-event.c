/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib.h>

#include "qs-source-event-private.h"

#define MAX_TEXT (64 * 1024)

static void
test_short (void)
{
  g_autofree char *same = qs_source_event_dup_text ("all is \303\266k\n");
  g_autofree char *empty = qs_source_event_dup_text ("");
  g_autofree char *null = qs_source_event_dup_text (NULL);

  g_test_summary ("A short and valid text travels as it is");

  g_assert_cmpstr (same, ==, "all is \303\266k\n");
  g_assert_cmpstr (empty, ==, "");
  g_assert_cmpstr (null, ==, "");
}

static void
test_invalid (void)
{
  g_autofree char *text = qs_source_event_dup_text ("caf\351 \355\240\200");

  g_test_summary ("Bytes that are no UTF-8 are replaced, the rest is kept");

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_str_has_prefix (text, "caf\357\277\275 "));
}

static void
test_limit (void)
{
  g_autofree char *at_limit = g_strnfill (MAX_TEXT, 'x');
  g_autofree char *kept = qs_source_event_dup_text (at_limit);
  g_autofree char *longer = g_strnfill (MAX_TEXT + 1, 'x');
  g_autofree char *cut = qs_source_event_dup_text (longer);

  g_test_summary ("A text of 64 KiB is kept, one byte more is cut, and says so");

  g_assert_cmpstr (kept, ==, at_limit);
  g_assert_cmpuint (strlen (cut), <=, MAX_TEXT);
  g_assert_true (g_str_has_suffix (cut, " [... cut, it had 65537 bytes]"));
}

static void
test_boundary (void)
{
  g_test_summary ("Wherever a text is cut, no character is");

  for (guint shift = 0; shift < 4; shift++)
    {
      g_autoptr (GString) string = g_string_new (NULL);
      g_autofree char *text = NULL;

      for (guint i = 0; i < shift; i++)
        g_string_append_c (string, 'x');
      while (string->len < 2 * MAX_TEXT)
        g_string_append (string, "\360\237\230\200");

      text = qs_source_event_dup_text (string->str);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpuint (strlen (text), <=, MAX_TEXT);
      g_assert_null (strstr (text, "\357\277\275"));
    }
}

static void
test_grows (void)
{
  g_autofree char *bad = g_strnfill (MAX_TEXT, '\377');
  g_autofree char *text = qs_source_event_dup_text (bad);

  g_test_summary ("Bad bytes, which grow when they are replaced, stay below the limit");

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpuint (strlen (text), <=, MAX_TEXT);
}

static void
test_error (void)
{
  g_autoptr (GError) known = qs_source_event_new_error ("g-io-error-quark", 1, "gone");
  g_autoptr (GError) unknown = qs_source_event_new_error ("some-plugin-error", -7, "odd");
  g_autoptr (GError) none = qs_source_event_new_error ("", 0, "nothing");

  g_test_summary ("An error arrives with its domain, also one that was never seen here");

  g_assert_error (known, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (g_quark_to_string (unknown->domain), ==, "some-plugin-error");
  g_assert_cmpint (unknown->code, ==, -7);
  g_assert_cmpstr (none->message, ==, "nothing");
}

/* What a worker might say that isn't ours. */
static QsSourceEvent *
read_event (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) variant = NULL;

  variant = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
  g_assert_no_error (error);

  return qs_source_event_new_from_variant (variant);
}

static void
test_incomplete (void)
{
  const char *texts[] = {
    "{'type': <'stats'>}",
    "{'type': <'stats'>, 'stats': <1>, 'detail': <'x'>, 'message': <'x'>}",
    "{'type': <'failed'>}",
    "{'type': <'failed'>, 'message': <3>}",
    "{'type': <'connect-failed'>}",
    "{'type': <'nothing'>}",
    "{'type': <1>}",
    "@a{sv} {}",
  };

  g_test_summary ("An event that lacks what its type needs is none");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (read_event (texts[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/source-event/text/short", test_short);
  g_test_add_func ("/source-event/text/invalid", test_invalid);
  g_test_add_func ("/source-event/text/limit", test_limit);
  g_test_add_func ("/source-event/text/boundary", test_boundary);
  g_test_add_func ("/source-event/text/grows", test_grows);
  g_test_add_func ("/source-event/error", test_error);
  g_test_add_func ("/source-event/incomplete", test_incomplete);

  return g_test_run ();
}
