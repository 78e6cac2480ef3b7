/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-pipeline-private.h"

#include "qs-dataframe-private.h"
#include "qs-flow-private.h"
#include "qs-log-private.h"
#include "qs-producer-private.h"
#include "qs-record-private.h"
#include "qs-topic-private.h"

/* A dataframe of those that read one topic. */
typedef struct
{
  QsDataframe *dataframe; /* owned */
  QsTopic     *topic;     /* not owned; may deserialize in another way than those of the others */
} Input;

struct _QsPipeline
{
  GObject parent_instance;

  /* Name of topic → GPtrArray of Input. */
  GHashTable *by_topic;

  /* The same arrays, in the order in which their topics were added. Not owned. */
  GPtrArray *topics;

  /* The dataframes of the last record, and the name of their topic; not owned, nullable. */
  GPtrArray  *inputs;
  const char *name;

  /* The last record, for reuse. Owned, nullable. */
  QsRecord *spare;

  gboolean is_busy; /* with a record */
  guint64  n_results;

  QsRows *rows; /* not owned; where what comes out is kept; NULL: nowhere */
};

/* The callbacks for failures of a record. */
typedef struct
{
  QsPipeline *pipeline;
  QsProducer *producer; /* nullable */
  QsIgnored  *ignored;
} Judge;

G_DEFINE_FINAL_TYPE (QsPipeline, qs_pipeline, G_TYPE_OBJECT)

static void
input_free (gpointer data)
{
  Input *input = data;

  g_object_unref (input->dataframe);
  g_free (input);
}

static void
qs_pipeline_finalize (GObject *object)
{
  QsPipeline *self = QS_PIPELINE (object);

  g_clear_object (&self->spare);
  g_ptr_array_unref (self->topics);
  g_hash_table_unref (self->by_topic);

  G_OBJECT_CLASS (qs_pipeline_parent_class)->finalize (object);
}

static void
qs_pipeline_class_init (QsPipelineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_pipeline_finalize;
}

static void
qs_pipeline_init (QsPipeline *self)
{
  self->by_topic =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->topics = g_ptr_array_new ();
}

QsPipeline *
qs_pipeline_new (void)
{
  return g_object_new (QS_TYPE_PIPELINE, NULL);
}

QsDataframe *
qs_pipeline_add (QsPipeline *self, QsTopic *topic)
{
  const char *name = qs_topic_get_name (topic);
  GPtrArray  *inputs = g_hash_table_lookup (self->by_topic, name);
  Input      *input = g_new0 (Input, 1);

  if (inputs == NULL)
    {
      inputs = g_ptr_array_new_with_free_func (input_free);
      g_hash_table_insert (self->by_topic, g_strdup (name), inputs);
      g_ptr_array_add (self->topics, inputs);
    }

  input->dataframe = qs_dataframe_new (topic);
  input->topic = topic;
  g_ptr_array_add (inputs, input);

  return input->dataframe;
}

gboolean
qs_pipeline_is_empty (QsPipeline *self)
{
  return self->topics->len == 0;
}

guint64
qs_pipeline_get_n_results (QsPipeline *self)
{
  return self->n_results;
}

/* @inputs: of one topic, at least one */
static const char *
name_of (GPtrArray *inputs)
{
  return qs_topic_get_name (((Input *) inputs->pdata[0])->topic);
}

/* The names of the topics that are read; transfer container, NULL at the end. */
static GPtrArray *
dup_names (QsPipeline *self)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->topics->len; i++)
    g_ptr_array_add (names, (gpointer) name_of (self->topics->pdata[i]));
  g_ptr_array_add (names, NULL);

  return names;
}

QsGroupConsumer *
qs_pipeline_open_consumer (QsPipeline              *self,
                           const QsConsumeSettings *settings,
                           const QsGroupListener   *listener,
                           gpointer                 user_data,
                           GError                 **error)
{
  g_autoptr (GPtrArray) names = dup_names (self);
  g_autofree char *list = g_strjoinv ("', '", (char **) names->pdata);
  g_autoptr (QsGroupConsumer) consumer =
      qs_group_consumer_new (settings->config,
                             settings->group,
                             settings->reset,
                             settings->config->broker == QS_BROKER_OWN,
                             listener,
                             user_data,
                             error);

  if (consumer == NULL)
    return NULL;

  self->rows = settings->rows;
  qs_log_message (NULL, NULL, "Dataframes read '%s' as group '%s'", list, settings->group);
  if (!qs_group_consumer_subscribe (consumer, (const char *const *) names->pdata, error))
    return NULL;

  return g_steal_pointer (&consumer);
}

/* Calls @func with each dataframe. */
static void
foreach_dataframe (QsPipeline *self, GFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->topics->len; i++)
    {
      GPtrArray *inputs = self->topics->pdata[i];

      for (guint j = 0; j < inputs->len; j++)
        func (((Input *) inputs->pdata[j])->dataframe, user_data);
    }
}

static void
add_input_cb (gpointer dataframe, gpointer topics)
{
  g_ptr_array_add (topics, g_object_ref (qs_dataframe_get_topic (dataframe)));
}

void
qs_pipeline_add_inputs (QsPipeline *self, GPtrArray *topics)
{
  foreach_dataframe (self, add_input_cb, topics);
}

static void
add_outputs_cb (gpointer dataframe, gpointer topics)
{
  qs_flow_add_outputs (qs_dataframe_get_flow (dataframe), topics);
}

void
qs_pipeline_add_outputs (QsPipeline *self, GPtrArray *topics)
{
  foreach_dataframe (self, add_outputs_cb, topics);
}

