/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-stateful-source-private.h"

#include "qs-base-source-private.h"
#include "qs-deadline-private.h"
#include "qs-source-error.h"
#include "qs-source-private.h"
#include "qs-state-error.h"
#include "qs-state-partition-private.h"

/* For an orphan, which ends within its shutdown-timeout, to let go of the store. */
#define LOCK_GRACE 5.0

/**
 * QsStatefulSource:
 *
 * Base class of sources with a state that survives restarts.
 *
 * Everything that the source stores with [method@StatefulSource.get_state] is available
 * again after a restart, on the same machine or on another one, such as its position in a
 * file or the last number that it produced. [method@Source.flush] commits state and records
 * together:
 *
 * ```c
 * for (gint64 i = last + 1; qs_source_get_running (source); i++)
 *   {
 *     g_autoptr (QsState) state = qs_stateful_source_get_state (self, error);
 *
 *     if (state == NULL || !qs_state_set (state, "current", g_variant_new_int64 (i), error))
 *       return FALSE;
 *     if (!qs_source_produce_value (source, NULL, g_variant_new_int64 (i), error))
 *       return FALSE;
 *     if (i % 10 == 0 && !qs_source_flush (source, -1, error))
 *       return FALSE;
 *   }
 * ```
 *
 * ## Guarantees
 *
 * The state is never ahead of the records. With [property@Application:processing-guarantee]
 * `at-least-once`, a flush waits until all records are acknowledged, then commits the
 * state; a source that dies in between repeats the records since its last flush. With
 * `exactly-once`, both are one transaction, and a reader with
 * `isolation.level=read_committed` sees each record once. In both, a flush is all or
 * nothing.
 *
 * Each flush that changes something costs a transaction, at least 11 ms with
 * librdkafka: do not flush after each record, but after as much work as you accept to repeat.
 *
 * After a flush, a produce or a run that failed, nothing more is committed until
 * the source is started again, from its last committed state.
 *
 * ## Life cycle
 *
 * The state is kept in a store in [property@Application:state-dir] and in a changelog, the
 * topic `changelog__GROUP--STORE`. Before setup(), the store is brought up to date from the
 * changelog, while [property@BaseSource:status] is `recovering`. Only one instance of a
 * source works at a time: a newer instance fences the older one.
 *
 * ## Thread safety
 *
 * [method@StatefulSource.get_state] belongs to the thread of run().
 */

typedef struct
{
  char *store_name;   /* nullable: by the source's name */
  char *default_name; /* made from it; nullable */
  int   n_partitions;
  int   partition;

  /* Of the worker. Owned; nullable. */
  QsKafkaConfig   *kafka;
  QsStateSettings *state;

  /* While it runs: of start()'s thread. Owned. */
  QsStatePartition *state_partition;
  gint64            sized_at; /* monotonic: when its size was asked for */
} QsStatefulSourcePrivate;

enum
{
  PROP_STORE_NAME = 1,
  PROP_N_PARTITIONS,
  PROP_PARTITION,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsStatefulSource, qs_stateful_source, QS_TYPE_SOURCE)

static void
progress_cb (const QsRecoveryProgress *progress, gpointer user_data)
{
  const QsSourceEvent event = {
    .type = QS_SOURCE_EVENT_RECOVERING,
    .n_records = progress->n_records,
    .n_left = progress->n_left,
    .rate = progress->rate,
  };

  qs_base_source_tell (user_data, &event);
}

static gboolean
open_state (QsStatefulSource *self, GError **error)
{
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);
  QsBaseSource            *base = QS_BASE_SOURCE (self);
  double                   shutdown_timeout = qs_base_source_get_shutdown_timeout (base);
  QsSourceRun             *run = qs_base_source_enter_run (base);
  QsStatePartitionSetup    setup = {
       .kafka = priv->kafka,
       .state = priv->state,
       .source = qs_base_source_get_name (base),
       .store_name = qs_stateful_source_get_store_name (self),
       .partition = priv->partition,
       .n_partitions = priv->n_partitions,
       .lock_deadline = qs_deadline_after (shutdown_timeout + LOCK_GRACE),
       .grace = qs_source_run_get_grace (run),
  };

  if (priv->state == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_NOT_CONFIGURED,
                   "Cannot start source '%s': a source with a state can only be started by an "
                   "application's run()",
                   setup.source);
      return FALSE;
    }

  priv->state_partition = qs_state_partition_open (&setup,
                                                   qs_base_source_get_producer (base),
                                                   progress_cb,
                                                   self,
                                                   qs_base_source_get_cancellable (base),
                                                   error);

  return priv->state_partition != NULL;
}

