/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gio/gunixsocketaddress.h>
#include <stdlib.h>

#include "kafka-source-fixture.h"
#include "qs-base-source-private.h"

#define ENVIRONMENT "environment"

/* What the watchdog waits for, and a main loop that hangs takes, in microseconds. */
#define WATCHDOG_USEC "100000"
#define HANG 300000

/* How many times it waits. */
#define N_TICKS 10

/* Records, and how a status tells of them. */
#define N_RECORDS 1234
#define DELIVERED "STATUS=Sources: 1 running; 1,234 records delivered"

/* Leaves its environment, and waits until it is stopped. */
static gboolean
run_idle (QsSource *source, GError **error)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *text = g_strjoinv ("\n", environment);

  write_file (ENVIRONMENT, text);
  qs_base_source_wait (QS_BASE_SOURCE (source), -1);

  return TRUE;
}

static gboolean
run_failing (QsSource *source, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "two\nlines");
  return FALSE;
}

static gboolean
run_short (QsSource *source, GError **error)
{
  return TRUE;
}

static gboolean
run_producing (QsSource *source, GError **error)
{
  for (guint i = 0; i < N_RECORDS; i++)
    if (!qs_source_produce_data (source, NULL, 0, (const guint8 *) "x", 1, 0, error))
      return FALSE;
  qs_base_source_wait (QS_BASE_SOURCE (source), -1);

  return TRUE;
}

static const Behaviour own_behaviours[] = {
  { "idle", run_idle },
  { "failing", run_failing },
  { "short", run_short },
  { "producing", run_producing },
  { NULL },
};

/* Stands in for systemd. */
typedef struct
{
  GSocket       *socket;
  GSource       *source;
  GString       *lines;   /* all that was told, each line with an end */
  QsApplication *to_stop; /* nullable */
  gboolean       was_started;
  gboolean       hangs;   /* when the watchdog was fed twice, once */
  const char    *stop_at; /* the line at which that is done; NULL: when it is ready and the
                           * watchdog was fed twice */
} Manager;

static guint
count_lines (Manager *self, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (self->lines->str, "\n", -1);
  guint n_lines = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    n_lines += g_str_equal (lines[i], line) ? 1 : 0;

  return n_lines;
}

static gboolean
is_time_to_stop (Manager *self)
{
  if (self->stop_at != NULL)
    return count_lines (self, self->stop_at) > 0;

  return count_lines (self, "READY=1") > 0 && count_lines (self, "WATCHDOG=1") > 2;
}

static gboolean
receive_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Manager *self = user_data;
  char     text[4096];
  gssize   length = 0;

  while ((length = g_socket_receive (socket, text, sizeof text - 1, NULL, NULL)) > 0)
    {
      text[length] = '\0';
      g_string_append_printf (self->lines, "%s\n", text);
    }

  if (count_lines (self, "READY=1") > 0)
    g_assert_true (self->was_started);
  if (self->hangs && count_lines (self, "WATCHDOG=1") > 2)
    {
      self->hangs = FALSE;
      /* Sleeps: the main context hangs, which is what is tested. */
      g_usleep (HANG);
      g_assert_cmpint (g_socket_receive (socket, text, sizeof text, NULL, NULL), ==, -1);
    }
  if (self->to_stop != NULL && is_time_to_stop (self))
    qs_application_stop (self->to_stop);

  return G_SOURCE_CONTINUE;
}

static void
manager_started_cb (QsApplication *app, QsBaseSource *source, int pid, Manager *self)
{
  self->was_started = TRUE;
}

static void
manager_attach (Manager *self)
{
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (receive_cb), self, NULL);
  g_source_attach (self->source, NULL);
}

