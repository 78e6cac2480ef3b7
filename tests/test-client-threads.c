/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-kafka-conf-private.h"
#include "qs-kafka-end-private.h"
#include "wait-for.h"

/* The nanoseconds by which timers of the thread @tid of this process may be late. */
static gint64
read_slack (const char *tid)
{
  g_autofree char *path = g_build_filename ("/proc", tid, "timerslack_ns", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_ascii_strtoll (text, NULL, 10) : -1;
}

/* How many threads there are whose name begins with @name and whose slack is @slack. */
static guint
count_threads (const char *name, gint64 slack)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *tid = NULL;
  guint       count = 0;

  while ((tid = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", tid, "comm", NULL);
      g_autofree char *comm = NULL;

      if (g_file_get_contents (path, &comm, NULL, NULL) && g_str_has_prefix (comm, name))
        count += read_slack (tid) == slack;
    }

  return count;
}

static void
test_slack (gconstpointer user_data)
{
  QsKafkaRole role = GPOINTER_TO_INT (user_data);
  g_autoptr (GError) error = NULL;
  rd_kafka_conf_t *conf = qs_kafka_conf_new (role, "127.0.0.1:1", NULL, NULL, &error);
  rd_kafka_t      *client = qs_kafka_conf_create (conf, role, &error);

  g_test_summary ("The main thread of a client waits for its timers, and only that one");

  g_assert_no_error (error);
  WAIT_FOR (count_threads ("rdk:main", 2000000) == 1);
  WAIT_FOR (count_threads ("rdk:broker", read_slack ("self")) > 0);
  g_assert_cmpuint (count_threads ("rdk:broker", 2000000), ==, 0);
  qs_kafka_end_client (client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func (
      "/client-threads/producer", GINT_TO_POINTER (QS_KAFKA_ROLE_PRODUCER), test_slack);
  g_test_add_data_func (
      "/client-threads/consumer", GINT_TO_POINTER (QS_KAFKA_ROLE_CONSUMER), test_slack);
  g_test_add_data_func ("/client-threads/admin", GINT_TO_POINTER (QS_KAFKA_ROLE_ADMIN), test_slack);

  return g_test_run ();
}
