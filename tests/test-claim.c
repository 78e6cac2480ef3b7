/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-claim-private.h"
#include "qs-kafka-error.h"
#include "start-broker.h"
#include "wait-for.h"

#define TOPIC "shared"
#define N_PARTITIONS 4

/* Seconds; the embedded broker gives each round of a group one less. */
#define SESSION 3

/* Of Kafka's protocol. */
#define API_FETCH 1
#define API_SYNC_GROUP 14
#define TOPIC_AUTHORIZATION_FAILED 29
#define FENCED_INSTANCE_ID 82

typedef struct
{
  QsEmbeddedBroker *broker;
  QsKafkaConfig    *config;
  QsClaimThread    *thread;
} Fixture;

/* A claim and what it has told. */
typedef struct
{
  QsClaim *claim;
  gboolean owns[N_PARTITIONS];
  gboolean keeps; /* what is revoked, until somebody else releases it */
  guint    n_revoked;
  gboolean was_lost;
  gboolean has_left;
  GError  *error;
} Member;

static int
count (const Member *member)
{
  int n_owned = 0;

  for (guint i = 0; i < N_PARTITIONS; i++)
    n_owned += member->owns[i];

  return n_owned;
}

static void
assigned (const int *partitions, guint n_partitions, gpointer user_data)
{
  Member *member = user_data;

  for (guint i = 0; i < n_partitions; i++)
    {
      g_assert_false (member->owns[partitions[i]]);
      member->owns[partitions[i]] = TRUE;
    }
}

static void
revoked (const int *partitions, guint n_partitions, gboolean lost, gpointer user_data)
{
  Member *member = user_data;

  member->n_revoked += n_partitions;
  member->was_lost |= lost;
  for (guint i = 0; i < n_partitions; i++)
    member->owns[partitions[i]] = FALSE;
  if (!member->keeps)
    qs_claim_release (member->claim);
}

static void
failed (const GError *error, gpointer user_data)
{
  Member *member = user_data;

  member->error = g_error_copy (error);
}

static void
left (gpointer user_data)
{
  Member *member = user_data;

  member->has_left = TRUE;
}

static const QsClaimListener listener = { assigned, revoked, failed, left };

static void
join_as (Fixture *fixture, Member *member, const char *instance_id)
{
  const QsClaimSettings settings = {
    .config = fixture->config,
    .group = TOPIC,
    .topic = TOPIC,
    .instance_id = instance_id,
    .session_timeout = SESSION,
  };
  g_autoptr (GError) error = NULL;

  member->claim = qs_claim_new (fixture->thread, &settings, &listener, member, &error);
  g_assert_no_error (error);
}

static void
leave (Member *member)
{
  qs_claim_leave (member->claim, TRUE);
  WAIT_UNTIL (member->has_left);
  g_clear_pointer (&member->claim, qs_claim_free);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->broker = start_broker (TOPIC, N_PARTITIONS);
  fixture->config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  fixture->thread = qs_claim_thread_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  qs_claim_thread_free (fixture->thread);
  qs_kafka_config_unref (fixture->config);
  g_object_unref (fixture->broker);
}

/* Fails a claim that reads from its partitions. */
static void
refuse_fetches (Fixture *fixture)
{
  int codes[100];

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    codes[i] = TOPIC_AUTHORIZATION_FAILED;
  qs_embedded_broker_push_error (fixture->broker, API_FETCH, codes, G_N_ELEMENTS (codes));
}

static void
test_share (Fixture *fixture, gconstpointer data)
{
  Member one = { 0 };
  Member two = { 0 };

  g_test_summary (
      "Two share all partitions evenly and read none, and what one leaves the other has");

  refuse_fetches (fixture);
  join_as (fixture, &one, "one");
  WAIT_UNTIL (count (&one) == N_PARTITIONS);
  join_as (fixture, &two, "two");
  WAIT_UNTIL (count (&one) == 2 && count (&two) == 2);
  for (guint i = 0; i < N_PARTITIONS; i++)
    g_assert_true (one.owns[i] != two.owns[i]);

  leave (&two);
  WAIT_UNTIL (count (&one) == N_PARTITIONS);
  g_assert_no_error (one.error);
  g_assert_no_error (two.error);
  leave (&one);
}

