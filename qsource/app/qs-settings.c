/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-settings-private.h"

#include "qs-enum-types.h"
#include "qs-kafka-secrets-private.h"

/* Where each setting is kept. */
static const gsize offsets[QS_N_SETTINGS] = {
  [QS_SETTING_BROKER_ADDRESS] = G_STRUCT_OFFSET (QsSettings, broker_address),
  [QS_SETTING_CONSUMER_GROUP] = G_STRUCT_OFFSET (QsSettings, consumer_group),
  [QS_SETTING_CLIENT_CONFIG] = G_STRUCT_OFFSET (QsSettings, client_config),
  [QS_SETTING_PRODUCER_CONFIG] = G_STRUCT_OFFSET (QsSettings, producer_config),
  [QS_SETTING_AUTO_CREATE_TOPICS] = G_STRUCT_OFFSET (QsSettings, auto_create_topics),
  [QS_SETTING_REQUEST_TIMEOUT] = G_STRUCT_OFFSET (QsSettings, request_timeout),
  [QS_SETTING_TOPIC_CREATE_TIMEOUT] = G_STRUCT_OFFSET (QsSettings, topic_create_timeout),
  [QS_SETTING_BROKER_AVAILABILITY_TIMEOUT] =
      G_STRUCT_OFFSET (QsSettings, broker_availability_timeout),
  [QS_SETTING_PROCESSING_GUARANTEE] = G_STRUCT_OFFSET (QsSettings, processing_guarantee),
  [QS_SETTING_ROCKSDB_OPTIONS] = G_STRUCT_OFFSET (QsSettings, rocksdb_options),
  [QS_SETTING_STATE_DIR] = G_STRUCT_OFFSET (QsSettings, state_dir),
  [QS_SETTING_TRANSACTION_TIMEOUT] = G_STRUCT_OFFSET (QsSettings, transaction_timeout),
  [QS_SETTING_USE_CHANGELOG_TOPICS] = G_STRUCT_OFFSET (QsSettings, use_changelog_topics),
  [QS_SETTING_ISOLATION] = G_STRUCT_OFFSET (QsSettings, isolation),
  [QS_SETTING_WORKER_ARGV] = G_STRUCT_OFFSET (QsSettings, worker_argv),
  [QS_SETTING_STARTUP_TIMEOUT] = G_STRUCT_OFFSET (QsSettings, startup_timeout),
  [QS_SETTING_MAX_RESTARTS] = G_STRUCT_OFFSET (QsSettings, max_restarts),
  [QS_SETTING_RESTART_BACKOFF] = G_STRUCT_OFFSET (QsSettings, restart_backoff),
  [QS_SETTING_PARTITIONER] = G_STRUCT_OFFSET (QsSettings, partitioner),
  [QS_SETTING_RUN_TIMEOUT] = G_STRUCT_OFFSET (QsSettings, run_timeout),
  [QS_SETTING_IDLE_TIMEOUT] = G_STRUCT_OFFSET (QsSettings, idle_timeout),
  [QS_SETTING_CONSUMER_CONFIG] = G_STRUCT_OFFSET (QsSettings, consumer_config),
  [QS_SETTING_AUTO_OFFSET_RESET] = G_STRUCT_OFFSET (QsSettings, auto_offset_reset),
  [QS_SETTING_COMMIT_INTERVAL] = G_STRUCT_OFFSET (QsSettings, commit_interval),
  [QS_SETTING_COMMIT_EVERY] = G_STRUCT_OFFSET (QsSettings, commit_every),
  [QS_SETTING_RUN_COUNT] = G_STRUCT_OFFSET (QsSettings, run_count),
  [QS_SETTING_DRAIN] = G_STRUCT_OFFSET (QsSettings, drain),
};

/* An enumeration is kept, and here read, as what it is to the compiler. */
G_STATIC_ASSERT (sizeof (QsIsolation) == sizeof (int));

