/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-split-source-private.h"

#include <string.h>

#include "qs-base-source-private.h"
#include "qs-callback-private.h"
#include "qs-log-private.h"
#include "qs-murmur2-private.h"
#include "qs-source-error.h"
#include "qs-split-list-private.h"

#define DEFAULT_INTERVAL 60

/**
 * QsSplitSource:
 *
 * Base class of sources that read many things: files, devices, tables.
 *
 * Such a thing is a *split*, known by a name that is the same on every machine. A subclass
 * lists all splits that exist, in [vfunc@SplitSource.list_splits]. Each split belongs to one
 * partition of the source, by its name, so that every worker reads its own splits, and the
 * partitions together read all of them, however many machines share them (see
 * [property@Application:assignment]). The state of a split, such as the position in a file,
 * moves with its partition.
 *
 * ```python
 * class Devices(Qs.SplitSource):
 *     def list_splits(self):
 *         return [device.name for device in find_devices()]
 *
 *     def run_splits(self):
 *         while self.running:
 *             for name in self.get_splits():
 *                 state = self.get_split_state(name)
 *                 state["n"] = state.get("n", 0) + 1
 *                 self.produce(key=name, value=read(name))
 *             self.flush()
 *             self.wait(1)
 * ```
 *
 * A subclass implements [vfunc@SplitSource.run_splits], or [vfunc@Source.run], or
 * neither and connects to [signal@SplitSource::split-added] and
 * [signal@SplitSource::split-removed] to begin and to end watching something: the default
 * implementation iterates the thread-default main context until the source is stopped.
 *
 * ## Splits that come and go
 *
 * The splits are listed when the source starts, every
 * [property@SplitSource:split-interval], and after [method@SplitSource.splits_changed].
 * This happens in the thread of run(): while it iterates its main context, or in
 * [method@SplitSource.get_splits]. A list that cannot be made is an error at the start; later,
 * a warning is logged and the old list stays. The state of a split that has gone stays until
 * the source removes it, as the split might come back.
 *
 * ## Balance
 *
 * Few splits on many partitions are not spread evenly: of 8 splits on 4 partitions the
 * fullest has 3.6 on average. With fewer than about 10 splits per partition, override
 * [vfunc@SplitSource.partition_for_split].
 *
 * ## Thread safety
 *
 * [method@SplitSource.splits_changed] may be called from any thread, and
 * [method@SplitSource.get_splits] returns the last list there. Everything else belongs to
 * the thread of run().
 *
 * Since: 1.0
 */

typedef struct
{
  double      interval; /* seconds; -1 = never */
  QsSplitList list;     /* of this worker's own */
  char      **answer;   /* of list_splits(), in place of what it returns; owned; nullable */
} QsSplitSourcePrivate;

enum
{
  PROP_SPLIT_INTERVAL = 1,
  N_PROPS
};

enum
{
  SIGNAL_SPLIT_ADDED,
  SIGNAL_SPLIT_REMOVED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint       signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QsSplitSource, qs_split_source, QS_TYPE_STATEFUL_SOURCE)

static const char *
get_name (QsSplitSource *self)
{
  return qs_base_source_get_name (QS_BASE_SOURCE (self));
}

