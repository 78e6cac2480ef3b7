/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-run-settings-private.h"

#include <unistd.h>

#include "qs-log-private.h"
#include "qs-program-private.h"
#include "qs-state-error.h"

/* Seconds: a source commits in a thread of its own, which must not spin. */
#define MIN_COMMIT_INTERVAL 0.05

static GVariant *
ref_nullable (GVariant *options)
{
  return options != NULL ? g_variant_ref (options) : NULL;
}

/* The settings of producers, with the partitioner that the user has chosen, unless he has
 * done so in librdkafka's words, too. transfer full */
static GVariant *
make_producer_config (const QsSettings *settings)
{
  g_autoptr (GVariantBuilder) builder = NULL;
  GVariant    *given = settings->producer_config;
  GVariantIter iter;
  const char  *key = NULL;
  const char  *value = NULL;

  if (settings->partitioner == QS_PARTITIONER_MURMUR2_RANDOM ||
      (given != NULL && g_variant_lookup (given, "partitioner", "&s", &value)))
    return ref_nullable (given);

  builder = g_variant_builder_new (G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (builder, "{ss}", "partitioner", "murmur2");
  if (given != NULL)
    {
      g_variant_iter_init (&iter, given);
      while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
        g_variant_builder_add (builder, "{ss}", key, value);
    }

  return g_variant_ref_sink (g_variant_builder_end (builder));
}

/* The settings of the clients, checked. */
static QsKafkaConfig *
make_config (const QsSettings *settings, const char *servers, GError **error)
{
  g_autoptr (QsKafkaConfig) config = qs_kafka_config_new (servers);

  config->client_config = ref_nullable (settings->client_config);
  config->producer_config = make_producer_config (settings);
  config->consumer_config = ref_nullable (settings->consumer_config);
  config->request_timeout = settings->request_timeout;
  config->topic_create_timeout = settings->topic_create_timeout;
  config->broker_availability_timeout = settings->broker_availability_timeout;
  config->transaction_timeout = settings->transaction_timeout;

  if (!qs_kafka_config_check (config, error))
    return NULL;

  return g_steal_pointer (&config);
}

/* Where states are, and what is promised about them. */
static QsStateConfig *
make_state (const QsSettings *settings, GError **error)
{
  const char      *given = qs_settings_get_state_dir (settings);
  g_autofree char *state_dir = NULL;
  g_autoptr (QsStateConfig) state = NULL;

  /* It would be the working directory, whatever that is. */
  if (*given == '\0')
    {
      g_set_error_literal (error,
                           QS_STATE_ERROR,
                           QS_STATE_ERROR_FAILED,
                           "Cannot use an empty state-dir: set it to a directory, '.' for the "
                           "working directory, or leave it unset for 'state'");
      return NULL;
    }

  state_dir = g_canonicalize_filename (given, NULL);
  state = qs_state_config_new (state_dir, qs_settings_get_consumer_group (settings));
  state->exactly_once = settings->processing_guarantee == QS_PROCESSING_GUARANTEE_EXACTLY_ONCE;
  state->use_changelog_topics = settings->use_changelog_topics;
  state->commit_interval = MAX (settings->commit_interval, MIN_COMMIT_INTERVAL);
  state->rocksdb_options = ref_nullable (settings->rocksdb_options);
  state->changelog_config = ref_nullable (settings->changelog_config);
  state->changelog_replication_factor = settings->changelog_replication_factor;

  if (!qs_state_config_check (state, error))
    return NULL;

  return g_steal_pointer (&state);
}

QsRunSettings *
qs_run_settings_new (const QsSettings *settings, const char *servers, GError **error)
{
  g_autoptr (QsKafkaConfig) config = make_config (settings, servers, error);
  g_autoptr (QsStateConfig) state = config != NULL ? make_state (settings, error) : NULL;
  QsRunSettings *self = NULL;

  if (state == NULL)
    return NULL;

  self = g_new0 (QsRunSettings, 1);
  self->consume = (QsConsumeSettings){
    .config = config,
    .group = state->group,
    .is_alone = g_strcmp0 (qs_settings_get_broker_address (settings), "embedded") == 0,
    .reset = settings->auto_offset_reset,
    .commit_interval = settings->commit_interval,
    .commit_every = settings->commit_every,
    .max_results = settings->run_count,
    .idle_timeout = settings->idle_timeout,
    .exactly_once = state->exactly_once,
  };
  self->workers = (QsWorkerSettings){
    .config = g_steal_pointer (&config),
    .state = g_steal_pointer (&state),
    .isolation = settings->isolation,
    .worker_argv = (const char *const *) g_strdupv (settings->worker_argv),
    .startup_timeout = settings->startup_timeout,
    .max_restarts = settings->max_restarts,
    .restart_backoff = settings->restart_backoff,
  };
  self->drain = settings->drain;
  self->create_topics = settings->auto_create_topics;
  self->timeout = settings->run_timeout;

  return self;
}

void
qs_run_settings_free (QsRunSettings *self)
{
  qs_kafka_config_unref (self->workers.config);
  qs_state_config_unref (self->workers.state);
  g_strfreev ((char **) self->workers.worker_argv);
  g_free (self);
}

/* Where sources run: a thread only where a process cannot be. */
static QsIsolation
choose_isolation (const QsWorkerSettings *settings)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;

  if (settings->isolation != QS_ISOLATION_AUTO)
    return settings->isolation;

  if (settings->worker_argv != NULL)
    return QS_ISOLATION_PROCESS;

  argv = qs_program_dup_argv (&error);
  if (argv != NULL)
    return QS_ISOLATION_PROCESS;

  qs_log_message (NULL, NULL, "Sources run in threads: %s", error->message);

  return QS_ISOLATION_THREAD;
}

void
qs_run_settings_begin (QsRunSettings *self)
{
  self->workers.isolation = choose_isolation (&self->workers);

  qs_log_message (NULL,
                  NULL,
                  "Starting: broker_address='%s' consumer_group='%s' processing_guarantee=%s "
                  "isolation=%s",
                  self->workers.config->bootstrap_servers,
                  self->workers.state->group,
                  self->workers.state->exactly_once ? "exactly-once" : "at-least-once",
                  self->workers.isolation == QS_ISOLATION_THREAD ? "thread" : "process");

  /* Ours are, and others are not to be told from children of the program. */
  if (getpid () == 1)
    qs_log_message (NULL,
                    NULL,
                    "This is process 1, to which processes fall that sources leave behind, and "
                    "which doesn't reap them: run it with an init, as 'docker run --init' does");
}