/* Most records have the topic of the one before. */
static void
choose_inputs (QsPipeline *self, const char *topic)
{
  if (self->name != NULL && g_str_equal (self->name, topic))
    return;

  self->inputs = g_hash_table_lookup (self->by_topic, topic);
  self->name = name_of (self->inputs);
}

/* Whether a record could not be produced because the transaction has failed: all
 * that was dealt with in it is read again, and so is this one. */
static gboolean
is_undone (QsProducer *producer, QsMessage *undelivered)
{
  g_autoptr (GError) error = NULL;

  if (undelivered == NULL || !qs_producer_is_transactional (producer))
    return FALSE;

  error = qs_producer_dup_error (producer);

  return error != NULL;
}

static gboolean
ignore_cb (QsRecord *record, QsMessage *undelivered, const GError *error, gpointer user_data)
{
  Judge *judge = user_data;

  if (is_undone (judge->producer, undelivered))
    return TRUE;

  return undelivered != NULL ? qs_ignored_ask_producer (judge->ignored, undelivered, error)
                             : qs_ignored_ask_processing (judge->ignored, record, error);
}

static void
result_cb (QsRecord *record, GVariant *value, gpointer user_data)
{
  qs_rows_add (((Judge *) user_data)->pipeline->rows, record, value);
}

/* transfer full */
static QsRecord *
make_record (QsPipeline *self, const Input *input, const QsReceived *received, GError **error)
{
  g_autoptr (GError) failure = NULL;
  QsRecord *record = NULL;

  /* A record that is only shown is shown unchanged. */
  if (!qs_received_check (received, &failure))
    {
      if (!qs_flow_only_shows (qs_dataframe_get_flow (input->dataframe)))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
      qs_log_warning (
          NULL, NULL, "%s; such a name is shown only up to that byte", failure->message);
      g_clear_error (&failure);
    }

  if (qs_flow_only_handles (qs_dataframe_get_flow (input->dataframe)))
    return qs_topic_defer_received (input->topic, g_steal_pointer (&self->spare), received);

  record = qs_topic_deserialize_received (
      input->topic, g_steal_pointer (&self->spare), received, &failure);
  if (record != NULL)
    return record;

  if (qs_flow_only_shows (qs_dataframe_get_flow (input->dataframe)))
    return qs_topic_wrap_received (received);

  g_propagate_error (error, g_steal_pointer (&failure));

  return NULL;
}

static gboolean
process (QsPipeline       *self,
         const QsReceived *received,
         const Input      *input,
         Judge            *judge,
         GError          **error)
{
  g_autoptr (GError) failure = NULL;
  QsRecord *record = make_record (self, input, received, &failure);
  QsJourney journey = {
    .producer = judge->producer,
    .ignore = ignore_cb,
    .result = self->rows != NULL ? result_cb : NULL,
    .user_data = judge,
  };
  gboolean ok = FALSE;

  if (record != NULL)
    {
      ok = qs_dataframe_process (input->dataframe, record, &journey, &failure);
      self->n_results += journey.n_results;
      self->spare = qs_record_recycle (record);
      g_clear_object (&journey.undelivered);
    }

  if (!ok && (record == NULL || journey.is_unreadable))
    {
      g_autoptr (QsMessage) message = qs_received_new_message (received);

      ok = qs_ignored_ask_consumer (judge->ignored, message, failure);
    }
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&failure));

  return ok;
}

gboolean
qs_pipeline_process (QsPipeline       *self,
                     const QsReceived *received,
                     QsProducer       *producer,
                     QsIgnored        *ignored,
                     GError          **error)
{
  Judge    judge = { self, producer, ignored };
  gboolean ok = TRUE;

  g_assert (!self->is_busy);

  self->is_busy = TRUE;
  choose_inputs (self, received->topic);
  for (guint i = 0; i < self->inputs->len && ok; i++)
    ok = process (self, received, self->inputs->pdata[i], &judge, error);
  self->is_busy = FALSE;

  return ok;
}

gboolean
qs_pipeline_is_busy (QsPipeline *self)
{
  return self->is_busy;
}

static void
settle_cb (gpointer dataframe, gpointer user_data)
{
  qs_flow_settle (qs_dataframe_get_flow (dataframe));
}

void
qs_pipeline_settle (QsPipeline *self)
{
  foreach_dataframe (self, settle_cb, NULL);
}

/* The flush of all dataframes. */
typedef struct
{
  QsFlushResult result;
  GError       *error;
} Flush;

static void
flush_cb (gpointer dataframe, gpointer user_data)
{
  Flush        *flush = user_data;
  QsFlushResult result;

  if (flush->result == QS_FLUSH_FAILED)
    return;

  /* Not within MAX(), which would flush twice: the second time, a failure is forgotten. */
  result = qs_flow_flush (qs_dataframe_get_flow (dataframe), &flush->error);
  flush->result = MAX (flush->result, result);
}

QsFlushResult
qs_pipeline_flush (QsPipeline *self, GError **error)
{
  Flush flush = { QS_FLUSH_DONE, NULL };

  foreach_dataframe (self, flush_cb, &flush);
  if (flush.error != NULL)
    g_propagate_error (error, flush.error);

  return flush.result;
}

static void
is_full_cb (gpointer dataframe, gpointer is_full)
{
  *(gboolean *) is_full |= qs_flow_is_full (qs_dataframe_get_flow (dataframe));
}

gboolean
qs_pipeline_is_full (QsPipeline *self)
{
  gboolean is_full = FALSE;

  foreach_dataframe (self, is_full_cb, &is_full);

  return is_full;
}
