/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-dataframe-private.h"

#include "qs-flow-private.h"
#include "qs-topic.h"

/**
 * QsDataframe:
 *
 * Processes the records of a topic, step by step.
 *
 * [method@Application.dataframe] makes one, and each method adds a step. While the
 * application runs, each record of the topic goes through the steps in their order.
 *
 * A dataframe branches: [method@Dataframe.apply], [method@Dataframe.filter] and
 * [method@Dataframe.expand] return a new dataframe that continues with their
 * results, and leave this one as it is. [method@Dataframe.update], [method@Dataframe.sink],
 * [method@Dataframe.to_topic] and [method@Dataframe.print] act in place and return
 * the same dataframe:
 *
 * ```c
 * dataframe = qs_application_dataframe (app, NULL, source, &error);
 * large = qs_dataframe_filter (dataframe, is_large, NULL, NULL);
 * qs_dataframe_to_topic (large, alerts);    // only the large ones
 * qs_dataframe_print (dataframe, TRUE);     // all
 * ```
 *
 * A record passes through the branches in the order in which they were made, through each
 * to its end. Its offset is committed only after all branches have processed it.
 *
 * If a callback fails, the record fails, see [signal@Application::processing-error]. If
 * that error is ignored, only the branch with the callback ends for this record; the others
 * continue. A callback that returns nothing (`NULL`, false, [enum@Qs.Verdict.INVALID])
 * without setting an error has failed, too.
 *
 * ## Life cycle
 *
 * A dataframe and those that its methods return belong to the application. Add steps before
 * [method@Application.run]. A worker process makes the same dataframes, but no record
 * passes through them.
 *
 * ## Thread safety
 *
 * Only the thread that runs the application may use it; callbacks are called in that
 * thread, from the main context.
 */
struct _QsDataframe
{
  GObject parent_instance;

  QsTopic   *topic;    /* owned; `NULL`: made by g_object_new() */
  QsFlow    *flow;     /* owned */
  GPtrArray *branches; /* of QsDataframe, to which steps of the flow lead; owned */

  QsJourney *journey;      /* of the record that is being dealt with; not owned, nullable */
  gboolean   uses_console; /* a binding prints to it */
};

enum
{
  PROP_TOPIC = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsDataframe, qs_dataframe, G_TYPE_OBJECT)

/* Adds @step, which leads to a dataframe of its own. */
static QsDataframe *
add_branch (QsDataframe *self, QsStep *step)
{
  QsDataframe *branch = g_object_new (QS_TYPE_DATAFRAME, NULL);

  g_set_object (&branch->topic, self->topic);
  g_ptr_array_add (self->branches, branch);
  step->target = branch->flow;
  qs_flow_add (self->flow, step);

  return branch;
}

static void
qs_dataframe_dispose (GObject *object)
{
  QsDataframe *self = QS_DATAFRAME (object);

  qs_flow_clear (self->flow);
  g_ptr_array_set_size (self->branches, 0);
  g_clear_object (&self->topic);

  G_OBJECT_CLASS (qs_dataframe_parent_class)->dispose (object);
}

static void
qs_dataframe_finalize (GObject *object)
{
  QsDataframe *self = QS_DATAFRAME (object);

  g_ptr_array_unref (self->branches);
  qs_flow_free (self->flow);

  G_OBJECT_CLASS (qs_dataframe_parent_class)->finalize (object);
}

