/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-dataframe-private.h"

#include "qs-callback-private.h"
#include "qs-step-private.h"
#include "qs-topic.h"

/**
 * QsDataframe:
 *
 * What is done with the records of a topic, step by step.
 *
 * [method@Application.dataframe] makes one. Each method adds a step and returns
 * the dataframe, so that calls can be chained; while the application runs, each
 * record of the topic goes through the steps in their order:
 *
 * ```c
 * dataframe = qs_application_dataframe (app, NULL, source, &error);
 * qs_dataframe_filter (dataframe, is_large, NULL, NULL);
 * qs_dataframe_print (dataframe, TRUE);
 * ```
 *
 * A callback that fails, fails the record: see
 * [signal@Application::processing-error]. One that returns nothing (`NULL`, false,
 * [enum@Qs.Verdict.INVALID]) without an error has failed, too.
 *
 * ## Life cycle
 *
 * It belongs to its application; steps are added before
 * [method@Application.run]. In a worker process the same dataframes are made, but
 * nothing passes through them.
 *
 * ## Thread safety
 *
 * Only the thread that runs the application may use it; callbacks are called
 * there, from the main context.
 */
struct _QsDataframe
{
  GObject parent_instance;

  QsTopic   *topic;   /* owned; `NULL`: made by g_object_new() */
  GPtrArray *steps;   /* of QsStep; owned */
  GPtrArray *outputs; /* of QsTopic; owned */

  /* Of the record that is on its way. */
  QsPassage passage;
};

enum
{
  PROP_TOPIC = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (QsDataframe, qs_dataframe, G_TYPE_OBJECT)

static void
step_free (gpointer data)
{
  QsStep *step = data;

  step->free (step);
}

static void
clear_passage (QsDataframe *self)
{
  self->passage.record = NULL;
  g_clear_pointer (&self->passage.value, g_variant_unref);
  self->passage.producer = NULL;
}

/* A callback that was lost (see qs-callback-private.h) is called once more. */
static QsStepResult
run_step (QsStep *step, QsPassage *passage, GError **error)
{
  QsStepResult result = step->run (step, passage, error);

  if (result == QS_STEP_NOTHING && qs_callback_was_lost (QS_TYPE_DATAFRAME, "step", error))
    result = step->run (step, passage, error);
  if (result != QS_STEP_NOTHING)
    return result;

  if (*error == NULL)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_FAILED,
                         "the callback returned nothing, and no error: it raised an exception (see "
                         "above), or was not called");

  return QS_STEP_FAILED;
}

static void
qs_dataframe_dispose (GObject *object)
{
  QsDataframe *self = QS_DATAFRAME (object);

  clear_passage (self);
  g_clear_object (&self->passage.undelivered);
  g_ptr_array_set_size (self->steps, 0);
  g_ptr_array_set_size (self->outputs, 0);
  g_clear_object (&self->topic);

  G_OBJECT_CLASS (qs_dataframe_parent_class)->dispose (object);
}

static void
qs_dataframe_finalize (GObject *object)
{
  QsDataframe *self = QS_DATAFRAME (object);

  g_ptr_array_unref (self->steps);
  g_ptr_array_unref (self->outputs);

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
  self->steps = g_ptr_array_new_with_free_func (step_free);
  self->outputs = g_ptr_array_new_with_free_func (g_object_unref);
}

QsDataframe *
qs_dataframe_new (QsTopic *topic)
{
  QsDataframe *self = g_object_new (QS_TYPE_DATAFRAME, NULL);

  self->topic = g_object_ref (topic);

  return self;
}

void
qs_dataframe_add_outputs (QsDataframe *self, GPtrArray *topics)
{
  for (guint i = 0; i < self->outputs->len; i++)
    g_ptr_array_add (topics, g_object_ref (g_ptr_array_index (self->outputs, i)));
}

