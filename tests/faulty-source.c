/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "faulty-source.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

struct _FaultyCounter
{
  QsStatefulSource parent_instance;
  char            *fault;
  QsHarness       *harness;   /* not owned; not in its worker */
  char            *path;      /* of a file for its position, if it keeps it there */
  gboolean         is_fenced; /* and doesn't mind */
  gboolean         is_shared; /* instances share its partitions; only in its worker */
  double           start;     /* of its run, in seconds */
};
G_DEFINE_FINAL_TYPE (FaultyCounter, faulty_counter, QS_TYPE_STATEFUL_SOURCE)

enum
{
  PROP_FAULT = 1,
  PROP_PATH,
  PROP_SHARED,
  PROP_PLAIN
};

static gboolean
has_fault (FaultyCounter *self, const char *fault)
{
  return g_strcmp0 (self->fault, fault) == 0;
}

/* Where it was; 0: nowhere. */
static gint64
read_position (FaultyCounter *self, QsState *state)
{
  g_autofree char *text = NULL;

  /* It died in produce(), and takes the record for produced. */
  if (has_fault (self, "marks") && g_remove (self->path) == 0)
    return qs_state_get_int64 (state, "current", 0, NULL) + 1;
  if (!has_fault (self, "own-file"))
    return qs_state_get_int64 (state, "current", 0, NULL);

  return g_file_get_contents (self->path, &text, NULL, NULL) ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static gboolean
keep_position (FaultyCounter *self, gint64 number, GError **error)
{
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (self), error);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  if (has_fault (self, "forgets"))
    return TRUE;
  if (has_fault (self, "own-file"))
    return g_file_set_contents (self->path, text, -1, error);
  if (has_fault (self, "counts-one-more"))
    number++;

  return state != NULL && qs_state_set (state, "current", g_variant_new_int64 (number), error);
}

/* After it had to wait, it is in such a hurry that it doesn't look whether it is to stop. */
static gboolean
send_and_catch_up (FaultyCounter *self, gint64 value, GError **error)
{
  QsSource *source = QS_SOURCE (self);
  gint64    start = g_get_monotonic_time ();
  gboolean  ok = qs_source_produce_value (source, NULL, g_variant_new_int64 (value), error);

  while (!qs_source_get_running (source) && g_get_monotonic_time () - start > 0.2 * G_USEC_PER_SEC)
    g_usleep (1000); /* Sleeps: that is what is wrong with it */

  return ok;
}

/* Marks in a file that it is in produce(). */
static gboolean
send_with_mark (FaultyCounter *self, gint64 value, GError **error)
{
  return g_file_set_contents_full (self->path, "", 0, G_FILE_SET_CONTENTS_NONE, 0600, error) &&
         qs_source_produce_value (QS_SOURCE (self), NULL, g_variant_new_int64 (value), error) &&
         g_remove (self->path) == 0;
}

static gboolean
has_partitions (const char *fault)
{
  return g_strcmp0 (fault, "shares") == 0 || g_strcmp0 (fault, "kicks") == 0;
}

/* Each partition counts by itself. */
static gboolean
send_to_partition (FaultyCounter *self, gint64 number, GError **error)
{
  int              partition = qs_stateful_source_get_partition (QS_STATEFUL_SOURCE (self));
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  return qs_source_produce_full (
      QS_SOURCE (self), NULL, 0, (const guint8 *) value, strlen (value), NULL, 0, partition, error);
}

/* Seconds within which all partitions that an instance is given at once start. */
#define TOGETHER 2.5

/* All partitions use one connection, by the name of the source: whoever opens it ends the ones
 * before, unless all open it together. Those that aren't shared do, however long they take. */
static gboolean
stay_connected (FaultyCounter *self, GError **error)
{
  GStatBuf file;

  if (!self->is_shared || g_stat (self->path, &file) != 0 ||
      (double) file.st_mtim.tv_sec + (double) file.st_mtim.tv_nsec / 1e9 < self->start + TOGETHER)
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Somebody else has connected");

  return FALSE;
}

static gboolean
send (FaultyCounter *self, gint64 number, GError **error)
{
  gint64 value = has_fault (self, "clock") ? g_get_real_time () : number;

  if (has_fault (self, "kicks") && !stay_connected (self, error))
    return FALSE;
  if (has_partitions (self->fault))
    return send_to_partition (self, number, error);
  if (has_fault (self, "catches-up"))
    return send_and_catch_up (self, value, error);
  if (has_fault (self, "marks"))
    return send_with_mark (self, value, error);

  return has_fault (self, "mute") ||
         qs_source_produce_value (QS_SOURCE (self), NULL, g_variant_new_int64 (value), error);
}

/* Whether nobody listens at the broker's address, or whoever does hangs up. */
static gboolean
is_broker_away (const char *address)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_host (client, address, 0, NULL, NULL);
  g_autoptr (GError) error = NULL;
  char byte = 0;

  if (connection == NULL)
    return TRUE;

  g_socket_set_timeout (g_socket_connection_get_socket (connection), 1);
  g_input_stream_read (
      g_io_stream_get_input_stream (G_IO_STREAM (connection)), &byte, 1, NULL, &error);

  return !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* Seconds: longer than a slow machine takes, as all flushes after one that took too long fail as
 * well; and so much shorter than the outage that the broker is still away then. */
