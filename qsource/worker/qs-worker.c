/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-worker-private.h"

#include "qs-base-source-private.h"

typedef struct
{
  /* Set once, at construction. Owned. */
  QsBaseSource *source;

  int pid;

  QsStateSettings *state; /* owned; nullable */
  int              partition;

  QsSourceEventFunc func; /* nullable */
  gpointer          user_data;

  QsWorkerPhase phase;
  gboolean      is_paused;    /* what the source produces waits */
  gboolean      paused_asked; /* by set_paused() */

  /* The last counters that were reported; nullable. Owned. */
  GVariant *stats;
} QsWorkerPrivate;

enum
{
  PROP_SOURCE = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsWorker, qs_worker, G_TYPE_OBJECT)

static void
qs_worker_dispose (GObject *object)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (QS_WORKER (object));

  g_clear_object (&priv->source);
  g_clear_pointer (&priv->stats, g_variant_unref);
  g_clear_pointer (&priv->state, qs_state_settings_unref);

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

  object_class->dispose = qs_worker_dispose;
  object_class->set_property = qs_worker_set_property;

  props[PROP_SOURCE] =
      g_param_spec_object ("source",
                           NULL,
                           "The source that the worker runs",
                           QS_TYPE_BASE_SOURCE,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
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
qs_worker_set_state (QsWorker *self, QsStateSettings *state, int partition)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));
  g_assert (priv->phase == QS_WORKER_NEW && priv->state == NULL);

  priv->state = qs_state_settings_ref (state);
  priv->partition = partition;
}

QsStateSettings *
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

QsWorkerPhase
qs_worker_get_phase (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->phase;
}

gboolean
qs_worker_is_stopping (QsWorker *self)
{
  QsWorkerPhase phase = qs_worker_get_phase (self);

  return phase == QS_WORKER_LEAVING || phase == QS_WORKER_STOPPING;
}

void
qs_worker_set_func (QsWorker *self, QsSourceEventFunc func, gpointer user_data)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  priv->func = func;
  priv->user_data = user_data;
}

QsSourceEventFunc
qs_worker_get_func (QsWorker *self, gpointer *user_data)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  *user_data = priv->user_data;

  return priv->func;
}

/* Computes the source's status; for one that has ended, from its error. */
static void
update_status (QsWorker *self)
{
  static const QsSourceStatus statuses[] = {
    [QS_WORKER_NEW] = QS_SOURCE_STATUS_IDLE,
    [QS_WORKER_STARTING] = QS_SOURCE_STATUS_STARTING,
    [QS_WORKER_RECOVERING] = QS_SOURCE_STATUS_RECOVERING,
    [QS_WORKER_RUNNING] = QS_SOURCE_STATUS_RUNNING,
    [QS_WORKER_LEAVING] = QS_SOURCE_STATUS_STOPPING,
    [QS_WORKER_STOPPING] = QS_SOURCE_STATUS_STOPPING,
  };
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);
  QsSourceStatus   status = statuses[priv->phase];

  if (priv->phase == QS_WORKER_RUNNING && priv->is_paused)
    status = QS_SOURCE_STATUS_PAUSED;

  qs_base_source_set_status (priv->source, status);
}

/* Goes on to @phase where that comes after what it is in. One that is late, as what is
 * reported by a worker that stops, changes nothing. */
static void
set_phase (QsWorker *self, QsWorkerPhase phase)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);
  gboolean         goes_back = priv->phase == QS_WORKER_RUNNING && phase == QS_WORKER_RECOVERING;

  g_assert (priv->phase != QS_WORKER_ENDED);
  g_assert (phase != QS_WORKER_NEW);

  if (phase <= priv->phase && !goes_back)
    return;

  priv->phase = phase;
  if (phase != QS_WORKER_ENDED)
    update_status (self);
}

static gboolean
is_running (QsWorker *self)
{
  QsWorkerPhase phase = qs_worker_get_phase (self);

  return phase != QS_WORKER_NEW && phase != QS_WORKER_ENDED;
}

void
qs_worker_set_paused (QsWorker *self, gboolean is_paused)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  priv->paused_asked = is_paused;
  if (is_running (self))
    QS_WORKER_GET_CLASS (self)->set_paused (self, is_paused);
}

gboolean
qs_worker_get_paused (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (QS_IS_WORKER (self));

  return priv->paused_asked;
}

void
qs_worker_note_start (QsWorker *self)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (priv->phase == QS_WORKER_NEW);

  qs_base_source_take_error (priv->source, NULL);
  qs_base_source_set_error_detail (priv->source, NULL);
  set_phase (self, QS_WORKER_STARTING);
}

void
qs_worker_note_not_started (QsWorker *self, const GError *error)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  set_phase (self, QS_WORKER_ENDED);
  qs_base_source_take_error (priv->source, g_error_copy (error));
  qs_base_source_set_status (priv->source, QS_SOURCE_STATUS_FAILED);
}

gboolean
qs_worker_note_stop (QsWorker *self)
{
  if (!is_running (self))
    return FALSE;

  set_phase (self, QS_WORKER_STOPPING);

  return TRUE;
}

static void
note_recovery (QsWorker *self, const QsSourceEvent *event)
{
  QsWorkerPhase phase = qs_worker_get_phase (self);

  if (event->n_left > 0)
    set_phase (self, QS_WORKER_RECOVERING);
  else if (phase == QS_WORKER_RECOVERING)
    set_phase (self, QS_WORKER_RUNNING);
}

/* Whether the counters are others than the last. */
static gboolean
keep_stats (QsWorker *self, GVariant *stats)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  if (priv->stats != NULL && g_variant_equal (priv->stats, stats))
    return FALSE;

  g_clear_pointer (&priv->stats, g_variant_unref);
  priv->stats = g_variant_ref (stats);

  return TRUE;
}

static void
note_end (QsWorker *self, const QsSourceEvent *event)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);
  gboolean         has_failed = event->type == QS_SOURCE_EVENT_FAILED;

  set_phase (self, QS_WORKER_ENDED);
  qs_base_source_take_error (priv->source, has_failed ? g_error_copy (event->error) : NULL);
  qs_base_source_set_error_detail (priv->source, event->detail);
  qs_base_source_set_status (priv->source,
                             has_failed ? QS_SOURCE_STATUS_FAILED : QS_SOURCE_STATUS_FINISHED);
}

gboolean
qs_worker_note (QsWorker *self, const QsSourceEvent *event)
{
  QsWorkerPrivate *priv = qs_worker_get_instance_private (self);

  g_assert (is_running (self));

  switch (event->type)
    {
    case QS_SOURCE_EVENT_STARTED:
      priv->pid = event->pid;
      set_phase (self, QS_WORKER_RUNNING);
      return TRUE;

    case QS_SOURCE_EVENT_RECOVERING:
      note_recovery (self, event);
      return TRUE;

    case QS_SOURCE_EVENT_STOPPING:
      set_phase (self, QS_WORKER_LEAVING);
      return TRUE;

    case QS_SOURCE_EVENT_PAUSED:
      priv->is_paused = event->is_paused;
      update_status (self);
      return TRUE;

    case QS_SOURCE_EVENT_STATS:
      return keep_stats (self, event->stats);

    case QS_SOURCE_EVENT_FINISHED:
    case QS_SOURCE_EVENT_FAILED:
      note_end (self, event);
      return TRUE;

    case QS_SOURCE_EVENT_CONNECTED:
    case QS_SOURCE_EVENT_CONNECT_FAILED:
    case QS_N_SOURCE_EVENTS:
    default:
      return TRUE;
    }
}
