/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>

#include "qs-admin-private.h"
#include "qs-kafka-error.h"
#include "start-broker.h"

#define NOBODY "127.0.0.1:1"

typedef struct
{
  QsEmbeddedBroker *broker;
  QsAdmin          *admin;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  fixture->broker = start_broker (NULL, 0);

  config = qs_kafka_config_new (qs_embedded_broker_get_address (fixture->broker));
  config->request_timeout = 10;
  fixture->admin = qs_admin_new (config, &error);
  g_assert_no_error (error);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_assert_finalize_object (fixture->admin);
  g_assert_finalize_object (fixture->broker);
}

/* An admin for an address at which no broker listens. */
static QsAdmin *
create_admin_for (const char *address, double request_timeout)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (address);
  g_autoptr (GError) error = NULL;
  QsAdmin *admin = NULL;

  config->request_timeout = request_timeout;
  admin = qs_admin_new (config, &error);
  g_assert_no_error (error);

  return admin;
}

static void
test_lookup (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) settings = NULL;
  QsTopicInfo info = { 0, 0 };
  gboolean    exists = TRUE;

  g_test_summary ("Looking for a topic doesn't create it; a created one is found");

  qs_admin_connect (fixture->admin, NULL, &error);
  g_assert_no_error (error);

  for (int i = 0; i < 2; i++)
    {
      qs_admin_lookup_topic (fixture->admin, "topic", G_MAXINT64, &exists, &info, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (exists);
    }

  qs_admin_create_topic (fixture->admin, "topic", 7, -1, NULL, NULL, &error);
  g_assert_no_error (error);
  qs_admin_lookup_topic (fixture->admin, "topic", G_MAXINT64, &exists, &info, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (exists);
  g_assert_cmpint (info.n_partitions, ==, 7);
  g_assert_cmpint (info.replication_factor, ==, 1);

  settings = qs_admin_dup_topic_config (fixture->admin, "topic", G_MAXINT64, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (settings), ==, 0);
}

static void
test_exists (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Creating a topic that is there is an error that names it");

  qs_admin_create_topic (fixture->admin, "topic", -1, -1, NULL, NULL, &error);
  g_assert_no_error (error);

  g_assert_false (qs_admin_create_topic (fixture->admin, "topic", 2, -1, NULL, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TOPIC_EXISTS);
  g_assert_nonnull (strstr (error->message, "'topic'"));
}

static void
test_unreachable (void)
{
  g_autoptr (QsAdmin) admin = create_admin_for (NOBODY, 0.5);
  g_autoptr (GError) error = NULL;
  gint64 started = g_get_monotonic_time ();

  g_test_summary ("A broker that isn't there is an error with address and cause, in time");

  g_assert_false (qs_admin_connect (admin, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_UNAVAILABLE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "'127.0.0.1:1'"));
  g_assert_nonnull (strstr (error->message, "refused"));
  g_assert_cmpint (g_get_monotonic_time () - started, <, 15 * G_USEC_PER_SEC);
}

static gpointer
cancel_soon (gpointer user_data)
{
  /* Sleeps: so that the other thread most likely waits by then; it must end either way. */
  g_usleep (200 * 1000);
  g_cancellable_cancel (user_data);

  return NULL;
}

static void
test_cancelled (void)
{
  g_autoptr (QsAdmin) admin = create_admin_for (NOBODY, 60);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64   started = g_get_monotonic_time ();
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);

  g_test_summary ("A wait for a broker ends soon after it is cancelled");

  g_assert_false (qs_admin_connect (admin, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - started, <, 30 * G_USEC_PER_SEC);

  g_thread_join (thread);
}

static GLogWriterOutput
note_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  gboolean *is_warned = user_data;

  *is_warned = *is_warned || (level & G_LOG_LEVEL_WARNING) != 0;

  return g_log_writer_default (level, fields, n_fields, NULL);
}

/* On a busy machine a warning that is due after 4 s can come after the end. */
#define N_TRIES 4

static void
test_warned (void)
{
  g_autoptr (QsAdmin) admin = NULL;
  gboolean is_warned = FALSE;
  guint    n_tries = 0;
  g_autoptr (GError) error = NULL;

  if (g_test_subprocess ())
    {
      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      g_log_set_writer_func (note_warning, &is_warned, NULL);
      admin = create_admin_for (NOBODY, 4.8);
      g_assert_false (qs_admin_connect (admin, NULL, &error));
      g_assert_true (is_warned);
      return;
    }

  g_test_summary ("Who waits for a broker is told within 5 s, with address and cause");

  do
    g_test_trap_subprocess (NULL, 0, 0);
  while (!g_test_trap_has_passed () && ++n_tries < N_TRIES);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*No broker at '127.0.0.1:1'*refused*");
}

typedef struct
{
  GSocketListener *listener;
  GCancellable    *stop;
  gboolean         reads;
  gboolean         resets;
} RudeServer;

static gpointer
rude_server_main (gpointer user_data)
{
  const RudeServer   *self = user_data;
  const struct linger none = { .l_onoff = 1, .l_linger = 0 };
  GSocket            *client;
  char                request[1024];

  while ((client = g_socket_listener_accept_socket (self->listener, NULL, self->stop, NULL)))
    {
      if (self->reads)
        g_socket_receive (client, request, sizeof request, NULL, NULL);
      if (self->resets)
        setsockopt (g_socket_get_fd (client), SOL_SOCKET, SO_LINGER, &none, sizeof none);
      g_object_unref (client);
    }

  return NULL;
}

static void
test_ended_connections (gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GCancellable) stop = g_cancellable_new ();
  g_autoptr (QsAdmin) admin = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;
  RudeServer       server = *(const RudeServer *) data;
  GThread         *thread;

  g_test_summary ("Who ends each connection speaks another protocol, however the end looks");

  server.listener = listener;
  server.stop = stop;
  address = g_strdup_printf ("127.0.0.1:%d",
                             g_socket_listener_add_any_inet_port (listener, NULL, &error));
  g_assert_no_error (error);
  thread = g_thread_new ("rude-server", rude_server_main, &server);

  admin = create_admin_for (address, 1);
  g_assert_false (qs_admin_connect (admin, NULL, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_AUTHENTICATION);
  g_assert_nonnull (strstr (error->message, "security.protocol in client-config"));

  g_cancellable_cancel (stop);
  g_thread_join (thread);
}

static void
add_ended_connections (void)
{
  static const RudeServer servers[] = {
    { .reads = FALSE, .resets = FALSE },
    { .reads = FALSE, .resets = TRUE },
    { .reads = TRUE, .resets = FALSE },
    { .reads = TRUE, .resets = TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (servers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/admin/ended-connections/%s-%s",
                                               servers[i].reads ? "read" : "unread",
                                               servers[i].resets ? "reset" : "closed");

      g_test_add_data_func (path, &servers[i], test_ended_connections);
    }
}

static void
test_no_mechanism (void)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (NOBODY);
  g_autoptr (GError) error = NULL;

  g_test_summary ("SASL without a mechanism is an error that says what is missing");

  config->client_config =
      g_variant_ref_sink (g_variant_new_parsed ("{'security.protocol': 'sasl_plaintext'}"));
  g_assert_null (qs_admin_new (config, &error));
  g_assert_error (error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "sasl.mechanism"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/admin/lookup", Fixture, NULL, fixture_set_up, test_lookup, fixture_tear_down);
  g_test_add ("/admin/exists", Fixture, NULL, fixture_set_up, test_exists, fixture_tear_down);
  g_test_add_func ("/admin/unreachable", test_unreachable);
  g_test_add_func ("/admin/cancelled", test_cancelled);
  g_test_add_func ("/admin/warned", test_warned);
  add_ended_connections ();
  g_test_add_func ("/admin/no-mechanism", test_no_mechanism);

  return g_test_run ();
}
