/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-consumer-private.h"

#include "qs-deadline-private.h"
#include "qs-group-consumer-private.h"
#include "qs-gsource-private.h"
#include "qs-kafka-error.h"
#include "qs-log-private.h"
#include "qs-offsets-private.h"

/* So many messages are held at most, but for the rest of a look at the queue. */
#define MAX_HELD 500

/* Seconds that leaving the group may take, and a commit while the group changes. */
#define CLOSE_TIME 10.0
#define COMMIT_TIME 10.0

/* Seconds between two tries. */
#define RETRY_TIME 0.2

/* Seconds for a commit in a poll() that doesn't wait as long. */
#define PASSING_TIME 0.1

/* Milliseconds. */
#define MAX_WAIT 60000

/**
 * QsConsumer:
 *
 * Reads topics message by message, as a member of the application's consumer group.
 *
 * [method@Application.get_consumer] makes it, for programs that read records themselves.
 * Use a [class@Dataframe] to process records with the delivery guarantees of the library.
 *
 * It delivers at least once: an offset is committed only after the program has marked the
 * message as processed. [method@Consumer.commit] commits at once. Offsets marked by
 * [method@Consumer.store_offset] are committed every [property@Application:commit-interval]
 * seconds, when partitions go to another member, and by [method@Consumer.close].
 *
 * Only one thread at a time may use it. The thread must call [method@Consumer.poll] at
 * least every `max.poll.interval.ms` (5 minutes unless
 * [property@Application:consumer-config] sets it); otherwise its partitions go to other
 * members.
 *
 * Since: 1.0
 */
struct _QsConsumer
{
  GObject parent_instance;

  QsKafkaConfig    *config;
  char             *group;
  QsAutoOffsetReset reset;
  gboolean          is_alone;
  double            commit_interval;

  GMainContext    *context; /* in which the member works; owned */
  QsGroupConsumer *member;  /* owned; NULL unless subscribed */
  GQueue           held;    /* of QsMessage, read but not yet taken */
  gboolean         is_full; /* the member is paused until they are taken */
  QsOffsets       *stored;  /* owned */
  gint64           commit_at;
  gint64           deadline; /* of the call in which the member works */
  GError          *error;    /* not yet reported; owned, nullable */
};

G_DEFINE_FINAL_TYPE (QsConsumer, qs_consumer, G_TYPE_OBJECT)

static void
drop_held (QsConsumer *self)
{
  g_queue_clear_full (&self->held, g_object_unref);
}

/* Of partitions that are another member's now, nothing is handed out or committed. */
static void
drop_foreign (QsConsumer *self)
{
  g_autoptr (QsOffsets) share = qs_group_consumer_dup_assignment (self->member);
  g_autoptr (GPtrArray) stored = qs_offsets_list (self->stored);

  for (guint i = g_queue_get_length (&self->held); i > 0; i--)
    {
      g_autoptr (QsMessage) message = g_queue_pop_head (&self->held);

      if (qs_offsets_get (
              share, qs_message_get_topic (message), qs_message_get_partition (message)) >= 0)
        g_queue_push_tail (&self->held, g_steal_pointer (&message));
    }

  for (guint i = 0; i < stored->len; i++)
    {
      QsOffset        *offset = stored->pdata[i];
      g_autofree char *topic = g_strdup (offset->topic);

      if (qs_offsets_get (share, topic, offset->partition) < 0)
        qs_offsets_remove (self->stored, topic, offset->partition);
    }
}

static gboolean
commit_stored (QsConsumer *self, gint64 deadline, GError **error)
{
  self->commit_at = qs_deadline_after (self->commit_interval);
  if (qs_offsets_count (self->stored) == 0)
    return TRUE;
  if (!qs_group_consumer_commit (self->member, self->stored, deadline, error))
    return FALSE;

  qs_offsets_clear (self->stored);
  return TRUE;
}

static void
take_error (QsConsumer *self, const GError *error)
{
  if (self->error == NULL)
    self->error = g_error_copy (error);
}

static void
assigned_cb (gpointer user_data)
{
}

