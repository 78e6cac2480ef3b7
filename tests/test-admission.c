/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-admission-private.h"

#define SUSPICIOUS "Disconnected: verify that security.protocol is correctly configured"
#define REFUSED "Connect to 127.0.0.1:1 failed: Connection refused"
#define LONG_AGO (10 * G_USEC_PER_SEC)

static void
fixture_set_up (QsAdmission *admission, gconstpointer user_data)
{
  qs_admission_init (admission, "Cannot connect to 'here'", 2);
}

static void
fixture_tear_down (QsAdmission *admission, gconstpointer user_data)
{
  qs_admission_clear (admission);
}

/* Fails unless waiting is in vain, because of @cause. */
static void
assert_refused (QsAdmission *admission, const char *cause)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qs_admission_check (admission, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION);
  g_assert_nonnull (strstr (error->message, "Cannot connect to 'here'"));
  g_assert_nonnull (strstr (error->message, cause));
}

/* Has it look as if the first suspicion were old. */
static void
age (QsAdmission *admission)
{
  g_assert_cmpint (admission->suspected_at, !=, 0);
  admission->suspected_at -= LONG_AGO;
}

static void
test_refused (QsAdmission *admission, gconstpointer user_data)
{
  g_test_summary ("Credentials that are refused are told at once, and the first of it");

  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, REFUSED);
  g_assert_true (qs_admission_check (admission, NULL));
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__AUTHENTICATION, "no such user");
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__AUTHENTICATION, "later");
  assert_refused (admission, "no such user");
  assert_refused (admission, "no such user");
}

static void
test_suspicion (QsAdmission *admission, gconstpointer user_data)
{
  g_test_summary ("Brokers that seem to speak another protocol have some time to prove otherwise");

  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  g_assert_true (qs_admission_check (admission, NULL));
  age (admission);
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  assert_refused (admission, "security.protocol");
}

static void
test_ways_to_end (QsAdmission *admission, gconstpointer user_data)
{
  static const char *const reasons[] = {
    "here/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect "
    "security.protocol configuration",
    "here/bootstrap: Send failed: Broken pipe",
    "here/bootstrap: Receive failed: Connection reset by peer",
    "ssl://here/bootstrap: SSL handshake failed: unexpected eof while reading",
    "ssl://here/bootstrap: SSL transport error: Connection reset by peer",
  };

  g_test_summary ("However a connection is ended before an answer, no time begins anew");

  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, reasons[0]);
  age (admission);
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, reasons[i]);
      g_assert_cmpint (g_get_monotonic_time () - admission->suspected_at, >=, LONG_AGO);
      g_assert_nonnull (strstr (qs_admission_peek_cause (admission), "accepts connections"));
      g_assert_nonnull (strstr (qs_admission_peek_cause (admission), "check security.protocol"));
    }
  assert_refused (admission, "security.protocol");
}

static void
test_concluded (QsAdmission *admission, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("When the caller's time is up, what is suspected is the cause, and only that");

  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, REFUSED);
  g_assert_true (qs_admission_conclude (admission, NULL));
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  g_assert_true (qs_admission_check (admission, NULL));
  g_assert_false (qs_admission_conclude (admission, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION);
}

static void
test_dispelled (QsAdmission *admission, gconstpointer user_data)
{
  g_test_summary ("A broker that does anything else in between only restarts");

  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  age (admission);
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, REFUSED);
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  g_assert_true (qs_admission_check (admission, NULL));
}

static void
test_proven (QsAdmission *admission, gconstpointer user_data)
{
  g_test_summary ("Whoever was answered once is not suspicious");

  qs_admission_prove (admission);
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  age (admission);
  g_assert_true (qs_admission_check (admission, NULL));
}

static void
test_cause (QsAdmission *admission, gconstpointer user_data)
{
  g_test_summary ("That all brokers are down is no cause where another is known, nor a suspicion");

  qs_admission_note (admission, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  g_assert_cmpstr (admission->cause, ==, "1/1 brokers are down");
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  qs_admission_note (admission, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  g_assert_cmpstr (admission->cause, ==, SUSPICIOUS);
  age (admission);
  assert_refused (admission, "security.protocol");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func)                                                                            \
  g_test_add ("/admission/" path, QsAdmission, NULL, fixture_set_up, func, fixture_tear_down)

  add ("refused", test_refused);
  add ("suspicion", test_suspicion);
  add ("ways-to-end", test_ways_to_end);
  add ("concluded", test_concluded);
  add ("dispelled", test_dispelled);
  add ("proven", test_proven);
  add ("cause", test_cause);

  return g_test_run ();
}