#define PATIENCE 1.8

static gboolean
flush_or_give_up (FaultyCounter *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (qs_source_flush (QS_SOURCE (self), PATIENCE, &local_error))
    return TRUE;

  if (g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT) &&
      is_broker_away (self->path))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The broker is away");
  else
    g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}

/* Bytes, or files, that are left behind for each number: few numbers come on a busy machine. */
#define LEAK 4096
#define N_FILES 4

/* Opens or takes something for a number, and forgets it. */
static void
leak (FaultyCounter *self)
{
  static GPtrArray *blocks;

  for (guint i = 0; i < N_FILES && has_fault (self, "leaks-files"); i++)
    (void) g_open ("/dev/null", O_RDONLY | O_CLOEXEC, 0);
  if (!has_fault (self, "leaks-memory"))
    return;

  if (blocks == NULL)
    blocks = g_ptr_array_new ();
  g_ptr_array_add (blocks, memset (g_malloc (LEAK), 1, LEAK));
}

/* Numbers that one flush is for, where there are so many that memory is looked at. */
#define BATCH 50

static gboolean
is_many (FaultyCounter *self)
{
  return has_fault (self, "endless") || has_fault (self, "leaks-memory");
}

static gboolean
flush (FaultyCounter *self, gint64 number, GError **error)
{
  if (is_many (self) && number % BATCH != 0)
    return TRUE;

  return has_fault (self, "impatient") ? flush_or_give_up (self, error)
                                       : qs_source_flush (QS_SOURCE (self), -1, error);
}

/* Takes the end for a fault that will pass. */
static gboolean
cling (FaultyCounter *self, gint64 number, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (send (self, number, &local_error) && keep_position (self, number, &local_error) &&
      flush (self, number, &local_error))
    return TRUE;

  self->is_fenced |= g_error_matches (local_error, QS_KAFKA_ERROR, QS_KAFKA_ERROR_FENCED);
  if (self->is_fenced)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}

/* Sends one number, and keeps that it did: both are safe afterwards, or neither is. */
static gboolean
send_number (FaultyCounter *self, gint64 number, GError **error)
{
  QsSource *source = QS_SOURCE (self);

  if (has_fault (self, "commits-first"))
    {
      if (!keep_position (self, number, error) || !qs_source_flush (source, -1, error))
        return FALSE;
      qs_base_source_wait (QS_BASE_SOURCE (self), 0.05);
      return send (self, number, error);
    }

  if (has_fault (self, "swallows"))
    {
      if (keep_position (self, number, NULL) && send (self, number, NULL))
        qs_source_flush (source, -1, NULL);
      return TRUE;
    }

  leak (self);
  if (has_fault (self, "clings"))
    return cling (self, number, error);

  return send (self, number, error) && keep_position (self, number, error) &&
         flush (self, number, error);
}

/* Not by itself, so that it is still there when it is looked for. */
static void
pause_briefly (FaultyCounter *self)
{
  if (is_many (self))
    return;
  if (has_fault (self, "deaf"))
    g_usleep (1000); /* Sleeps: it is deaf to what would wake it */
  else
    qs_base_source_wait (QS_BASE_SOURCE (self), 0.001);
}

static gboolean
faulty_counter_run (QsSource *source, GError **error)
{
  FaultyCounter *self = FAULTY_COUNTER (source);
  g_autoptr (QsState) state = qs_stateful_source_get_state (QS_STATEFUL_SOURCE (source), error);
  gint64   number = 0;
  gboolean is_endless = has_fault (self, "deaf") || has_fault (self, "swallows") ||
                        has_fault (self, "leaks-files") || has_fault (self, "clings") ||
                        has_partitions (self->fault) || is_many (self);

  if (state == NULL)
    return FALSE;

  self->start = (double) g_get_real_time () / G_USEC_PER_SEC;
  if (has_fault (self, "kicks") && !g_file_set_contents (self->path, "", 0, error))
    return FALSE;
  if (has_fault (self, "counts-starts") &&
      !qs_state_set (state,
                     "starts",
                     g_variant_new_int64 (qs_state_get_int64 (state, "starts", 0, NULL) + 1),
                     error))
    return FALSE;

  for (number = read_position (self, state) + 1; number <= FAULTY_LAST || is_endless; number++)
    {
      if (!has_fault (self, "deaf") && !qs_source_get_running (source))
        return TRUE;
      if (!send_number (self, number, error))
        return FALSE;
      pause_briefly (self);
    }

  return TRUE;
}

static void
faulty_counter_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FaultyCounter *self = FAULTY_COUNTER (object);

  if (id == PROP_FAULT)
    {
      g_free (self->fault);
      self->fault = g_value_dup_string (value);
    }
  else if (id == PROP_PATH)
    {
      g_free (self->path);
      self->path = g_value_dup_string (value);
    }
  else if (id == PROP_SHARED)
    {
      self->is_shared = g_value_get_boolean (value);
    }
}

