/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-share-private.h"

#include "qs-gsource-private.h"
#include "qs-instance-private.h"
#include "qs-log-private.h"
#include "qs-standby-private.h"
#include "qs-stateful-source.h"

/* Milliseconds that a store which stood by has to be closed; the worker waits for its lock
 * then. */
#define LET_GO_TIME 5000

struct _QsShare
{
  /* Set once. Not owned. */
  QsBaseSource           *source;
  const QsWorkerSettings *settings;
  const QsShareListener  *listener;
  gpointer                user_data;

  /* Of one that is shared; NULL while it isn't held. Owned. */
  QsInstance *instance;
  QsClaim    *claim;
  QsStandby  *standby; /* nullable */

  GArray  *revoked;     /* int, of those that wait for release(); owned */
  GArray  *pending;     /* int, assigned as soon as their stores are free; owned */
  GSource *pending_end; /* when that is too long; owned; nullable */
  gboolean is_held;
  gboolean is_settled;
};

/* Whether it was pending, which it isn't any more. */
static gboolean
take_pending (QsShare *self, int partition)
{
  for (guint i = 0; i < self->pending->len; i++)
    {
      if (g_array_index (self->pending, int, i) != partition)
        continue;

      g_array_remove_index_fast (self->pending, i);
      if (self->pending->len == 0)
        qs_gsource_clear (&self->pending_end);
      return TRUE;
    }

  return FALSE;
}

static void
let_go (int partition, gpointer user_data)
{
  QsShare *self = user_data;

  if (take_pending (self, partition))
    self->listener->assigned (partition, self->user_data);
}

static gboolean
pending_end_cb (gpointer user_data)
{
  QsShare *self = user_data;

  qs_log_warning (qs_base_source_get_name (self->source),
                  NULL,
                  "The standby store of partition %d is still busy after %d s; the worker is "
                  "started anyway, and waits for it",
                  g_array_index (self->pending, int, 0),
                  LET_GO_TIME / 1000);
  while (self->pending->len > 0)
    let_go (g_array_index (self->pending, int, 0), self);

  return G_SOURCE_REMOVE;
}

static void
standby_changed (gpointer user_data)
{
  QsShare *self = user_data;

  self->listener->changed (self->user_data);
}

static const QsStandbyListener standby_listener = { let_go, standby_changed };

static void
assigned (const int *partitions, guint n_partitions, gpointer user_data)
{
  QsShare *self = user_data;
  g_autoptr (GArray) ready = g_array_new (FALSE, FALSE, sizeof (int));

  self->is_settled = TRUE;
  for (guint i = 0; i < n_partitions; i++)
    {
      gboolean is_free = self->standby == NULL || qs_standby_take (self->standby, partitions[i]);

      g_array_append_vals (is_free ? ready : self->pending, &partitions[i], 1);
    }
  if (self->pending->len > 0 && self->pending_end == NULL)
    self->pending_end = qs_gsource_new_timeout (LET_GO_TIME, pending_end_cb, self);

  for (guint i = 0; i < ready->len; i++)
    self->listener->assigned (g_array_index (ready, int, i), self->user_data);
}

static void
revoked (const int *partitions, guint n_partitions, gboolean lost, gpointer user_data)
{
  QsShare *self = user_data;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (int));

  /* Sets all before reporting the first, which might be released at once. */
  g_array_append_vals (all, partitions, n_partitions);
  g_array_append_vals (self->revoked, partitions, n_partitions);
  for (guint i = 0; i < all->len; i++)
    {
      int partition = g_array_index (all, int, i);

      if (take_pending (self, partition))
        qs_share_release (self, partition);
      else
        self->listener->revoked (partition, lost, self->user_data);
    }
}

static void
forget_pending (QsShare *self)
{
  qs_gsource_clear (&self->pending_end);
  g_array_set_size (self->pending, 0);
}

static void
failed (const GError *error, gpointer user_data)
{
  QsShare *self = user_data;

  g_array_set_size (self->revoked, 0);
  forget_pending (self);
  self->listener->failed (error, self->user_data);
}

static void
end (QsShare *self)
{
  g_clear_pointer (&self->claim, qs_claim_free);
  g_clear_pointer (&self->standby, qs_standby_free);
  forget_pending (self);
  g_clear_pointer (&self->instance, qs_instance_free);
  g_array_set_size (self->revoked, 0);
  self->is_held = FALSE;
  self->is_settled = FALSE;
}

