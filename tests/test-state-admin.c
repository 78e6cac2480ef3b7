/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-state-fixture.h"
#include "qs-application.h"
#include "qs-state-admin.h"
#include "qs-state-snapshot.h"
#include "wait-for.h"

static void
set_up (KafkaFixture *fixture, gconstpointer user_data)
{
  if (kafka_fixture_init (fixture, qs_test_kafka_shared (), user_data))
    kafka_create_topics (&fixture->base);
}

/* Of the same state as the fixture's, as a program elsewhere makes it. */
static QsStateAdmin *
new_admin (StateFixture *base)
{
  g_autoptr (QsApplication) app = g_object_new (QS_TYPE_APPLICATION,
                                                "broker-address",
                                                qs_test_kafka_shared (),
                                                "consumer-group",
                                                base->name,
                                                "state-dir",
                                                base->state_dir,
                                                NULL);

  return qs_state_admin_new (app, "s");
}

static void
assert_snapshot (QsStateSnapshot *snapshot, const char *key, const char *expected)
{
  int index = qs_state_snapshot_find (snapshot, (const guint8 *) key, strlen (key));
  g_autoptr (GBytes) value = NULL;

  if (expected == NULL)
    {
      g_assert_cmpint (index, ==, -1);
      return;
    }
  g_assert_cmpint (index, >=, 0);
  value = qs_state_snapshot_dup_value (snapshot, (guint) index);
  g_assert_cmpmem (
      g_bytes_get_data (value, NULL), g_bytes_get_size (value), expected, strlen (expected));
}

/* The last @done of @total, which is negated if it has ever shrunk or was too much. */
static void
records_read_cb (QsStateAdmin *admin, guint64 done, guint64 total, gint64 *last)
{
  *last = *last >= 0 && (gint64) done >= *last && done <= total ? (gint64) done : -1;
}

static void
test_reading (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsStateSnapshot) now = NULL;
  g_autoptr (QsStateSnapshot) before = NULL;
  g_autoptr (QsStateSnapshot) earlier = NULL;
  g_autoptr (QsStateSnapshot) store = NULL;
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GError) error = NULL;
  gint64 time = 0, n_read = 0;

  g_test_summary ("A state is read as it is and as it was while a worker has it, which goes on");

  if (fixture->is_skipped)
    return;

  admin = new_admin (base);
  state_open (base);
  state_set (base, "a", 1);
  state_set (base, "b", 1);
  state_flush (base);
  before = qs_state_admin_read (admin, &error);
  g_assert_no_error (error);
  time = g_get_real_time () / 1000;
  WAIT_FOR (g_get_real_time () / 1000 != time);
  state_set (base, "a", 2);
  state_remove (base, "b");
  state_flush (base);

  g_signal_connect (admin, "records-read", G_CALLBACK (records_read_cb), &n_read);
  now = qs_state_admin_read (admin, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qs_state_snapshot_get_n_entries (now), ==, 1);
  g_assert_cmpint (n_read, >=, 4);
  assert_snapshot (now, "a", "2");
  assert_snapshot (now, "b", NULL);
  earlier = qs_state_admin_read_changelog (admin, -1, time, &error);
  g_assert_no_error (error);
  assert_snapshot (earlier, "a", "1");
  assert_snapshot (earlier, "b", "1");
  g_assert_cmpint (
      qs_state_snapshot_get_offset (earlier), ==, qs_state_snapshot_get_offset (before));
  keys = qs_state_snapshot_diff (earlier, now);
  g_assert_cmpuint (keys->len, ==, 2);

  /* The worker didn't notice. */
  state_set (base, "a", 3);
  state_flush (base);
  state_close (base);
  store = qs_state_admin_read_store (admin, &error);
  g_assert_no_error (error);
  assert_snapshot (store, "a", "3");
}

static void
test_writing (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsState) state = NULL;
  g_autoptr (QsStateSnapshot) now = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A state is changed as a worker does it, and not while one has it open");

  if (fixture->is_skipped)
    return;

  admin = new_admin (base);
  state_open (base);
  state_set (base, "a", 1);
  state_flush (base);
  g_assert_false (qs_state_admin_open (admin, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_LOCKED);
  g_clear_error (&error);
  state_set (base, "a", 2);
  state_flush (base);
  state_close (base);

  g_assert_true (qs_state_admin_open (admin, &error));
  g_assert_no_error (error);
  state = qs_state_admin_get_state (admin, &error);
  g_assert_cmpint (qs_state_get_int64 (state, "a", -1, &error), ==, 2);
  g_assert_true (qs_state_set (state, "b", g_variant_new_int64 (7), &error));
  g_assert_true (qs_state_remove (state, "a", &error));
  g_assert_true (qs_state_admin_commit (admin, &error));
  g_assert_no_error (error);
  qs_state_admin_close (admin);

  now = qs_state_admin_read (admin, &error);
  assert_snapshot (now, "a", NULL);
  assert_snapshot (now, "b", "7");
  state_open (base);
  g_assert_cmpint (state_get (base, "a"), ==, -1);
  g_assert_cmpint (state_get (base, "b"), ==, 7);
}

static void
test_rescue (KafkaFixture *fixture, gconstpointer user_data)
{
  StateFixture *base = &fixture->base;
  g_autoptr (QsStateAdmin) admin = NULL;
  g_autoptr (QsStateSnapshot) store = NULL;
  g_autoptr (QsState) state = NULL;
  g_autoptr (QsAdmin) brokers = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A store whose changelog is gone is read, and written back to a new one");

  if (fixture->is_skipped)
    return;

  admin = new_admin (base);
  state_open (base);
  state_set (base, "a", 1);
  state_flush (base);
  state_close (base);
  brokers = qs_admin_new (base->kafka, &error);
  g_assert_true (qs_admin_delete_topic (brokers, base->changelog, NULL, &error));
  kafka_create_changelog (base);
  g_assert_false (qs_state_admin_open (admin, &error));
  g_assert_error (error, QS_STATE_ERROR, QS_STATE_ERROR_MISMATCH);
  g_clear_error (&error);

  store = qs_state_admin_read_store (admin, &error);
  g_assert_no_error (error);
  g_assert_true (qs_state_admin_reset (admin, &error));
  g_assert_no_error (error);
  g_assert_true (qs_state_admin_open (admin, &error));
  g_assert_no_error (error);
  state = qs_state_admin_get_state (admin, &error);
  for (guint i = 0; i < qs_state_snapshot_get_n_entries (store); i++)
    {
      g_autoptr (GBytes) key = qs_state_snapshot_dup_key (store, i);
      g_autoptr (GBytes) value = qs_state_snapshot_dup_value (store, i);

      g_assert_true (qs_state_snapshot_is_text_key (store, i));
      g_assert_true (qs_state_set_data (state,
                                        g_bytes_get_data (key, NULL),
                                        g_bytes_get_size (key),
                                        g_bytes_get_data (value, NULL),
                                        g_bytes_get_size (value),
                                        -1,
                                        &error));
    }
  g_assert_true (qs_state_admin_commit (admin, &error));
  qs_state_admin_close (admin);
  state_open (base);
  g_assert_cmpint (state_get (base, "a"), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  KAFKA_ADD ("/state-admin", "reading", set_up, test_reading);
  KAFKA_ADD ("/state-admin", "writing", set_up, test_writing);
  KAFKA_ADD ("/state-admin", "rescue", set_up, test_rescue);

  return g_test_run ();
}