/* Whether the next start of its harness is one of several instances. */
static gboolean
is_to_be_shared (FaultyCounter *self)
{
  QsAssignment assignment = QS_ASSIGNMENT_ALL;

  if (self->harness != NULL)
    g_object_get (qs_harness_get_application (self->harness), "assignment", &assignment, NULL);

  return assignment == QS_ASSIGNMENT_GROUP;
}

static void
faulty_counter_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FaultyCounter *self = FAULTY_COUNTER (object);

  /* The broker has no address before the harness passes the properties on. */
  if (id == PROP_PATH && self->harness != NULL && has_fault (self, "impatient"))
    g_value_set_string (value,
                        qs_embedded_broker_get_address (qs_harness_get_broker (self->harness)));
  else if (id == PROP_SHARED)
    g_value_set_boolean (value, is_to_be_shared (self));
  else if (id != PROP_PLAIN)
    g_value_set_string (value, id == PROP_FAULT ? self->fault : self->path);
}

static void
faulty_counter_finalize (GObject *object)
{
  FaultyCounter *self = FAULTY_COUNTER (object);

  g_free (self->fault);
  g_free (self->path);

  G_OBJECT_CLASS (faulty_counter_parent_class)->finalize (object);
}

static void
faulty_counter_class_init (FaultyCounterClass *klass)
{
  GObjectClass     *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  QS_SOURCE_CLASS (klass)->run = faulty_counter_run;
  object_class->set_property = faulty_counter_set_property;
  object_class->get_property = faulty_counter_get_property;
  object_class->finalize = faulty_counter_finalize;
  g_object_class_install_property (
      object_class,
      PROP_FAULT,
      g_param_spec_string ("fault", NULL, "What it does wrong", NULL, flags));
  g_object_class_install_property (
      object_class,
      PROP_PATH,
      g_param_spec_string ("path", NULL, "File of its position", NULL, flags));
  g_object_class_install_property (
      object_class,
      PROP_SHARED,
      g_param_spec_boolean ("shared", NULL, "Whether instances share it", FALSE, flags));
}

static void
faulty_counter_init (FaultyCounter *self)
{
}

struct _FaultyObscure
{
  QsSource parent_instance;
};
G_DEFINE_FINAL_TYPE (FaultyObscure, faulty_obscure, QS_TYPE_SOURCE)

static gboolean
faulty_obscure_run (QsSource *source, GError **error)
{
  return qs_source_produce_value (source, NULL, g_variant_new_int64 (1), error);
}

static void
faulty_obscure_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
}

static void
faulty_obscure_class_init (FaultyObscureClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = faulty_obscure_get_property;
  QS_SOURCE_CLASS (klass)->run = faulty_obscure_run;
  g_object_class_install_property (
      G_OBJECT_CLASS (klass),
      PROP_PLAIN,
      g_param_spec_int ("plain", NULL, NULL, 0, 9, 0, G_PARAM_READABLE));
}

static void
faulty_obscure_init (FaultyObscure *self)
{
}

/* A directory for the files of the sources. */
static char *directory;

QsHarness *
faulty_make_harness (gpointer user_data, GError **error)
{
  static guint     n_made;
  g_autofree char *name = g_strdup_printf ("position-%u", n_made++);
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (QsBaseSource) source = g_object_new (
      faulty_counter_get_type (),
      "name",
      "counter",
      "fault",
      user_data,
      "path",
      path,
      "n-partitions",
      has_partitions (user_data) ? 3 : 1,
      "shutdown-timeout",
      g_str_equal (user_data, "deaf") || g_str_equal (user_data, "catches-up") ? 3.0 : 10.0,
      NULL);

  FAULTY_COUNTER (source)->harness = qs_harness_new (source);

  return FAULTY_COUNTER (source)->harness;
}

char *
faulty_list_failures (QsReport *report)
{
  g_auto (GStrv) rules = qs_report_dup_rules (report);
  GString *failures = g_string_new (NULL);

  for (guint i = 0; rules[i] != NULL; i++)
    {
      g_test_message ("%s: %d %s",
                      rules[i],
                      (int) qs_report_get_result (report, rules[i]),
                      qs_report_get_message (report, rules[i]));
      if (qs_report_get_result (report, rules[i]) == QS_RULE_RESULT_FAILED)
        g_string_append_printf (failures, "%s ", rules[i]);
    }

  return g_string_free (failures, FALSE);
}

void
faulty_set_up (int *argc, char ***argv)
{
  g_autoptr (QsBaseSource) counter = g_object_new (FAULTY_TYPE_COUNTER, "name", "counter", NULL);
  g_autoptr (QsBaseSource) obscure = g_object_new (FAULTY_TYPE_OBSCURE, "name", "obscure", NULL);

  qs_harness_serve (counter);
  qs_harness_serve (obscure);

  g_test_init (argc, argv, NULL);
  directory = g_dir_make_tmp ("test-conform-XXXXXX", NULL);
  g_assert_nonnull (directory);
}

void
faulty_tear_down (void)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      g_remove (path);
    }
  g_rmdir (directory);
  g_clear_pointer (&directory, g_free);
}