/* Sets @value to what its type finds at @field. */
static void
read_field (gconstpointer field, GValue *value)
{
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)))
    {
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) field);
      break;

    case G_TYPE_INT:
      g_value_set_int (value, *(const int *) field);
      break;

    case G_TYPE_UINT:
      g_value_set_uint (value, *(const guint *) field);
      break;

    case G_TYPE_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) field);
      break;

    case G_TYPE_ENUM:
      g_value_set_enum (value, *(const int *) field);
      break;

    case G_TYPE_DOUBLE:
      g_value_set_double (value, *(const double *) field);
      break;

    case G_TYPE_VARIANT:
      /* All of them are settings of librdkafka. */
      if (*(GVariant *const *) field != NULL)
        g_value_take_variant (value, qs_kafka_secrets_redact (*(GVariant *const *) field));
      break;

    case G_TYPE_BOXED:
      g_value_set_boxed (value, *(char **const *) field);
      break;

    default:
      g_assert_not_reached ();
    }
}

static void
write_map (GVariant **field, GVariant *map)
{
  g_autoptr (GVariant) old = g_steal_pointer (field);

  if (map != NULL)
    *field = qs_kafka_secrets_restore (map, old);
}

/* Keeps @value at @field; frees what was there. */
static void
write_field (gpointer field, const GValue *value)
{
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)))
    {
    case G_TYPE_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;

    case G_TYPE_INT:
      *(int *) field = g_value_get_int (value);
      break;

    case G_TYPE_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;

    case G_TYPE_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;

    case G_TYPE_ENUM:
      *(int *) field = g_value_get_enum (value);
      break;

    case G_TYPE_DOUBLE:
      *(double *) field = g_value_get_double (value);
      break;

    case G_TYPE_STRING:
      g_free (*(char **) field);
      *(char **) field = g_value_dup_string (value);
      break;

    case G_TYPE_VARIANT:
      write_map (field, g_value_get_variant (value));
      break;

    case G_TYPE_BOXED:
      g_strfreev (*(char ***) field);
      *(char ***) field = g_value_dup_boxed (value);
      break;

    default:
      g_assert_not_reached ();
    }
}

gboolean
qs_settings_get_property (const QsSettings *self, guint prop_id, GValue *value)
{
  if (prop_id == 0 || prop_id >= QS_N_SETTINGS)
    return FALSE;

  /* What the environment says for them, too. */
  if (prop_id == QS_SETTING_BROKER_ADDRESS)
    g_value_set_string (value, qs_settings_get_broker_address (self));
  else if (prop_id == QS_SETTING_CONSUMER_GROUP)
    g_value_set_string (value, qs_settings_get_consumer_group (self));
  else if (prop_id == QS_SETTING_STATE_DIR)
    g_value_set_string (value, qs_settings_get_state_dir (self));
  else
    read_field (G_STRUCT_MEMBER_P (self, offsets[prop_id]), value);

  return TRUE;
}

gboolean
qs_settings_set_property (QsSettings *self, guint prop_id, const GValue *value)
{
  if (prop_id == 0 || prop_id >= QS_N_SETTINGS)
    return FALSE;

  write_field (G_STRUCT_MEMBER_P (self, offsets[prop_id]), value);

  return TRUE;
}

/* A setting that is read when run() begins. */
#define SETTING_FLAGS (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS)

