/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For F_SETSIG. */
#define _GNU_SOURCE

#include "qs-worker-child-private.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "qs-base-source-private.h"
#include "qs-inherited-private.h"
#include "qs-log-private.h"
#include "qs-producer-private.h"
#include "qs-program-private.h"
#include "qs-source-error.h"
#include "qs-source-private.h"
#include "qs-stateful-source-private.h"
#include "qs-topic-private.h"
#include "qs-worker-control-private.h"
#include "qs-worker-protocol-private.h"

/* Seconds: a source commits in a thread of its own, which must not spin. */
#define MIN_COMMIT_INTERVAL 0.05

/* Written once, when the library is loaded; then only read. */
static struct
{
  gboolean active;
  gboolean valid; /* the variable could be understood */
  guint64  application;
  guint64  partition;
  char    *name;
  pid_t    pid;
  gboolean ignores_hang_up; /* as under nohup */
} worker;

/* Set once by the first run(). Atomic. */
static QsWorkerControl *control;

/* Atomic: run() was called. */
static int running;

static void
do_nothing (int signal_number)
{
}

/* Has @signal_number do nothing here. Not by SIG_IGN, which what this process starts
 * would inherit. */
static void
disarm (int signal_number)
{
  struct sigaction action = { .sa_handler = do_nothing, .sa_flags = SA_RESTART };

  sigemptyset (&action.sa_mask);
  sigaction (signal_number, &action, NULL);
}

/* Nothing is blocked, whichever thread of the parent has started us. Ctrl-C and the end
 * of a terminal reach the parent too, which stops us in order. */
static void
take_signals (void)
{
  struct sigaction old = { 0 };
  sigset_t         none;

  sigemptyset (&none);
  pthread_sigmask (SIG_SETMASK, &none, NULL);

  sigaction (SIGHUP, NULL, &old);
  worker.ignores_hang_up = old.sa_handler == SIG_IGN;
  if (!worker.ignores_hang_up)
    disarm (SIGHUP);
  disarm (SIGINT);
}

/* Has the kernel end this process with its parent until it has reached run(): there is
 * nothing of ours that could look, whatever main() does. */
static void
end_with_parent (void)
{
  struct pollfd fd = { .fd = QS_WORKER_FD };

  fcntl (QS_WORKER_FD, F_SETOWN, getpid ());
  fcntl (QS_WORKER_FD, F_SETSIG, SIGKILL);
  fcntl (QS_WORKER_FD, F_SETFL, fcntl (QS_WORKER_FD, F_GETFL) | O_ASYNC);

  /* It may be gone already. */
  if (poll (&fd, 1, 0) == 1 && (fd.revents & POLLHUP) != 0)
    _exit (EXIT_FAILURE);
}

/* At once, so that no program that main() starts takes itself for a worker, or
 * holds our end of the connection. This process remains one for good: if it
 * became a parent, it would multiply for ever. */
__attribute__ ((constructor)) static void
find_out_whether_worker (void)
{
  const char *value = g_getenv (QS_WORKER_VARIABLE);
  g_auto (GStrv) parts = NULL;
  guint n_parts;

  qs_inherited_mend (value != NULL);
  if (value == NULL)
    return;

  worker.active = TRUE;
  worker.pid = getpid ();
  parts = g_strsplit (value, ":", -1);
  n_parts = g_strv_length (parts);
  worker.valid = n_parts >= 2 &&
                 g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXUINT, &worker.application, NULL);
  if (n_parts >= 3)
    worker.valid = worker.valid &&
                   g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXINT, &worker.partition, NULL);
  worker.name = g_strdup (n_parts > 0 ? parts[n_parts - 1] : "");

  g_unsetenv (QS_WORKER_VARIABLE);
  fcntl (QS_WORKER_FD, F_SETFD, FD_CLOEXEC);
  take_signals ();
  end_with_parent ();
}

/* A child that main() or run() has forked is no worker: its parent is. */
static void
check_not_forked (void)
{
  if (worker.pid != getpid ())
    _exit (EXIT_FAILURE);
}

