/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdatomic.h>

#include "qs-group-consumer-private.h"

#include "qs-broker-probe-private.h"
#include "qs-deadline-private.h"
#include "qs-group-assignment-private.h"
#include "qs-group-conf-private.h"
#include "qs-group-error-private.h"
#include "qs-group-positions-private.h"
#include "qs-group-reset-private.h"
#include "qs-gsource-private.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-end-private.h"
#include "qs-kafka-error-private.h"
#include "qs-log-private.h"
#include "qs-message-bin-private.h"
#include "qs-poll-watch-private.h"
#include "qs-producer-private.h"
#include "qs-queue-source-private.h"
#include "qs-rejoin-private.h"

/* The main context has its turn after so many microseconds. */
#define BATCH_TIME 10000
#define MESSAGES_PER_LOOK 32

/* Milliseconds. */
#define WATCH_INTERVAL 500

struct _QsGroupConsumer
{
  GObject parent_instance;

  const QsGroupListener *listener; /* static; `NULL` once it is closed */
  gpointer               listener_data;

  QsKafkaConfig    *config; /* owned */
  char             *group;
  QsAutoOffsetReset reset;
  gboolean          is_alone;
  rd_kafka_t       *client; /* owned */

  /* Owned; NULL before subscribe() and after close(). */
  GSource *source;
  GSource *watch; /* looks at the brokers */
  guint    n_pauses;

  /* Of a change of the assignment that isn't done yet: partitions to be added or
   * to be given away. Owned, nullable. */
  rd_kafka_topic_partition_list_t *to_assign;
  rd_kafka_topic_partition_list_t *to_revoke;

  /* With the offset at which each began to be read. Owned. */
  QsOffsets *assignment;
  gboolean   has_share;    /* whether that is what the group has said */
  gboolean   was_assigned; /* whether the group has ever said anything */

  char **topics; /* owned; NULL before subscribe() */

  /* Of the last record. Owned, nullable. */
  GRefString *topic_name;

  QsPollWatch    poll_watch; /* whether records are dealt with in time */
  QsBrokerProbe *probe;      /* whether the brokers answer; owned */

  /* Empty, but during a turn. */
  QsMessageBin bin;

  /* Any thread. */
  QsRejoin         rejoin;
  _Atomic gboolean is_closing;
  QsOffsets       *known; /* the partitions at first; only resolve_thread(). Owned, nullable */
};

G_DEFINE_FINAL_TYPE (QsGroupConsumer, qs_group_consumer, G_TYPE_OBJECT)

static void
fail (QsGroupConsumer *self, const GError *error, gboolean fatal)
{
  if (self->listener != NULL)
    self->listener->failed (error, fatal, self->listener_data);
}

static void
add_partitions (QsGroupConsumer *self, rd_kafka_topic_partition_list_t *partitions)
{
  g_autoptr (GError) error = NULL;

  if (!qs_group_assignment_add (self->client, partitions, self->is_alone, &error))
    fail (self, error, FALSE);
}

/* Finds the start of the partitions of @task; in a thread, because it asks the brokers. */
static void
resolve_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  QsGroupConsumer *self = object;
  gint64           deadline = qs_deadline_after (self->config->broker_availability_timeout);
  GError          *error = NULL;

  qs_group_positions_note_known (&self->known, self->client, self->topics, deadline);
  if (qs_group_positions_resolve (
          self->client, task_data, self->reset, self->known, deadline, &self->is_closing, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
resolved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QsGroupConsumer                 *self = QS_GROUP_CONSUMER (object);
  rd_kafka_topic_partition_list_t *partitions = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  /* Closed meanwhile: that has dealt with it. */
  if (self->to_assign == NULL)
    return;

  g_clear_pointer (&self->to_assign, rd_kafka_topic_partition_list_destroy);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      /* The rebalance must end, or nothing else does. */
      g_autoptr (rd_kafka_topic_partition_list_t) none = rd_kafka_topic_partition_list_new (0);

      add_partitions (self, none);
      qs_group_consumer_resume (self);
      fail (self, error, TRUE);
      return;
    }

  add_partitions (self, partitions);
  qs_group_assignment_note (self->assignment, partitions);
  self->has_share = TRUE;
  qs_group_consumer_resume (self);
  self->listener->assigned (self->listener_data);
}

/* Takes @partitions. */
static void
begin_assign (QsGroupConsumer *self, rd_kafka_topic_partition_list_t *partitions)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, resolved_cb, NULL);

  self->to_assign = partitions;
  qs_rejoin_note_assigned (&self->rejoin);
  qs_group_consumer_pause (self);

  g_task_set_task_data (task,
                        rd_kafka_topic_partition_list_copy (partitions),
                        (GDestroyNotify) rd_kafka_topic_partition_list_destroy);
  g_task_run_in_thread (task, resolve_thread);
}

