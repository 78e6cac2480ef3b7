/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-share-private.h"

#include "qs-instance-private.h"
#include "qs-stateful-source.h"

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

  GArray  *revoked; /* int, of those that wait for release(); owned */
  gboolean is_held;
  gboolean is_settled;
};

static void
assigned (const int *partitions, guint n_partitions, gpointer user_data)
{
  QsShare *self = user_data;

  self->is_settled = TRUE;
  for (guint i = 0; i < n_partitions; i++)
    self->listener->assigned (partitions[i], self->user_data);
}

static void
revoked (const int *partitions, guint n_partitions, gboolean lost, gpointer user_data)
{
  QsShare *self = user_data;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (int));

  /* All before the first is told, as it may be released at once. */
  g_array_append_vals (all, partitions, n_partitions);
  g_array_append_vals (self->revoked, partitions, n_partitions);
  for (guint i = 0; i < all->len; i++)
    self->listener->revoked (g_array_index (all, int, i), lost, self->user_data);
}

static void
failed (const GError *error, gpointer user_data)
{
  QsShare *self = user_data;

  g_array_set_size (self->revoked, 0);
  self->listener->failed (error, self->user_data);
}

static void
end (QsShare *self)
{
  g_clear_pointer (&self->claim, qs_claim_free);
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

  return self;
}

void
qs_share_free (QsShare *self)
{
  end (self);
  g_array_unref (self->revoked);
  g_free (self);
}

int
qs_share_get_n_partitions (QsShare *self)
{
  if (QS_IS_STATEFUL_SOURCE (self->source))
    return qs_stateful_source_get_n_partitions (QS_STATEFUL_SOURCE (self->source));

  return 1;
}

static void
take_all (QsShare *self)
{
  int n_partitions = qs_share_get_n_partitions (self);

  self->is_settled = TRUE;
  for (int i = 0; i < n_partitions && self->is_held; i++)
    self->listener->assigned (i, self->user_data);
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

  return self->claim != NULL;
}

gboolean
qs_share_start (QsShare *self, GError **error)
{
  g_assert (!self->is_held);

  self->is_held = TRUE;
  if (self->settings->share.mode == QS_ASSIGNMENT_ALL)
    {
      take_all (self);
      return TRUE;
    }

  if (claim (self, error))
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