/* Without a connection nobody hears of it: all that is left is stderr. */
static void G_GNUC_NORETURN
exit_unheard (const char *why)
{
  qs_log_warning (worker.name,
                  NULL,
                  "This process was started as the worker of source '%s', but cannot reach its "
                  "parent: %s. Unset the variable " QS_WORKER_VARIABLE " to run it by itself",
                  worker.name,
                  why);
  _exit (EXIT_FAILURE);
}

/* run() was called in a worker that runs already: by its source, or by another
 * thread of the program. */
static void G_GNUC_NORETURN
refuse_second_run (void)
{
  QsWorkerControl *self = g_atomic_pointer_get (&control);
  g_autoptr (GError) error = NULL;

  error = g_error_new (QS_SOURCE_ERROR,
                       QS_SOURCE_ERROR_INVALID_STATE,
                       "The worker process of source '%s' (pid %d) called run() of its application "
                       "a second time; a worker runs its one source only",
                       worker.name,
                       (int) getpid ());
  if (self == NULL)
    exit_unheard (error->message);

  qs_worker_control_finish (self, error, NULL);
}

/* Context: a thread of the producer, which may outlive all but the listener. */
static void
producer_failed_cb (const GError *error, gpointer user_data)
{
  const QsSourceEvent event = { .type = QS_SOURCE_EVENT_STOPPING, .error = (GError *) error };

  qs_source_listener_tell (user_data, &event);
}

/* Makes the transactional id that lets a newer producer fence an older one; NULL if not
 * transactional. A source without a state has one, too. */
static char *
dup_transactional_id (QsBaseSource *source, const QsWorkerSetup *setup)
{
  g_autofree char *default_name = g_strconcat ("source-", qs_base_source_get_name (source), NULL);
  const char      *store_name = default_name;

  if (setup->state == NULL || !qs_guarantee_is_exactly_once (&setup->state->guarantee))
    return NULL;

  if (QS_IS_STATEFUL_SOURCE (source))
    store_name = qs_stateful_source_get_store_name (QS_STATEFUL_SOURCE (source));

  return qs_state_settings_dup_transactional_id (setup->state, store_name, setup->partition);
}

/* Says to the producer what the source wants done with what can't be delivered. */
static gboolean
set_error_handling (QsBaseSource        *source,
                    QsProducer          *producer,
                    const QsWorkerSetup *setup,
                    GError             **error)
{
  g_autoptr (QsTopic) topic = NULL;

  if (!QS_IS_SOURCE (source))
    return TRUE;

  topic = qs_source_dup_dead_letter_topic (QS_SOURCE (source), setup->topic);

  return qs_producer_set_error_handling (producer,
                                         qs_source_get_errors (QS_SOURCE (source)),
                                         topic != NULL ? qs_topic_get_name (topic) : NULL,
                                         error);
}

static QsProducer *
make_producer (QsBaseSource *source, QsSourceRun *run, const QsWorkerSetup *setup, GError **error)
{
  g_autofree char  *transactional_id = dup_transactional_id (source, setup);
  QsSourceListener *listener = qs_source_run_get_listener (run);
  QsProducer       *producer = NULL;

  producer = qs_producer_new_transactional (setup->config,
                                            qs_base_source_get_name (source),
                                            transactional_id,
                                            qs_source_run_get_grace (run),
                                            producer_failed_cb,
                                            listener,
                                            error);

  /* It may call back as long as it lives, and the source may keep it. */
  if (producer != NULL)
    g_object_set_data_full (G_OBJECT (producer),
                            "qs-source-listener",
                            g_atomic_rc_box_acquire (listener),
                            (GDestroyNotify) qs_source_listener_unref);

  return producer;
}

/* Stopping is no failure, but what it costs isn't kept silent. */
static void
warn_of_rest (QsBaseSource *source, QsProducer *producer)
{
  guint64 n_records = qs_producer_get_n_in_flight (producer);

  if (n_records > 0)
    qs_log_warning (qs_base_source_get_name (source),
                    NULL,
                    "Stopped before %" G_GUINT64_FORMAT " records were acknowledged",
                    n_records);
}

/* Decides how the run ended, from what start() said and what the producer
 * knows. */