static void
begin_revoke (QsGroupConsumer *self, const rd_kafka_topic_partition_list_t *partitions)
{
  gboolean is_lost = rd_kafka_assignment_lost (self->client) != 0;

  qs_log_info (NULL,
               NULL,
               "Giving up %d partitions%s",
               partitions->cnt,
               is_lost ? ", which are already lost" : "");

  qs_rejoin_note_revoked (&self->rejoin);
  self->to_revoke = rd_kafka_topic_partition_list_copy (partitions);
  qs_group_consumer_pause (self);
  self->listener->revoked (is_lost, self->listener_data);
}

/* In the main context, but when the consumer is being closed. */
static void
rebalance_cb (rd_kafka_t                      *client,
              rd_kafka_resp_err_t              code,
              rd_kafka_topic_partition_list_t *partitions,
              void                            *user_data)
{
  QsGroupConsumer *self = user_data;

  self->was_assigned |= code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !atomic_load (&self->is_closing))
    begin_assign (self, rd_kafka_topic_partition_list_copy (partitions));
  else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS && !atomic_load (&self->is_closing))
    begin_revoke (self, partitions);
  else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
    qs_group_assignment_remove (client, partitions);
  else
    rd_kafka_assign (client, NULL);
}

/* In the main context. */
static void
error_cb (rd_kafka_t *client, int code, const char *reason, void *user_data)
{
  QsGroupConsumer *self = user_data;
  g_autoptr (GError) error = qs_group_error_new_fatal (client, code, reason);

  if (error != NULL)
    fail (self, error, TRUE);
  else
    qs_broker_probe_note (self->probe, code, reason);
}

/* Also while it is paused: a commit may wait for brokers that are away. */
static gboolean
watch_cb (gpointer user_data)
{
  QsGroupConsumer *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!qs_broker_probe_look (self->probe, &error))
    fail (self, error, TRUE);

  return G_SOURCE_CONTINUE;
}

static void
reset_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  QsGroupConsumer *self = QS_GROUP_CONSUMER (object);
  g_autoptr (GError) error = NULL;

  if (!qs_group_reset_finish (result, self->assignment, self->is_alone, &error))
    fail (self, error, FALSE);
  if (self->listener != NULL)
    qs_group_consumer_resume (self);
}

static void
deal_with_error (QsGroupConsumer *self, rd_kafka_message_t *message)
{
  g_autoptr (GError) error = NULL;

  if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && message->rkt != NULL)
    {
      qs_group_consumer_pause (self);
      qs_group_reset_begin (G_OBJECT (self),
                            self->client,
                            self->reset,
                            message,
                            qs_deadline_after (self->config->request_timeout),
                            reset_cb);
      return;
    }
  if (qs_kafka_error_is_passing (message->err))
    {
      qs_log_info (NULL, NULL, "Error while reading: %s", rd_kafka_message_errstr (message));
      return;
    }

  error = qs_group_error_new (message, self->group);
  fail (self, error, FALSE);
}

/* The name of a topic as one string for all of its records. */
static GRefString *
share_name (QsGroupConsumer *self, const char *name)
{
  if (self->topic_name == NULL || !g_str_equal (self->topic_name, name))
    {
      g_clear_pointer (&self->topic_name, g_ref_string_release);
      self->topic_name = g_ref_string_new (name);
    }

  return self->topic_name;
}

static void
deal_with (QsGroupConsumer *self, rd_kafka_message_t *message)
{
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    {
      QsReceived received;

      g_autoptr (GError) error = NULL;

      qs_received_init (&received, message, share_name (self, rd_kafka_topic_name (message->rkt)));
      qs_broker_probe_answered (self->probe);
      qs_poll_watch_begin (&self->poll_watch);
      self->listener->received (&received, self->listener_data);
      if (!qs_poll_watch_end (&self->poll_watch, &received, &error))
        fail (self, error, TRUE);
    }
  else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
    {
      qs_broker_probe_answered (self->probe);
      self->listener->end_reached (rd_kafka_topic_name (message->rkt),
                                   message->partition,
                                   message->offset,
                                   self->listener_data);
    }
  else
    {
      deal_with_error (self, message);
    }
}