static void
install_connection_properties (GObjectClass *klass)
{
  /**
   * QsApplication:broker-address: (getter get_broker_address)
   *
   * Where the cluster is: `host:port`, several separated by commas, or
   * `embedded` for a broker inside this process, see
   * [property@Application:embedded-broker].
   *
   * `QSOURCE_BROKER_ADDRESS` in the environment is used if it is unset.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_BROKER_ADDRESS,
      g_param_spec_string ("broker-address",
                           NULL,
                           "Where the cluster is: host:port, several by commas, or embedded",
                           NULL,
                           SETTING_FLAGS));

  /**
   * QsApplication:consumer-group: (getter get_consumer_group)
   *
   * The name that tells this application from others on the same cluster.
   *
   * `QSOURCE_CONSUMER_GROUP` in the environment is used if it is unset, and
   * `qsource-default` without that.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_CONSUMER_GROUP,
      g_param_spec_string ("consumer-group",
                           NULL,
                           "Name that tells this application from others on the same cluster",
                           NULL,
                           SETTING_FLAGS));
}

static void
install_client_properties (GObjectClass *klass)
{
  /**
   * QsApplication:client-config:
   *
   * Settings of librdkafka for all its clients, by librdkafka's own names: a
   * dictionary of strings (`a{ss}`).
   *
   * An unknown name, a bad value, and one that would undo a promise of this
   * library make [method@Application.run] fail with an error that names it.
   *
   * What is read has `[redacted]` in place of passwords and keys. Set again, that
   * means the secret that is there.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_CLIENT_CONFIG,
      g_param_spec_variant ("client-config",
                            NULL,
                            "Settings of librdkafka for all its clients",
                            G_VARIANT_TYPE ("a{ss}"),
                            NULL,
                            SETTING_FLAGS));

  /**
   * QsApplication:producer-config:
   *
   * Settings of librdkafka for producers, like
   * [property@Application:client-config].
   */
  g_object_class_install_property (klass,
                                   QS_SETTING_PRODUCER_CONFIG,
                                   g_param_spec_variant ("producer-config",
                                                         NULL,
                                                         "Settings of librdkafka for producers",
                                                         G_VARIANT_TYPE ("a{ss}"),
                                                         NULL,
                                                         SETTING_FLAGS));

  /**
   * QsApplication:consumer-config:
   *
   * Settings of librdkafka for the consumer of the dataframes, like
   * [property@Application:client-config].
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_CONSUMER_CONFIG,
      g_param_spec_variant ("consumer-config",
                            NULL,
                            "Settings of librdkafka for the consumer of the dataframes",
                            G_VARIANT_TYPE ("a{ss}"),
                            NULL,
                            SETTING_FLAGS));
}

static void
install_broker_properties (GObjectClass *klass)
{
  /**
   * QsApplication:auto-create-topics:
   *
   * Whether topics that are missing are created; if not, a missing one is an
   * error.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_AUTO_CREATE_TOPICS,
      g_param_spec_boolean ("auto-create-topics",
                            NULL,
                            "Whether topics that are missing are created",
                            TRUE,
                            SETTING_FLAGS));

  /**
   * QsApplication:topic-create-timeout:
   *
   * How long to wait until a new topic can be used, in seconds.
   */
  g_object_class_install_property (klass,
                                   QS_SETTING_TOPIC_CREATE_TIMEOUT,
                                   g_param_spec_double ("topic-create-timeout",
                                                        NULL,
                                                        "Seconds until a new topic must be usable",
                                                        0.1,
                                                        3600,
                                                        60,
                                                        SETTING_FLAGS));

  /**
   * QsApplication:request-timeout:
   *
   * How long to wait for the answer to a request, and for a cluster that was
   * never reached, in seconds.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_REQUEST_TIMEOUT,
      g_param_spec_double (
          "request-timeout",
          NULL,
          "Seconds to wait for an answer, and for a cluster that was never reached",
          0.1,
          3600,
          30,
          SETTING_FLAGS));

  /**
   * QsApplication:broker-availability-timeout:
   *
   * How long an outage of the brokers may last, in seconds, from the last
   * acknowledgement while records wait; -1 = without end.
   *
   * A shorter one costs nothing but time, a longer one is a failure of the
   * source.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_BROKER_AVAILABILITY_TIMEOUT,
      g_param_spec_double ("broker-availability-timeout",
                           NULL,
                           "Seconds that an outage of the brokers may last; -1 = without end",
                           -1,
                           G_MAXDOUBLE,
                           120,
                           SETTING_FLAGS));
}

static void
install_guarantee_properties (GObjectClass *klass)
{
  /**
   * QsApplication:processing-guarantee:
   *
   * What is promised about each record of a source.
   *
   * Exactly once, a source writes in transactions that flush() commits, together
   * with its state if it is a [class@StatefulSource]; a reader must have
   * `isolation.level=read_committed`. Without a state, a source that is started
   * again begins where it likes, so that it gets transactions that are all or
   * nothing, but nothing that lasts over a restart.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_PROCESSING_GUARANTEE,
      g_param_spec_enum ("processing-guarantee",
                         NULL,
                         "What is promised about each record of a source",
                         QS_TYPE_PROCESSING_GUARANTEE,
                         QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE,
                         SETTING_FLAGS));

  /**
   * QsApplication:transaction-timeout:
   *
   * After how many seconds the brokers end a transaction that is still open. The
   * work between two flushes must take less.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_TRANSACTION_TIMEOUT,
      g_param_spec_double ("transaction-timeout",
                           NULL,
                           "Seconds after which the brokers abort an open transaction",
                           1,
                           900,
                           60,
                           SETTING_FLAGS));

  /**
   * QsApplication:use-changelog-topics:
   *
   * Whether the state of a source is also kept in a topic, from which it is read
   * back when its store is lost, or on another machine.
   *
   * Without that, each flush waits for the disk, and nothing can be done exactly
   * once.
   */
  g_object_class_install_property (klass,
                                   QS_SETTING_USE_CHANGELOG_TOPICS,
                                   g_param_spec_boolean ("use-changelog-topics",
                                                         NULL,
                                                         "Whether states are also kept in a topic",
                                                         TRUE,
                                                         SETTING_FLAGS));
}