static gboolean
qs_stateful_source_start (QsBaseSource *base, GError **error)
{
  const QsSourceEvent      recovered = { .type = QS_SOURCE_EVENT_RECOVERING };
  QsStatefulSource        *self = QS_STATEFUL_SOURCE (base);
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);
  gboolean                 ok = FALSE;

  if (!open_state (self, error))
    return FALSE;

  qs_base_source_tell (base, &recovered);
  ok = QS_BASE_SOURCE_CLASS (qs_stateful_source_parent_class)->start (base, error);

  g_clear_pointer (&priv->state_partition, qs_state_partition_close);

  return ok;
}

/* Now and then: whoever watches looks once a second. */
static void
note_size (QsStatefulSourcePrivate *priv, QsSourceRun *run)
{
  gint64 now = g_get_monotonic_time ();
  gint64 keys = -1, bytes = -1;

  if (now < priv->sized_at + G_USEC_PER_SEC)
    return;

  priv->sized_at = now;
  qs_state_partition_get_size (priv->state_partition, &keys, &bytes);
  qs_run_counts_set_state_size (qs_source_run_get_counts (run), keys, bytes);
}

static gboolean
qs_stateful_source_flush (QsSource *source, double timeout, GError **error)
{
  QsStatefulSourcePrivate *priv =
      qs_stateful_source_get_instance_private (QS_STATEFUL_SOURCE (source));
  g_autoptr (QsSourceRun) run = NULL;
  gint64   deadline = qs_deadline_after (timeout);
  gboolean ok = FALSE;

  if (priv->state_partition == NULL)
    {
      g_set_error (error,
                   QS_SOURCE_ERROR,
                   QS_SOURCE_ERROR_INVALID_STATE,
                   "Cannot flush source '%s': it is not running",
                   qs_base_source_get_name (QS_BASE_SOURCE (source)));
      return FALSE;
    }

  run = qs_base_source_dup_run (QS_BASE_SOURCE (source));
  if (!qs_source_run_lock (run, deadline, error))
    return FALSE;
  ok = qs_state_partition_flush (priv->state_partition, deadline, error);
  qs_source_run_note_flush (run, ok);
  qs_source_run_unlock (run);
  if (ok)
    note_size (priv, run);

  return ok;
}

static void
qs_stateful_source_finalize (GObject *object)
{
  QsStatefulSourcePrivate *priv =
      qs_stateful_source_get_instance_private (QS_STATEFUL_SOURCE (object));

  g_free (priv->store_name);
  g_free (priv->default_name);
  g_clear_pointer (&priv->kafka, qs_kafka_config_unref);
  g_clear_pointer (&priv->state, qs_state_settings_unref);

  G_OBJECT_CLASS (qs_stateful_source_parent_class)->finalize (object);
}