/* A QsQueueFunc. */
static gboolean
queue_cb (gpointer user_data)
{
  g_autoptr (QsGroupConsumer) self = g_object_ref (user_data);
  gint64              deadline = g_get_monotonic_time () + BATCH_TIME;
  rd_kafka_message_t *message = NULL;
  gboolean            has_more = TRUE;

  for (guint n = 1; has_more && self->n_pauses == 0 && self->listener != NULL; n++)
    {
      message = rd_kafka_consumer_poll (self->client, 0);
      has_more = message != NULL;
      if (message != NULL)
        {
          if (self->listener != NULL)
            deal_with (self, message);
          qs_message_bin_add (&self->bin, message);
        }

      if (n % MESSAGES_PER_LOOK == 0 && g_get_monotonic_time () > deadline)
        break;
    }

  qs_message_bin_empty (&self->bin);
  if (self->listener != NULL)
    self->listener->batch_done (self->listener_data);

  return has_more;
}

static void
qs_group_consumer_finalize (GObject *object)
{
  QsGroupConsumer *self = QS_GROUP_CONSUMER (object);

  g_assert (self->source == NULL);
  g_clear_pointer (&self->probe, qs_broker_probe_free);
  if (self->client != NULL)
    qs_kafka_end_member (self->client, self->was_assigned || self->is_alone);
  g_clear_pointer (&self->assignment, qs_offsets_free);
  g_clear_pointer (&self->known, qs_offsets_free);
  g_clear_pointer (&self->topics, g_strfreev);
  g_clear_pointer (&self->topic_name, g_ref_string_release);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  g_free (self->group);

  G_OBJECT_CLASS (qs_group_consumer_parent_class)->finalize (object);
}

static void
qs_group_consumer_class_init (QsGroupConsumerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qs_group_consumer_finalize;
}

static void
qs_group_consumer_init (QsGroupConsumer *self)
{
  self->assignment = qs_offsets_new ();
}

QsGroupConsumer *
qs_group_consumer_new (QsKafkaConfig         *config,
                       const char            *group,
                       QsAutoOffsetReset      reset,
                       gboolean               alone,
                       const QsGroupListener *listener,
                       gpointer               user_data,
                       GError               **error)
{
  g_autoptr (QsGroupConsumer) self = g_object_new (QS_TYPE_GROUP_CONSUMER, NULL);
  g_autoptr (rd_kafka_conf_t) conf = NULL;

  self->config = qs_kafka_config_ref (config);
  self->group = g_strdup (group);
  self->reset = reset;
  self->is_alone = alone;
  self->listener = listener;
  self->listener_data = user_data;

  conf = qs_group_conf_new (config, group, alone, error);
  if (conf == NULL)
    return NULL;

  rd_kafka_conf_set_opaque (conf, self);
  rd_kafka_conf_set_rebalance_cb (conf, rebalance_cb);
  rd_kafka_conf_set_error_cb (conf, error_cb);
  self->client = qs_kafka_conf_create (g_steal_pointer (&conf), QS_KAFKA_ROLE_GROUP, error);
  if (self->client == NULL)
    return NULL;
  rd_kafka_poll_set_consumer (self->client);
  self->probe = qs_broker_probe_new (self->client, config);
  qs_poll_watch_init (&self->poll_watch, self->client);

  return g_steal_pointer (&self);
}

/* Makes the whole of @topics this member's share. */
static gboolean
take_all (QsGroupConsumer *self, const char *const *topics, GError **error)
{
  rd_kafka_topic_partition_list_t *partitions = qs_group_positions_new_whole (
      self->client, topics, qs_deadline_after (self->config->request_timeout), error);

  if (partitions == NULL)
    return FALSE;

  begin_assign (self, partitions);

  return TRUE;
}

gboolean
qs_group_consumer_subscribe (QsGroupConsumer *self, const char *const *topics, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  g_assert (self->source == NULL);

  self->topics = g_strdupv ((char **) topics);
  self->source = qs_queue_source_new (rd_kafka_queue_get_consumer (self->client), error);
  if (self->source == NULL)
    return FALSE;

  g_source_set_callback (self->source, (GSourceFunc) (gpointer) queue_cb, self, NULL);
  if (!(self->is_alone ? take_all (self, topics, error)
                       : qs_group_assignment_join (self->client, self->group, topics, error)))
    {
      g_clear_pointer (&self->source, g_source_unref);
      return FALSE;
    }
  g_source_attach (self->source, context);
  self->watch = qs_gsource_new_timeout (WATCH_INTERVAL, watch_cb, self);

  return TRUE;
}

void
qs_group_consumer_pause (QsGroupConsumer *self)
{
  if (self->n_pauses++ == 0 && self->source != NULL)
    qs_queue_source_set_paused (self->source, TRUE);
}

void
qs_group_consumer_resume (QsGroupConsumer *self)
{
  g_assert (self->n_pauses > 0);

  if (--self->n_pauses == 0 && self->source != NULL)
    qs_queue_source_set_paused (self->source, FALSE);
}