static void
qs_dataframe_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsDataframe *self = QS_DATAFRAME (object);

  switch (prop_id)
    {
    case PROP_TOPIC:
      g_value_set_object (value, self->topic);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_dataframe_class_init (QsDataframeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qs_dataframe_dispose;
  object_class->finalize = qs_dataframe_finalize;
  object_class->get_property = qs_dataframe_get_property;

  /**
   * QsDataframe:topic: (getter get_topic)
   *
   * The topic whose records pass through it.
   */
  props[PROP_TOPIC] = g_param_spec_object ("topic",
                                           NULL,
                                           "The topic whose records the dataframe reads",
                                           QS_TYPE_TOPIC,
                                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_dataframe_init (QsDataframe *self)
{
  self->flow = qs_flow_new ();
  self->branches = g_ptr_array_new_with_free_func (g_object_unref);
}

QsDataframe *
qs_dataframe_new (QsTopic *topic)
{
  QsDataframe *self = g_object_new (QS_TYPE_DATAFRAME, NULL);

  self->topic = g_object_ref (topic);

  return self;
}

QsFlow *
qs_dataframe_get_flow (QsDataframe *self)
{
  return self->flow;
}

QsJourney *
qs_dataframe_get_journey (QsDataframe *self)
{
  return self->journey;
}

void
qs_dataframe_use_console (QsDataframe *self)
{
  if (self->uses_console)
    return;

  self->uses_console = TRUE;
  qs_flow_add (self->flow, qs_console_step_new ());
}

gboolean
qs_dataframe_process (QsDataframe *self, QsRecord *record, QsJourney *journey, GError **error)
{
  gboolean ok = FALSE;

  g_assert (self->journey == NULL);

  self->journey = journey;
  journey->record = record;
  journey->type = QS_TYPE_DATAFRAME;
  ok = qs_flow_run (self->flow, record, journey, error);
  self->journey = NULL;

  return ok;
}

/**
 * qs_dataframe_get_topic: (get-property topic)
 * @self: a dataframe
 *
 * Gets the topic whose records pass through it.
 *
 * Returns: (transfer none) (nullable): the topic, or `NULL` if no application
 *   has made this dataframe
 */
QsTopic *
qs_dataframe_get_topic (QsDataframe *self)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);

  return self->topic;
}

/**
 * qs_dataframe_apply:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): makes the new value
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Begins a branch in which each record has a new value.
 *
 * Returns: (transfer none): a new dataframe that continues with the new values
 */
QsDataframe *
qs_dataframe_apply (QsDataframe *self, QsApplyFunc func, gpointer user_data, GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  return add_branch (self, qs_apply_step_new ("apply", func, user_data, destroy));
}

/**
 * qs_dataframe_expand:
 * @self: a dataframe
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): makes an array
 *   from a value; `NULL` = the value is the array
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Begins a branch in which each record becomes one record for each item of an array.
 *
 * The items continue one after the other, each as a value of its own, with the record's
 * key, headers and timestamp. An empty array is not a failure. A value that is neither an
 * array nor a tuple fails the record; bytes and dictionaries do not count as arrays.
 *
 * Returns: (transfer none): a new dataframe that continues with the items
 */
QsDataframe *
qs_dataframe_expand (QsDataframe   *self,
                     QsApplyFunc    func,
                     gpointer       user_data,
                     GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);

  return add_branch (self, qs_expand_step_new (func, user_data, destroy));
}

/**
 * qs_dataframe_filter:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): decides whether to keep a
 *   record
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Begins a branch with only those records that a function keeps.
 *
 * Returns: (transfer none): a new dataframe that continues with these records
 */
QsDataframe *
qs_dataframe_filter (QsDataframe   *self,
                     QsFilterFunc   func,
                     gpointer       user_data,
                     GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  return add_branch (self, qs_filter_step_new (func, user_data, destroy));
}

/**
 * qs_dataframe_concat:
 * @self: a dataframe
 * @other: another dataframe of the same application
 *
 * Joins two branches, or the records of two topics.
 *
 * Records that reach the end of either dataframe continue in the new one. A record that
 * passes through both continues twice, each time with the value of that branch.
 *
 * Returns: (transfer none): a new dataframe that continues with the records of both
 */
QsDataframe *
qs_dataframe_concat (QsDataframe *self, QsDataframe *other)
{
  QsDataframe *branch = NULL;
  QsStep      *step = NULL;

  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (QS_IS_DATAFRAME (other), NULL);
  g_return_val_if_fail (self != other, NULL);

  branch = add_branch (self, qs_link_step_new ());
  g_ptr_array_add (other->branches, g_object_ref (branch));
  step = qs_link_step_new ();
  step->target = branch->flow;
  qs_flow_add (other->flow, step);

  return branch;
}