static void
qs_stateful_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsStatefulSource *self = QS_STATEFUL_SOURCE (object);

  switch (prop_id)
    {
    case PROP_STORE_NAME:
      g_value_set_string (value, qs_stateful_source_get_store_name (self));
      break;

    case PROP_N_PARTITIONS:
      g_value_set_int (value, qs_stateful_source_get_n_partitions (self));
      break;

    case PROP_PARTITION:
      g_value_set_int (value, qs_stateful_source_get_partition (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_stateful_source_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  QsStatefulSourcePrivate *priv =
      qs_stateful_source_get_instance_private (QS_STATEFUL_SOURCE (object));

  switch (prop_id)
    {
    case PROP_STORE_NAME:
      priv->store_name = g_value_dup_string (value);
      break;

    case PROP_N_PARTITIONS:
      priv->n_partitions = g_value_get_int (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

void
qs_stateful_source_set_identity (QsStatefulSource *self, const char *property, const GValue *value)
{
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);

  if (g_str_equal (property, "store-name"))
    {
      g_free (priv->store_name);
      priv->store_name = g_value_dup_string (value);
    }
  else
    {
      g_assert (g_str_equal (property, "n-partitions"));
      priv->n_partitions = g_value_get_int (value);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  /**
   * QsStatefulSource:store-name: (getter get_store_name)
   *
   * The name of the store, which must be unique in an application; the changelog is named
   * after it. `NULL` = `source-` and the source's name, as in Quix Streams.
   */
  props[PROP_STORE_NAME] = g_param_spec_string (
      "store-name",
      NULL,
      "Name of the store and its changelog; unset = source- and the name of the source",
      NULL,
      G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsStatefulSource:n-partitions: (getter get_n_partitions)
   *
   * The number of partitions of the state, 1 to 10000; 1 by default. Each partition is run
   * by a worker of its own, which sees only that part of the state.
   *
   * The source's topic is created with the same number of partitions unless
   * [property@Topic:n-partitions] sets another. The key of a record determines its
   * partition, whichever worker produces it; to keep records in the partition of the
   * worker, pass [property@StatefulSource:partition] with each record.
   */
  props[PROP_N_PARTITIONS] =
      g_param_spec_int ("n-partitions",
                        NULL,
                        "Partitions of the state, each with a worker of its own",
                        1,
                        10000,
                        1,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QsStatefulSource:partition: (getter get_partition)
   *
   * The partition of the state that this worker has.
   */
  props[PROP_PARTITION] = g_param_spec_int ("partition",
                                            NULL,
                                            "Partition of the state that this worker has",
                                            0,
                                            G_MAXINT,
                                            0,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_stateful_source_class_init (QsStatefulSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_stateful_source_finalize;
  object_class->get_property = qs_stateful_source_get_property;
  object_class->set_property = qs_stateful_source_set_property;

  QS_BASE_SOURCE_CLASS (klass)->start = qs_stateful_source_start;
  QS_SOURCE_CLASS (klass)->flush = qs_stateful_source_flush;

  install_properties (object_class);
}

static void
qs_stateful_source_init (QsStatefulSource *self)
{
}

void
qs_stateful_source_set_environment (QsStatefulSource *self,
                                    QsKafkaConfig    *kafka,
                                    QsStateSettings  *state,
                                    int               partition)
{
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);

  g_clear_pointer (&priv->kafka, qs_kafka_config_unref);
  g_clear_pointer (&priv->state, qs_state_settings_unref);
  priv->kafka = qs_kafka_config_ref (kafka);
  priv->state = qs_state_settings_ref (state);
  priv->partition = partition;
}

/**
 * qs_stateful_source_get_store_name: (get-property store-name)
 * @self: a source
 *
 * Gets the name of the store.
 *
 * Returns: the name
 */
const char *
qs_stateful_source_get_store_name (QsStatefulSource *self)
{
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_STATEFUL_SOURCE (self), NULL);

  if (priv->store_name != NULL)
    return priv->store_name;

  if (priv->default_name == NULL)
    priv->default_name =
        g_strconcat ("source-", qs_base_source_get_name (QS_BASE_SOURCE (self)), NULL);

  return priv->default_name;
}

/**
 * qs_stateful_source_get_n_partitions: (get-property n-partitions)
 * @self: a source
 *
 * Gets the number of partitions of the state.
 *
 * Returns: the number, at least 1
 */
int
qs_stateful_source_get_n_partitions (QsStatefulSource *self)
{
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_STATEFUL_SOURCE (self), 1);

  return priv->n_partitions;
}

/**
 * qs_stateful_source_get_partition: (get-property partition)
 * @self: a source
 *
 * Gets which partition of the state this worker has.
 *
 * Returns: the partition; 0 outside of a worker
 */
int
qs_stateful_source_get_partition (QsStatefulSource *self)
{
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_STATEFUL_SOURCE (self), 0);

  return priv->partition;
}

/**
 * qs_stateful_source_get_state:
 * @self: a source
 * @error: return location for an error
 *
 * Gets the state, to read it and to change it.
 *
 * It stays the same until the next [method@Source.flush], which commits the changes and
 * ends it. Call it in the thread of run(), in setup(), run() or cleanup().
 *
 * Returns: (transfer full): the state; `NULL` if the source is not running, or nothing can
 *   be committed any more
 */
QsState *
qs_stateful_source_get_state (QsStatefulSource *self, GError **error)
{
  QsStatefulSourcePrivate *priv = qs_stateful_source_get_instance_private (self);
  gboolean                 is_foreign = FALSE;

  g_return_val_if_fail (QS_IS_STATEFUL_SOURCE (self), NULL);

  is_foreign = qs_base_source_is_foreign_thread (QS_BASE_SOURCE (self));
  if (!is_foreign && priv->state_partition != NULL)
    return qs_state_partition_dup_state (priv->state_partition, error);

  if (!is_foreign)
    g_set_error (error,
                 QS_SOURCE_ERROR,
                 QS_SOURCE_ERROR_NOT_CONFIGURED,
                 "Cannot get the state of source '%s' while it is not running",
                 qs_base_source_get_name (QS_BASE_SOURCE (self)));
  else
    g_set_error (
        error,
        QS_STATE_ERROR,
        QS_STATE_ERROR_WRONG_THREAD,
        "Cannot get the state of source '%s' in this thread: it belongs to the thread of run()",
        qs_base_source_get_name (QS_BASE_SOURCE (self)));

  return NULL;
}
