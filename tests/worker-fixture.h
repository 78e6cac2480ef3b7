/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource.h>

#include "qs-kafka-config-private.h"
#include "qs-worker-private.h"

/* What the tests of both kinds of workers share. Nobody listens here: what is
 * produced stays in flight. */
#define NO_BROKER "127.0.0.1:1"

/* Far above what anything here takes, below Meson's. */
#define TEST_DEADLINE 20.0

/* A warning of the library is no failure of a test here: many are about failures. */
static inline void
allow_warnings (void)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
}

/* What a worker told, as it came. */
typedef struct
{
  QsWorker *worker;
  GString  *story;         /* the signals' names, each with a space after it */
  GString  *statuses;      /* the statuses' nicks, likewise */
  int       pid;
  guint     n_stats;
  GError   *connect_error;
  gboolean  ended;
  GError   *error;
  char     *detail;
} Run;

static inline QsKafkaConfig *
make_config (void)
{
  QsKafkaConfig *config = qs_kafka_config_new (NO_BROKER);

  config->request_timeout = 30;
  config->topic_create_timeout = 30;
  config->broker_availability_timeout = 30;

  return config;
}

static inline gboolean
run_event_cb (const QsSourceEvent *event, gpointer user_data)
{
  Run *run = user_data;

  if (!qs_worker_note (run->worker, event))
    return FALSE;

  if (event->type == QS_SOURCE_EVENT_STARTED)
    {
      run->pid = event->pid;
      g_string_append (run->story, "started ");
    }
  else if (event->type == QS_SOURCE_EVENT_CONNECTED)
    {
      g_string_append (run->story, "connected ");
    }
  else if (event->type == QS_SOURCE_EVENT_CONNECT_FAILED)
    {
      g_string_append (run->story, "connect-failed ");
      run->connect_error = g_error_copy (event->error);
    }
  else if (event->type == QS_SOURCE_EVENT_STATS)
    {
      g_assert_true (g_variant_is_of_type (event->stats, G_VARIANT_TYPE_VARDICT));
      run->n_stats++;
    }
  else if (event->type == QS_SOURCE_EVENT_FINISHED || event->type == QS_SOURCE_EVENT_FAILED)
    {
      g_assert_false (run->ended);
      g_string_append (run->story, "ended ");
      run->ended = TRUE;
      run->error = event->error != NULL ? g_error_copy (event->error) : NULL;
      run->detail = g_strdup (event->detail);
    }

  return FALSE;
}

static inline void
run_status_cb (QsBaseSource *source, GParamSpec *pspec, Run *run)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (QS_TYPE_SOURCE_STATUS);
  GEnumValue *value = g_enum_get_value (klass, (int) qs_base_source_get_status (source));

  g_string_append_printf (run->statuses, "%s ", value->value_nick);
}

/* Takes @worker. */
static inline void
run_init (Run *run, QsWorker *worker)
{
  *run = (Run){ .worker = worker };
  run->story = g_string_new (NULL);
  run->statuses = g_string_new (NULL);

  qs_worker_set_func (worker, run_event_cb, run);
  g_signal_connect (
      qs_worker_get_source (worker), "notify::status", G_CALLBACK (run_status_cb), run);
}

static inline void
run_clear (Run *run)
{
  g_signal_handlers_disconnect_by_data (qs_worker_get_source (run->worker), run);
  g_assert_finalize_object (run->worker);
  g_string_free (run->story, TRUE);
  g_string_free (run->statuses, TRUE);
  g_clear_error (&run->connect_error);
  g_clear_error (&run->error);
  g_free (run->detail);
}

static inline gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Iterates until @done says so; a test that hangs fails here. */
static inline void
iterate_until (gboolean (*done) (gpointer), gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) (TEST_DEADLINE * G_USEC_PER_SEC);
  guint  waker = g_timeout_add (5, wake_cb, NULL);

  while (!done (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, TRUE);
    }

  g_source_remove (waker);
}

static inline gboolean
run_has_ended (gpointer data)
{
  return ((Run *) data)->ended;
}

static inline gboolean
run_has_started (gpointer data)
{
  Run *run = data;

  g_assert_false (run->ended);

  return run->pid != 0;
}