static void
revoked_cb (gboolean lost, gpointer user_data)
{
  QsConsumer *self = user_data;
  gint64      deadline = MAX (self->deadline, qs_deadline_after (PASSING_TIME));
  g_autoptr (GError) error = NULL;

  if (!lost && self->commit_interval >= 0 && !commit_stored (self, deadline, &error))
    qs_log_warning (
        NULL, NULL, "Cannot commit before partitions go to another member: %s", error->message);

  qs_group_consumer_release (self->member);
  drop_foreign (self);
}

static void
received_cb (const QsReceived *received, gpointer user_data)
{
  QsConsumer *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!qs_received_check (received, &error))
    {
      take_error (self, error);
      return;
    }

  g_queue_push_tail (&self->held, qs_received_new_message (received));
  if (!self->is_full && g_queue_get_length (&self->held) >= MAX_HELD)
    {
      self->is_full = TRUE;
      qs_group_consumer_pause (self->member);
    }
}

static void
end_reached_cb (const char *topic, int partition, gint64 offset, gpointer user_data)
{
}

static void
batch_done_cb (gpointer user_data)
{
}

static void
failed_cb (const GError *error, gboolean fatal, gpointer user_data)
{
  take_error (user_data, error);
}

static const QsGroupListener listener = {
  .assigned = assigned_cb,
  .revoked = revoked_cb,
  .received = received_cb,
  .end_reached = end_reached_cb,
  .batch_done = batch_done_cb,
  .failed = failed_cb,
};

static void
qs_consumer_dispose (GObject *object)
{
  qs_consumer_close (QS_CONSUMER (object), NULL);

  G_OBJECT_CLASS (qs_consumer_parent_class)->dispose (object);
}

static void
qs_consumer_finalize (GObject *object)
{
  QsConsumer *self = QS_CONSUMER (object);

  g_clear_pointer (&self->stored, qs_offsets_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->config, qs_kafka_config_unref);
  g_clear_pointer (&self->group, g_free);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (qs_consumer_parent_class)->finalize (object);
}

static void
qs_consumer_class_init (QsConsumerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qs_consumer_dispose;
  object_class->finalize = qs_consumer_finalize;
}

static void
qs_consumer_init (QsConsumer *self)
{
  g_queue_init (&self->held);
  self->context = g_main_context_new ();
  self->stored = qs_offsets_new ();
}

QsConsumer *
qs_consumer_new (QsKafkaConfig    *config,
                 const char       *group,
                 QsAutoOffsetReset reset,
                 gboolean          alone,
                 double            commit_interval)
{
  QsConsumer *self = g_object_new (QS_TYPE_CONSUMER, NULL);

  self->config = qs_kafka_config_ref (config);
  self->group = g_strdup (group);
  self->reset = reset;
  self->is_alone = alone;
  self->commit_interval = commit_interval;

  return self;
}

static gboolean
check_subscribed (QsConsumer *self, const char *what, GError **error)
{
  if (self->member != NULL)
    return TRUE;

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_FAILED,
               "Cannot %s: the consumer is not subscribed; call subscribe() first",
               what);

  return FALSE;
}

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* Lets the member work once; waits until @deadline at most for something to do. */
static void
work (QsConsumer *self, gint64 deadline)
{
  g_autoptr (GSource) wake = g_timeout_source_new (qs_deadline_slice (deadline, MAX_WAIT));

  g_source_set_callback (wake, wake_cb, NULL, NULL);
  g_source_attach (wake, self->context);
  g_main_context_iteration (self->context, !qs_deadline_passed (deadline));
  g_source_destroy (wake);
}

/* As commit_stored(), but waits while the group changes: until it has settled, it takes
 * no commits. */
static gboolean
commit_when_settled (QsConsumer *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;

  self->deadline = deadline;
  while (!commit_stored (self, deadline, &failure))
    {
      if (!g_error_matches (failure, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE) ||
          qs_deadline_passed (deadline))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }

      g_clear_error (&failure);
      g_main_context_push_thread_default (self->context);
      work (self, MIN (deadline, qs_deadline_after (RETRY_TIME)));
      g_main_context_pop_thread_default (self->context);
    }

  return TRUE;
}

