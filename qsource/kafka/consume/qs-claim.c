/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-claim-private.h"

#include "qs-claim-conf-private.h"
#include "qs-kafka-conf-private.h"
#include "qs-kafka-end-private.h"
#include "qs-kafka-error-private.h"
#include "qs-kill-point-private.h"
#include "qs-log-private.h"
#include "qs-queue-source-private.h"

/* Milliseconds for the brokers to note that a member leaves. */
#define LEAVE_TIME 5000

struct _QsClaim
{
  gatomicrefcount refs;

  /* Set once. Owned, but for the first. */
  QsClaimThread  *thread;
  QsClaimSettings settings; /* of texts only; its own copies */
  GMainContext   *context;  /* of who listens */

  /* The owner's thread. */
  const QsClaimListener *listener; /* static; NULL once nothing more is reported */
  gpointer               user_data;

  /* The claims' thread. Owned; NULL once it is over. */
  rd_kafka_t *client;
  GSource    *source;
  GSource    *leave_timer; /* nullable */
  GError     *failure;     /* nullable */
  int         n_owned;
  int         n_revoking; /* that were reported to the listener */
  gboolean    is_revoking;
  gboolean    is_leaving;
  gboolean    is_for_good;    /* if it is leaving */
  gboolean    has_assignment; /* it got one, which can be empty */
  gboolean    is_waiting;     /* for one, to leave then */
};

/* A note from one thread to the other. */
typedef enum
{
  TOLD_ASSIGNED,
  TOLD_REVOKED,
  TOLD_FAILED,
  TOLD_LEFT,
  ASKED_RELEASE,
  ASKED_LEAVE,
  ASKED_LEAVE_FOR_GOOD,
  ASKED_FINISH, /* by itself, as the next one */
  ASKED_GO,
  ASKED_END,
} Kind;

typedef struct
{
  QsClaim *claim; /* owned */
  Kind     kind;
  GArray  *partitions; /* int; owned; nullable */
  gboolean is_lost;
  GError  *error; /* owned; nullable */
} Note;

static void
claim_unref (QsClaim *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  g_assert (self->client == NULL);
  g_clear_error (&self->failure);
  g_main_context_unref (self->context);
  g_free ((char *) self->settings.topic);
  g_free ((char *) self->settings.instance_id);
  g_free (self);
}

static gboolean asked_cb (gpointer user_data);

static void
note_free (gpointer data)
{
  Note *note = data;

  claim_unref (note->claim);
  g_clear_pointer (&note->partitions, g_array_unref);
  g_clear_error (&note->error);
  g_free (note);
}

/* Has @func called with a note, after all that were sent there before; takes @partitions
 * and @error. @context is kept, as the note may be the last that does so. */
static void
send_note (QsClaim      *self,
           GMainContext *context,
           GSourceFunc   func,
           Kind          kind,
           GArray       *partitions,
           gboolean      is_lost,
           GError       *error)
{
  g_autoptr (GMainContext) kept = g_main_context_ref (context);
  g_autoptr (GSource) source = g_idle_source_new ();
  Note *note = g_new0 (Note, 1);

  g_atomic_ref_count_inc (&self->refs);
  *note = (Note){ self, kind, partitions, is_lost, error };
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, note, note_free);
  g_source_attach (source, kept);
}

/*
 * The owner's thread
 */

static gboolean
told_cb (gpointer user_data)
{
  Note    *note = user_data;
  QsClaim *self = note->claim;

  if (self->listener == NULL)
    return G_SOURCE_REMOVE;

  switch (note->kind)
    {
    case TOLD_ASSIGNED:
      self->listener->assigned (
          (int *) (gpointer) note->partitions->data, note->partitions->len, self->user_data);
      break;

    case TOLD_REVOKED:
      self->listener->revoked ((int *) (gpointer) note->partitions->data,
                               note->partitions->len,
                               note->is_lost,
                               self->user_data);
      break;

    case TOLD_FAILED:
      self->listener->failed (note->error, self->user_data);
      break;

    case TOLD_LEFT:
      self->listener->left (self->user_data);
      break;

    case ASKED_RELEASE:
    case ASKED_LEAVE:
    case ASKED_LEAVE_FOR_GOOD:
    case ASKED_FINISH:
    case ASKED_GO:
    case ASKED_END:
    default:
      g_assert_not_reached ();
    }

  return G_SOURCE_REMOVE;
}