gboolean
qs_dataframe_process (QsDataframe *self, QsRecord *record, QsProducer *producer, GError **error)
{
  GVariant    *value = qs_record_get_value (record);
  QsStepResult result = QS_STEP_NEXT;
  GError      *failure = NULL;

  g_assert (self->passage.record == NULL);

  g_clear_object (&self->passage.undelivered);
  self->passage.record = record;
  self->passage.value = value != NULL ? g_variant_ref (value) : NULL;
  self->passage.producer = producer;

  for (guint i = 0; i < self->steps->len && result == QS_STEP_NEXT; i++)
    {
      QsStep *step = g_ptr_array_index (self->steps, i);

      result = run_step (step, &self->passage, &failure);
      if (result == QS_STEP_FAILED)
        g_prefix_error (&failure,
                        "Cannot process the record of topic '%s', partition %d, offset "
                        "%" G_GINT64_FORMAT " in step %u (%s): ",
                        qs_record_get_topic (record),
                        qs_record_get_partition (record),
                        qs_record_get_offset (record),
                        i + 1,
                        step->name);
    }

  clear_passage (self);
  if (failure != NULL)
    g_propagate_error (error, failure);

  return result != QS_STEP_FAILED;
}

QsMessage *
qs_dataframe_get_undelivered (QsDataframe *self)
{
  return self->passage.undelivered;
}

void
qs_dataframe_settle (QsDataframe *self)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      QsStep *step = g_ptr_array_index (self->steps, i);

      if (step->settle != NULL)
        step->settle (step);
    }
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
 * Adds a step that replaces the value of each record by another one.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_apply (QsDataframe *self, QsApplyFunc func, gpointer user_data, GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  g_ptr_array_add (self->steps, qs_apply_step_new (func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_filter:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): decides about a record
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a step that lets some records go no further.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_filter (QsDataframe   *self,
                     QsFilterFunc   func,
                     gpointer       user_data,
                     GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  g_ptr_array_add (self->steps, qs_filter_step_new (func, user_data, destroy));

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

  g_ptr_array_add (self->steps, qs_update_step_new ("update", func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_sink:
 * @self: a dataframe
 * @func: (scope notified) (closure user_data) (destroy destroy): delivers a value
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a step that delivers each record to somewhere outside of Kafka.
 *
 * When it returns true, the record must be where it cannot be lost: its offset
 * may be committed right after. A record may come again, after a crash for
 * example, so it should be written in a way that bears that.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_sink (QsDataframe *self, QsUpdateFunc func, gpointer user_data, GDestroyNotify destroy)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (func != NULL, self);

  g_ptr_array_add (self->steps, qs_update_step_new ("sink", func, user_data, destroy));

  return self;
}

/**
 * qs_dataframe_to_topic:
 * @self: a dataframe
 * @topic: the topic; it is created with those of the sources if it is missing
 *
 * Adds a step that produces each record to another topic, with the value as the
 * steps before have made it, and the record's key, headers and timestamp.
 *
 * The record's offset is committed only after the brokers have acknowledged what
 * was produced.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_to_topic (QsDataframe *self, QsTopic *topic)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);
  g_return_val_if_fail (QS_IS_TOPIC (topic), self);

  g_ptr_array_add (self->steps, qs_to_topic_step_new (topic));
  g_ptr_array_add (self->outputs, g_object_ref (topic));

  return self;
}

/**
 * qs_dataframe_print:
 * @self: a dataframe
 * @metadata: whether to print key, timestamp, partition, offset and headers, too
 *
 * Adds a step that prints each record to the standard output.
 *
 * On a terminal it is made for people. Else it is one line a record: the value as
 * JSON, or with @metadata one JSON object of `key`, `value`, `timestamp`, `topic`,
 * `partition`, `offset` and `headers` (pairs, as a name may repeat). Bytes are
 * printed as text, or as `0x` and hexadecimal digits where they are not UTF-8.
 *
 * Returns: (transfer none): the dataframe
 */
QsDataframe *
qs_dataframe_print (QsDataframe *self, gboolean metadata)
{
  g_return_val_if_fail (QS_IS_DATAFRAME (self), NULL);

  g_ptr_array_add (self->steps, qs_print_step_new (metadata));

  return self;
}
