/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <librdkafka/rdkafka.h>

#include "embedded-state-fixture.h"

#define API_PRODUCE 0
#define API_INIT_PRODUCER_ID 22
#define API_ADD_PARTITIONS 24
#define API_END_TXN 26

/* What brokers may answer, and what comes of it; WELL: it is asked again, or done
 * already; EITHER: librdkafka asks again since 2.3, before it the transaction failed. */
#define WELL -1
#define EITHER (RD_KAFKA_VERSION >= 0x02030000 ? WELL : QS_KAFKA_ERROR_TRANSACTION)
typedef struct
{
  int code;
  int result;
} Answer;

#define END_OF_ANSWERS                                                                             \
  {                                                                                                \
    0, 0                                                                                           \
  }

static const Answer produce_answers[] = {
  { -195 /* the connection is closed */, WELL },
  { -1 /* unknown error */, QS_KAFKA_ERROR_TRANSACTION },
  { 2 /* corrupt message */, EITHER },
  { 3 /* unknown topic or partition */, WELL },
  { 5 /* leader not available */, WELL },
  { 6 /* not the leader */, WELL },
  { 7 /* timed out */, WELL },
  { 10 /* too large */, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE },
  { 13 /* network exception */, QS_KAFKA_ERROR_TRANSACTION },
  { 17 /* invalid topic */, QS_KAFKA_ERROR_TRANSACTION },
  { 18 /* batch too large */, QS_KAFKA_ERROR_MESSAGE_TOO_LARGE },
  { 19 /* not enough replicas */, WELL },
  { 20 /* not enough replicas after append */, WELL },
  { 21 /* invalid acks */, QS_KAFKA_ERROR_TRANSACTION },
  { 29 /* not authorized for the topic */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 31 /* not authorized for the cluster */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 32 /* invalid timestamp */, QS_KAFKA_ERROR_TRANSACTION },
  { 35 /* unsupported version */, QS_KAFKA_ERROR_TRANSACTION },
  { 42 /* invalid request */, QS_KAFKA_ERROR_TRANSACTION },
  { 43 /* unsupported for the message format */, QS_KAFKA_ERROR_TRANSACTION },
  { 44 /* policy violation */, QS_KAFKA_ERROR_TRANSACTION },
  { 45 /* out of order sequence number */, QS_KAFKA_ERROR_TRANSACTION },
  { 46 /* duplicate sequence number */, WELL },
  { 47 /* invalid producer epoch */, QS_KAFKA_ERROR_FENCED },
  { 48 /* invalid transaction state */, QS_KAFKA_ERROR_TRANSACTION },
  { 49 /* invalid producer id mapping */, QS_KAFKA_ERROR_TRANSACTION },
  { 53 /* not authorized for the transactional id */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 56 /* storage error */, WELL },
  { 59 /* unknown producer id */, QS_KAFKA_ERROR_TRANSACTION },
  { 74 /* fenced leader epoch */, QS_KAFKA_ERROR_TRANSACTION },
  { 76 /* unsupported compression type */, QS_KAFKA_ERROR_TRANSACTION },
  { 87 /* invalid record */, QS_KAFKA_ERROR_TRANSACTION },
  { 89 /* throttled */, QS_KAFKA_ERROR_TRANSACTION },
  { 90 /* producer fenced */, QS_KAFKA_ERROR_FENCED },
  { 120 /* transaction abortable */, QS_KAFKA_ERROR_TRANSACTION },
  END_OF_ANSWERS,
};

static const Answer add_answers[] = {
  { -195 /* the connection is closed */, WELL },
  { -1 /* unknown error */, QS_KAFKA_ERROR_TRANSACTION },
  { 3 /* unknown topic or partition */, WELL },
  { 14 /* coordinator is loading */, WELL },
  { 15 /* coordinator not available */, WELL },
  { 16 /* not coordinator */, WELL },
  { 29 /* not authorized for the topic */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 31 /* not authorized for the cluster */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 42 /* invalid request */, QS_KAFKA_ERROR_TRANSACTION },
  { 47 /* invalid producer epoch */, QS_KAFKA_ERROR_FENCED },
  { 48 /* invalid transaction state */, QS_KAFKA_ERROR_TRANSACTION },
  { 49 /* invalid producer id mapping */, QS_KAFKA_ERROR_TRANSACTION },
  { 51 /* concurrent transactions */, WELL },
  { 53 /* not authorized for the transactional id */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 55 /* operation not attempted */, QS_KAFKA_ERROR_TRANSACTION },
  { 59 /* unknown producer id */, QS_KAFKA_ERROR_TRANSACTION },
  { 90 /* producer fenced */, QS_KAFKA_ERROR_FENCED },
  { 120 /* transaction abortable */, QS_KAFKA_ERROR_TRANSACTION },
  END_OF_ANSWERS,
};