static gboolean
conclude (QsBaseSource *source, QsSourceRun *run, GError *run_error, GError **error)
{
  QsProducer *producer = qs_source_run_get_producer (run);
  g_autoptr (GError) verdict = run_error;
  g_autoptr (GError) producer_error = qs_producer_dup_error (producer);
  g_autoptr (GError) failure = qs_source_run_dup_failure (run, NULL);

  /* A start() that ignored a lost record, or that only saw itself cancelled
   * because of it: the record is what matters. */
  if (producer_error != NULL &&
      (verdict == NULL || g_error_matches (verdict, G_IO_ERROR, G_IO_ERROR_CANCELLED)))
    {
      g_clear_error (&verdict);
      verdict = g_steal_pointer (&producer_error);
    }

  /* A source looks like that when it is stopped. */
  if (failure == NULL && g_error_matches (verdict, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      qs_source_run_is_stopping (run))
    {
      warn_of_rest (source, producer);
      return TRUE;
    }

  if (verdict == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&verdict));
  return FALSE;
}

gboolean
qs_worker_run_source (QsBaseSource        *source,
                      QsSourceRun         *run,
                      const QsWorkerSetup *setup,
                      GError             **error)
{
  const QsSourceEvent started = { .type = QS_SOURCE_EVENT_STARTED, .pid = (int) getpid () };
  g_autoptr (QsProducer) producer = NULL;
  GError *run_error = NULL;

  if (setup->state != NULL && QS_IS_STATEFUL_SOURCE (source))
    qs_stateful_source_set_environment (
        QS_STATEFUL_SOURCE (source), setup->config, setup->state, setup->partition);
  else if (setup->state != NULL && QS_IS_SOURCE (source))
    qs_source_set_commit_interval (
        QS_SOURCE (source), MAX (setup->state->guarantee.commit_interval, MIN_COMMIT_INTERVAL));

  producer = make_producer (source, run, setup, error);
  if (producer == NULL || !set_error_handling (source, producer, setup, error) ||
      !qs_base_source_configure (source, setup->topic, producer, error))
    return FALSE;

  /* Stopped before it came to anything. */
  if (qs_source_run_is_stopping (run))
    return conclude (source, run, NULL, error);

  qs_source_listener_tell (qs_source_run_get_listener (run), &started);

  /* A QsSource has flushed already; of another, nothing may be lost in silence. */
  if (qs_base_source_start (source, &run_error) &&
      (qs_producer_get_n_in_flight (producer) > 0 || qs_producer_is_transactional (producer)))
    qs_producer_flush (producer, -1, &run_error);

  return conclude (source, run, run_error, error);
}

/* NULL if the parent has none for it; transfer full. */
static QsStateSettings *
make_state (GVariant *settings)
{
  g_autoptr (GVariant) values =
      g_variant_lookup_value (settings, QS_WORKER_SETTING_STATE, G_VARIANT_TYPE_VARDICT);

  return values != NULL ? qs_state_settings_new_from_variant (values) : NULL;
}

/* @topic, or the same under the name that the parent has for it, if that is
 * another: a program may make up a new name each time that it is run, but only the
 * parent's topics were created and checked. NULL if they are the same; transfer full. */
static QsTopic *
rename_topic (QsTopic *topic, GVariant *settings, const char *setting)
{
  const char *name = NULL;

  if (topic == NULL || !g_variant_lookup (settings, setting, "&s", &name) ||
      g_str_equal (name, qs_topic_get_name (topic)))
    return NULL;

  return qs_topic_new_renamed (topic, name);
}

static void
set_dead_letters (QsBaseSource *source, GVariant *settings)
{
  g_autoptr (QsTopic) dead_letters = NULL;

  if (!QS_IS_SOURCE (source))
    return;

  dead_letters = rename_topic (qs_source_get_dead_letter_topic (QS_SOURCE (source)),
                               settings,
                               QS_WORKER_SETTING_DEAD_LETTERS);
  if (dead_letters != NULL)
    qs_source_set_dead_letter_topic (QS_SOURCE (source), dead_letters);
}

