/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <signal.h>
#include <string.h>

#include "qs-partition-reader-private.h"
#include "qs-kafka-error.h"
#include "qs-test-store.h"

#define RANGE_DEADLINE (90 * G_USEC_PER_SEC)

/* The example range-source, run as a program whose workers are killed. */
typedef struct
{
  char             *state_dir;
  char             *group;
  const char       *kill_point; /* as in QSOURCE_KILL_POINT; nullable */
  GSubprocess      *program;
  GDataInputStream *log;     /* its stderr */
  char             *address; /* of its broker, as it says */
  int               worker;  /* the pid of its worker, as it last said; 0 = none */
  guint             n_started;
} RangeFixture;

static inline char *
range_path (void)
{
  return g_test_build_filename (G_TEST_BUILT, "..", "examples", "c", "range-source", NULL);
}

/* NULL-terminated arguments of the program. */
static inline void
range_start (RangeFixture *self, const char *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (argv, range_path ());
  g_ptr_array_add (argv, g_strdup ("--backoff=0"));
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, g_strdup (arguments[i]));
  g_ptr_array_add (argv, NULL);

  g_subprocess_launcher_setenv (launcher, "QSOURCE_STATE_DIR", self->state_dir, TRUE);
  g_subprocess_launcher_setenv (launcher, "QSOURCE_CONSUMER_GROUP", self->group, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  if (self->kill_point != NULL)
    g_subprocess_launcher_setenv (launcher, "QSOURCE_KILL_POINT", self->kill_point, TRUE);
  self->program = g_subprocess_launcher_spawnv (
      launcher, (const char *const *) (gpointer) argv->pdata, &error);
  g_assert_no_error (error);
  self->log = g_data_input_stream_new (g_subprocess_get_stderr_pipe (self->program));
}

/* Reads a line of the program's log; FALSE at its end. */
static inline gboolean
range_read_line (RangeFixture *self)
{
  g_autofree char *line = g_data_input_stream_read_line (self->log, NULL, NULL, NULL);
  const char      *found = NULL;

  if (line == NULL)
    return FALSE;

  if (g_test_verbose ())
    g_test_message ("%s", line);
  found = strstr (line, "broker_address='");
  if (found != NULL)
    {
      g_free (self->address);
      found += strlen ("broker_address='");
      self->address = g_strndup (found, strcspn (found, "'"));
    }
  found = strstr (line, "Source started (pid ");
  if (found != NULL)
    {
      self->worker = atoi (found + strlen ("Source started (pid "));
      self->n_started++;
    }

  return TRUE;
}

/* Waits until a worker has started; FALSE: the program has ended. */
static inline gboolean
range_wait_for_worker (RangeFixture *self)
{
  self->worker = 0;
  while (self->worker == 0)
    {
      if (!range_read_line (self))
        return FALSE;
    }

  return TRUE;
}

static inline void
range_set_up (RangeFixture *self)
{
  self->state_dir = g_dir_make_tmp ("qs-range-XXXXXX", NULL);
  self->group = g_strdup_printf ("range-%u-%d", g_random_int (), getpid ());
}

static inline void
range_tear_down (RangeFixture *self)
{
  if (self->program != NULL)
    g_subprocess_force_exit (self->program);
  g_clear_object (&self->program);
  g_clear_object (&self->log);
  remove_tree (self->state_dir);
  g_free (self->state_dir);
  g_free (self->group);
  g_free (self->address);
}

typedef struct
{
  gint64 next;     /* the first number that wasn't seen yet */
  gint64 n_records;
  gint64 n_twice;
  gint64 n_lost;
} RangeCheck;

static inline gboolean
range_check_cb (const QsRecordView *record, gpointer user_data, GError **error)
{
  RangeCheck      *check = user_data;
  g_autofree char *text = g_strndup ((const char *) record->value, record->value_length);
  gint64           number = g_ascii_strtoll (text, NULL, 10);

  check->n_records++;
  if (number > check->next)
    check->n_lost += number - check->next;
  if (number < check->next)
    check->n_twice++;
  check->next = MAX (check->next, number + 1);

  return TRUE;
}

#define RANGE_TOPIC "source__range"

/* The offset behind the last record of earlier runs. */
static inline gint64
range_get_end (const char *address)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (address);
  g_autoptr (QsPartitionReader) consumer = qs_partition_reader_new_bulk (config, FALSE, NULL);
  int    n_partitions = 0;
  gint64 begin = 0;
  gint64 end = 0;

  g_assert_nonnull (consumer);
  if (qs_partition_reader_get_n_partitions (consumer, RANGE_TOPIC, G_MAXINT64, &n_partitions, NULL))
    g_assert_true (qs_partition_reader_get_watermarks (consumer, RANGE_TOPIC, 0, G_MAXINT64, &begin, &end, NULL));

  return end;
}

/* Reads the topic from offset @start on until number @last has come, or, if that
 * is 0, to its end. */
static inline RangeCheck
range_check (const char *address, gboolean committed, gint64 start, gint64 last)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (address);
  g_autoptr (GError) error = NULL;
  g_autoptr (QsPartitionReader) consumer = qs_partition_reader_new_bulk (config, committed, &error);
  RangeCheck check = { 1, 0, 0, 0 };
  gint64     begin = 0;
  gint64     end = 0;
  gint64     position = start;
  gint64     deadline = g_get_monotonic_time () + RANGE_DEADLINE;

  g_assert_no_error (error);
  g_assert_true (qs_partition_reader_get_watermarks (consumer, RANGE_TOPIC, 0, G_MAXINT64, &begin, &end, &error));
  g_assert_no_error (error);
  g_assert_true (qs_partition_reader_assign (consumer, RANGE_TOPIC, 0, start, &error));
  while (last > 0 ? check.next <= last : position < end)
    {
      g_assert_true (qs_partition_reader_read (consumer, 100, range_check_cb, &check, &position, &error));
      g_assert_no_error (error);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }

  return check;
}
