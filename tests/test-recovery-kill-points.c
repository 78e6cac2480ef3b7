/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kafka-state-fixture.h"

#include <signal.h>

/* So much changelog that a recovery writes several tables. */
#define N_KEYS 60
#define N_ROUNDS 4
#define VALUE_SIZE (256 * 1024)

typedef struct
{
  StateFixture base;
  gulong       delay;            /* microseconds, until it is cancelled */
  int          expected[N_KEYS]; /* the round of the last change; 0: there is no such key */
  gint64       n_changes;
  gboolean     is_skipped;
} Fixture;

static const char *program;

/* In each round some keys are set, of which most were set before, and some removed. */
static void
fill (Fixture *fixture)
{
  g_autofree char *value = g_strnfill (VALUE_SIZE, 'x');

  for (int i = 0; i < N_KEYS * N_ROUNDS; i++)
    {
      int              round = 1 + i / N_KEYS;
      int              number = i % N_KEYS;
      g_autofree char *key = g_strdup_printf ("key %d", number);
      g_autoptr (GError) error = NULL;
      g_autoptr (QsState) state = qs_state_partition_dup_state (fixture->base.partition, &error);

      g_assert_no_error (error);
      if (number % N_ROUNDS == round % N_ROUNDS)
        {
          g_assert_true (qs_state_remove (state, key, &error));
          fixture->n_changes += fixture->expected[number] != 0;
          fixture->expected[number] = 0;
        }
      else if (number % 7 != round)
        {
          value[0] = (char) ('0' + round);
          g_assert_true (qs_state_set (state, key, g_variant_new_string (value), &error));
          fixture->n_changes++;
          fixture->expected[number] = round;
        }
      g_assert_no_error (error);
      if (number % 20 == 19)
        state_flush (&fixture->base);
    }
}

static void
assert_right (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = qs_state_partition_dup_state (fixture->base.partition, &error);

  g_assert_no_error (error);
  for (int i = 0; i < N_KEYS; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);
      g_autoptr (GVariant) value = qs_state_get (state, key, &error);
      const char *text = NULL;

      g_assert_no_error (error);
      g_assert_cmpint (value != NULL, ==, fixture->expected[i] != 0);
      if (value == NULL)
        continue;
      text = g_variant_get_string (value, NULL);
      g_assert_cmpint (text[0] - '0', ==, fixture->expected[i]);
      g_assert_cmpuint (strlen (text), ==, VALUE_SIZE);
    }
}

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  const char      *address = qs_test_kafka_shared ();
  g_autofree char *name = NULL;

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

  fixture->is_skipped = address == NULL;
  if (fixture->is_skipped)
    return;

  name = qs_test_kafka_unique_name ("recovery");
  state_fixture_init (&fixture->base, address, name);
  kafka_create_changelog (&fixture->base);
  state_open (&fixture->base);
  fill (fixture);
  assert_right (fixture);
  state_close (&fixture->base);
  state_lose_store (&fixture->base);
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  if (!fixture->is_skipped)
    state_fixture_clear (&fixture->base);
}

static gpointer
cancel_main (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_usleep (fixture->delay); /* Sleeps: at any moment of the recovery. */
  g_cancellable_cancel (fixture->base.cancellable);

  return NULL;
}

static void
test_cancelled (Fixture *fixture, gconstpointer user_data)
{
  static const gulong delays[] = { 20000, 50000, 100000, 200000, 400000 };
  StateFixture       *base = &fixture->base;

  g_test_summary ("A recovery that is cancelled, whenever, leaves what the next one completes");

  for (guint i = 0; !fixture->is_skipped && i < G_N_ELEMENTS (delays); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      GThread *thread = NULL;

      base->cancellable = cancellable;
      fixture->delay = delays[i];
      thread = g_thread_new ("cancel", cancel_main, fixture);
      state_try_open (base, &error);
      g_thread_join (thread);
      base->cancellable = NULL;

      /* It may have been quicker. */
      if (base->partition == NULL)
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_test_message ("cancelled after %lu ms", delays[i] / 1000);
        }
      else
        assert_right (fixture);
      state_close (base);
    }

  if (fixture->is_skipped)
    return;

  state_open (base);
  assert_right (fixture);
}

/* Recovers in a process that ends at @kill_point. */
static void
recover_and_die (Fixture *fixture, const char *kill_point)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) child = NULL;

  g_subprocess_launcher_setenv (launcher, "QSOURCE_KILL_POINT", kill_point, TRUE);
  g_subprocess_launcher_setenv (
      launcher, "QSOURCE_TEST_BROKER", fixture->base.kafka->bootstrap_servers, TRUE);
  child = g_subprocess_launcher_spawn (
      launcher, &error, program, "--child", fixture->base.name, fixture->base.state_dir, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (child, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (child));
  g_assert_cmpint (g_subprocess_get_term_sig (child), ==, SIGKILL);
}

static int
child_main (const char *name, const char *state_dir)
{
  StateFixture base = { 0 };

  state_fixture_init (&base, qs_test_kafka_shared (), name);
  remove_tree (base.state_dir);
  g_free (base.config->state_dir);
  base.config->state_dir = g_strdup (state_dir);
  state_open (&base);

  return 0;
}

static void
test_killed (Fixture *fixture, gconstpointer user_data)
{
  static const char *const points[] = {
    "recovery:1", "recovery:40", "recovery:75", "ingest:1", "recovery:100", "ingested:1",
  };
  StateFixture *base = &fixture->base;

  g_test_summary ("A recovery that is killed, wherever, leaves what the next one completes");

  if (fixture->is_skipped)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      recover_and_die (fixture, points[i]);
      state_open (base);
      assert_right (fixture);
      state_close (base);
      state_lose_store (base);
    }

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    recover_and_die (fixture, points[i]);
  state_open (base);
  assert_right (fixture);
  /* One part at least is not read again. */
  g_assert_cmpint (base->progress.n_records, >, 0);
  g_assert_cmpint (base->progress.n_records, <, fixture->n_changes - 50);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/recovery-kill-points/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  if (argc == 4 && g_str_equal (argv[1], "--child"))
    return child_main (argv[2], argv[3]);

  g_test_init (&argc, &argv, NULL);
  program = argv[0];

  ADD ("cancelled", test_cancelled);
  ADD ("killed", test_killed);

  return g_test_run ();
}