void
qs_group_consumer_release (QsGroupConsumer *self)
{
  g_autoptr (rd_kafka_topic_partition_list_t) partitions = g_steal_pointer (&self->to_revoke);
  gboolean is_lost = FALSE;
  gboolean is_cooperative = FALSE;

  if (partitions == NULL)
    return;

  is_lost = rd_kafka_assignment_lost (self->client) != 0;
  is_cooperative = qs_group_assignment_is_cooperative (self->client);
  if (is_cooperative)
    qs_rejoin_begin (&self->rejoin, is_lost);
  if (is_lost || !is_cooperative)
    self->has_share = FALSE;
  qs_group_assignment_remove (self->client, partitions);
  qs_group_assignment_forget (self->assignment, partitions);
  qs_group_consumer_resume (self);
}

gboolean
qs_group_consumer_has_share (QsGroupConsumer *self)
{
  /* librdkafka knows of a loss before it says so. */
  return self->has_share && self->to_assign == NULL && self->to_revoke == NULL &&
         (self->is_alone ||
          (!qs_rejoin_is_under_way (&self->rejoin) && !rd_kafka_assignment_lost (self->client)));
}

gint64
qs_group_consumer_get_start (QsGroupConsumer *self, const char *topic, int partition)
{
  return qs_offsets_get (self->assignment, topic, partition);
}

QsOffsets *
qs_group_consumer_dup_assignment (QsGroupConsumer *self)
{
  return qs_offsets_copy (self->assignment);
}

gboolean
qs_group_consumer_commit (QsGroupConsumer *self,
                          QsOffsets       *offsets,
                          gint64           deadline,
                          GError         **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) partitions = qs_group_positions_new (offsets);

  return qs_rejoin_check_commit (&self->rejoin, error) &&
         qs_group_positions_commit (self->client, partitions, deadline, error);
}

gboolean
qs_group_consumer_commit_with (QsGroupConsumer *self,
                               QsOffsets       *offsets,
                               QsProducer      *producer,
                               gint64           deadline,
                               GError         **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) partitions = qs_group_positions_new (offsets);
  rd_kafka_consumer_group_metadata_t *metadata = NULL;
  gboolean                            ok = TRUE;

  metadata = rd_kafka_consumer_group_metadata (self->client);
  if (partitions->cnt > 0)
    ok = qs_producer_add_offsets (producer, partitions, metadata, deadline, error);
  rd_kafka_consumer_group_metadata_destroy (metadata);

  return ok && qs_producer_flush_until (producer, deadline, error);
}

gboolean
qs_group_consumer_rewind (QsGroupConsumer *self,
                          QsOffsets       *assignment,
                          gint64           deadline,
                          GError         **error)
{
  g_autoptr (rd_kafka_topic_partition_list_t) partitions = qs_group_positions_new (assignment);

  return qs_group_positions_rewind (self->client, partitions, deadline, error);
}

QsOffsets *
qs_group_consumer_find_ends (QsGroupConsumer *self,
                             QsOffsets       *partitions,
                             gint64           deadline,
                             GError         **error)
{
  return qs_group_positions_find_ends (self->client, partitions, deadline, error);
}

gint64
qs_group_consumer_count_unread (QsGroupConsumer *self,
                                QsOffsets       *share,
                                QsOffsets      **ends,
                                gint64           deadline,
                                GError         **error)
{
  if (self->is_alone)
    return 0;

  return qs_group_positions_count_unread (
      self->client, (const char *const *) self->topics, share, ends, deadline, error);
}

static void
close_thread (GTask *task, gpointer object, gpointer task_data, GCancellable *cancellable)
{
  QsGroupConsumer *self = object;

  rd_kafka_consumer_close (self->client);
  g_task_return_boolean (task, TRUE);
}

void
qs_group_consumer_close (QsGroupConsumer *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (rd_kafka_topic_partition_list_t) to_assign = g_steal_pointer (&self->to_assign);
  g_autoptr (rd_kafka_topic_partition_list_t) to_revoke = g_steal_pointer (&self->to_revoke);

  atomic_store (&self->is_closing, TRUE);
  self->listener = NULL;
  qs_gsource_clear (&self->source);
  qs_gsource_clear (&self->watch);

  /* librdkafka waits for the end of a rebalance that has begun. */
  if (to_revoke != NULL)
    qs_group_assignment_remove (self->client, to_revoke);
  if (to_assign != NULL)
    rd_kafka_assign (self->client, NULL);

  g_task_run_in_thread (task, close_thread);
}