/* Now and then, in poll(). An answer that is late is not waited for, but what was sent
 * counts. */
static gboolean
commit_in_passing (QsConsumer *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) failure = NULL;

  deadline = MAX (deadline, qs_deadline_after (PASSING_TIME));
  if (!qs_deadline_passed (self->commit_at) || commit_stored (self, deadline, &failure))
    return TRUE;
  if (g_error_matches (failure, QS_KAFKA_ERROR, QS_KAFKA_ERROR_INVALID_STATE) ||
      (g_error_matches (failure, QS_KAFKA_ERROR, QS_KAFKA_ERROR_TIMED_OUT) &&
       qs_deadline_passed (deadline)))
    {
      self->commit_at = qs_deadline_after (RETRY_TIME);
      return TRUE;
    }

  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/**
 * qs_consumer_subscribe:
 * @self: a consumer
 * @topics: (array zero-terminated=1): the names of the topics to read, at least one
 * @error: return location for an error
 *
 * Joins the consumer group and subscribes to topics.
 *
 * Call it once before [method@Consumer.close]. It does not wait for the brokers;
 * [method@Consumer.poll] reports their errors.
 *
 * Returns: true if the group is being joined
 *
 * Since: 1.0
 */
gboolean
qs_consumer_subscribe (QsConsumer *self, const char *const *topics, GError **error)
{
  gboolean ok = FALSE;

  g_return_val_if_fail (QS_IS_CONSUMER (self), FALSE);
  g_return_val_if_fail (topics != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (self->member != NULL || topics[0] == NULL)
    {
      g_set_error (error,
                   QS_KAFKA_ERROR,
                   QS_KAFKA_ERROR_FAILED,
                   "Cannot subscribe: %s",
                   topics[0] == NULL ? "there is no topic to read"
                                     : "the consumer reads topics already; close() it first");
      return FALSE;
    }

  self->member = qs_group_consumer_new (
      self->config, self->group, self->reset, self->is_alone, &listener, self, error);
  if (self->member == NULL)
    return FALSE;

  self->commit_at = qs_deadline_after (self->commit_interval);
  g_main_context_push_thread_default (self->context);
  ok = qs_group_consumer_subscribe (self->member, topics, error);
  g_main_context_pop_thread_default (self->context);
  if (!ok)
    g_clear_object (&self->member);

  return ok;
}

/**
 * qs_consumer_poll:
 * @self: a consumer
 * @timeout: how long to wait at most, in seconds; 0 = not at all, or for a tenth of a
 *   second if a commit is due; -1 = without limit
 * @error: return location for an error
 *
 * Gets the next message, or waits for one.
 *
 * An error that librdkafka or the brokers report is returned once; the next call continues.
 * A message that cannot be represented, such as one with a NUL in a header's name, is an
 * error, too; the next call skips it.
 *
 * Returns: (transfer full) (nullable): the message; `NULL` with @error unset if none came
 *   in time
 *
 * Since: 1.0
 */
QsMessage *
qs_consumer_poll (QsConsumer *self, double timeout, GError **error)
{
  gint64 deadline = qs_deadline_after (timeout);

  g_return_val_if_fail (QS_IS_CONSUMER (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!qs_deadline_check (timeout, error) || !check_subscribed (self, "poll", error) ||
      !commit_in_passing (self, deadline, error))
    return NULL;

  self->deadline = deadline;
  g_main_context_push_thread_default (self->context);
  do
    work (self, g_queue_is_empty (&self->held) ? deadline : 0);
  while (g_queue_is_empty (&self->held) && self->error == NULL && !qs_deadline_passed (deadline));
  g_main_context_pop_thread_default (self->context);

  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return NULL;
    }
  if (self->is_full && g_queue_get_length (&self->held) <= 1)
    {
      self->is_full = FALSE;
      qs_group_consumer_resume (self->member);
    }

  return g_queue_pop_head (&self->held);
}

static gboolean
note_offset (QsConsumer *self, QsMessage *message, GError **error)
{
  const char *topic = qs_message_get_topic (message);
  int         partition = qs_message_get_partition (message);

  if (topic != NULL && qs_group_consumer_get_start (self->member, topic, partition) >= 0)
    {
      qs_offsets_set (self->stored, topic, partition, qs_message_get_offset (message) + 1);
      return TRUE;
    }

  g_set_error (error,
               QS_KAFKA_ERROR,
               QS_KAFKA_ERROR_FAILED,
               "Cannot store the offset of a message of topic '%s', partition %d: this consumer no "
               "longer reads that partition; another member of group '%s' reads the message again",
               topic != NULL ? topic : "(none)",
               partition,
               self->group);

  return FALSE;
}

/**
 * qs_consumer_store_offset:
 * @self: a consumer
 * @message: a message that [method@Consumer.poll] has returned
 * @error: return location for an error
 *
 * Marks a message, and all messages before it in its partition, as processed.
 *
 * The offset is committed later, see [class@Consumer]. The call fails if the partition has
 * gone to another member, which reads the message again.
 *
 * Returns: true if the offset will be committed
 *
 * Since: 1.0
 */
gboolean
qs_consumer_store_offset (QsConsumer *self, QsMessage *message, GError **error)
{
  g_return_val_if_fail (QS_IS_CONSUMER (self), FALSE);
  g_return_val_if_fail (QS_IS_MESSAGE (message), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return check_subscribed (self, "store an offset", error) && note_offset (self, message, error);
}

/**
 * qs_consumer_commit:
 * @self: a consumer
 * @message: (nullable): a message that [method@Consumer.poll] has returned; `NULL` = all
 *   messages whose offsets are stored
 * @error: return location for an error
 *
 * Commits the stored offsets, and that of @message with all messages before it in its
 * partition.
 *
 * It blocks until the brokers have answered, for at most 10 seconds; they accept no commits
 * while the group changes. Offsets of partitions that have gone to another member are not
 * committed, because that member reads those messages again.
 *
 * Returns: true if the brokers have stored the offsets of all partitions that are still
 *   read here
 *
 * Since: 1.0
 */
gboolean
qs_consumer_commit (QsConsumer *self, QsMessage *message, GError **error)
{
  g_return_val_if_fail (QS_IS_CONSUMER (self), FALSE);
  g_return_val_if_fail (message == NULL || QS_IS_MESSAGE (message), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return check_subscribed (self, "commit", error) &&
         (message == NULL || note_offset (self, message, error)) &&
         commit_when_settled (self, qs_deadline_after (COMMIT_TIME), error);
}

static void
closed_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* Unless it leaves in time it is left alone: the group finds out by its session. */
static void
leave (QsConsumer *self)
{
  gint64    deadline = qs_deadline_after (CLOSE_TIME);
  gboolean *is_closed = g_new0 (gboolean, 1);

  self->deadline = deadline;
  g_main_context_push_thread_default (self->context);
  qs_group_consumer_close (self->member, closed_cb, is_closed);
  while (!*is_closed && !qs_deadline_passed (deadline))
    work (self, deadline);
  g_main_context_pop_thread_default (self->context);

  /* Later results are still written there. */
  if (*is_closed)
    g_free (is_closed);
}

/**
 * qs_consumer_close:
 * @self: a consumer
 * @error: return location for an error
 *
 * Commits the stored offsets and leaves the group, which assigns the partitions to other
 * members at once.
 *
 * It blocks, for at most 20 seconds and usually for less than one. Dropping the last
 * reference does the same. Closing a consumer that is not subscribed does nothing. A closed
 * consumer can subscribe again.
 *
 * Returns: true if the stored offsets are committed
 *
 * Since: 1.0
 */
gboolean
qs_consumer_close (QsConsumer *self, GError **error)
{
  gboolean ok = TRUE;

  g_return_val_if_fail (QS_IS_CONSUMER (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (self->member == NULL)
    return TRUE;

  if (self->commit_interval >= 0)
    ok = commit_when_settled (self, qs_deadline_after (COMMIT_TIME), error);
  leave (self);

  g_clear_object (&self->member);
  drop_held (self);
  qs_offsets_clear (self->stored);
  g_clear_error (&self->error);
  self->is_full = FALSE;

  return ok;
}
