/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-comparison-private.h"

#include <string.h>

#include "qs-message-private.h"
#include "qs-source-error.h"
#include "qs-topic.h"

/* Records of the letters of @text, in partition @partition. */
static void
add_records (GPtrArray *records, int partition, const char *text)
{
  g_autoptr (QsTopic) topic = qs_topic_new ("letters");
  g_autoptr (GError) error = NULL;

  for (const char *c = text; *c != '\0'; c++)
    {
      g_autofree char *json = g_strdup_printf ("\"%c\"", *c);
      g_autoptr (GBytes) value = g_bytes_new (json, strlen (json));
      g_autoptr (QsMessage) message = qs_message_new_received (
          NULL, value, NULL, records->len, "letters", partition, (gint64) records->len);
      QsRecord *record = qs_topic_deserialize (topic, message, &error);

      g_assert_no_error (error);
      g_ptr_array_add (records, record);
    }
}

static GPtrArray *
make_records (const char *text)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (g_object_unref);

  add_records (records, 0, text);

  return records;
}

/* How records of partition 0 differ from those of a run without kills. */
static const struct
{
  const char *reference;
  gboolean    is_whole;
  const char *records;
  const char *error; /* a part of it; NULL: none */
  gint64      lost;
  gint64      duplicated;
  guint       n_returns;
  gboolean    is_complete;
} cases[] = {
  { "abcdef", TRUE, "abcdef", NULL, 0, 0, 0, TRUE },
  { "abcdef", TRUE, "abc", NULL, 0, 0, 0, FALSE },
  { "abcdef", TRUE, "", NULL, 0, 0, 0, FALSE },
  /* It goes back after a kill, and once more before it is where it was. */
  { "abcdef", TRUE, "abcbcdef", NULL, 0, 2, 1, TRUE },
  { "abcdef", TRUE, "abcdababcdef", NULL, 0, 6, 2, TRUE },
  { "abcdef", TRUE, "abcdefef", NULL, 0, 2, 1, TRUE },
  /* Something is missing, at any place. */
  { "abcdef", TRUE, "abef", "2 records were missing", 2, 0, 0, FALSE },
  { "abcdef", TRUE, "bcdef", "1 records were missing", 1, 0, 0, FALSE },
  { "abcdef", TRUE, "abcabe", "1 records were missing", 1, 2, 1, FALSE },
  { "abcdef", TRUE, "acb", "1 records were missing", 1, 0, 0, FALSE },
  /* Something comes that never came. */
  { "abcdef", TRUE, "abxc", "not one of the undisturbed run: number 3", 0, 0, 0, FALSE },
  { "abcdef", TRUE, "abcdefg", "not one of the undisturbed run: number 7", 0, 0, 0, FALSE },
  /* A source that went on by the time the run without kills was stopped. */
  { "abc", FALSE, "abcdefabc", NULL, 0, 0, 0, TRUE },
  { "abc", FALSE, "abababcde", NULL, 0, 4, 2, TRUE },
  { "abc", FALSE, "acde", "1 records were missing", 1, 0, 0, FALSE },
  /* Records that are equal are told apart by those around them. */
  { "aaaa", TRUE, "aaaa", NULL, 0, 0, 0, TRUE },
  { "abababab", TRUE, "abababab", NULL, 0, 0, 0, TRUE },
  { "aabaac", TRUE, "aabaabaac", NULL, 0, 3, 1, TRUE },
};

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) reference = make_records (cases[i].reference);
  g_autoptr (GPtrArray) records = make_records (cases[i].records);
  g_autoptr (QsComparison) comparison = qs_comparison_new (reference, cases[i].is_whole);
  g_autoptr (GError) error = NULL;
  QsDifference difference = { 0 };

  g_test_summary ("What was left out, repeated or added is counted");

  g_assert_cmpint (qs_comparison_compare (comparison, records, 0, &difference, &error),
                   ==,
                   cases[i].error == NULL);
  g_assert_cmpint (difference.lost, ==, cases[i].lost);
  if (cases[i].error != NULL)
    {
      g_assert_error (error, QS_SOURCE_ERROR, QS_SOURCE_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, cases[i].error));
      return;
    }

  g_assert_no_error (error);
  g_assert_cmpint (difference.duplicated, ==, cases[i].duplicated);
  g_assert_cmpuint (difference.n_returns, ==, cases[i].n_returns);
  g_assert_cmpint (difference.is_complete, ==, cases[i].is_complete);
}

static void
test_partitions (void)
{
  g_autoptr (GPtrArray) reference = make_records ("abc");
  g_autoptr (GPtrArray) records = make_records ("ab");
  g_autoptr (QsComparison) comparison = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *missing = NULL;
  QsDifference     difference = { 0 };

  g_test_summary ("Only records of one partition have an order");

  add_records (reference, 1, "xyz");
  comparison = qs_comparison_new (reference, TRUE);
  add_records (records, 1, "xyxyz");

  g_assert_true (qs_comparison_compare (comparison, records, 0, &difference, &error));
  g_assert_no_error (error);
  g_assert_false (difference.is_complete);
  g_assert_cmpint (difference.duplicated, ==, 2);
  missing = qs_comparison_dup_missing (comparison, records, 0);
  g_assert_nonnull (missing);
  g_assert_nonnull (strstr (missing, "'c'"));

  add_records (records, 0, "c");
  g_assert_true (qs_comparison_compare (comparison, records, 0, &difference, &error));
  g_assert_true (difference.is_complete);
  g_assert_null (qs_comparison_dup_missing (comparison, records, 0));
}

static void
test_skip (void)
{
  g_autoptr (GPtrArray) reference = make_records ("abc");
  g_autoptr (GPtrArray) records = make_records ("ababc");
  g_autoptr (QsComparison) comparison = qs_comparison_new (reference, TRUE);
  g_autoptr (GError) error = NULL;
  QsDifference difference = { 0 };

  g_test_summary ("Records that came earlier can be left aside");

  g_assert_true (qs_comparison_compare (comparison, records, 2, &difference, &error));
  g_assert_no_error (error);
  g_assert_cmpint (difference.duplicated, ==, 0);
  g_assert_true (difference.is_complete);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("/comparison/%s/%s-%s",
                           cases[i].is_whole ? "whole" : "part",
                           cases[i].reference,
                           *cases[i].records != '\0' ? cases[i].records : "none");

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/comparison/partitions", test_partitions);
  g_test_add_func ("/comparison/skip", test_skip);

  return g_test_run ();
}