static int
compare_splits (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
contains (GPtrArray *splits, const char *split)
{
  return g_ptr_array_find_with_equal_func (splits, split, g_str_equal, NULL);
}

gboolean
qs_split_source_check_own (QsSplitSource *self, const char *split, gboolean *is_own, GError **error)
{
  QsStatefulSource *stateful = QS_STATEFUL_SOURCE (self);
  g_autoptr (GError) cause = NULL;
  int n_partitions = qs_stateful_source_get_n_partitions (stateful);
  int partition = qs_split_source_partition_for_split (self, split, n_partitions);

  *is_own = partition == qs_stateful_source_get_partition (stateful);
  if (partition >= 0 && partition < n_partitions)
    return TRUE;

  /* Gets the error of a function of another language. */
  qs_callback_was_lost (G_OBJECT_TYPE (self), "partition_for_split", &cause);
  if (cause != NULL)
    {
      g_propagate_prefixed_error (error,
                                  g_steal_pointer (&cause),
                                  "Cannot find the partition of split '%s' of source '%s': ",
                                  split,
                                  qs_base_source_get_name (QS_BASE_SOURCE (self)));
      return FALSE;
    }

  g_set_error (error,
               QS_SOURCE_ERROR,
               QS_SOURCE_ERROR_FAILED,
               "Cannot find the partition of split '%s' of source '%s': partition_for_split() of "
               "its class %s returned %d, which is not from 0 to %d",
               split,
               qs_base_source_get_name (QS_BASE_SOURCE (self)),
               G_OBJECT_TYPE_NAME (self),
               partition,
               n_partitions - 1);
  return FALSE;
}

/* Lists the current splits of this worker: sorted, each once. NULL on failure. */
static GPtrArray *
list_own (QsSplitSource *self, GError **error)
{
  g_auto (GStrv) all = qs_split_source_list_splits (self, error);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) own = qs_split_list_new_splits ();
  gboolean is_own = FALSE;

  if (all == NULL)
    return NULL;

  for (guint i = 0; all[i] != NULL; i++)
    {
      if (!g_hash_table_add (seen, all[i]))
        continue;
      if (!qs_split_source_check_own (self, all[i], &is_own, error))
        return NULL;
      if (is_own)
        g_ptr_array_add (own, g_strdup (all[i]));
    }
  g_ptr_array_sort (own, compare_splits);

  return g_steal_pointer (&own);
}

/* Makes @now the list and emits the changes, removals first. */
static void
take_list (QsSplitSource *self, GPtrArray *now)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) kept = g_ptr_array_ref (now);

  before = qs_split_list_replace (&priv->list, now);
  for (guint i = 0; i < before->len; i++)
    {
      if (!contains (kept, before->pdata[i]))
        g_signal_emit (self, signals[SIGNAL_SPLIT_REMOVED], 0, before->pdata[i]);
    }
  for (guint i = 0; i < kept->len; i++)
    {
      if (!contains (before, kept->pdata[i]))
        g_signal_emit (self, signals[SIGNAL_SPLIT_ADDED], 0, kept->pdata[i]);
    }
}

/* Lists them again. What is there goes on without what can't be listed. */
static void
refresh (QsSplitSource *self)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);
  g_autoptr (GError) error = NULL;
  GPtrArray *now = NULL;

  /* First, so that a change meanwhile isn't missed. */
  qs_split_list_set_due (&priv->list, priv->interval);
  now = list_own (self, &error);
  if (now != NULL)
    take_list (self, now);
  else
    qs_log_warning (get_name (self), NULL, "Cannot list the splits again: %s", error->message);
}

static gboolean
timer_cb (gpointer user_data)
{
  refresh (user_data);

  return G_SOURCE_CONTINUE;
}

/* The first list, and what keeps it up to date. */
static gboolean
begin (QsSplitSource *self, GError **error)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);
  GPtrArray            *now = NULL;

  if (qs_split_list_is_in_use (&priv->list))
    return TRUE;

  qs_split_list_begin (&priv->list, timer_cb, self);
  qs_split_list_set_due (&priv->list, priv->interval);
  now = list_own (self, error);
  if (now == NULL)
    return FALSE;

  take_list (self, now);

  return TRUE;
}

static gboolean
qs_split_source_start (QsBaseSource *base, GError **error)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (QS_SPLIT_SOURCE (base));
  gboolean ok = QS_BASE_SOURCE_CLASS (qs_split_source_parent_class)->start (base, error);

  qs_split_list_end (&priv->list);

  return ok;
}

static gboolean
qs_split_source_run (QsSource *source, GError **error)
{
  QsSplitSource *self = QS_SPLIT_SOURCE (source);

  return begin (self, error) && qs_split_source_run_splits (self, error);
}

static int
qs_split_source_real_partition_for_split (QsSplitSource *self, const char *split, int n_partitions)
{
  return qs_murmur2_get_partition (split, n_partitions);
}

static gboolean
qs_split_source_real_run_splits (QsSplitSource *self, GError **error)
{
  return QS_SOURCE_CLASS (qs_split_source_parent_class)->run (QS_SOURCE (self), error);
}

static void
qs_split_source_finalize (GObject *object)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (QS_SPLIT_SOURCE (object));

  qs_split_list_clear (&priv->list);
  g_strfreev (priv->answer);

  G_OBJECT_CLASS (qs_split_source_parent_class)->finalize (object);
}