static const Answer end_answers[] = {
  { -195 /* the connection is closed */, WELL },
  { -1 /* unknown error */, QS_KAFKA_ERROR_TRANSACTION },
  { 14 /* coordinator is loading */, WELL },
  { 15 /* coordinator not available */, WELL },
  { 16 /* not coordinator */, WELL },
  { 42 /* invalid request */, QS_KAFKA_ERROR_TRANSACTION },
  { 47 /* invalid producer epoch */, QS_KAFKA_ERROR_FENCED },
  { 48 /* invalid transaction state */, QS_KAFKA_ERROR_TRANSACTION },
  { 49 /* invalid producer id mapping */, QS_KAFKA_ERROR_TRANSACTION },
  { 51 /* concurrent transactions */, WELL },
  { 53 /* not authorized for the transactional id */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 59 /* unknown producer id */, QS_KAFKA_ERROR_TRANSACTION },
  { 90 /* producer fenced */, QS_KAFKA_ERROR_FENCED },
  { 120 /* transaction abortable */, QS_KAFKA_ERROR_TRANSACTION },
  END_OF_ANSWERS,
};

static const Answer init_answers[] = {
  { -195 /* the connection is closed */, WELL },
  { -1 /* unknown error */, WELL },
  { 14 /* coordinator is loading */, WELL },
  { 15 /* coordinator not available */, WELL },
  { 16 /* not coordinator */, WELL },
  { 31 /* not authorized for the cluster */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 42 /* invalid request */, WELL },
  { 47 /* invalid producer epoch */, QS_KAFKA_ERROR_FENCED },
  { 48 /* invalid transaction state */, WELL },
  { 49 /* invalid producer id mapping */, WELL },
  { 50 /* invalid transaction timeout */, QS_KAFKA_ERROR_INVALID_CONFIG },
  { 51 /* concurrent transactions */, WELL },
  { 53 /* not authorized for the transactional id */, QS_KAFKA_ERROR_NOT_AUTHORIZED },
  { 59 /* unknown producer id */, WELL },
  { 89 /* throttled */, WELL },
  { 90 /* producer fenced */, QS_KAFKA_ERROR_FENCED },
  { 120 /* transaction abortable */, WELL },
  END_OF_ANSWERS,
};

/* Whether one more value could be committed. */
static gboolean
commit (StateFixture *base, gint64 value, GError **error)
{
  g_autoptr (QsState) state = qs_state_partition_dup_state (base->partition, error);

  return state != NULL && qs_state_set (state, "current", g_variant_new_int64 (value), error) &&
         qs_state_partition_flush (base->partition, qs_deadline_after (20), error);
}

static void
check (const Answer *answer, gboolean ok, const GError *error)
{
  g_test_message ("code %d: %s", answer->code, ok ? "went well" : error->message);
  if (answer->result == WELL)
    g_assert_no_error (error);
  else
    g_assert_error (error, QS_KAFKA_ERROR, answer->result);
  g_assert_cmpint (ok, ==, answer->result == WELL);
}

/* Has each of @answers given to the request @api of a flush. */
static void
try_flushes (EmbeddedFixture *fixture, int api, const Answer *answers)
{
  StateFixture *base = &fixture->base;

  for (const Answer *answer = answers; answer->code != 0; answer++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) later = NULL;
      gint64   value = 10 * (answer - answers);
      gboolean ok = FALSE;

      state_open (base);
      g_assert_true (commit (base, value, NULL));
      qs_embedded_broker_push_error (fixture->broker, api, &answer->code, 1);
      ok = commit (base, value + 1, &error);
      check (answer, ok, error);
      if (!ok)
        {
          g_assert_false (commit (base, value + 2, &later));
          g_assert_nonnull (later);
        }
      state_close (base);
    }
}

static void
test_produce (EmbeddedFixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Whatever is answered to Produce, a flush works or is the last one");

  try_flushes (fixture, API_PRODUCE, produce_answers);
}

static void
test_add (EmbeddedFixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Whatever is answered to AddPartitionsToTxn, a flush works or is the last one");

  try_flushes (fixture, API_ADD_PARTITIONS, add_answers);
}

static void
test_end (EmbeddedFixture *fixture, gconstpointer user_data)
{
  g_test_summary ("Whatever is answered to EndTxn, a flush works or is the last one");

  try_flushes (fixture, API_END_TXN, end_answers);
}

static void
test_init (EmbeddedFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;

  g_test_summary ("Whatever is answered to InitProducerId, a start works, or fails by its own");

  for (const Answer *answer = init_answers; answer->code != 0; answer++)
    {
      g_autoptr (GError) error = NULL;
      gboolean ok = FALSE;

      qs_embedded_broker_push_error (fixture->broker, API_INIT_PRODUCER_ID, &answer->code, 1);
      state_try_open (base, &error);
      /* At least once it may be the data's producer that was asked first. */
      ok = base->partition != NULL && commit (base, 1, &error);
      check (answer, ok, error);
      state_close (base);
    }
}

#define ADD(name, function) EMBEDDED_ADD ("/state-answers", name, function)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("produce", test_produce);
  ADD ("add-partitions", test_add);
  ADD ("end", test_end);
  ADD ("init", test_init);

  return g_test_run ();
}