static void
install_store_properties (GObjectClass *klass)
{
  /**
   * QsApplication:state-dir: (getter get_state_dir)
   *
   * The directory for the stores of stateful sources, one for each source and
   * partition, below the name of the consumer-group.
   *
   * `QSOURCE_STATE_DIR` in the environment is used if it is unset, and `state` in
   * the working directory without that. With an embedded broker it isn't used:
   * nothing outlives the program there.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_STATE_DIR,
      g_param_spec_string ("state-dir",
                           NULL,
                           "Directory of the stores of stateful sources; unset = state",
                           NULL,
                           SETTING_FLAGS));

  /**
   * QsApplication:rocksdb-options:
   *
   * Options of RocksDB for the stores of stateful sources, by RocksDB's own names: a
   * dictionary of strings (`a{ss}`), such as `write_buffer_size` = `16M` or
   * `block_based_table_factory` = `{block_cache=64M}`.
   *
   * A store is small by default: a write buffer of 1 MiB, 1 MiB of cache and 64 open
   * files. What can be set changes its speed and its space. Anything else, an unknown
   * name and a bad value make [method@Application.run] fail with an error that names
   * it.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_ROCKSDB_OPTIONS,
      g_param_spec_variant ("rocksdb-options",
                            NULL,
                            "RocksDB's options for the stores of stateful sources",
                            G_VARIANT_TYPE ("a{ss}"),
                            NULL,
                            SETTING_FLAGS));
}

static void
install_worker_properties (GObjectClass *klass)
{
  /**
   * QsApplication:partitioner:
   *
   * To which partition a record goes whose producer doesn't say.
   *
   * A `partitioner` in [property@Application:producer-config] counts more.
   */
  g_object_class_install_property (klass,
                                   QS_SETTING_PARTITIONER,
                                   g_param_spec_enum ("partitioner",
                                                      NULL,
                                                      "How a record's key chooses its partition",
                                                      QS_TYPE_PARTITIONER,
                                                      QS_PARTITIONER_MURMUR2_RANDOM,
                                                      SETTING_FLAGS));

  /**
   * QsApplication:isolation:
   *
   * Whether sources run in processes of their own or in threads of this one.
   *
   * A thread cannot be ended by force, and is not started again after a failure.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_ISOLATION,
      g_param_spec_enum ("isolation",
                         NULL,
                         "Whether sources run in processes of their own or in threads",
                         QS_TYPE_ISOLATION,
                         QS_ISOLATION_AUTO,
                         SETTING_FLAGS));

  /**
   * QsApplication:worker-argv:
   *
   * The command that starts a worker; `NULL` = the one that started this program.
   *
   * It must build the same application, with the same sources, and call its
   * run(). Its first word is looked up in `PATH`.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_WORKER_ARGV,
      g_param_spec_boxed ("worker-argv",
                          NULL,
                          "Command that starts a worker; unset = the one that started this program",
                          G_TYPE_STRV,
                          SETTING_FLAGS));

  /**
   * QsApplication:startup-timeout:
   *
   * How long a worker may take until it reaches run(), in seconds; -1 = without
   * end.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_STARTUP_TIMEOUT,
      g_param_spec_double ("startup-timeout",
                           NULL,
                           "Seconds that a worker may take to reach run(); -1 = without end",
                           -1,
                           G_MAXDOUBLE,
                           60,
                           SETTING_FLAGS));
}

static void
install_restart_properties (GObjectClass *klass)
{
  /**
   * QsApplication:max-restarts:
   *
   * How often a source that failed is started again, in a row; 0 = a failed
   * source ends the application, -1 = without end.
   *
   * A run of more than a minute makes the failures before it forgotten.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_MAX_RESTARTS,
      g_param_spec_int ("max-restarts",
                        NULL,
                        "How often in a row a failed source is restarted; -1 = without end",
                        -1,
                        G_MAXINT,
                        0,
                        SETTING_FLAGS));

  /**
   * QsApplication:restart-backoff:
   *
   * How long to wait before the first restart, in seconds; twice as long before
   * each next one, at most 60 s, and up to a quarter less by chance.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_RESTART_BACKOFF,
      g_param_spec_double ("restart-backoff",
                           NULL,
                           "Seconds before the first restart; doubled before each next one",
                           0,
                           60,
                           1,
                           SETTING_FLAGS));
}

static void
install_reading_properties (GObjectClass *klass)
{
  /**
   * QsApplication:auto-offset-reset:
   *
   * Where dataframes begin to read a partition for which the
   * [property@Application:consumer-group] has committed no offset.
   *
   * With `latest`, what the application's own sources produce is never missed:
   * they start when that place is settled.
   *
   * Where the offset that the group has committed is gone, because the topic's
   * retention has deleted it or the topic was made anew, `earliest` and `latest`
   * go on with the first record that is left, with a warning; `error` fails.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_AUTO_OFFSET_RESET,
      g_param_spec_enum ("auto-offset-reset",
                         NULL,
                         "Where dataframes begin to read without a committed offset",
                         QS_TYPE_AUTO_OFFSET_RESET,
                         QS_AUTO_OFFSET_RESET_LATEST,
                         SETTING_FLAGS));

  /**
   * QsApplication:commit-interval:
   *
   * How often the offsets of records that dataframes have dealt with are
   * committed, in seconds; 0 = as often as possible.
   */
  g_object_class_install_property (klass,
                                   QS_SETTING_COMMIT_INTERVAL,
                                   g_param_spec_double ("commit-interval",
                                                        NULL,
                                                        "Seconds between two commits of offsets",
                                                        0,
                                                        86400,
                                                        5,
                                                        SETTING_FLAGS));

  /**
   * QsApplication:commit-every:
   *
   * After how many records offsets are committed, besides the
   * [property@Application:commit-interval]; 0 = only by time.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_COMMIT_EVERY,
      g_param_spec_uint ("commit-every",
                         NULL,
                         "Records after which offsets are committed, too; 0 = only by time",
                         0,
                         G_MAXUINT,
                         0,
                         SETTING_FLAGS));
}

static void
install_end_properties (GObjectClass *klass)
{
  /**
   * QsApplication:run-count:
   *
   * After how many values that came out of the dataframes run() stops by itself; 0 =
   * it does not.
   *
   * Each branch counts at its end: a record that a filter drops doesn't, one that is
   * expanded does for each of its items. A record is dealt with as a whole, so a few
   * more may come.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_RUN_COUNT,
      g_param_spec_uint64 ("run-count",
                           NULL,
                           "Records of the dataframes after which run() stops; 0 = it does not",
                           0,
                           G_MAXUINT64,
                           0,
                           SETTING_FLAGS));

  /**
   * QsApplication:run-timeout:
   *
   * How long after its beginning run() stops by itself, in seconds; -1 = it does
   * not.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_RUN_TIMEOUT,
      g_param_spec_double ("run-timeout",
                           NULL,
                           "Seconds after which run() stops; -1 = it does not",
                           -1,
                           G_MAXDOUBLE,
                           -1,
                           SETTING_FLAGS));

  /**
   * QsApplication:idle-timeout:
   *
   * After how many seconds in which no record came to a dataframe run() stops by
   * itself; -1 = it does not.
   *
   * The time begins when the dataframes are ready to read. It means nothing without a
   * dataframe.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_IDLE_TIMEOUT,
      g_param_spec_double ("idle-timeout",
                           NULL,
                           "Seconds without a record after which run() stops; -1 = it does not",
                           -1,
                           G_MAXDOUBLE,
                           -1,
                           SETTING_FLAGS));

  /**
   * QsApplication:drain:
   *
   * Whether run() ends when all sources are done and the dataframes have dealt
   * with all that their topics hold.
   *
   * If not, an application with dataframes runs until it is stopped. It makes no
   * difference without dataframes.
   */
  g_object_class_install_property (
      klass,
      QS_SETTING_DRAIN,
      g_param_spec_boolean ("drain",
                            NULL,
                            "Whether run() ends when all sources are done and all topics are read",
                            FALSE,
                            SETTING_FLAGS));
}

