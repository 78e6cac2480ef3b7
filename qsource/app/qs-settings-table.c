/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-settings-private.h"

#include "qs-enum-types.h"

/* A setting that is read when run() begins. */
#define SETTING_FLAGS (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS)

#define FIELD(name) G_STRUCT_OFFSET (QsSettings, name)

/* All that is to know of each property, in the order in which they are documented; the
 * place of one is its id, from 1 on. */
const QsSetting qs_settings_table[] = {
  /**
   * QsApplication:broker-address: (getter get_broker_address)
   *
   * The address of the cluster: `host:port`, several separated by commas, or `embedded` for
   * a broker inside this process, see [property@Application:embedded-broker].
   *
   * If it is unset, `QSOURCE_BROKER_ADDRESS` in the environment is used.
   */
  { "broker-address",
    "Address of the cluster: host:port, several with commas, or embedded",
    QS_SETTING_STRING,
    FIELD (broker_address) },

  /**
   * QsApplication:consumer-group: (getter get_consumer_group)
   *
   * The name that distinguishes this application from others on the same cluster.
   *
   * If it is unset, `QSOURCE_CONSUMER_GROUP` in the environment is used; the default is
   * `qsource-default`.
   */
  { "consumer-group",
    "Name that distinguishes this application from others on the same cluster",
    QS_SETTING_STRING,
    FIELD (consumer_group) },

  /**
   * QsApplication:client-config:
   *
   * librdkafka settings for all clients of the application, by librdkafka's own names: a
   * dictionary of strings (`a{ss}`).
   *
   * An unknown name, an invalid value, or a value that would break a guarantee of this
   * library makes [method@Application.run] fail with an error that names the setting.
   *
   * Reading the property returns `[redacted]` in place of passwords and keys. Writing
   * `[redacted]` back keeps the stored secret.
   */
  { "client-config",
    "Settings of librdkafka for all clients of the application",
    QS_SETTING_VARIANT,
    FIELD (client_config) },

  /**
   * QsApplication:producer-config:
   *
   * librdkafka settings for producers, like [property@Application:client-config].
   */
  { "producer-config",
    "Settings of librdkafka for producers",
    QS_SETTING_VARIANT,
    FIELD (producer_config) },

  /**
   * QsApplication:consumer-config:
   *
   * librdkafka settings for the consumer of the dataframes, like
   * [property@Application:client-config].
   */
  { "consumer-config",
    "Settings of librdkafka for the consumer of the dataframes",
    QS_SETTING_VARIANT,
    FIELD (consumer_config) },

  /**
   * QsApplication:auto-create-topics:
   *
   * Whether missing topics are created, which is the default; if false, a missing topic is
   * an error.
   */
  { "auto-create-topics",
    "Whether missing topics are created",
    QS_SETTING_BOOLEAN,
    FIELD (auto_create_topics),
    .def = TRUE },

  /**
   * QsApplication:topic-create-timeout:
   *
   * How long to wait until a new topic can be used, in seconds, 0.1 to 3600; 60 by default.
   */
  { "topic-create-timeout",
    "Seconds until a new topic must be usable",
    QS_SETTING_DOUBLE,
    FIELD (topic_create_timeout),
    .min = 0.1,
    .max = 3600,
    .def = 60 },

  /**
   * QsApplication:request-timeout:
   *
   * How long to wait for the answer to a request, and for a cluster that was never reached,
   * in seconds, 0.1 to 3600; 30 by default.
   */
  { "request-timeout",
    "Seconds to wait for an answer, and for a cluster that was never reached",
    QS_SETTING_DOUBLE,
    FIELD (request_timeout),
    .min = 0.1,
    .max = 3600,
    .def = 30 },

  /**
   * QsApplication:broker-availability-timeout:
   *
   * How long an outage of the brokers can last before the source fails, in seconds, from
   * the last acknowledgement while records wait; -1 = without limit; 120 by default.
   *
   * A shorter outage only delays the records.
   */
  { "broker-availability-timeout",
    "Seconds that an outage of the brokers can last; -1 = without limit",
    QS_SETTING_DOUBLE,
    FIELD (broker_availability_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = 120 },

  /**
   * QsApplication:processing-guarantee:
   *
   * The guarantee for each record of a source; `at-least-once` by default.
   *
   * With `exactly-once`, a source writes in transactions. flush() commits them, together
   * with the state of a [class@StatefulSource]. Readers must set
   * `isolation.level=read_committed`. A source without a state gets transactions that are
   * all or nothing, but it might produce the same records again after a restart, because
   * the library does not know where it continues.
   */
  { "processing-guarantee",
    "Guarantee for each record of a source",
    QS_SETTING_ENUM,
    FIELD (guarantee.processing),
    .get_type = qs_processing_guarantee_get_type,
    .def = QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE },

  /**
   * QsApplication:transaction-timeout:
   *
   * The time after which the brokers abort an open transaction, in seconds, 1 to 900; 60 by
   * default. The work between two flushes must take less time.
   */
  { "transaction-timeout",
    "Seconds after which the brokers abort an open transaction",
    QS_SETTING_DOUBLE,
    FIELD (transaction_timeout),
    .min = 1,
    .max = 900,
    .def = 60 },

  /**
   * QsApplication:use-changelog-topics:
   *
   * Whether the state of a source is also kept in a topic, the changelog, which is the
   * default. The state is read back from the changelog when its store is lost, and on
   * another machine.
   *
   * Without changelogs, each flush waits for the disk, and `exactly-once` is not possible.
   */
  { "use-changelog-topics",
    "Whether states are also kept in a topic",
    QS_SETTING_BOOLEAN,
    FIELD (use_changelog_topics),
    .def = TRUE },

  /**
   * QsApplication:changelog-replication-factor:
   *
   * The replication factor of changelogs that the application creates, 1 to 32767; -1, the
   * default, uses that of the topic that the source produces to.
   *
   * An existing changelog with another replication factor is used, with a warning.
   */
  { "changelog-replication-factor",
    "Brokers on which changelogs are kept; -1 = as the source's topic",
    QS_SETTING_INT,
    FIELD (changelog_replication_factor),
    .min = -1,
    .max = G_MAXINT16,
    .def = -1 },

  /**
   * QsApplication:changelog-config:
   *
   * Kafka's own settings of the changelog topics that the application creates, by name:
   * a dictionary of strings (`a{ss}`), such as `{'min.insync.replicas': '2'}`.
   *
   * They are added to the settings of the library, `cleanup.policy=compact` and
   * `max.message.bytes=2097152`; only the second of these can be replaced. An existing
   * changelog with other settings is used, with a warning.
   */
  { "changelog-config",
    "Kafka's own settings of the changelogs, by name",
    QS_SETTING_VARIANT,
    FIELD (changelog_config) },

  /**
   * QsApplication:state-dir: (getter get_state_dir)
   *
   * The directory for the stores of stateful sources, one for each source and
   * partition, below the name of the consumer-group.
   *
   * If it is unset, `QSOURCE_STATE_DIR` in the environment is used; the default is `state`
   * in the working directory. It is not used with an embedded broker, where nothing
   * outlives the program.
   */
  { "state-dir",
    "Directory of the stores of stateful sources; unset = state",
    QS_SETTING_STRING,
    FIELD (state_dir) },

  /**
   * QsApplication:rocksdb-options:
   *
   * RocksDB options for the stores of stateful sources, by RocksDB's own names: a
   * dictionary of strings (`a{ss}`), such as `write_buffer_size` = `16M` or
   * `block_based_table_factory` = `{block_cache=64M}`.
   *
   * A store is small by default: it has a write buffer of 1 MiB, a cache of 1 MiB and 64
   * open files. Only options that affect speed and space can be set. Any other option, an
   * unknown name or an invalid value makes [method@Application.run] fail with an error that
   * names the option.
   */
  { "rocksdb-options",
    "RocksDB's options for the stores of stateful sources",
    QS_SETTING_VARIANT,
    FIELD (rocksdb_options) },

  /**
   * QsApplication:partitioner:
   *
   * The partition of a record for which the producer names none; `murmur2_random` by
   * default.
   *
   * A `partitioner` in [property@Application:producer-config] takes precedence.
   */
  { "partitioner",
    "How a record's key chooses its partition",
    QS_SETTING_ENUM,
    FIELD (partitioner),
    .get_type = qs_partitioner_get_type,
    .def = QS_PARTITIONER_MURMUR2_RANDOM },

  /**
   * QsApplication:isolation:
   *
   * Whether sources run in processes of their own or in threads of this process; `auto` by
   * default.
   *
   * A thread cannot be ended by force, and is not restarted after a failure.
   */
  { "isolation",
    "Whether sources run in processes of their own or in threads",
    QS_SETTING_ENUM,
    FIELD (isolation),
    .get_type = qs_isolation_get_type,
    .def = QS_ISOLATION_AUTO },

  /**
   * QsApplication:worker-argv:
   *
   * The command that starts a worker; `NULL` = the command that started this program.
   *
   * The program must make the same application, with the same sources, and call its run().
   * The first word is looked up in `PATH`.
   */
  { "worker-argv",
    "Command that starts a worker; unset = the one that started this program",
    QS_SETTING_BOXED,
    FIELD (worker_argv) },

  /**
   * QsApplication:startup-timeout:
   *
   * How long a worker can take until it reaches run(), in seconds; -1 = without limit; 60
   * by default.
   */
  { "startup-timeout",
    "Seconds that a worker can take to reach run(); -1 = without limit",
    QS_SETTING_DOUBLE,
    FIELD (startup_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = 60 },

  /**
   * QsApplication:max-restarts:
   *
   * How often in a row a failed source is restarted; 0, the default, means that a failed
   * source ends the application, and -1 means without limit.
   *
   * After a run of more than a minute, earlier failures no longer count.
   */
  { "max-restarts",
    "How often in a row a failed source is restarted; -1 = without limit",
    QS_SETTING_INT,
    FIELD (max_restarts),
    .min = -1,
    .max = G_MAXINT,
    .def = 0 },

  /**
   * QsApplication:restart-backoff:
   *
   * How long to wait before the first restart, in seconds, 0 to 60; 1 by default. The wait
   * doubles before each further restart, up to 60 seconds, and is shortened at random by up
   * to a quarter.
   */
  { "restart-backoff",
    "Seconds before the first restart; doubled before each further one",
    QS_SETTING_DOUBLE,
    FIELD (restart_backoff),
    .min = 0,
    .max = 60,
    .def = 1 },

  /**
   * QsApplication:auto-offset-reset:
   *
   * The place where dataframes begin to read a partition for which the
   * [property@Application:consumer-group] has committed no offset; `latest` by default.
   *
   * With `latest`, no record of the application's own sources is missed, because they start
   * after that place is determined.
   *
   * If the committed offset no longer exists, because of the topic's retention or because
   * the topic was deleted and created again, `earliest` and `latest` continue with the
   * first record that is left, with a warning; `error` fails.
   */
  { "auto-offset-reset",
    "Place where dataframes begin to read without a committed offset",
    QS_SETTING_ENUM,
    FIELD (auto_offset_reset),
    .get_type = qs_auto_offset_reset_get_type,
    .def = QS_AUTO_OFFSET_RESET_LATEST },

  /**
   * QsApplication:commit-interval:
   *
   * How often the offsets of records that dataframes have processed are committed, in
   * seconds, 0 to 86400; 0 = as often as possible; 5 by default.
   */
  { "commit-interval",
    "Seconds between two commits of offsets",
    QS_SETTING_DOUBLE,
    FIELD (guarantee.commit_interval),
    .min = 0,
    .max = 86400,
    .def = 5 },

  /**
   * QsApplication:commit-every:
   *
   * The number of records after which offsets are committed, in addition to the
   * [property@Application:commit-interval]; 0, the default, commits only by time.
   */
  { "commit-every",
    "Records after which offsets are committed, too; 0 = only by time",
    QS_SETTING_UINT,
    FIELD (guarantee.commit_every),
    .def = 0 },

  /**
   * QsApplication:run-count:
   *
   * The number of results of the dataframes after which run() stops by itself; 0, the
   * default, means never.
   *
   * Results are counted at the end of each branch: a record that a filter drops does not
   * count, and a record that is expanded counts once for each item. Records are always
   * processed completely, so there can be a few more results.
   */
  { "run-count",
    "Results of the dataframes after which run() stops; 0 = never",
    QS_SETTING_UINT64,
    FIELD (run_count),
    .def = 0 },

  /**
   * QsApplication:collect:
   *
   * Whether run() keeps the results of the dataframes for [method@Application.dup_rows];
   * false by default.
   *
   * All results are kept in memory. The property is meant for tests and notebooks, together
   * with [property@Application:run-count], [property@Application:idle-timeout] or
   * [property@Application:drain].
   *
   * Since: 1.0
   */
  { "collect",
    "Whether the results of dataframes are kept; see dup_rows()",
    QS_SETTING_BOOLEAN,
    FIELD (collect),
    .def = FALSE },

  /**
   * QsApplication:run-timeout:
   *
   * The time after which run() stops by itself, in seconds; -1, the default, means never.
   */
  { "run-timeout",
    "Seconds after which run() stops; -1 = never",
    QS_SETTING_DOUBLE,
    FIELD (run_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = -1 },

  /**
   * QsApplication:idle-timeout:
   *
   * The time without a record for the dataframes after which run() stops by itself, in
   * seconds; -1, the default, means never.
   *
   * The time begins when the dataframes are ready to read. The property has no effect
   * without a dataframe.
   */
  { "idle-timeout",
    "Seconds without a record after which run() stops; -1 = never",
    QS_SETTING_DOUBLE,
    FIELD (idle_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = -1 },

  /**
   * QsApplication:drain:
   *
   * Whether run() ends when all sources have ended and the dataframes have processed all
   * records of their topics; false by default.
   *
   * If false, an application with dataframes runs until it is stopped. The property has no
   * effect without dataframes.
   */
  { "drain",
    "Whether run() ends when all sources have ended and all topics are read",
    QS_SETTING_BOOLEAN,
    FIELD (drain),
    .def = FALSE },

  /**
   * QsApplication:assignment:
   *
   * Whether this application runs all partitions of its sources, which is the default, or
   * shares them with other instances of the same program, on any number of machines.
   *
   * With `group`, a Kafka consumer group assigns the partitions. A new instance takes over
   * some of the partitions. When an instance stops, the others take over its partitions at
   * once; when it dies, they do so after its [property@Application:session-timeout]. The
   * state moves along by its changelog. A source without a state has one partition, which
   * runs in one instance, while the others wait.
   */
  { "assignment",
    "Whether all partitions of the sources run here, or a share of them",
    QS_SETTING_ENUM,
    FIELD (assignment),
    .get_type = qs_assignment_get_type,
    .def = QS_ASSIGNMENT_ALL },

  /**
   * QsApplication:instance-id:
   *
   * The name of this instance among those that share partitions. It must be unique among
   * them, and the same when the instance is started again. `NULL`, the default, makes it of
   * the host's name and a number that is kept in [property@Application:state-dir].
   *
   * An instance that returns under its name within its
   * [property@Application:session-timeout] gets the same partitions, and the others do not
   * notice.
   */
  { "instance-id",
    "Name of this instance among those that share partitions; unset = host and state-dir",
    QS_SETTING_STRING,
    FIELD (instance_id) },

  /**
   * QsApplication:session-timeout:
   *
   * The time without a sign of life after which the other instances take over the
   * partitions of an instance, in seconds, 1 to 1800; 10 by default. Brokers accept no less
   * than 6 seconds unless they are configured otherwise.
   */
  { "session-timeout",
    "Seconds without a sign of life until others take over",
    QS_SETTING_DOUBLE,
    FIELD (session_timeout),
    .min = 1,
    .max = 1800,
    .def = 10 },

  /**
   * QsApplication:leave-on-stop:
   *
   * Whether the other instances take over the partitions of a stopped instance at once,
   * which is the default.
   *
   * If false, they do so after its [property@Application:session-timeout]. An instance that
   * is started again before that gets the same partitions, and nothing moves.
   */
  { "leave-on-stop",
    "Whether other instances take over from a stopped one at once",
    QS_SETTING_BOOLEAN,
    FIELD (leave_on_stop),
    .def = TRUE },

  /**
   * QsApplication:standby-replicas:
   *
   * The number of other instances that keep the state of a partition warm, so that an
   * instance that takes it over only has to read the newest changes; 0 to 1000, or -1 for
   * all of them; 0 by default.
   *
   * Such an instance follows the changelogs of partitions that run elsewhere, and keeps the
   * stores in its own [property@Application:state-dir]. The members of the group determine
   * which instance keeps which state. The group does not consider standbys when it assigns
   * partitions: with fewer replicas than other instances, an instance with a cold store
   * might take over a partition. The property has no effect unless
   * [property@Application:assignment] is `group`.
   */
  { "standby-replicas",
    "Other instances that keep the state of a partition warm; -1 = all",
    QS_SETTING_INT,
    FIELD (standby_replicas),
    .min = -1,
    .max = 1000,
    .def = 0 },

  /**
   * QsApplication:bus-name:
   *
   * The name by which the application can be watched and controlled on D-Bus during run():
   * `org.example.Gateway` or `session:org.example.Gateway` on the session bus,
   * `system:org.example.Gateway` on the system bus; `NULL`, the default, means on no bus.
   *
   * The object `/org/qsource/Application1` has the interface `org.qsource.Application1`, as
   * on the control socket. The policy of the bus decides who may use it. A warning is
   * logged if the name cannot be acquired.
   */
  { "bus-name",
    "Name by which it can be controlled on a bus; unset = on none",
    QS_SETTING_STRING,
    FIELD (bus_name) },

  /**
   * QsApplication:monitor-address:
   *
   * The address where the application can be watched over HTTP during run(): `HOST:PORT`
   * such as `127.0.0.1:9464`, or `unix:PATH`; `NULL`, the default, means nowhere. With port
   * 0, the system chooses a free port, which is logged.
   *
   * | path | what it serves |
   * |---|---|
   * | `/` | a page that shows the sources live |
   * | `/metrics` | metrics for Prometheus, in the text format or OpenMetrics |
   * | `/healthz` | 200 as long as the application's main loop runs |
   * | `/readyz` | 200 if all sources run, are paused or have ended in order, else 503 |
   * | `/status` | what [method@Application.dup_status] returns, as JSON |
   * | `/events` | the same, live, as server-sent events |
   *
   * It is read-only and asks for no password: let it listen on 127.0.0.1, or behind a proxy
   * that asks for one. run() fails if it cannot listen at the address.
   */
  { "monitor-address",
    "Address where it can be watched over HTTP: HOST:PORT or unix:PATH; unset = nowhere",
    QS_SETTING_STRING,
    FIELD (monitor_address) },
};

G_STATIC_ASSERT (G_N_ELEMENTS (qs_settings_table) == QS_N_SETTINGS);

static GParamSpec *
new_number_pspec (const QsSetting *setting)
{
  const char *name = setting->name;
  const char *blurb = setting->blurb;

  switch (setting->kind)
    {
    case QS_SETTING_BOOLEAN:
      return g_param_spec_boolean (name, NULL, blurb, setting->def != 0, SETTING_FLAGS);

    case QS_SETTING_INT:
      return g_param_spec_int (name,
                               NULL,
                               blurb,
                               (int) setting->min,
                               (int) setting->max,
                               (int) setting->def,
                               SETTING_FLAGS);

    case QS_SETTING_UINT:
      return g_param_spec_uint (
          name, NULL, blurb, 0, G_MAXUINT, (guint) setting->def, SETTING_FLAGS);

    case QS_SETTING_UINT64:
      return g_param_spec_uint64 (
          name, NULL, blurb, 0, G_MAXUINT64, (guint64) setting->def, SETTING_FLAGS);

    case QS_SETTING_DOUBLE:
      return g_param_spec_double (
          name, NULL, blurb, setting->min, setting->max, setting->def, SETTING_FLAGS);

    case QS_SETTING_ENUM:
    case QS_SETTING_STRING:
    case QS_SETTING_VARIANT:
    case QS_SETTING_BOXED:
    default:
      g_assert_not_reached ();
    }
}

static GParamSpec *
new_pspec (const QsSetting *setting)
{
  const char *name = setting->name;
  const char *blurb = setting->blurb;

  switch (setting->kind)
    {
    case QS_SETTING_STRING:
      return g_param_spec_string (name, NULL, blurb, NULL, SETTING_FLAGS);

    case QS_SETTING_VARIANT:
      return g_param_spec_variant (
          name, NULL, blurb, G_VARIANT_TYPE ("a{ss}"), NULL, SETTING_FLAGS);

    case QS_SETTING_BOXED:
      return g_param_spec_boxed (name, NULL, blurb, G_TYPE_STRV, SETTING_FLAGS);

    case QS_SETTING_ENUM:
      return g_param_spec_enum (
          name, NULL, blurb, setting->get_type (), (int) setting->def, SETTING_FLAGS);

    case QS_SETTING_BOOLEAN:
    case QS_SETTING_INT:
    case QS_SETTING_UINT:
    case QS_SETTING_UINT64:
    case QS_SETTING_DOUBLE:
    default:
      return new_number_pspec (setting);
    }
}

void
qs_settings_install_properties (GObjectClass *klass)
{
  for (guint i = 0; i < QS_N_SETTINGS; i++)
    g_object_class_install_property (klass, i + 1, new_pspec (&qs_settings_table[i]));
}
