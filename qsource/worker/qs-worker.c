/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-private.h"

#include "qs-base-source-private.h"

typedef struct
{
  /* Set once, at construction. Owned. */
  QsBaseSource *source;

  int pid;

  QsStateConfig *state; /* owned; nullable */
  int            partition;

  /* The last that were emitted; nullable. Owned. */
  GVariant *stats;

  gboolean paused_asked; /* by set_paused() */
  gboolean paused;       /* it is */
  gboolean recovering;
  gboolean running; /* the source's start() was called */

  gboolean started;  /* start() was called */
  gboolean stopping; /* stop() or kill() was called, or it stops by itself */
  gboolean ended;    /* the last signal was emitted */
} QsWorkerPrivate;

enum
{
  PROP_SOURCE = 1,
  N_PROPS
};

enum
{
  SIGNAL_STARTED,
  SIGNAL_CONNECTED,
  SIGNAL_CONNECT_FAILED,
  SIGNAL_RECOVERING,
  SIGNAL_STATS,
  SIGNAL_ENDED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint       signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsWorker, qs_worker, G_TYPE_OBJECT)

static void
qs_worker_dispose (GObject *object)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (QS_WORKER (object));

  g_clear_object (&priv->source);
  g_clear_pointer (&priv->stats, g_variant_unref);
  g_clear_pointer (&priv->state, qs_state_config_unref);

  G_OBJECT_CLASS (qs_worker_parent_class)->dispose (object);
}

static void
qs_worker_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (QS_WORKER (object));

  switch (prop_id)
    {
    case PROP_SOURCE:
      priv->source = g_value_dup_object (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_worker_class_init (QsWorkerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType         type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = qs_worker_dispose;
  object_class->set_property = qs_worker_set_property;

  props[PROP_SOURCE] =
      g_param_spec_object ("source",
                           NULL,
                           "The source that the worker runs",
                           QS_TYPE_BASE_SOURCE,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[SIGNAL_STARTED] = g_signal_new (
      "started", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[SIGNAL_CONNECTED] =
      g_signal_new ("connected", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_CONNECT_FAILED] = g_signal_new (
      "connect-failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[SIGNAL_RECOVERING] = g_signal_new ("recovering",
                                             type,
                                             G_SIGNAL_RUN_LAST,
                                             0,
                                             NULL,
                                             NULL,
                                             NULL,
                                             G_TYPE_NONE,
                                             3,
                                             G_TYPE_INT64,
                                             G_TYPE_INT64,
                                             G_TYPE_DOUBLE);
  signals[SIGNAL_STATS] = g_signal_new (
      "stats", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
  signals[SIGNAL_ENDED] = g_signal_new ("ended",
                                        type,
                                        G_SIGNAL_RUN_LAST,
                                        0,
                                        NULL,
                                        NULL,
                                        NULL,
                                        G_TYPE_NONE,
                                        2,
                                        G_TYPE_ERROR,
                                        G_TYPE_STRING);
}

static void
qs_worker_init (QsWorker *self)
{
}

QsBaseSource *
qs_worker_get_source (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->source;
}

void
qs_worker_set_state (QsWorker *self, QsStateConfig *state, int partition)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));
  g_assert (!priv->started && priv->state == NULL);

  priv->state = qs_state_config_ref (state);
  priv->partition = partition;
}

QsStateConfig *
qs_worker_get_state (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->state;
}

int
qs_worker_get_partition (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->partition;
}

int
qs_worker_get_pid (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->pid;
}

void
qs_worker_set_pid (QsWorker *self, int pid)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  priv->pid = pid;
}

gboolean
qs_worker_is_stopping (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->stopping;
}

void
qs_worker_set_stopping (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  if (priv->stopping)
    return;

  priv->stopping = TRUE;
  qs_base_source_set_status (priv->source, QS_SOURCE_STATUS_STOPPING);
}

/* What the source does, from what is known of it. */
static void
update_status (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);
  QsSourceStatus   status = QS_SOURCE_STATUS_RUNNING;

  if (priv->stopping || priv->ended)
    return;

  if (priv->recovering)
    status = QS_SOURCE_STATUS_RECOVERING;
  else if (!priv->running)
    status = QS_SOURCE_STATUS_STARTING;
  else if (priv->paused)
    status = QS_SOURCE_STATUS_PAUSED;

  qs_base_source_set_status (priv->source, status);
}