/*
 * The claims' thread
 */

static void
tell (QsClaim *self, Kind kind, GArray *partitions, gboolean is_lost, GError *error)
{
  send_note (self, self->context, told_cb, kind, partitions, is_lost, error);
}

/* The end of the client; what it had is given away, or will be when the session is over. */
static void
end (QsClaim *self)
{
  g_clear_pointer (&self->leave_timer, g_source_destroy);
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);

  if (self->client == NULL)
    return;

  if (self->is_leaving && qs_kafka_end_allows_member (self->has_assignment))
    rd_kafka_consumer_close (self->client);
  qs_kafka_end_member (g_steal_pointer (&self->client), self->has_assignment);
}

/* It is over, as was asked for or for what has gone wrong. */
static void
finish (QsClaim *self)
{
  gboolean was_leaving = self->is_leaving;

  if (self->client == NULL)
    return;

  /* After a failure it would wait for what doesn't come any more. */
  self->is_leaving = was_leaving && self->failure == NULL;
  end (self);
  tell (self, was_leaving ? TOLD_LEFT : TOLD_FAILED, NULL, FALSE, g_steal_pointer (&self->failure));
}

static GArray *
list_partitions (const rd_kafka_topic_partition_list_t *partitions)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (int));

  for (int i = 0; i < partitions->cnt; i++)
    {
      int partition = partitions->elems[i].partition;

      g_array_append_val (list, partition);
    }

  return list;
}

/* Lets the group continue, with an empty assignment: a client with partitions would fetch from
 * them. */
static void
answer (QsClaim *self, gboolean is_assignment)
{
  rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new (0);
  rd_kafka_error_t                *failure = NULL;

  if (QS_IS_MUTANT ("claim-fetches"))
    rd_kafka_topic_partition_list_add (none, self->settings.topic, 0);
  if (is_assignment)
    failure = rd_kafka_incremental_assign (self->client, none);
  else
    failure = rd_kafka_incremental_unassign (self->client, none);
  rd_kafka_topic_partition_list_destroy (none);

  if (failure == NULL)
    return;

  qs_log_info (NULL,
               self->settings.topic,
               "Cannot answer the group incrementally: %s",
               rd_kafka_error_string (failure));
  rd_kafka_error_destroy (failure);
  rd_kafka_assign (self->client, NULL);
}

static void
release (QsClaim *self)
{
  if (!self->is_revoking)
    return;

  self->is_revoking = FALSE;
  self->n_owned = MAX (self->n_owned - self->n_revoking, 0);
  self->n_revoking = 0;
  answer (self, FALSE);
}

static void
note_revoked (QsClaim *self, const rd_kafka_topic_partition_list_t *partitions)
{
  gboolean is_lost = rd_kafka_assignment_lost (self->client) != 0;

  self->is_revoking = TRUE;
  self->n_revoking = partitions->cnt;
  if (self->is_leaving || partitions->cnt == 0)
    release (self);
  else
    tell (self, TOLD_REVOKED, list_partitions (partitions), is_lost, NULL);
}

static void
rebalance_cb (rd_kafka_t                      *client,
              rd_kafka_resp_err_t              code,
              rd_kafka_topic_partition_list_t *partitions,
              void                            *user_data)
{
  QsClaim *self = user_data;

  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
    {
      answer (self, TRUE);
      self->has_assignment = TRUE;
      self->n_owned += partitions->cnt;
      if (partitions->cnt > 0 && !self->is_leaving)
        tell (self, TOLD_ASSIGNED, list_partitions (partitions), FALSE, NULL);
    }
  else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
    {
      note_revoked (self, partitions);
    }
  else
    {
      rd_kafka_assign (client, NULL);
    }
}

