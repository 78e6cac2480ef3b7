/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-embedded-broker-private.h"

#include <signal.h>

#include "qs-rdkafka-private.h"

#include "qs-kafka-conf-private.h"
#include "qs-kafka-error-private.h"
#include "qs-topic-reader-private.h"

#define MAX_BROKERS 100
#define MAX_NAME_LENGTH 249

/**
 * QsEmbeddedBroker:
 *
 * A Kafka cluster inside this process, for demos and tests.
 *
 * Clients of this process and of other processes on this machine reach it at
 * [property@EmbeddedBroker:address]. It can be made to misbehave, to test how a program
 * reacts.
 *
 * It is librdkafka's mock cluster, and has these limits:
 *
 * - it keeps records only in memory, and no more than the last 5 MiB of each partition; a
 *   single batch that is larger empties the partition
 * - transactions succeed, but records of an aborted transaction are visible, and no
 *   producer is fenced, so it cannot show exactly-once
 * - clients can neither create a topic nor read or change its settings; use
 *   [method@EmbeddedBroker.create_topic]. A topic that a client names before is created
 *   automatically, with 4 partitions
 * - there is no access control, no TLS and no SASL
 * - members of one consumer group that prefer different assignors crash the process
 *
 * ## Life cycle
 *
 * It runs from [method@EmbeddedBroker.start] until it is finalized; its records are lost
 * then.
 *
 * ## Thread safety
 *
 * Any thread may use it after it was started.
 */
struct _QsEmbeddedBroker
{
  GObject parent_instance;

  int                      n_brokers;
  rd_kafka_t              *client;  /* whose threads run the cluster; owned; `NULL`: not started */
  rd_kafka_mock_cluster_t *cluster; /* owned */
};

enum
{
  PROP_N_BROKERS = 1,
  PROP_ADDRESS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* The started brokers of this process: GWeakRef. */
G_LOCK_DEFINE_STATIC (started);
static GPtrArray *started = NULL;

G_DEFINE_FINAL_TYPE (QsEmbeddedBroker, qs_embedded_broker, G_TYPE_OBJECT)

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
add_started (QsEmbeddedBroker *self)
{
  GWeakRef *reference = g_new (GWeakRef, 1);

  g_weak_ref_init (reference, self);

  G_LOCK (started);
  if (started == NULL)
    started = g_ptr_array_new_with_free_func (weak_ref_free);
  g_ptr_array_add (started, reference);
  G_UNLOCK (started);
}

/* Called when the weak references of the one that goes are empty already. */
static void
remove_finalized (void)
{
  G_LOCK (started);
  for (guint i = started != NULL ? started->len : 0; i > 0; i--)
    {
      g_autoptr (QsEmbeddedBroker) broker = g_weak_ref_get (g_ptr_array_index (started, i - 1));

      if (broker == NULL)
        g_ptr_array_remove_index_fast (started, i - 1);
    }
  if (started != NULL && started->len == 0)
    g_clear_pointer (&started, g_ptr_array_unref);
  G_UNLOCK (started);
}

/* librdkafka's idea of "all" is -1. */
static int
native_id (int broker_id)
{
  return broker_id > 0 ? broker_id : -1;
}

static gboolean
is_legal_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= MAX_NAME_LENGTH && !g_str_equal (name, ".") &&
         !g_str_equal (name, "..") &&
         strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == length;
}

static gboolean
check_started (QsEmbeddedBroker *self, GError **error)
{
  if (self->cluster != NULL)
    return TRUE;

  g_set_error_literal (error,
                       QS_KAFKA_ERROR,
                       QS_KAFKA_ERROR_INVALID_STATE,
                       "The embedded broker must be started first");
  return FALSE;
}

static void
qs_embedded_broker_finalize (GObject *object)
{
  QsEmbeddedBroker *self = QS_EMBEDDED_BROKER (object);

  if (self->cluster != NULL)
    remove_finalized ();
  /* librdkafka 2.0.2 often takes a second for this. */
  g_clear_pointer (&self->cluster, rd_kafka_mock_cluster_destroy);
  g_clear_pointer (&self->client, rd_kafka_destroy);

  G_OBJECT_CLASS (qs_embedded_broker_parent_class)->finalize (object);
}