static void
test_release (Fixture *fixture, gconstpointer data)
{
  Member one = { .keeps = TRUE };
  Member two = { 0 };

  g_test_summary ("Nobody has what is given away before that is released");

  join_as (fixture, &one, "one");
  WAIT_UNTIL (count (&one) == N_PARTITIONS);
  join_as (fixture, &two, "two");
  WAIT_UNTIL (one.n_revoked == 2);

  /* Nothing tells that nothing comes: some rounds of the group must do. */
  for (int i = 0; i < 20; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (100000);
    }
  g_assert_cmpint (count (&two), ==, 0);

  qs_claim_release (one.claim);
  WAIT_UNTIL (count (&two) == 2);

  leave (&one);
  leave (&two);
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GMainContext) busy = g_main_context_new ();
  Member one = { 0 };
  Member two = { 0 };
  Member three = { 0 };

  g_test_summary ("One whose main context is busy keeps its share, and holds nobody up");

  join_as (fixture, &two, "two");
  WAIT_UNTIL (count (&two) == N_PARTITIONS);

  g_main_context_push_thread_default (busy);
  join_as (fixture, &one, "one");
  g_main_context_pop_thread_default (busy);

  /* All members must answer before a third one has something. */
  WAIT_UNTIL (count (&two) == 2);
  join_as (fixture, &three, "three");
  WAIT_UNTIL (count (&three) == 1);

  /* What the first one was told waits there, and nothing else. */
  WAIT_UNTIL (g_main_context_pending (busy));
  while (g_main_context_iteration (busy, FALSE))
    ;
  g_assert_no_error (one.error);
  g_assert_cmpint (count (&one), >, 0);
  g_assert_false (one.was_lost);

  qs_claim_free (one.claim);
  leave (&two);
  leave (&three);
}

static void
test_free (Fixture *fixture, gconstpointer data)
{
  Member one = { 0 };

  g_test_summary ("Freed at once, or while it waits for an answer, it is over");

  join_as (fixture, &one, "one");
  g_clear_pointer (&one.claim, qs_claim_free);

  join_as (fixture, &one, "two");
  qs_claim_leave (one.claim, TRUE);
  WAIT_UNTIL (one.has_left);
  qs_claim_free (one.claim);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  const int codes[] = { 26, 26, 26 };
  Member    one = { 0 };

  g_test_summary ("A session-timeout that the brokers refuse ends it, with what to set");

  qs_embedded_broker_push_error (fixture->broker, 11, codes, G_N_ELEMENTS (codes));
  join_as (fixture, &one, "one");
  WAIT_UNTIL (one.error != NULL);
  g_assert_error (one.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (one.error->message, "group.min.session.timeout.ms"));
  g_assert_nonnull (strstr (one.error->message, TOPIC));

  leave (&one);
  g_clear_error (&one.error);
}

static void
test_refused_late (Fixture *fixture, gconstpointer data)
{
  const int codes[] = { FENCED_INSTANCE_ID, FENCED_INSTANCE_ID };
  Member    one = { 0 };

  g_test_summary ("One that has joined and is refused its share fails, and nothing worse");

  qs_embedded_broker_push_error (fixture->broker, API_SYNC_GROUP, codes, G_N_ELEMENTS (codes));
  join_as (fixture, &one, "one");
  WAIT_UNTIL (one.error != NULL);
  g_assert_error (one.error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED);

  leave (&one);
  g_clear_error (&one.error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/claim/share", Fixture, NULL, set_up, test_share, tear_down);
  g_test_add ("/claim/release", Fixture, NULL, set_up, test_release, tear_down);
  g_test_add ("/claim/busy", Fixture, NULL, set_up, test_busy, tear_down);
  g_test_add ("/claim/free", Fixture, NULL, set_up, test_free, tear_down);
  g_test_add ("/claim/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/claim/refused-late", Fixture, NULL, set_up, test_refused_late, tear_down);

  return g_test_run ();
}