/**
 * qs_dataframe_replace:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): makes the new value
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a step that replaces the value of each record in place.
 *
 * Unlike [method@Dataframe.apply], it begins no branch: all steps and branches that are
 * added to this dataframe later get the new value. Language bindings use it for an update()
 * that changes a value; in C, values are immutable.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_replace (QsDataframe   *self,
                      QsApplyFunc    func,
                      gpointer       user_data,
                      GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  qs_flow_add (self->flow, qs_apply_step_new ("replace", func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_update:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): does something with a value
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a step that does something with each record and leaves its value as it
 * is.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_update (QsDataframe   *self,
                     QsUpdateFunc   func,
                     gpointer       user_data,
                     GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  qs_flow_add (self->flow, qs_update_step_new ("update", func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_sink:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): delivers a value
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a step that delivers each record to a destination outside Kafka.
 *
 * When @func returns true, the record must be stored so that it cannot be lost, because its
 * offset can be committed right after that. A record might arrive again, for example after a
 * crash, so write it in a way that tolerates duplicates.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_sink (QsDataframe *self, QsUpdateFunc func, gpointer user_data, GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  qs_flow_add (self->flow, qs_update_step_new ("sink", func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_to_topic:
 * @self: a dataframe
 * @topic: the topic; it is created with those of the sources if it is missing
 *
 * Adds a step that produces each record to another topic, with the value that the previous
 * steps have made, and the record's key, headers and timestamp.
 *
 * The record's offset is committed only after the brokers have acknowledged the produced
 * record.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_to_topic (QsDataframe *self, QsTopic *topic)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (QS_IS_TOPIC (topic), self);

  qs_flow_add (self->flow, qs_to_topic_step_new (topic, NULL, NULL, NULL));

  return self;
}

/**
 * qs_dataframe_to_topic_with_key:
 * @self: a dataframe
 * @topic: the topic
 * @key_func: (scope notified) (closure user_data) (destroy destroy): makes the key
 * @user_data: data for @key_func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a step like [method@Dataframe.to_topic], but with another key.
 *
 * @key_func makes the key from the value and the record; the topic's key serializer
 * serializes it. An `mv` of nothing means no key.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_to_topic_with_key (QsDataframe   *self,
                                QsTopic       *topic,
                                QsApplyFunc    key_func,
                                gpointer       user_data,
                                GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (QS_IS_TOPIC (topic), self);
  g_return_val_if_fail (key_func != NULL, self);

  qs_flow_add (self->flow, qs_to_topic_step_new (topic, key_func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_set_headers:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): makes the headers
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Begins a branch in which each record has other headers.
 *
 * Returns: (transfer none): a new dataframe that continues with them
 */
QsDataframe *
qs_dataframe_set_headers (QsDataframe   *self,
                          QsHeadersFunc  func,
                          gpointer       user_data,
                          GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  return add_branch (self, qs_headers_step_new (func, user_data, destroy));
}

/**
 * qs_dataframe_set_timestamp:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): makes the timestamp
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Begins a branch in which each record has another timestamp.
 *
 * Returns: (transfer none): a new dataframe that continues with it
 */
QsDataframe *
qs_dataframe_set_timestamp (QsDataframe    *self,
                            QsTimestampFunc func,
                            gpointer        user_data,
                            GDestroyNotify  destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  return add_branch (self, qs_timestamp_step_new (func, user_data, destroy));
}

/**
 * qs_dataframe_set_flush_func:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): writes the collected
 *   records
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Sets a function that is called before offsets are committed.
 *
 * With it, [method@Dataframe.sink] can collect records, and @func writes all of them at
 * once. As long as @func fails with [error@Gio.IOErrorEnum.BUSY], it is called repeatedly,
 * and no further record is processed; any other error ends run(), and the records are read
 * again in the next run. It might be called without any record since the last call. A
 * dataframe can have several such functions.
 */
void
qs_dataframe_set_flush_func (QsDataframe   *self,
                             QsFlushFunc    func,
                             gpointer       user_data,
                             GDestroyNotify destroy)
{
  g_return_if_fail (QS_IS_DATAFRAME (self));
  g_return_if_fail (func != NULL);

  qs_flow_add (self->flow, qs_flush_step_new (func, user_data, destroy));
}

/**
 * qs_dataframe_print:
 * @self: a dataframe
 * @metadata: whether to print key, timestamp, partition, offset and headers, too
 *
 * Adds a step that prints each record to the standard output.
 *
 * On a terminal, the output is formatted for people. Otherwise it is one line per record:
 * the value as JSON, or with @metadata a JSON object with `key`, `value`, `timestamp`,
 * `topic`, `partition`, `offset` and `headers` (pairs, because a name can repeat). Bytes
 * are printed as text, or as `0x` and hexadecimal digits if they are not UTF-8.
 *
 * Control characters and characters that change the direction of text are printed as JSON
 * escapes. In a dataframe with no steps but print(), a value that cannot be deserialized is
 * printed as bytes and is not an error.
 *
 * A record's offset is committed only after it is written. An output that fails ends run()
 * with the error; an output that nobody reads delays the records, but does not block the
 * main context.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_print (QsDataframe *self, gboolean metadata)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);

  qs_flow_add (self->flow, qs_print_step_new (metadata));

  return self;
}
