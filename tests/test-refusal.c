/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "qs-refusal-private.h"

#define SUSPICIOUS "Disconnected: verify that security.protocol is correctly configured"
#define REFUSED "Connect to 127.0.0.1:1 failed: Connection refused"
#define LONG_AGO (10 * G_USEC_PER_SEC)

static void
fixture_set_up (QsRefusal *refusal, gconstpointer user_data)
{
  qs_refusal_init (refusal, "Cannot connect to 'here'", 2);
}

static void
fixture_tear_down (QsRefusal *refusal, gconstpointer user_data)
{
  qs_refusal_clear (refusal);
}

/* Fails unless waiting is in vain, because of @cause. */
static void
assert_refused (QsRefusal *refusal, const char *cause)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (qs_refusal_check (refusal, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION);
  g_assert_nonnull (strstr (error->message, "Cannot connect to 'here'"));
  g_assert_nonnull (strstr (error->message, cause));
}

/* Has it look as if the first suspicion were old. */
static void
age (QsRefusal *refusal)
{
  g_assert_cmpint (refusal->suspected_at, !=, 0);
  refusal->suspected_at -= LONG_AGO;
}

static void
test_refused (QsRefusal *refusal, gconstpointer user_data)
{
  g_test_summary ("Credentials that are refused are told at once, and the first of it");

  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, REFUSED);
  g_assert_true (qs_refusal_check (refusal, NULL));
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__AUTHENTICATION, "no such user");
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__AUTHENTICATION, "later");
  assert_refused (refusal, "no such user");
  assert_refused (refusal, "no such user");
}

static void
test_suspicion (QsRefusal *refusal, gconstpointer user_data)
{
  g_test_summary ("Brokers that seem to speak another protocol have some time to prove otherwise");

  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  g_assert_true (qs_refusal_check (refusal, NULL));
  age (refusal);
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  assert_refused (refusal, "security.protocol");
}

static void
test_concluded (QsRefusal *refusal, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("When the caller's time is up, what is suspected is the cause, and only that");

  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, REFUSED);
  g_assert_true (qs_refusal_conclude (refusal, NULL));
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  g_assert_true (qs_refusal_check (refusal, NULL));
  g_assert_false (qs_refusal_conclude (refusal, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION);
}

static void
test_dispelled (QsRefusal *refusal, gconstpointer user_data)
{
  g_test_summary ("A broker that does anything else in between only restarts");

  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  age (refusal);
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, REFUSED);
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  g_assert_true (qs_refusal_check (refusal, NULL));
}

static void
test_proven (QsRefusal *refusal, gconstpointer user_data)
{
  g_test_summary ("Whoever was answered once is not suspicious");

  qs_refusal_prove (refusal);
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  age (refusal);
  g_assert_true (qs_refusal_check (refusal, NULL));
}

static void
test_cause (QsRefusal *refusal, gconstpointer user_data)
{
  g_test_summary ("That all brokers are down is no cause where another is known, nor a suspicion");

  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  g_assert_cmpstr (refusal->cause, ==, "1/1 brokers are down");
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__TRANSPORT, SUSPICIOUS);
  qs_refusal_note (refusal, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  g_assert_cmpstr (refusal->cause, ==, SUSPICIOUS);
  age (refusal);
  assert_refused (refusal, "security.protocol");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func)                                                                            \
  g_test_add ("/refusal/" path, QsRefusal, NULL, fixture_set_up, func, fixture_tear_down)

  add ("refused", test_refused);
  add ("suspicion", test_suspicion);
  add ("concluded", test_concluded);
  add ("dispelled", test_dispelled);
  add ("proven", test_proven);
  add ("cause", test_cause);

  return g_test_run ();
}