static void
qs_split_source_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SPLIT_INTERVAL)
    g_value_set_double (value, qs_split_source_get_split_interval (QS_SPLIT_SOURCE (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
qs_split_source_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  if (prop_id == PROP_SPLIT_INTERVAL)
    qs_split_source_set_split_interval (QS_SPLIT_SOURCE (object), g_value_get_double (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
install_signals (GType type)
{
  /**
   * QsSplitSource::split-added:
   * @self: the emitter
   * @split: the split
   *
   * Emitted in the thread of run() when a new split of this worker is found, and for each
   * split when the source has started.
   *
   * Since: 1.0
   */
  signals[SIGNAL_SPLIT_ADDED] = g_signal_new (
      "split-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  /**
   * QsSplitSource::split-removed:
   * @self: the emitter
   * @split: the split
   *
   * Emitted in the thread of run() when a split of this worker no longer exists.
   *
   * Since: 1.0
   */
  signals[SIGNAL_SPLIT_REMOVED] = g_signal_new (
      "split-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
qs_split_source_class_init (QsSplitSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qs_split_source_finalize;
  object_class->get_property = qs_split_source_get_property;
  object_class->set_property = qs_split_source_set_property;
  QS_BASE_SOURCE_CLASS (klass)->start = qs_split_source_start;
  QS_SOURCE_CLASS (klass)->run = qs_split_source_run;
  klass->partition_for_split = qs_split_source_real_partition_for_split;
  klass->run_splits = qs_split_source_real_run_splits;

  /**
   * QsSplitSource:split-interval: (getter get_split_interval) (setter set_split_interval)
   *
   * How often the splits are listed, in seconds; -1 = only at the start, and after
   * [method@SplitSource.splits_changed]; 60 by default.
   *
   * Since: 1.0
   */
  props[PROP_SPLIT_INTERVAL] =
      g_param_spec_double ("split-interval",
                           NULL,
                           "Seconds between two lists of the splits; -1 = only on request",
                           -1,
                           G_MAXDOUBLE,
                           DEFAULT_INTERVAL,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
qs_split_source_init (QsSplitSource *self)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);

  priv->interval = DEFAULT_INTERVAL;
  qs_split_list_init (&priv->list);
}

/**
 * qs_split_source_get_split_interval: (get-property split-interval)
 * @self: a source
 *
 * Gets how often the splits are listed.
 *
 * Returns: the interval, in seconds; -1 = only at the start and on request
 *
 * Since: 1.0
 */
double
qs_split_source_get_split_interval (QsSplitSource *self)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);

  g_return_val_if_fail (QS_IS_SPLIT_SOURCE (self), -1);

  return priv->interval;
}

/**
 * qs_split_source_set_split_interval: (set-property split-interval)
 * @self: a source
 * @interval: the interval, in seconds; -1 = only at the start and on request
 *
 * Sets how often the splits are listed, from the next list on.
 *
 * Since: 1.0
 */
void
qs_split_source_set_split_interval (QsSplitSource *self, double interval)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);

  g_return_if_fail (QS_IS_SPLIT_SOURCE (self));
  g_return_if_fail (interval == -1 || interval >= 0);

  if (priv->interval == interval)
    return;

  priv->interval = interval;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SPLIT_INTERVAL]);
}

/**
 * qs_split_source_list_splits: (virtual list_splits)
 * @self: a source
 * @error: return location for an error
 *
 * Lists all splits that exist now, including those of other workers.
 *
 * A subclass must implement it. Names must be the same on every machine and in every run,
 * because partitions are chosen and states are found by them. The order does not matter,
 * and a name that is listed twice counts once.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names; `NULL` on failure
 *
 * Since: 1.0
 */
char **
qs_split_source_list_splits (QsSplitSource *self, GError **error)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);
  QsSplitSourceClass   *klass = QS_SPLIT_SOURCE_GET_CLASS (self);
  g_autoptr (GError) local_error = NULL;
  char **splits = NULL;

  g_return_val_if_fail (QS_IS_SPLIT_SOURCE (self), NULL);

  if (klass->list_splits != NULL)
    splits = klass->list_splits (self, &local_error);
  if (splits == NULL)
    splits = g_steal_pointer (&priv->answer);
  if (splits == NULL && qs_callback_was_lost (G_OBJECT_TYPE (self), "list_splits", &local_error))
    splits = klass->list_splits (self, &local_error);
  if (splits == NULL && local_error == NULL)
    g_set_error (&local_error,
                 QS_SOURCE_ERROR,
                 klass->list_splits != NULL ? QS_SOURCE_ERROR_FAILED
                                            : QS_SOURCE_ERROR_NOT_IMPLEMENTED,
                 "Cannot list the splits of source '%s': list_splits() of its class %s %s",
                 get_name (self),
                 G_OBJECT_TYPE_NAME (self),
                 klass->list_splits != NULL ? "returned nothing" : "is missing");
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));

  return splits;
}

