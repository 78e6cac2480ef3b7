/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gio/gio.h>
#include <stdio.h>

#include "qs-test-kafka.h"
#include "wait-for.h"

/* The argument with which this program only starts a broker, to be killed. */
#define OWNER "--owner"
/* What it writes before the address; GLib's harness has lines of its own. */
#define MARK "broker "

static const char *program;

static gboolean
is_listening (const char *address)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  connection = g_socket_client_connect_to_host (client, address, 0, NULL, NULL);
  return connection != NULL;
}

static void
test_outage (void)
{
  g_autoptr (QsTestKafka) kafka = NULL;
  g_autofree char *address = NULL;

  g_test_summary ("A broker can be stopped or killed, and comes back with the same address");

  kafka = qs_test_kafka_new ();
  if (kafka == NULL)
    return;
  address = g_strdup (qs_test_kafka_get_address (kafka));
  g_assert_true (is_listening (address));

  qs_test_kafka_stop (kafka);
  g_assert_false (is_listening (address));
  qs_test_kafka_start (kafka);
  g_assert_true (is_listening (address));

  qs_test_kafka_kill (kafka);
  g_assert_false (is_listening (address));
  qs_test_kafka_start (kafka);
  g_assert_true (is_listening (address));
  g_assert_cmpstr (qs_test_kafka_get_address (kafka), ==, address);
}

static int
run_as_owner (void)
{
  QsTestKafka *kafka = qs_test_kafka_new ();

  if (kafka != NULL)
    {
      printf (MARK "%s\n", qs_test_kafka_get_address (kafka));
      fflush (stdout);
    }
  /* Without a broker the other side reads the end of this program's output. */
  return kafka != NULL ? getc (stdin) : 0;
}

static void
test_killed_owner (void)
{
  g_autoptr (GSubprocess) owner = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  const char      *address = NULL;

  g_test_summary ("A test program that is killed leaves no broker behind");

  owner = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, OWNER, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (owner));
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (output, NULL, NULL, &error);
      g_assert_no_error (error);
    }
  while (line != NULL && !g_str_has_prefix (line, MARK));
  if (line == NULL)
    {
      g_test_skip ("there can be no Kafka here");
      return;
    }
  address = line + strlen (MARK);
  g_assert_true (is_listening (address));

  g_subprocess_force_exit (owner);
  WAIT_FOR (!is_listening (address));
}

int
main (int argc, char **argv)
{
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  if (g_strcmp0 (argv[1], OWNER) == 0)
    return run_as_owner ();

  g_test_add_func ("/kafka-fixture/outage", test_outage);
  g_test_add_func ("/kafka-fixture/killed-owner", test_killed_owner);

  return g_test_run ();
}