void
qs_worker_set_paused (QsWorker *self, gboolean is_paused)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  priv->paused_asked = is_paused;
  if (priv->started && !priv->ended)
    QS_WORKER_GET_CLASS (self)->set_paused (self, is_paused);
}

gboolean
qs_worker_get_paused (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->paused_asked;
}

gboolean
qs_worker_start (QsWorker *self, GError **error)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);
  g_autoptr (GError) local_error = NULL;

  g_assert (QS_IS_WORKER (self));
  g_assert (!priv->started);

  priv->started = TRUE;
  qs_base_source_take_error (priv->source, NULL);
  qs_base_source_set_error_detail (priv->source, NULL);
  qs_base_source_set_status (priv->source, QS_SOURCE_STATUS_STARTING);

  if (!QS_WORKER_GET_CLASS (self)->start (self, &local_error))
    {
      priv->ended = TRUE;
      qs_base_source_take_error (priv->source, g_error_copy (local_error));
      qs_base_source_set_status (priv->source, QS_SOURCE_STATUS_FAILED);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  return TRUE;
}

void
qs_worker_stop (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  if (!priv->started || priv->ended)
    return;

  qs_worker_set_stopping (self);
  QS_WORKER_GET_CLASS (self)->stop (self);
}

void
qs_worker_kill (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  if (!priv->started || priv->ended)
    return;

  qs_worker_set_stopping (self);
  QS_WORKER_GET_CLASS (self)->kill (self);
}

void
qs_worker_emit_started (QsWorker *self, int pid)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  priv->pid = pid;
  priv->running = TRUE;
  update_status (self);

  g_signal_emit (self, signals[SIGNAL_STARTED], 0, pid);
}

void
qs_worker_emit_connected (QsWorker *self)
{
  g_signal_emit (self, signals[SIGNAL_CONNECTED], 0);
}

void
qs_worker_emit_connect_failed (QsWorker *self, const GError *error)
{
  g_signal_emit (self, signals[SIGNAL_CONNECT_FAILED], 0, error);
}

void
qs_worker_emit_recovering (QsWorker *self, gint64 n_records, gint64 n_left, double rate)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  priv->recovering = n_left > 0;
  update_status (self);

  g_signal_emit (self, signals[SIGNAL_RECOVERING], 0, n_records, n_left, rate);
}

void
qs_worker_emit_paused (QsWorker *self, gboolean is_paused)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  priv->paused = is_paused;
  update_status (self);
}

void
qs_worker_emit_stats (QsWorker *self, GVariant *stats)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);
  g_autoptr (GVariant) sunk = g_variant_ref_sink (stats);

  if (priv->stats != NULL && g_variant_equal (priv->stats, sunk))
    return;

  g_clear_pointer (&priv->stats, g_variant_unref);
  priv->stats = g_variant_ref (sunk);

  g_signal_emit (self, signals[SIGNAL_STATS], 0, sunk);
}

void
qs_worker_emit_ended (QsWorker *self, const GError *error, const char *detail)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (!priv->ended);

  priv->ended = TRUE;
  qs_base_source_take_error (priv->source, error != NULL ? g_error_copy (error) : NULL);
  qs_base_source_set_error_detail (priv->source, detail);
  qs_base_source_set_status (priv->source,
                             error != NULL ? QS_SOURCE_STATUS_FAILED : QS_SOURCE_STATUS_FINISHED);

  g_signal_emit (self, signals[SIGNAL_ENDED], 0, error, detail);
}