static gboolean
run_as_told (QsBaseSource *source,
             QsSourceRun  *run,
             QsTopic      *topic,
             GVariant     *settings,
             GError      **error)
{
  g_autoptr (GVariant) kafka = NULL;
  g_autoptr (QsKafkaConfig) config = NULL;
  g_autoptr (QsStateSettings) state = make_state (settings);
  g_autoptr (QsTopic) renamed = rename_topic (topic, settings, QS_WORKER_SETTING_TOPIC);
  QsWorkerSetup setup = { 0 };
  gboolean      stop = FALSE;
  gboolean      paused = FALSE;

  if (source == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_STARTED,
                   "main() ran in the worker process (pid %d) of source '%s' but added no source "
                   "with that name; a program must add the same sources each time it is run",
                   (int) getpid (),
                   worker.name);
      return FALSE;
    }

  g_variant_lookup (settings, QS_WORKER_SETTING_STOP, "b", &stop);
  if (stop)
    return TRUE;

  kafka = g_variant_lookup_value (settings, QS_WORKER_SETTING_KAFKA, G_VARIANT_TYPE_VARDICT);
  g_assert (kafka != NULL);
  config = qs_kafka_config_new_from_variant (kafka);

  set_dead_letters (source, settings);
  if (g_variant_lookup (settings, QS_WORKER_SETTING_PAUSED, "b", &paused) && paused)
    qs_source_run_set_paused (run, TRUE);

  setup = (QsWorkerSetup){
    .topic = renamed != NULL ? renamed : topic,
    .config = config,
    .state = state,
    .partition = (int) worker.partition,
  };

  return qs_worker_run_source (source, run, &setup, error);
}

gboolean
qs_worker_child_is_active (void)
{
  return worker.active;
}

/**
 * qs_is_worker:
 *
 * Checks whether this process is a worker, which is this program started again by an
 * application to run one of its sources.
 *
 * In a worker, main() runs again, up to [method@Application.run]. Leave out what must be
 * done only once, such as binding a port or starting another program:
 *
 * ```c
 * if (!qs_is_worker ())
 *   start_web_server ();
 * ```
 *
 * It may be called from any thread, at any time.
 *
 * Returns: true in a worker process; false in the process that started it, and if
 *   [property@Application:isolation] is `thread`
 */
gboolean
qs_is_worker (void)
{
  return worker.active;
}

gboolean
qs_worker_child_is_for (guint application)
{
  return worker.active && worker.valid && worker.application == application;
}

const char *
qs_worker_child_get_source_name (void)
{
  return worker.name;
}

void
qs_worker_child_run (QsBaseSource *source, QsTopic *topic)
{
  QsWorkerControl *self = qs_worker_control_new (worker.name, worker.ignores_hang_up);
  QsSourceRun     *run = NULL;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;
  const char *detail = NULL;
  int         status = EXIT_FAILURE;

  g_assert (worker.active);

  if (!g_atomic_int_compare_and_exchange (&running, FALSE, TRUE))
    refuse_second_run ();

  /* From now on there is somebody who looks. */
  fcntl (QS_WORKER_FD, F_SETFL, fcntl (QS_WORKER_FD, F_GETFL) & ~O_ASYNC);
  check_not_forked ();

  if (source != NULL)
    {
      qs_base_source_prepare (source, qs_worker_control_tell, self, NULL);
      run = qs_base_source_dup_run (source);
    }

  if (!qs_worker_control_start (self, QS_WORKER_FD, source, run, &error))
    exit_unheard (error->message);
  g_atomic_pointer_set (&control, self);

  /* GLib's sockets have it ignored. */
  disarm (SIGPIPE);

  settings = qs_worker_control_hello (
      self, source != NULL ? qs_base_source_get_cancellable (source) : NULL, &error);

  /* No answer: it is gone, or wants us to stop; either way nothing has run. */
  if (settings == NULL)
    qs_worker_control_finish (self, NULL, NULL);

  if (!run_as_told (source, run, topic, settings, &error) && source != NULL)
    detail = qs_base_source_get_error_detail (source);
  status = qs_worker_control_end (self, error, detail);
  if (!qs_program_defer_exit (status))
    qs_program_exit (status);
}
