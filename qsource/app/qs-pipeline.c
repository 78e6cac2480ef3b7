/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-pipeline-private.h"

#include "qs-application-error.h"
#include "qs-dataframe-private.h"
#include "qs-record-private.h"
#include "qs-topic-private.h"

struct _QsPipeline
{
  GObject parent_instance;

  /* QsDataframe, in the order in which they were added. Owned. */
  GPtrArray *dataframes;

  /* Name of topic → one of them. */
  GHashTable *by_topic;

  /* The dataframe of the last record, not owned, and what is left of that. Owned,
   * nullable. */
  QsDataframe *dataframe;
  QsRecord    *spare;

  /* The record that is on its way. */
  GRefString    *topic; /* owned; NULL if none is */
  int            partition;
  gint64         offset;
  QsRecord      *record; /* owned */
  QsErrorPolicy *policy; /* not owned */
  QsPipelineFunc func;
  gpointer       user_data;
  GSource       *again_source; /* owned; NULL unless its callback is to be called again */
};

G_DEFINE_FINAL_TYPE (QsPipeline, qs_pipeline, G_TYPE_OBJECT)

static void
finish (QsPipeline *self, const GError *error)
{
  g_autoptr (GRefString) topic = g_steal_pointer (&self->topic);

  if (self->record != NULL)
    self->spare = qs_record_recycle (g_steal_pointer (&self->record));
  self->func (topic, self->partition, self->offset, error, self->user_data);
}

static void deal_with (QsPipeline *self, QsPass pass, const GError *error);

static gboolean
again_cb (gpointer user_data)
{
  g_autoptr (QsPipeline) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;
  QsPass pass;

  g_clear_pointer (&self->again_source, g_source_unref);
  pass = qs_dataframe_resume (self->dataframe, &error);
  deal_with (self, pass, error);

  return G_SOURCE_REMOVE;
}

static void
deal_with (QsPipeline *self, QsPass pass, const GError *error)
{
  g_autoptr (GMainContext) context = NULL;
  QsMessage *undelivered = NULL;
  gboolean   is_ignored = FALSE;

  switch (pass)
    {
    case QS_PASS_DONE:
      finish (self, NULL);
      return;

    case QS_PASS_AGAIN:
      qs_record_settle (self->record);
      context = g_main_context_ref_thread_default ();
      self->again_source = g_idle_source_new ();
      g_source_set_callback (self->again_source, again_cb, self, NULL);
      g_source_attach (self->again_source, context);
      return;

    case QS_PASS_FAILED:
    default:
      undelivered = qs_dataframe_get_undelivered (self->dataframe);
      is_ignored = undelivered != NULL
                       ? qs_error_policy_ignore_producer (self->policy, undelivered, error)
                       : qs_error_policy_ignore_processing (self->policy, self->record, error);
      finish (self, is_ignored ? NULL : error);
    }
}

static void
qs_pipeline_finalize (GObject *object)
{
  QsPipeline *self = QS_PIPELINE (object);

  if (self->again_source != NULL)
    g_source_destroy (self->again_source);
  g_clear_pointer (&self->again_source, g_source_unref);
  g_clear_object (&self->record);
  g_clear_object (&self->spare);
  g_clear_pointer (&self->topic, g_ref_string_release);
  g_hash_table_unref (self->by_topic);
  g_ptr_array_unref (self->dataframes);

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
  self->dataframes = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_topic = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

QsPipeline *
qs_pipeline_new (void)
{
  return g_object_new (QS_TYPE_PIPELINE, NULL);
}

gboolean
qs_pipeline_check (QsPipeline *self, const char *name, GError **error)
{
  if (!g_hash_table_contains (self->by_topic, name))
    return TRUE;

  g_set_error (error,
               QS_APPLICATION_ERROR,
               QS_APPLICATION_ERROR_DUPLICATE,
               "Cannot add a dataframe for topic '%s': this application has one already; add steps "
               "to that",
               name);
  return FALSE;
}

QsDataframe *
qs_pipeline_add (QsPipeline *self, QsTopic *topic, GError **error)
{
  QsDataframe *dataframe = NULL;
  const char  *name = qs_topic_get_name (topic);

  if (!qs_pipeline_check (self, name, error))
    return NULL;

  dataframe = qs_dataframe_new (topic);
  g_ptr_array_add (self->dataframes, dataframe);
  g_hash_table_insert (self->by_topic, g_strdup (name), dataframe);

  return dataframe;
}

gboolean
qs_pipeline_is_empty (QsPipeline *self)
{
  return self->dataframes->len == 0;
}

GPtrArray *
qs_pipeline_get_inputs (QsPipeline *self)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->dataframes->len; i++)
    g_ptr_array_add (
        names, (char *) qs_topic_get_name (qs_dataframe_get_topic (self->dataframes->pdata[i])));
  g_ptr_array_add (names, NULL);

  return names;
}

void
qs_pipeline_add_inputs (QsPipeline *self, GPtrArray *topics)
{
  for (guint i = 0; i < self->dataframes->len; i++)
    g_ptr_array_add (topics, g_object_ref (qs_dataframe_get_topic (self->dataframes->pdata[i])));
}

void
qs_pipeline_add_outputs (QsPipeline *self, GPtrArray *topics)
{
  for (guint i = 0; i < self->dataframes->len; i++)
    qs_dataframe_add_outputs (self->dataframes->pdata[i], topics);
}

/* Most records have the topic of the one before. */
static void
choose_dataframe (QsPipeline *self)
{
  if (self->dataframe != NULL &&
      g_str_equal (qs_topic_get_name (qs_dataframe_get_topic (self->dataframe)), self->topic))
    return;

  self->dataframe = g_hash_table_lookup (self->by_topic, self->topic);
}

void
qs_pipeline_process (QsPipeline       *self,
                     const QsReceived *received,
                     QsProducer       *producer,
                     QsErrorPolicy    *policy,
                     QsPipelineFunc    func,
                     gpointer          user_data)
{
  g_autoptr (GError) error = NULL;
  QsPass pass;

  g_assert (self->topic == NULL);

  self->topic = g_ref_string_acquire (received->topic);
  self->partition = received->partition;
  self->offset = received->offset;
  choose_dataframe (self);
  self->policy = policy;
  self->func = func;
  self->user_data = user_data;

  self->record = qs_topic_deserialize_received (
      qs_dataframe_get_topic (self->dataframe), g_steal_pointer (&self->spare), received, &error);
  if (self->record == NULL)
    {
      g_autoptr (QsMessage) message = qs_received_new_message (received);

      finish (self, qs_error_policy_ignore_consumer (policy, message, error) ? NULL : error);
      return;
    }

  pass = qs_dataframe_process (self->dataframe, self->record, producer, &error);
  deal_with (self, pass, error);
}

gboolean
qs_pipeline_is_busy (QsPipeline *self)
{
  return self->topic != NULL;
}

void
qs_pipeline_settle (QsPipeline *self)
{
  for (guint i = 0; i < self->dataframes->len; i++)
    qs_dataframe_settle (self->dataframes->pdata[i]);
}