static void
left (gpointer user_data)
{
  QsShare *self = user_data;

  end (self);
  self->listener->left (self->user_data);
}

static const QsClaimListener claim_listener = { assigned, revoked, failed, left };

QsShare *
qs_share_new (QsBaseSource           *source,
              const QsWorkerSettings *settings,
              const QsShareListener  *listener,
              gpointer                user_data)
{
  QsShare *self = g_new0 (QsShare, 1);

  self->source = source;
  self->settings = settings;
  self->listener = listener;
  self->user_data = user_data;
  self->revoked = g_array_new (FALSE, FALSE, sizeof (int));
  self->pending = g_array_new (FALSE, FALSE, sizeof (int));

  return self;
}

void
qs_share_free (QsShare *self)
{
  end (self);
  g_array_unref (self->revoked);
  g_array_unref (self->pending);
  g_free (self);
}

int
qs_share_get_n_partitions (QsShare *self)
{
  if (QS_IS_STATEFUL_SOURCE (self->source))
    return qs_stateful_source_get_n_partitions (QS_STATEFUL_SOURCE (self->source));

  return 1;
}

static gboolean
can_stand_by (QsShare *self)
{
  const QsWorkerSettings *settings = self->settings;

  return settings->share.standby_replicas != 0 && settings->state->use_changelog_topics &&
         QS_IS_STATEFUL_SOURCE (self->source) && !qs_kafka_config_is_embedded (settings->config);
}

static gboolean
claim (QsShare *self, GError **error)
{
  const QsWorkerSettings *settings = self->settings;
  g_autofree char        *topic = qs_instance_dup_topic (self->source, settings->state);
  QsClaimSettings         wanted = {
            .config = settings->config,
            .group = topic,
            .topic = topic,
            .session_timeout = settings->share.session_timeout,
  };

  self->instance = qs_instance_new (
      settings->state, qs_base_source_get_name (self->source), settings->share.instance_id, error);
  if (self->instance == NULL)
    return FALSE;

  wanted.instance_id = qs_instance_get_id (self->instance);
  self->claim = qs_claim_new (settings->share.thread, &wanted, &claim_listener, self, error);
  if (self->claim == NULL)
    return FALSE;

  if (can_stand_by (self))
    self->standby = qs_standby_new (QS_STATEFUL_SOURCE (self->source),
                                    settings,
                                    topic,
                                    wanted.instance_id,
                                    &standby_listener,
                                    self);

  return TRUE;
}

gboolean
qs_share_start (QsShare *self, GError **error)
{
  g_assert (!self->is_held);

  self->is_held = TRUE;
  self->is_settled = self->settings->share.mode == QS_ASSIGNMENT_ALL;
  if (self->is_settled || claim (self, error))
    return TRUE;

  end (self);

  return FALSE;
}

void
qs_share_release (QsShare *self, int partition)
{
  for (guint i = 0; i < self->revoked->len; i++)
    {
      if (g_array_index (self->revoked, int, i) != partition)
        continue;

      g_array_remove_index_fast (self->revoked, i);
      if (self->standby != NULL)
        qs_standby_give (self->standby, partition);
      if (self->revoked->len == 0 && self->claim != NULL)
        qs_claim_release (self->claim);
      return;
    }
}

void
qs_share_leave (QsShare *self, gboolean for_good)
{
  if (!self->is_held)
    return;

  if (self->standby != NULL)
    qs_standby_stop (self->standby);
  if (self->claim != NULL)
    qs_claim_leave (self->claim, for_good);
  else
    left (self);
}

gboolean
qs_share_is_held (QsShare *self)
{
  return self->is_held;
}

gboolean
qs_share_is_settled (QsShare *self)
{
  return self->is_settled;
}

gboolean
qs_share_is_pending (QsShare *self)
{
  return self->pending->len > 0;
}

void
qs_share_count_standby (QsShare *self, guint64 *n_partitions, guint64 *lag)
{
  *n_partitions = 0;
  *lag = 0;
  if (self->standby != NULL)
    qs_standby_count (self->standby, n_partitions, lag);
}

void
qs_share_describe (QsShare *self, GVariantBuilder *dict)
{
  if (self->standby != NULL)
    qs_standby_describe (self->standby, dict);
}