/* The first one counts. Never in here, which librdkafka may have called, is the client
 * ended. */
static void
note_failure (QsClaim *self, rd_kafka_resp_err_t code, const char *reason)
{
  char fatal[512] = "";

  if (self->failure != NULL)
    return;
  if (code == RD_KAFKA_RESP_ERR__FATAL)
    {
      code = rd_kafka_fatal_error (self->client, fatal, sizeof fatal);
      reason = fatal;
    }

  self->failure = qs_claim_conf_new_error (&self->settings, code, reason);
}

static void
error_cb (rd_kafka_t *client, int code, const char *reason, void *user_data)
{
  g_autofree char *cause = qs_kafka_error_dup_cause (reason);

  if (code == RD_KAFKA_RESP_ERR__FATAL)
    note_failure (user_data, code, reason);
  else if (qs_kafka_error_refuses_admission (code, reason))
    note_failure (user_data, RD_KAFKA_RESP_ERR__AUTHENTICATION, cause);
}

static void
deal_with (QsClaim *self, const rd_kafka_message_t *message)
{
  const char *reason = rd_kafka_message_errstr (message);

  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    return;

  /* A topic that was made just now isn't known to each broker. */
  if (qs_kafka_error_is_passing (message->err) ||
      message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    qs_log_info (NULL, self->settings.topic, "Error while its partitions are shared: %s", reason);
  else
    note_failure (self, message->err, reason);
}

/* A QsQueueFunc. */
static gboolean
queue_cb (gpointer user_data)
{
  QsClaim            *self = user_data;
  rd_kafka_message_t *message = NULL;

  while ((message = rd_kafka_consumer_poll (self->client, 0)) != NULL)
    {
      deal_with (self, message);
      rd_kafka_message_destroy (message);
    }

  /* Not in here, where its queue is being served. */
  if (self->failure != NULL || (self->is_leaving && !self->is_waiting && self->n_owned == 0))
    send_note (self,
               qs_claim_thread_get_context (self->thread),
               asked_cb,
               ASKED_FINISH,
               NULL,
               FALSE,
               NULL);
  else if (self->is_waiting && qs_kafka_end_allows_member (self->has_assignment))
    send_note (
        self, qs_claim_thread_get_context (self->thread), asked_cb, ASKED_GO, NULL, FALSE, NULL);

  return FALSE;
}

/* With a static instance nobody learns from close() alone that it has gone. */
static void
unsubscribe (QsClaim *self)
{
  self->is_waiting = FALSE;
  if (self->is_for_good && !QS_IS_MUTANT ("stay-in-group"))
    rd_kafka_unsubscribe (self->client);
}

static gboolean
leave_timer_cb (gpointer user_data)
{
  QsClaim *self = user_data;

  if (self->is_waiting)
    unsubscribe (self);
  finish (self);

  return G_SOURCE_REMOVE;
}

static void
go (QsClaim *self)
{
  if (self->client == NULL)
    return;

  unsubscribe (self);
  release (self);
  if (!self->is_for_good || self->n_owned == 0)
    finish (self);
}

static void
leave (QsClaim *self, gboolean for_good)
{
  if (self->is_leaving)
    return;
  self->is_leaving = TRUE;
  self->is_for_good = for_good;
  if (self->client == NULL)
    {
      tell (self, TOLD_LEFT, NULL, FALSE, NULL);
      return;
    }

  self->leave_timer = g_timeout_source_new (LEAVE_TIME);
  g_source_set_callback (self->leave_timer, leave_timer_cb, self, NULL);
  g_source_attach (self->leave_timer, qs_claim_thread_get_context (self->thread));
  g_source_unref (self->leave_timer);

  self->is_waiting = !qs_kafka_end_allows_member (self->has_assignment);
  if (!self->is_waiting)
    go (self);
}

static gboolean
asked_cb (gpointer user_data)
{
  Note    *note = user_data;
  QsClaim *self = note->claim;

  switch (note->kind)
    {
    case ASKED_RELEASE:
      if (self->client != NULL)
        release (self);
      break;

    case ASKED_LEAVE:
    case ASKED_LEAVE_FOR_GOOD:
      leave (self, note->kind == ASKED_LEAVE_FOR_GOOD);
      break;

    case ASKED_FINISH:
      finish (self);
      break;

    case ASKED_GO:
      go (self);
      break;

    case ASKED_END:
      self->is_leaving = FALSE;
      end (self);
      break;

    case TOLD_ASSIGNED:
    case TOLD_REVOKED:
    case TOLD_FAILED:
    case TOLD_LEFT:
    default:
      g_assert_not_reached ();
    }

  return G_SOURCE_REMOVE;
}

/*
 * The owner's thread
 */

static void
ask (QsClaim *self, Kind kind)
{
  send_note (self, qs_claim_thread_get_context (self->thread), asked_cb, kind, NULL, FALSE, NULL);
}

static gboolean
subscribe (QsClaim *self, GError **error)
{
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new (1);
  rd_kafka_resp_err_t              code;

  rd_kafka_topic_partition_list_add (topics, self->settings.topic, RD_KAFKA_PARTITION_UA);
  code = rd_kafka_subscribe (self->client, topics);
  rd_kafka_topic_partition_list_destroy (topics);

  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return TRUE;

  g_propagate_error (error, qs_claim_conf_new_error (&self->settings, code, NULL));

  return FALSE;
}

/* The client, which isn't served yet. */
static gboolean
create (QsClaim *self, const QsClaimSettings *settings, GError **error)
{
  rd_kafka_conf_t *conf = qs_claim_conf_new (settings, error);

  if (conf == NULL)
    return FALSE;

  rd_kafka_conf_set_opaque (conf, self);
  rd_kafka_conf_set_rebalance_cb (conf, rebalance_cb);
  rd_kafka_conf_set_error_cb (conf, error_cb);
  self->client = qs_kafka_conf_create (conf, QS_KAFKA_ROLE_GROUP, error);
  if (self->client == NULL)
    return FALSE;

  rd_kafka_poll_set_consumer (self->client);
  self->source = qs_queue_source_new (rd_kafka_queue_get_consumer (self->client), error);

  return self->source != NULL && subscribe (self, error);
}

QsClaim *
qs_claim_new (QsClaimThread         *thread,
              const QsClaimSettings *settings,
              const QsClaimListener *listener,
              gpointer               user_data,
              GError               **error)
{
  QsClaim *self = g_new0 (QsClaim, 1);

  g_atomic_ref_count_init (&self->refs);
  self->thread = thread;
  self->settings.topic = g_strdup (settings->topic);
  self->settings.instance_id = g_strdup (settings->instance_id);
  self->settings.session_timeout = settings->session_timeout;
  self->context = g_main_context_ref_thread_default ();
  self->listener = listener;
  self->user_data = user_data;

  if (!create (self, settings, error))
    {
      end (self);
      claim_unref (self);
      return NULL;
    }

  g_source_set_callback (self->source, (GSourceFunc) (gpointer) queue_cb, self, NULL);
  g_source_attach (self->source,
                   QS_IS_MUTANT ("claim-in-main") ? self->context
                                                  : qs_claim_thread_get_context (thread));

  return self;
}

void
qs_claim_free (QsClaim *self)
{
  self->listener = NULL;
  ask (self, ASKED_END);
  claim_unref (self);
}

void
qs_claim_release (QsClaim *self)
{
  ask (self, ASKED_RELEASE);
}

void
qs_claim_leave (QsClaim *self, gboolean for_good)
{
  ask (self, for_good ? ASKED_LEAVE_FOR_GOOD : ASKED_LEAVE);
}