static void
manager_detach (Manager *self)
{
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

static void
manager_init (Manager *self, GSocketAddress *address, const char *name)
{
  g_autoptr (GError) error = NULL;

  *self = (Manager){ .lines = g_string_new (NULL) };
  self->socket = g_socket_new (
      G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (self->socket, FALSE);
  g_socket_bind (self->socket, address, FALSE, &error);
  g_assert_no_error (error);
  manager_attach (self);

  g_setenv ("NOTIFY_SOCKET", name, TRUE);
  g_setenv ("WATCHDOG_USEC", WATCHDOG_USEC, TRUE);
}

static void
manager_clear (Manager *self)
{
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  g_unsetenv ("WATCHDOG_PID");
  manager_detach (self);
  g_object_unref (self->socket);
  g_string_free (self->lines, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Manager, manager_clear)

static void
init_at_path (Manager *manager)
{
  g_autofree char *path = dup_path ("socket");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_unlink (path);
  manager_init (manager, address, path);
}

/* Runs a source of that @behaviour; all that was told until the end is there then. */
static void
run_watched (Fixture *fixture, Manager *manager, const char *behaviour, gboolean stop)
{
  fixture_init (fixture, "embedded", behaviour);
  g_signal_connect (fixture->app, "source-started", G_CALLBACK (manager_started_cb), manager);
  manager->to_stop = stop ? fixture->app : NULL;
  run (fixture);
  manager->to_stop = NULL;
  receive_cb (manager->socket, G_IO_IN, manager);
}

static void
assert_whole_life (Manager *manager)
{
  const char *ready =
      strstr (manager->lines->str, "READY=1\nSTATUS=Sources: 1 running; 0 records delivered\n");
  const char *stopping = strstr (manager->lines->str, "STOPPING=1\n");

  g_assert_nonnull (ready);
  g_assert_nonnull (stopping);
  g_assert_true (ready < stopping);
  g_assert_cmpuint (count_lines (manager, "READY=1"), ==, 1);
  g_assert_cmpuint (count_lines (manager, "STOPPING=1"), ==, 1);
  assert_contains (manager->lines->str, "STATUS=Connecting\n");
  assert_contains (manager->lines->str, "STATUS=Ended\n");
}

static void
test_path (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *environment = NULL;

  g_test_summary ("The manager is told of readiness, status, main loop and stopping; the worker "
                  "knows nothing of it");

  init_at_path (&manager);
  run_watched (&fixture, &manager, "idle", TRUE);
  g_assert_no_error (fixture.error);
  assert_whole_life (&manager);

  environment = read_file (ENVIRONMENT);
  g_assert_null (strstr (environment, "NOTIFY_SOCKET="));
  g_assert_null (strstr (environment, "WATCHDOG_"));
}

typedef struct
{
  QsApplication *app;
  guint          n_ticks;
} Ticks;

static gboolean
tick_cb (gpointer user_data)
{
  Ticks *self = user_data;

  if (++self->n_ticks < N_TICKS)
    return G_SOURCE_CONTINUE;

  qs_application_stop (self->app);

  return G_SOURCE_REMOVE;
}

static void
start_ticks_cb (QsApplication *app, QsBaseSource *source, int pid, Ticks *ticks)
{
  g_timeout_add (atoi (WATCHDOG_USEC) / 1000, tick_cb, ticks);
}

static void
test_watchdog (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };
  Ticks ticks = { NULL, 0 };

  g_test_summary ("The watchdog is fed at least once in the time that it waits");

  init_at_path (&manager);
  fixture_init (&fixture, "embedded", "idle");
  ticks.app = fixture.app;
  g_signal_connect (fixture.app, "source-started", G_CALLBACK (manager_started_cb), &manager);
  g_signal_connect (fixture.app, "source-started", G_CALLBACK (start_ticks_cb), &ticks);
  run_well (&fixture);
  receive_cb (manager.socket, G_IO_IN, &manager);

  /* On a machine that is too busy, ticks are late as the watchdog's food is. */
  g_assert_cmpuint (count_lines (&manager, "WATCHDOG=1"), >=, N_TICKS - 1);
}

/* Sends to @address until its queue is full. */
static void
fill_queue (GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (
      G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_set_blocking (socket, FALSE);
  while (g_socket_send_to (socket, address, "x", 1, NULL, &error) == 1)
    continue;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gboolean
attach_cb (gpointer user_data)
{
  manager_attach (user_data);

  return G_SOURCE_REMOVE;
}

/* Has @manager read, after all that is now told. */
static void
read_when_running_cb (QsBaseSource *source, GParamSpec *pspec, Manager *manager)
{
  if (qs_base_source_get_status (source) == QS_SOURCE_STATUS_RUNNING && manager->source == NULL)
    g_idle_add (attach_cb, manager);
}

static void
test_full (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };
  g_autoptr (GSocketAddress) address = NULL;

  g_test_summary ("A manager that doesn't read holds nobody up, and is told of readiness again");

  init_at_path (&manager);
  manager_detach (&manager);
  address = g_socket_get_local_address (manager.socket, NULL);
  fill_queue (address);
  fixture_init (&fixture, "embedded", "idle");
  g_signal_connect (fixture.app, "source-started", G_CALLBACK (manager_started_cb), &manager);
  g_signal_connect (fixture.source, "notify::status", G_CALLBACK (read_when_running_cb), &manager);
  manager.to_stop = fixture.app;
  run_well (&fixture);
  g_assert_cmpuint (count_lines (&manager, "READY=1"), ==, 1);
}

static void
test_abstract (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *name = qs_test_kafka_unique_name ("@qsource");
  g_autoptr (GSocketAddress) address =
      g_unix_socket_address_new_with_type (name + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  g_test_summary ("The manager's socket may have an abstract name");

  manager_init (&manager, address, name);
  run_watched (&fixture, &manager, "idle", TRUE);
  g_assert_no_error (fixture.error);
  assert_whole_life (&manager);
}

static void
test_failure (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("The last status is the failure, in one line");

  init_at_path (&manager);
  run_watched (&fixture, &manager, "failing", FALSE);
  g_assert_nonnull (fixture.error);
  assert_contains (manager.lines->str, "STATUS=Failed: source 'failing-");
  assert_contains (manager.lines->str, "two lines");
  g_assert_cmpuint (count_lines (&manager, "STOPPING=1"), ==, 1);
}

static void
test_hang (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("The watchdog isn't fed while the main loop hangs");

  init_at_path (&manager);
  manager.hangs = TRUE;
  run_watched (&fixture, &manager, "idle", TRUE);
  g_assert_no_error (fixture.error);
  g_assert_false (manager.hangs);
}

static void
test_delivered (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("The status tells how many records are delivered");

  init_at_path (&manager);
  manager.stop_at = DELIVERED;
  run_watched (&fixture, &manager, "producing", TRUE);
  g_assert_no_error (fixture.error);
  g_assert_true (strstr (manager.lines->str, DELIVERED) <
                 strstr (manager.lines->str, "STOPPING=1"));
}

static void
test_never_up (void)
{
  static const char *const argv[] = { "false", NULL };
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A source that fails whenever it is started is never ready");

  init_at_path (&manager);
  fixture_init (&fixture, "embedded", "short");
  g_object_set (fixture.app, "worker-argv", argv, "max-restarts", 2, "restart-backoff", 0.0, NULL);
  run (&fixture);
  receive_cb (manager.socket, G_IO_IN, &manager);
  g_assert_nonnull (fixture.error);
  g_assert_cmpuint (count_lines (&manager, "READY=1"), ==, 0);
}

static void
recover_cb (QsBaseSource *source)
{
  if (qs_base_source_get_status (source) == QS_SOURCE_STATUS_STARTING)
    qs_base_source_set_status (source, QS_SOURCE_STATUS_RECOVERING);
}

static void
test_recovering (void)
{
  static const char *const argv[] = { "sleep", "1000", NULL };
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("While a state is read back, the manager is asked to wait for longer");

  init_at_path (&manager);
  fixture_init (&fixture, "embedded", "idle");
  g_object_set (fixture.app, "worker-argv", argv, NULL);
  g_object_set (fixture.source, "shutdown-timeout", 0.1, NULL);
  g_signal_connect (fixture.source, "notify::status", G_CALLBACK (recover_cb), NULL);
  manager.to_stop = fixture.app;
  manager.stop_at = "EXTEND_TIMEOUT_USEC=30000000";
  run (&fixture);
  receive_cb (manager.socket, G_IO_IN, &manager);
  g_assert_cmpuint (count_lines (&manager, manager.stop_at), >, 0);
  g_assert_cmpuint (count_lines (&manager, "READY=1"), ==, 0);
}

static void
test_other_pid (void)
{
  g_auto (Manager) manager = { 0 };
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A watchdog that waits for another process is not fed");

  init_at_path (&manager);
  g_setenv ("WATCHDOG_PID", "1", TRUE);
  g_setenv ("WATCHDOG_USEC", "2000", TRUE);
  run_watched (&fixture, &manager, "short", FALSE);
  g_assert_no_error (fixture.error);
  g_assert_cmpuint (count_lines (&manager, "WATCHDOG=1"), ==, 0);
  g_assert_cmpuint (count_lines (&manager, "STOPPING=1"), ==, 1);
}

static void
test_nobody (void)
{
  g_auto (Fixture) fixture = { 0 };

  g_test_summary ("A manager that is not there is no trouble");

  g_setenv ("NOTIFY_SOCKET", "/nonexistent/socket", TRUE);
  fixture_init (&fixture, "embedded", "short");
  run_well (&fixture);
  g_unsetenv ("NOTIFY_SOCKET");
}

static void
add_tests (void)
{
  g_test_add_func ("/service/path", test_path);
  g_test_add_func ("/service/watchdog", test_watchdog);
  g_test_add_func ("/service/full", test_full);
  g_test_add_func ("/service/abstract", test_abstract);
  g_test_add_func ("/service/failure", test_failure);
  g_test_add_func ("/service/hang", test_hang);
  g_test_add_func ("/service/delivered", test_delivered);
  g_test_add_func ("/service/never-up", test_never_up);
  g_test_add_func ("/service/recovering", test_recovering);
  g_test_add_func ("/service/other-pid", test_other_pid);
  g_test_add_func ("/service/nobody", test_nobody);
}

int
main (int argc, char **argv)
{
  return main_of_test (argc, argv, own_behaviours, add_tests);
}
