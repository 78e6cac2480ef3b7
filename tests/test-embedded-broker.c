/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "qs-embedded-broker-private.h"
#include "qs-kafka-error.h"

static QsEmbeddedBroker *
start_broker (int n_brokers)
{
  QsEmbeddedBroker *broker = qs_embedded_broker_new (n_brokers);
  g_autoptr (GError) error = NULL;

  qs_embedded_broker_start (broker, &error);
  g_assert_no_error (error);

  return broker;
}

static void
test_states (void)
{
  g_autoptr (QsEmbeddedBroker) broker = qs_embedded_broker_new (3);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A broker has an address once it runs, and runs once");

  g_assert_cmpint (qs_embedded_broker_get_n_brokers (broker), ==, 3);
  g_assert_null (qs_embedded_broker_get_address (broker));
  g_assert_false (qs_embedded_broker_create_topic (broker, "topic", 1, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE);
  g_clear_error (&error);
  g_assert_null (qs_embedded_broker_dup_messages (broker, "topic", 0, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE);
  g_clear_error (&error);

  g_assert_true (qs_embedded_broker_start (broker, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (qs_embedded_broker_get_address (broker), "127.0.0.1:"));

  g_assert_false (qs_embedded_broker_start (broker, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE);
}

static void
test_topics (void)
{
  g_autoptr (QsEmbeddedBroker) broker = start_broker (1);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A topic is created once, under a legal name, and starts empty");

  g_assert_true (qs_embedded_broker_create_topic (broker, "a.b_C-1", 2, &error));
  g_assert_no_error (error);
  g_assert_false (qs_embedded_broker_create_topic (broker, "a.b_C-1", 2, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_EXISTS);
  g_clear_error (&error);
  g_assert_false (qs_embedded_broker_create_topic (broker, "a b", 2, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_TOPIC);
  g_clear_error (&error);
  g_assert_false (qs_embedded_broker_create_topic (broker, "c", 0, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_clear_error (&error);

  messages = qs_embedded_broker_dup_messages (broker, "a.b_C-1", 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 0);
  g_assert_null (qs_embedded_broker_dup_messages (broker, "other", 0, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNKNOWN_TOPIC);
}

static void
test_lookup (void)
{
  g_autoptr (QsEmbeddedBroker) first G_GNUC_UNUSED = start_broker (1);
  g_autoptr (QsEmbeddedBroker) second = start_broker (2);
  g_autofree char *address = g_strdup (qs_embedded_broker_get_address (second));
  g_autoptr (QsEmbeddedBroker) found = qs_embedded_broker_lookup (address);

  g_test_summary ("A running broker is found by its address, and only while it runs");

  g_assert_true (found == second);
  g_clear_object (&found);
  g_assert_null (qs_embedded_broker_lookup ("127.0.0.1:1"));

  g_assert_finalize_object (g_steal_pointer (&second));
  g_assert_null (qs_embedded_broker_lookup (address));
}

static void
ignore_signal (int signal_number)
{
}

/* Sends a signal to each thread of this process but this one. */
static void
signal_threads (void)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name = NULL;

  while ((name = g_dir_read_name (threads)) != NULL)
    if (atoi (name) != getpid ())
      syscall (SYS_tgkill, getpid (), atoi (name), SIGUSR1);
}

static void
test_signals (void)
{
  const struct sigaction ignored = { .sa_handler = ignore_signal, .sa_flags = SA_RESTART };
  struct sigaction       old;
  g_autoptr (QsEmbeddedBroker) broker = start_broker (1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("It lives on when a signal comes to any thread, as one does when a child ends");

  sigaction (SIGUSR1, &ignored, &old);
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("topic-%d", i);
      g_autoptr (GPtrArray) messages = NULL;

      signal_threads ();
      g_assert_true (qs_embedded_broker_create_topic (broker, name, 1, &error));
      g_assert_no_error (error);
      messages = qs_embedded_broker_dup_messages (broker, name, 0, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (messages->len, ==, 0);
    }
  sigaction (SIGUSR1, &old, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/embedded-broker/states", test_states);
  g_test_add_func ("/embedded-broker/topics", test_topics);
  g_test_add_func ("/embedded-broker/lookup", test_lookup);
  g_test_add_func ("/embedded-broker/signals", test_signals);

  return g_test_run ();
}
