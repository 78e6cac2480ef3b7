/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-pipeline-private.h"

#include "qs-dataframe-private.h"
#include "qs-producer-private.h"
#include "qs-record-private.h"
#include "qs-topic-private.h"

struct _QsPipeline
{
  GObject parent_instance;

  /* QsDataframe, in the order in which they were added. Owned. */
  GPtrArray *dataframes;

  /* Name of topic → one of them. */
  GHashTable *by_topic;

  /* The dataframe of the last record, its topic and its name; not owned, nullable. */
  QsDataframe *dataframe;
  QsTopic     *topic;
  const char  *name;

  /* What is left of the last record. Owned, nullable. */
  QsRecord *spare;

  gboolean is_busy; /* with a record */
};

G_DEFINE_FINAL_TYPE (QsPipeline, qs_pipeline, G_TYPE_OBJECT)

static void
qs_pipeline_finalize (GObject *object)
{
  QsPipeline *self = QS_PIPELINE (object);

  g_clear_object (&self->spare);
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
qs_pipeline_has (QsPipeline *self, const char *name)
{
  return g_hash_table_contains (self->by_topic, name);
}

QsDataframe *
qs_pipeline_add (QsPipeline *self, QsTopic *topic)
{
  QsDataframe *dataframe = qs_dataframe_new (topic);

  g_ptr_array_add (self->dataframes, dataframe);
  g_hash_table_insert (self->by_topic, g_strdup (qs_topic_get_name (topic)), dataframe);

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
choose_dataframe (QsPipeline *self, const char *topic)
{
  if (self->name != NULL && g_str_equal (self->name, topic))
    return;

  self->dataframe = g_hash_table_lookup (self->by_topic, topic);
  self->topic = qs_dataframe_get_topic (self->dataframe);
  self->name = qs_topic_get_name (self->topic);
}

/* Whether the record could not be produced because the transaction has failed: all
 * that was dealt with in it is read again, and so is this one. */
static gboolean
is_undone (QsPipeline *self, QsProducer *producer)
{
  g_autoptr (GError) error = NULL;

  if (qs_dataframe_get_undelivered (self->dataframe) == NULL ||
      !qs_producer_is_transactional (producer))
    return FALSE;

  error = qs_producer_dup_error (producer);

  return error != NULL;
}

/* Whether @error, with which @record failed, is ignored. */
static gboolean
is_ignored (QsPipeline *self, QsRecord *record, QsErrorPolicy *policy, const GError *error)
{
  QsMessage *undelivered = qs_dataframe_get_undelivered (self->dataframe);

  return undelivered != NULL ? qs_error_policy_ignore_producer (policy, undelivered, error)
                             : qs_error_policy_ignore_processing (policy, record, error);
}

static gboolean
process (QsPipeline       *self,
         const QsReceived *received,
         QsProducer       *producer,
         QsErrorPolicy    *policy,
         GError          **error)
{
  g_autoptr (GError) failure = NULL;
  QsRecord *record = NULL;

  choose_dataframe (self, received->topic);
  record = qs_topic_deserialize_received (
      self->topic, g_steal_pointer (&self->spare), received, &failure);
  if (record == NULL)
    {
      g_autoptr (QsMessage) message = qs_received_new_message (received);

      if (qs_error_policy_ignore_consumer (policy, message, failure))
        return TRUE;
    }
  else
    {
      gboolean ok = qs_dataframe_process (self->dataframe, record, producer, &failure) ||
                    is_undone (self, producer) || is_ignored (self, record, policy, failure);

      self->spare = qs_record_recycle (record);
      if (ok)
        return TRUE;
    }

  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

gboolean
qs_pipeline_process (QsPipeline       *self,
                     const QsReceived *received,
                     QsProducer       *producer,
                     QsErrorPolicy    *policy,
                     GError          **error)
{
  gboolean ok = FALSE;

  g_assert (!self->is_busy);

  self->is_busy = TRUE;
  ok = process (self, received, producer, policy, error);
  self->is_busy = FALSE;

  return ok;
}

gboolean
qs_pipeline_is_busy (QsPipeline *self)
{
  return self->is_busy;
}

void
qs_pipeline_settle (QsPipeline *self)
{
  for (guint i = 0; i < self->dataframes->len; i++)
    qs_dataframe_settle (self->dataframes->pdata[i]);
}