void
qs_settings_install_properties (GObjectClass *klass)
{
  install_connection_properties (klass);
  install_client_properties (klass);
  install_broker_properties (klass);
  install_guarantee_properties (klass);
  install_store_properties (klass);
  install_worker_properties (klass);
  install_restart_properties (klass);
  install_reading_properties (klass);
  install_end_properties (klass);
}

void
qs_settings_clear (QsSettings *self)
{
  g_clear_pointer (&self->broker_address, g_free);
  g_clear_pointer (&self->consumer_group, g_free);
  g_clear_pointer (&self->state_dir, g_free);
  g_clear_pointer (&self->worker_argv, g_strfreev);
  g_clear_pointer (&self->client_config, g_variant_unref);
  g_clear_pointer (&self->producer_config, g_variant_unref);
  g_clear_pointer (&self->consumer_config, g_variant_unref);
  g_clear_pointer (&self->rocksdb_options, g_variant_unref);
}

const char *
qs_settings_get_broker_address (const QsSettings *self)
{
  const char *from_environment = g_getenv ("QSOURCE_BROKER_ADDRESS");

  if (self->broker_address != NULL)
    return self->broker_address;

  /* As Quix Streams calls it. */
  return from_environment != NULL ? from_environment : g_getenv ("Quix__Broker__Address");
}

const char *
qs_settings_get_consumer_group (const QsSettings *self)
{
  const char *from_environment = g_getenv ("QSOURCE_CONSUMER_GROUP");

  if (from_environment == NULL)
    from_environment = g_getenv ("Quix__Consumer_Group");
  if (self->consumer_group != NULL)
    return self->consumer_group;

  return from_environment != NULL ? from_environment : "qsource-default";
}

const char *
qs_settings_get_state_dir (const QsSettings *self)
{
  const char *from_environment = g_getenv ("QSOURCE_STATE_DIR");

  if (from_environment == NULL)
    from_environment = g_getenv ("Quix__State__Dir");
  if (self->state_dir != NULL)
    return self->state_dir;

  return from_environment != NULL ? from_environment : "state";
}
