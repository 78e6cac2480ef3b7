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
   * Where the cluster is: `host:port`, several separated by commas, or
   * `embedded` for a broker inside this process, see
   * [property@Application:embedded-broker].
   *
   * `QSOURCE_BROKER_ADDRESS` in the environment is used if it is unset.
   */
  { "broker-address",
    "Where the cluster is: host:port, several by commas, or embedded",
    QS_SETTING_STRING,
    FIELD (broker_address) },

  /**
   * QsApplication:consumer-group: (getter get_consumer_group)
   *
   * The name that tells this application from others on the same cluster.
   *
   * `QSOURCE_CONSUMER_GROUP` in the environment is used if it is unset, and
   * `qsource-default` without that.
   */
  { "consumer-group",
    "Name that tells this application from others on the same cluster",
    QS_SETTING_STRING,
    FIELD (consumer_group) },

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
  { "client-config",
    "Settings of librdkafka for all its clients",
    QS_SETTING_VARIANT,
    FIELD (client_config) },

  /**
   * QsApplication:producer-config:
   *
   * Settings of librdkafka for producers, like
   * [property@Application:client-config].
   */
  { "producer-config",
    "Settings of librdkafka for producers",
    QS_SETTING_VARIANT,
    FIELD (producer_config) },

  /**
   * QsApplication:consumer-config:
   *
   * Settings of librdkafka for the consumer of the dataframes, like
   * [property@Application:client-config].
   */
  { "consumer-config",
    "Settings of librdkafka for the consumer of the dataframes",
    QS_SETTING_VARIANT,
    FIELD (consumer_config) },

  /**
   * QsApplication:auto-create-topics:
   *
   * Whether topics that are missing are created; if not, a missing one is an
   * error.
   */
  { "auto-create-topics",
    "Whether topics that are missing are created",
    QS_SETTING_BOOLEAN,
    FIELD (auto_create_topics),
    .def = TRUE },

  /**
   * QsApplication:topic-create-timeout:
   *
   * How long to wait until a new topic can be used, in seconds.
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
   * How long to wait for the answer to a request, and for a cluster that was
   * never reached, in seconds.
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
   * How long an outage of the brokers may last, in seconds, from the last
   * acknowledgement while records wait; -1 = without end.
   *
   * A shorter one costs nothing but time, a longer one is a failure of the
   * source.
   */
  { "broker-availability-timeout",
    "Seconds that an outage of the brokers may last; -1 = without end",
    QS_SETTING_DOUBLE,
    FIELD (broker_availability_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = 120 },

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
  { "processing-guarantee",
    "What is promised about each record of a source",
    QS_SETTING_ENUM,
    FIELD (guarantee.processing),
    .get_type = qs_processing_guarantee_get_type,
    .def = QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE },

  /**
   * QsApplication:transaction-timeout:
   *
   * After how many seconds the brokers end a transaction that is still open. The
   * work between two flushes must take less.
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
   * Whether the state of a source is also kept in a topic, from which it is read
   * back when its store is lost, or on another machine.
   *
   * Without that, each flush waits for the disk, and nothing can be done exactly
   * once.
   */
  { "use-changelog-topics",
    "Whether states are also kept in a topic",
    QS_SETTING_BOOLEAN,
    FIELD (use_changelog_topics),
    .def = TRUE },

  /**
   * QsApplication:changelog-replication-factor:
   *
   * On how many brokers changelog topics are kept that the application creates; -1 = on
   * as many as the topic that the source produces to.
   *
   * A changelog that is there with another one is used, with a warning.
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
   * They are added to our own, `cleanup.policy=compact` and
   * `max.message.bytes=2097152`, of which the second can be replaced. A changelog that
   * is there with other settings is used, with a warning.
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
   * `QSOURCE_STATE_DIR` in the environment is used if it is unset, and `state` in
   * the working directory without that. With an embedded broker it isn't used:
   * nothing outlives the program there.
   */
  { "state-dir",
    "Directory of the stores of stateful sources; unset = state",
    QS_SETTING_STRING,
    FIELD (state_dir) },

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
  { "rocksdb-options",
    "RocksDB's options for the stores of stateful sources",
    QS_SETTING_VARIANT,
    FIELD (rocksdb_options) },

  /**
   * QsApplication:partitioner:
   *
   * To which partition a record goes whose producer doesn't say.
   *
   * A `partitioner` in [property@Application:producer-config] counts more.
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
   * Whether sources run in processes of their own or in threads of this one.
   *
   * A thread cannot be ended by force, and is not started again after a failure.
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
   * The command that starts a worker; `NULL` = the one that started this program.
   *
   * It must build the same application, with the same sources, and call its
   * run(). Its first word is looked up in `PATH`.
   */
  { "worker-argv",
    "Command that starts a worker; unset = the one that started this program",
    QS_SETTING_BOXED,
    FIELD (worker_argv) },

  /**
   * QsApplication:startup-timeout:
   *
   * How long a worker may take until it reaches run(), in seconds; -1 = without
   * end.
   */
  { "startup-timeout",
    "Seconds that a worker may take to reach run(); -1 = without end",
    QS_SETTING_DOUBLE,
    FIELD (startup_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = 60 },

  /**
   * QsApplication:max-restarts:
   *
   * How often a source that failed is started again, in a row; 0 = a failed
   * source ends the application, -1 = without end.
   *
   * A run of more than a minute makes the failures before it forgotten.
   */
  { "max-restarts",
    "How often in a row a failed source is restarted; -1 = without end",
    QS_SETTING_INT,
    FIELD (max_restarts),
    .min = -1,
    .max = G_MAXINT,
    .def = 0 },

  /**
   * QsApplication:restart-backoff:
   *
   * How long to wait before the first restart, in seconds; twice as long before
   * each next one, at most 60 s, and up to a quarter less by chance.
   */
  { "restart-backoff",
    "Seconds before the first restart; doubled before each next one",
    QS_SETTING_DOUBLE,
    FIELD (restart_backoff),
    .min = 0,
    .max = 60,
    .def = 1 },

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
  { "auto-offset-reset",
    "Where dataframes begin to read without a committed offset",
    QS_SETTING_ENUM,
    FIELD (auto_offset_reset),
    .get_type = qs_auto_offset_reset_get_type,
    .def = QS_AUTO_OFFSET_RESET_LATEST },

  /**
   * QsApplication:commit-interval:
   *
   * How often the offsets of records that dataframes have dealt with are
   * committed, in seconds; 0 = as often as possible.
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
   * After how many records offsets are committed, besides the
   * [property@Application:commit-interval]; 0 = only by time.
   */
  { "commit-every",
    "Records after which offsets are committed, too; 0 = only by time",
    QS_SETTING_UINT,
    FIELD (guarantee.commit_every),
    .def = 0 },

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
  { "run-count",
    "Records of the dataframes after which run() stops; 0 = it does not",
    QS_SETTING_UINT64,
    FIELD (run_count),
    .def = 0 },

  /**
   * QsApplication:collect:
   *
   * Whether run() keeps what comes out of the dataframes for
   * [method@Application.dup_rows].
   *
   * All of it is kept in memory: meant for tests and notebooks, with
   * [property@Application:run-count], [property@Application:idle-timeout] or
   * [property@Application:drain].
   *
   * Since: 1.0
   */
  { "collect",
    "Whether what comes out of dataframes is kept; see dup_rows()",
    QS_SETTING_BOOLEAN,
    FIELD (collect),
    .def = FALSE },

  /**
   * QsApplication:run-timeout:
   *
   * How long after its beginning run() stops by itself, in seconds; -1 = it does
   * not.
   */
  { "run-timeout",
    "Seconds after which run() stops; -1 = it does not",
    QS_SETTING_DOUBLE,
    FIELD (run_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = -1 },

  /**
   * QsApplication:idle-timeout:
   *
   * After how many seconds in which no record came to a dataframe run() stops by
   * itself; -1 = it does not.
   *
   * The time begins when the dataframes are ready to read. It means nothing without a
   * dataframe.
   */
  { "idle-timeout",
    "Seconds without a record after which run() stops; -1 = it does not",
    QS_SETTING_DOUBLE,
    FIELD (idle_timeout),
    .min = -1,
    .max = G_MAXDOUBLE,
    .def = -1 },

  /**
   * QsApplication:drain:
   *
   * Whether run() ends when all sources are done and the dataframes have dealt
   * with all that their topics hold.
   *
   * If not, an application with dataframes runs until it is stopped. It makes no
   * difference without dataframes.
   */
  { "drain",
    "Whether run() ends when all sources are done and all topics are read",
    QS_SETTING_BOOLEAN,
    FIELD (drain),
    .def = FALSE },

  /**
   * QsApplication:assignment:
   *
   * Whether this application runs all partitions of its sources, or shares them with
   * other instances of the same program, on any number of machines.
   *
   * Shared, Kafka's own groups decide who runs what. An instance that starts takes over
   * a part, what one had that stops is run by the others at once, and what one had that
   * died when its [property@Application:session-timeout] is over. The state goes along,
   * by its changelog. A source without a state has one partition, which runs in one
   * instance; the others stand by.
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
   * The name of this instance among those that share partitions: unique among them, and
   * the same when it is started again. `NULL` = made of the host's name and a number that
   * is kept in [property@Application:state-dir].
   *
   * An instance that comes back under its name within its
   * [property@Application:session-timeout] has the same partitions, and the others don't
   * notice.
   */
  { "instance-id",
    "Name of this instance among those that share partitions; unset = host and state-dir",
    QS_SETTING_STRING,
    FIELD (instance_id) },

  /**
   * QsApplication:session-timeout:
   *
   * After how many seconds without a sign of life the others take over what an instance
   * has. Brokers take no less than 6 s unless they are set so.
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
   * Whether the others take over at once what an instance has that is stopped.
   *
   * If not, they do when its [property@Application:session-timeout] is over: started
   * again before that it has what it had, and nothing moves.
   */
  { "leave-on-stop",
    "Whether others take over at once what an instance has that is stopped",
    QS_SETTING_BOOLEAN,
    FIELD (leave_on_stop),
    .def = TRUE },

  /**
   * QsApplication:standby-replicas:
   *
   * How many other instances keep the state of a partition warm, so that one of them
   * that takes it over only has to read what came last; -1 = all of them, 0 = none.
   *
   * Such an instance follows the changelogs of partitions that it doesn't run, into stores
   * in its own [property@Application:state-dir]. Which instance keeps what follows from the
   * members of the group, and changes with them. Who takes over a partition is up to the
   * group, which knows nothing of this: with fewer replicas than there are other instances
   * it can be one whose store is cold. It makes no difference unless
   * [property@Application:assignment] is `group`.
   */
  { "standby-replicas",
    "Instances that keep the state of a partition warm which runs elsewhere; -1 = all",
    QS_SETTING_INT,
    FIELD (standby_replicas),
    .min = -1,
    .max = 1000,
    .def = 0 },

  /**
   * QsApplication:bus-name:
   *
   * The name by which the application can be seen and controlled on a bus while its run()
   * runs: `org.example.Gateway` or `session:org.example.Gateway` on the session bus,
   * `system:org.example.Gateway` on the system bus; `NULL` = on none.
   *
   * The object `/org/qsource/Application1` has the interface `org.qsource.Application1`
   * there, too. On a bus, its policy says who may use it. A name that can't be had is a
   * warning.
   */
  { "bus-name",
    "Name by which it can be controlled on a bus; unset = on none",
    QS_SETTING_STRING,
    FIELD (bus_name) },

  /**
   * QsApplication:monitor-address:
   *
   * Where the application can be watched over HTTP while its run() runs: `HOST:PORT` such as
   * `127.0.0.1:9464`, or `unix:PATH`; `NULL` = nowhere. Port 0 is any that is free, and logged.
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
   * Nothing can be changed through it, and it asks for no password: let it listen on
   * 127.0.0.1, or behind a proxy that does. A place that can't be had is an error of run().
   */
  { "monitor-address",
    "Where it can be watched over HTTP: HOST:PORT or unix:PATH; unset = nowhere",
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