/**
 * qs_split_source_partition_for_split: (virtual partition_for_split)
 * @self: a source
 * @split: the name of a split
 * @n_partitions: how many partitions the source has
 *
 * Gets the partition that a split belongs to.
 *
 * The default uses the murmur2 hash of the name, as Kafka's clients do for the key of a
 * record. An implementation must return the same result on every machine and in every run.
 *
 * Returns: the partition, from 0 to @n_partitions - 1
 *
 * Since: 1.0
 */
int
qs_split_source_partition_for_split (QsSplitSource *self, const char *split, int n_partitions)
{
  g_return_val_if_fail (QS_IS_SPLIT_SOURCE (self), -1);
  g_return_val_if_fail (split != NULL, -1);
  g_return_val_if_fail (n_partitions > 0, -1);

  qs_callback_prepare (G_OBJECT_TYPE (self), "partition_for_split");

  return QS_SPLIT_SOURCE_GET_CLASS (self)->partition_for_split (self, split, n_partitions);
}

/**
 * qs_split_source_run_splits: (virtual run_splits)
 * @self: a source
 * @error: return location for an error
 *
 * Reads this worker's splits until it is done or asked to stop, as
 * [vfunc@Source.run] does for a source without splits.
 *
 * The default iterates the thread-default main context until the source is stopped.
 *
 * Returns: true on success
 *
 * Since: 1.0
 */
gboolean
qs_split_source_run_splits (QsSplitSource *self, GError **error)
{
  g_return_val_if_fail (QS_IS_SPLIT_SOURCE (self), FALSE);

  qs_callback_prepare (G_OBJECT_TYPE (self), "run_splits");

  return QS_SPLIT_SOURCE_GET_CLASS (self)->run_splits (self, error);
}

/**
 * qs_split_source_get_splits:
 * @self: a source
 *
 * Gets the current splits of this worker.
 *
 * In the thread of run() it lists them again when that is due, which emits
 * [signal@SplitSource::split-added] and [signal@SplitSource::split-removed]. If the first
 * list fails, the source fails with that error, and the result is empty.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 *
 * Since: 1.0
 */
char **
qs_split_source_get_splits (QsSplitSource *self)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);
  QsBaseSource         *base = QS_BASE_SOURCE (self);
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (QS_IS_SPLIT_SOURCE (self), NULL);

  if (qs_source_get_running (QS_SOURCE (self)) && !qs_base_source_is_foreign_thread (base))
    {
      if (!begin (self, &error))
        qs_base_source_fail (base, error);
      else if (qs_split_list_is_due (&priv->list))
        refresh (self);
    }

  return qs_split_list_dup (&priv->list);
}

/**
 * qs_split_source_answer_splits:
 * @self: a source
 * @splits: (array zero-terminated=1): the names
 *
 * Passes the list of splits on behalf of [vfunc@SplitSource.list_splits], which then
 * returns `NULL`.
 *
 * It is for language bindings whose virtual functions cannot return an array that
 * its caller frees, such as Lua's.
 *
 * Since: 1.0
 */
void
qs_split_source_answer_splits (QsSplitSource *self, const char *const *splits)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);

  g_return_if_fail (QS_IS_SPLIT_SOURCE (self));
  g_return_if_fail (splits != NULL);

  g_strfreev (priv->answer);
  priv->answer = g_strdupv ((char **) splits);
}

/**
 * qs_split_source_splits_changed:
 * @self: a source
 *
 * Requests a new list of the splits, because some were added or removed.
 *
 * It may be called from any thread, and does not wait.
 *
 * Since: 1.0
 */
void
qs_split_source_splits_changed (QsSplitSource *self)
{
  QsSplitSourcePrivate *priv = qs_split_source_get_instance_private (self);

  g_return_if_fail (QS_IS_SPLIT_SOURCE (self));

  qs_split_list_change (&priv->list);
}