static void
qs_embedded_broker_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsEmbeddedBroker *self = QS_EMBEDDED_BROKER (object);

  switch (prop_id)
    {
    case PROP_N_BROKERS:
      g_value_set_int (value, self->n_brokers);
      break;

    case PROP_ADDRESS:
      g_value_set_string (value, qs_embedded_broker_get_address (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_embedded_broker_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  QsEmbeddedBroker *self = QS_EMBEDDED_BROKER (object);

  switch (prop_id)
    {
    case PROP_N_BROKERS:
      self->n_brokers = g_value_get_int (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_embedded_broker_class_init (QsEmbeddedBrokerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_embedded_broker_finalize;
  object_class->get_property = qs_embedded_broker_get_property;
  object_class->set_property = qs_embedded_broker_set_property;

  /**
   * QsEmbeddedBroker:n-brokers: (getter get_n_brokers)
   *
   * How many brokers the cluster has, 1 to 100; 1 by default.
   */
  props[PROP_N_BROKERS] =
      g_param_spec_int ("n-brokers",
                        NULL,
                        "Number of brokers of the cluster",
                        1,
                        MAX_BROKERS,
                        1,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsEmbeddedBroker:address: (getter get_address)
   *
   * The address for clients: `host:port`, separated by commas; `NULL` before the start.
   */
  props[PROP_ADDRESS] =
      g_param_spec_string ("address",
                           NULL,
                           "Address for clients; unset until the cluster is started",
                           NULL,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_embedded_broker_init (QsEmbeddedBroker *self)
{
}

QsEmbeddedBroker *
qs_embedded_broker_lookup (const char *bootstrap_servers)
{
  g_autoptr (QsEmbeddedBroker) found = NULL;

  G_LOCK (started);
  for (guint i = 0; started != NULL && i < started->len && found == NULL; i++)
    {
      g_autoptr (QsEmbeddedBroker) broker = g_weak_ref_get (g_ptr_array_index (started, i));

      if (broker != NULL &&
          g_strcmp0 (qs_embedded_broker_get_address (broker), bootstrap_servers) == 0)
        found = g_steal_pointer (&broker);
    }
  G_UNLOCK (started);

  return g_steal_pointer (&found);
}

/**
 * qs_embedded_broker_new:
 * @n_brokers: how many brokers the cluster has, 1 to 100
 *
 * Creates a cluster, which is not started yet.
 *
 * Returns: (transfer full): the new cluster
 */
QsEmbeddedBroker *
qs_embedded_broker_new (int n_brokers)
{
  g_return_val_if_fail (n_brokers >= 1 && n_brokers <= MAX_BROKERS, NULL);

  return g_object_new (QS_TYPE_EMBEDDED_BROKER, "n-brokers", n_brokers, NULL);
}

/**
 * qs_embedded_broker_get_n_brokers: (get-property n-brokers)
 * @self: a cluster
 *
 * Gets how many brokers the cluster has.
 *
 * Returns: the number of brokers
 */
int
qs_embedded_broker_get_n_brokers (QsEmbeddedBroker *self)
{
  g_return_val_if_fail (QS_IS_EMBEDDED_BROKER (self), 0);

  return self->n_brokers;
}

/**
 * qs_embedded_broker_get_address: (get-property address)
 * @self: a cluster
 *
 * Gets the address for clients.
 *
 * Returns: (nullable): the address, or `NULL` before it was started
 */
const char *
qs_embedded_broker_get_address (QsEmbeddedBroker *self)
{
  g_return_val_if_fail (QS_IS_EMBEDDED_BROKER (self), NULL);

  return self->cluster != NULL ? rd_kafka_mock_cluster_bootstraps (self->cluster) : NULL;
}

/* Starts the cluster, whose thread gets no signals: one that comes to it while it waits
 * ends the cluster (librdkafka 2.0 at least). */
static rd_kafka_mock_cluster_t *
make_cluster (QsEmbeddedBroker *self)
{
  rd_kafka_mock_cluster_t *cluster = NULL;
  sigset_t                 all;
  sigset_t                 old;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  cluster = rd_kafka_mock_cluster_new (self->client, self->n_brokers);
  pthread_sigmask (SIG_SETMASK, &old, NULL);

  return cluster;
}

/**
 * qs_embedded_broker_start:
 * @self: a cluster
 * @error: return location for an error
 *
 * Starts the cluster. It runs in threads of its own.
 *
 * Returns: true if it runs
 */
gboolean
qs_embedded_broker_start (QsEmbeddedBroker *self, GError **error)
{
  rd_kafka_conf_t *conf = NULL;

  g_return_val_if_fail (QS_IS_EMBEDDED_BROKER (self), FALSE);

  if (self->cluster != NULL)
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_INVALID_STATE,
                   "Cannot start the embedded broker: it is already running, at '%s'",
                   qs_embedded_broker_get_address (self));
      return FALSE;
    }

  conf = qs_kafka_conf_new (QS_KAFKA_ROLE_PRODUCER, NULL, NULL, NULL, error);
  if (conf == NULL)
    return FALSE;
  self->client = qs_kafka_conf_create (conf, QS_KAFKA_ROLE_PRODUCER, error);
  if (self->client == NULL)
    return FALSE;

  self->cluster = make_cluster (self);
  if (self->cluster == NULL)
    {
      g_clear_pointer (&self->client, rd_kafka_destroy);
      g_set_error_literal (error,
                           QS_KAFKA_ERROR,
                           QS_KAFKA_ERROR_FAILED,
                           "Cannot start the embedded broker: it cannot listen on 127.0.0.1");
      return FALSE;
    }

  add_started (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ADDRESS]);

  return TRUE;
}

/**
 * qs_embedded_broker_create_topic:
 * @self: a cluster
 * @name: the name of the topic
 * @n_partitions: how many partitions it has, at least 1
 * @error: return location for an error
 *
 * Creates a topic.
 *
 * Call it before any client names the topic. Otherwise the cluster has already created the
 * topic, and the call fails with [error@Qs.KafkaError.TOPIC_EXISTS].
 *
 * Returns: true if the topic was created
 */
gboolean
qs_embedded_broker_create_topic (QsEmbeddedBroker *self,
                                 const char       *name,
                                 int               n_partitions,
                                 GError          **error)
{
  g_autofree char    *what = NULL;
  rd_kafka_resp_err_t code;

  g_return_val_if_fail (QS_IS_EMBEDDED_BROKER (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  if (!check_started (self, error))
    return FALSE;

  if (!is_legal_name (name))
    code = RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
  else if (n_partitions < 1)
    code = RD_KAFKA_RESP_ERR_INVALID_PARTITIONS;
  else
    code = rd_kafka_mock_topic_create (self->cluster, name, n_partitions, 1);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return TRUE;

  what = g_strdup_printf ("Cannot create topic '%s' with %d partitions", name, n_partitions);

  return qs_kafka_error_set (error, code, what, NULL);
}

/**
 * qs_embedded_broker_dup_messages:
 * @self: a cluster
 * @topic: the name of a topic
 * @n_max: the maximum number of messages; 0 = all
 * @error: return location for an error
 *
 * Reads the first messages of all partitions of a topic, sorted by their timestamps;
 * messages of one partition keep their order.
 *
 * It reads the messages that are there, without waiting for more. It blocks, and fails when
 * a partition that has messages returns none for 10 seconds.
 *
 * Returns: (transfer container) (element-type QsMessage): the messages
 */
GPtrArray *
qs_embedded_broker_dup_messages (QsEmbeddedBroker *self,
                                 const char       *topic,
                                 guint             n_max,
                                 GError          **error)
{
  g_return_val_if_fail (QS_IS_EMBEDDED_BROKER (self), NULL);
  g_return_val_if_fail (topic != NULL, NULL);

  if (!check_started (self, error))
    return NULL;

  return qs_topic_reader_read (qs_embedded_broker_get_address (self), topic, n_max, error);
}

/**
 * qs_embedded_broker_push_error:
 * @self: a cluster that was started
 * @api: the number of a request in Kafka's protocol, such as 0 for Produce
 * @codes: (array length=n_codes): Kafka's error codes, 0 for none; -195 closes the connection
 * @n_codes: how many
 *
 * Makes the next requests of a kind fail: each is answered with the next of @codes instead
 * of being carried out.
 */
void
qs_embedded_broker_push_error (QsEmbeddedBroker *self, int api, const int *codes, gsize n_codes)
{
  g_autofree rd_kafka_resp_err_t *errors = NULL;

  g_return_if_fail (QS_IS_EMBEDDED_BROKER (self));
  g_return_if_fail (self->cluster != NULL);
  g_return_if_fail (api >= 0 && api <= G_MAXINT16);

  errors = g_new (rd_kafka_resp_err_t, n_codes);
  for (gsize i = 0; i < n_codes; i++)
    errors[i] = codes[i];
  rd_kafka_mock_push_request_errors_array (self->cluster, api, n_codes, errors);
}

/**
 * qs_embedded_broker_broker_down:
 * @self: a cluster that was started
 * @broker_id: the broker's number, counted from 1, or -1 for all
 *
 * Takes brokers down: closes their connections and refuses new ones. No other broker takes
 * over their partitions.
 */
void
qs_embedded_broker_broker_down (QsEmbeddedBroker *self, int broker_id)
{
  g_return_if_fail (QS_IS_EMBEDDED_BROKER (self));
  g_return_if_fail (self->cluster != NULL);
  g_return_if_fail (broker_id <= self->n_brokers);

  rd_kafka_mock_broker_set_down (self->cluster, native_id (broker_id));
}

/**
 * qs_embedded_broker_broker_up:
 * @self: a cluster that was started
 * @broker_id: the broker's number, counted from 1, or -1 for all
 *
 * Lets brokers accept connections again.
 */
void
qs_embedded_broker_broker_up (QsEmbeddedBroker *self, int broker_id)
{
  g_return_if_fail (QS_IS_EMBEDDED_BROKER (self));
  g_return_if_fail (self->cluster != NULL);
  g_return_if_fail (broker_id <= self->n_brokers);

  rd_kafka_mock_broker_set_up (self->cluster, native_id (broker_id));
}

/**
 * qs_embedded_broker_set_rtt:
 * @self: a cluster that was started
 * @broker_id: the broker's number, counted from 1, or -1 for all
 * @rtt: how long an answer takes, in seconds, 0 or more, at a resolution of a millisecond
 *
 * Slows down brokers.
 */
void
qs_embedded_broker_set_rtt (QsEmbeddedBroker *self, int broker_id, double rtt)
{
  g_return_if_fail (QS_IS_EMBEDDED_BROKER (self));
  g_return_if_fail (self->cluster != NULL);
  g_return_if_fail (broker_id <= self->n_brokers);
  g_return_if_fail (rtt >= 0 && rtt < G_MAXINT / 1000);

  rd_kafka_mock_broker_set_rtt (self->cluster, native_id (broker_id), (int) (rtt * 1000));
}
