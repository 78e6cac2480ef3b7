/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-standby-private.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "qs-changelog-topic-private.h"
#include "qs-deadline-private.h"
#include "qs-group-members-private.h"
#include "qs-gsource-private.h"
#include "qs-kill-point-private.h"
#include "qs-log-private.h"
#include "qs-standby-choice-private.h"
#include "qs-standby-store-private.h"

/* Seconds: between two steps of a partition, and after one that failed. */
#define STEP_INTERVAL 1.0
#define RETRY_INTERVAL 10.0

/* Seconds: between two choices of what is kept; after something moved, so that it isn't
 * asked for in the middle of that; and after an answer that was none. */
#define CHOICE_INTERVAL 60.0
#define CHOICE_DELAY 1.0

/* Seconds that a broker has for an answer: free() might have to wait as long. */
#define REQUEST_TIMEOUT 2.0

/* Seconds without anything to read after which a step gives up. */
#define READ_TIMEOUT 20.0

/* Records of a step after which the memory that they took is given back. */
#define MANY_RECORDS 100000

/* One partition. */
typedef struct
{
  /* The thread's. Owned; made when it is first needed. */
  QsStandbyStore *store;

  /* With the lock. */
  gboolean is_here;   /* a worker of ours has it, or is to have it */
  gboolean is_wanted; /* it is to be kept while it isn't here */
  gboolean is_open;   /* the thread may have the store open */
  gboolean is_let_go; /* which is still to be reported */
  gboolean has_caught_up;
  gint64   step_at; /* deadline */
  gint64   since;   /* ms since 1970: of its being kept */
  gint64   lag;     /* offsets; -1 = unknown */
} Place;

struct _QsStandby
{
  /* Set once. Owned, but for the listener. */
  char                    *source; /* its name */
  char                    *store_name;
  char                    *group;
  char                    *instance_id;
  QsKafkaConfig           *config;
  QsStateSettings         *settings;
  int                      n_replicas;
  int                      n_partitions;
  const QsStandbyListener *listener;
  gpointer                 user_data;
  GSource                 *note; /* wakes the owner's context */
  GThread                 *thread;

  /* The thread's. */
  QsChangelogReader *reader;    /* owned; nullable */
  gint64             retention; /* ms; -1 = unknown */
  char              *problem;   /* what was reported last; owned; nullable */

  GMutex        lock;
  GCond         wake;
  Place        *places;      /* @n_partitions; owned */
  gint64        choose_at;   /* deadline */
  GCancellable *cancellable; /* of what the thread does; owned; nullable */
  gboolean      is_ending;
};

/* Reports everything that is new to the owner. */
static void
note (QsStandby *self)
{
  g_source_set_ready_time (self->note, 0);
}

/*
 * The thread
 */

/* Logs a repeated problem only once. */
static void
tell_problem (QsStandby *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_strcmp0 (self->problem, error->message) == 0)
    return;

  g_free (self->problem);
  self->problem = g_strdup (error->message);
  qs_log_warning (self->source,
                  NULL,
                  "Cannot follow the changelog of a standby; trying again: %s",
                  error->message);
}

/* Begins something that may take long, without the lock. */
static GCancellable *
begin_locked (QsStandby *self)
{
  GCancellable *cancellable = g_cancellable_new ();

  self->cancellable = g_object_ref (cancellable);
  g_mutex_unlock (&self->lock);

  return cancellable;
}

static void
end_locked (QsStandby *self)
{
  g_mutex_lock (&self->lock);
  g_clear_object (&self->cancellable);
}

/* Closes a store that is to be closed, if there is one. */
static gboolean
let_go_locked (QsStandby *self)
{
  for (int i = 0; i < self->n_partitions; i++)
    {
      Place   *place = &self->places[i];
      gboolean is_kept = place->is_wanted && !place->is_here && !self->is_ending;

      if (!place->is_open || is_kept)
        continue;

      g_mutex_unlock (&self->lock);
      if (place->store != NULL)
        qs_standby_store_close (place->store);
      g_mutex_lock (&self->lock);

      place->is_open = FALSE;
      place->is_let_go = place->is_here;
      note (self);
      return TRUE;
    }

  return FALSE;
}

static void
set_wanted_locked (QsStandby *self, int partition, gboolean is_wanted)
{
  Place *place = &self->places[partition];

  if (place->is_wanted == is_wanted)
    return;

  place->is_wanted = is_wanted;
  place->has_caught_up = FALSE;
  place->lag = -1;
  place->since = g_get_real_time () / 1000;
  place->step_at = 0;
  note (self);
}

/* Asks who is there; NULL: it isn't known now. */
static GPtrArray *
fetch_members (QsStandby *self, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *members = NULL;

  members =
      qs_group_members_fetch (self->config, self->group, 2 * REQUEST_TIMEOUT, cancellable, &error);
  if (members == NULL)
    tell_problem (self, error);

  return members;
}

/* Chooses what is kept, if it is time for that. */
static gboolean
choose_locked (QsStandby *self)
{
  g_autoptr (GCancellable) cancellable = NULL;
  g_autoptr (GPtrArray) members = NULL;

  if (!qs_deadline_passed (self->choose_at))
    return FALSE;

  self->choose_at = qs_deadline_after (CHOICE_INTERVAL);
  cancellable = begin_locked (self);
  members = fetch_members (self, cancellable);
  end_locked (self);

  if (members == NULL && !g_cancellable_is_cancelled (cancellable))
    self->choose_at = qs_deadline_after (RETRY_INTERVAL);
  else if (members == NULL || members->len == 0)
    self->choose_at = qs_deadline_after (CHOICE_DELAY);
  for (int i = 0; i < self->n_partitions && members != NULL && members->len > 0; i++)
    set_wanted_locked (
        self, i, qs_standby_choice_includes (members, self->instance_id, i, self->n_replicas));

  return TRUE;
}

/* Makes the clients that all steps need. */
static gboolean
prepare (QsStandby *self, GCancellable *cancellable, GError **error)
{
  g_autofree char  *topic = NULL;
  QsChangelogLimits limits = { 0 };

  if (self->retention < 0)
    {
      topic = qs_state_settings_dup_changelog (self->settings, self->store_name);
      if (!qs_changelog_topic_check (
              self->config, topic, self->n_partitions, FALSE, &limits, cancellable, error))
        return FALSE;
      self->retention = limits.retention;
    }

  if (self->reader == NULL)
    self->reader = qs_changelog_reader_new_onlooker (self->config, error);

  return self->reader != NULL;
}

typedef struct
{
  QsStandby *self;
  Place     *place;
  gint64     n_records;
} Step;

static void
progress_cb (const QsRecoveryProgress *progress, gpointer user_data)
{
  Step *step = user_data;

  step->n_records = progress->n_records;
  g_mutex_lock (&step->self->lock);
  step->place->lag = progress->n_left;
  g_mutex_unlock (&step->self->lock);
  note (step->self);
}

/* A catch-up takes much of it in small pieces, which malloc() would keep. */
static void
give_memory_back (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

static gboolean
follow (QsStandby *self, int partition, GCancellable *cancellable, Step *step)
{
  Place *place = &self->places[partition];
  g_autoptr (GError) error = NULL;

  if (place->store == NULL)
    place->store = qs_standby_store_new (self->settings, self->source, self->store_name, partition);

  if (prepare (self, cancellable, &error) &&
      qs_standby_store_follow (
          place->store, self->reader, self->retention, progress_cb, step, cancellable, &error))
    {
      if (step->n_records > MANY_RECORDS)
        give_memory_back ();
      return TRUE;
    }

  tell_problem (self, error);

  return FALSE;
}

/* Reports that it is in step, for the first time since it is kept. */
static void
note_step_locked (QsStandby *self, int partition, const Step *step)
{
  Place *place = &self->places[partition];

  place->lag = 0;
  if (place->has_caught_up)
    return;

  place->has_caught_up = TRUE;
  note (self);
  qs_log_message (self->source,
                  NULL,
                  "Partition %d stands by: %" G_GINT64_FORMAT " records of its changelog were read",
                  partition,
                  step->n_records);
}

/* The place whose step is due first; -1 = none is kept. */
static int
find_next_locked (QsStandby *self)
{
  int next = -1;

  for (int i = 0; i < self->n_partitions; i++)
    {
      const Place *place = &self->places[i];

      if (place->is_wanted && !place->is_here &&
          (next < 0 || place->step_at < self->places[next].step_at))
        next = i;
    }

  return next;
}

/* Brings one in step, if it is time for that. */
static gboolean
step_locked (QsStandby *self)
{
  int      partition = find_next_locked (self);
  Place   *place = partition >= 0 ? &self->places[partition] : NULL;
  Step     step = { self, place, 0 };
  gboolean ok = FALSE;
  g_autoptr (GCancellable) cancellable = NULL;

  if (place == NULL || !qs_deadline_passed (place->step_at))
    return FALSE;

  place->is_open = TRUE;
  cancellable = begin_locked (self);
  ok = follow (self, partition, cancellable, &step);
  end_locked (self);

  if (ok)
    note_step_locked (self, partition, &step);
  if (ok || g_cancellable_is_cancelled (cancellable))
    place->step_at = qs_deadline_after (STEP_INTERVAL);
  else
    place->step_at = qs_deadline_after (RETRY_INTERVAL);

  return TRUE;
}

static gpointer
standby_main (gpointer user_data)
{
  QsStandby *self = user_data;

  g_mutex_lock (&self->lock);
  while (!self->is_ending)
    {
      int    next = -1;
      gint64 until = 0;

      if (let_go_locked (self) || choose_locked (self) || step_locked (self))
        continue;

      next = find_next_locked (self);
      until = next >= 0 ? MIN (self->choose_at, self->places[next].step_at) : self->choose_at;
      g_cond_wait_until (&self->wake, &self->lock, until);
    }
  while (let_go_locked (self))
    ;
  g_mutex_unlock (&self->lock);

  g_clear_pointer (&self->reader, qs_changelog_reader_free);

  return NULL;
}

/*
 * The owner
 */

static gboolean
note_cb (gpointer user_data)
{
  QsStandby *self = user_data;
  g_autoptr (GArray) let_go = g_array_new (FALSE, FALSE, sizeof (int));

  g_source_set_ready_time (self->note, -1);

  g_mutex_lock (&self->lock);
  for (int i = 0; i < self->n_partitions; i++)
    {
      if (self->places[i].is_let_go && self->places[i].is_here)
        g_array_append_val (let_go, i);
      self->places[i].is_let_go = FALSE;
    }
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < let_go->len; i++)
    self->listener->let_go (g_array_index (let_go, int, i), self->user_data);
  self->listener->changed (self->user_data);

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs note_funcs = { .dispatch = dispatch };

/* The same cluster, but for the patience. */
static QsKafkaConfig *
make_config (QsKafkaConfig *config)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (qs_kafka_config_to_variant (config));
  QsKafkaConfig *own = qs_kafka_config_new_from_variant (variant);

  own->request_timeout = MIN (config->request_timeout, REQUEST_TIMEOUT);
  own->broker_availability_timeout = READ_TIMEOUT;

  return own;
}

QsStandby *
qs_standby_new (QsStatefulSource        *source,
                const QsWorkerSettings  *settings,
                const char              *group,
                const char              *instance_id,
                const QsStandbyListener *listener,
                gpointer                 user_data)
{
  QsStandby *self = g_new0 (QsStandby, 1);

  self->source = g_strdup (qs_base_source_get_name (QS_BASE_SOURCE (source)));
  self->store_name = g_strdup (qs_stateful_source_get_store_name (source));
  self->group = g_strdup (group);
  self->instance_id = g_strdup (instance_id);
  self->config = make_config (settings->config);
  self->settings = qs_state_settings_ref (settings->state);
  self->n_replicas = settings->share.standby_replicas;
  self->n_partitions = qs_stateful_source_get_n_partitions (source);
  self->listener = listener;
  self->user_data = user_data;
  self->retention = -1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->places = g_new0 (Place, (gsize) self->n_partitions);
  self->choose_at = qs_deadline_after (CHOICE_DELAY);

  self->note = g_source_new (&note_funcs, sizeof (GSource));
  g_source_set_callback (self->note, note_cb, self, NULL);
  g_source_attach (self->note, g_main_context_get_thread_default ());
  self->thread = g_thread_new ("qs-standby", standby_main, self);

  return self;
}

void
qs_standby_stop (QsStandby *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  self->is_ending = TRUE;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_cond_signal (&self->wake);
}

void
qs_standby_free (QsStandby *self)
{
  qs_standby_stop (self);
  g_thread_join (self->thread);
  qs_gsource_clear (&self->note);

  for (int i = 0; i < self->n_partitions; i++)
    g_clear_pointer (&self->places[i].store, qs_standby_store_free);
  g_free (self->places);
  g_cond_clear (&self->wake);
  g_mutex_clear (&self->lock);
  qs_kafka_config_unref (self->config);
  qs_state_settings_unref (self->settings);
  g_free (self->problem);
  g_free (self->instance_id);
  g_free (self->group);
  g_free (self->store_name);
  g_free (self->source);
  g_free (self);
}

/* A move also changes what should be kept. */
static void
choose_soon_locked (QsStandby *self)
{
  self->choose_at = MIN (self->choose_at, qs_deadline_after (CHOICE_DELAY));
  g_cond_signal (&self->wake);
}

gboolean
qs_standby_take (QsStandby *self, int partition)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  Place                          *place = &self->places[partition];

  if (QS_IS_MUTANT ("standby-keeps-lock"))
    return TRUE;

  place->is_here = TRUE;
  choose_soon_locked (self);
  if (!place->is_open)
    return TRUE;

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);

  return FALSE;
}

void
qs_standby_give (QsStandby *self, int partition)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  self->places[partition].is_here = FALSE;
  self->places[partition].is_wanted = FALSE;
  self->places[partition].is_let_go = FALSE;
  choose_soon_locked (self);
}

static gboolean
is_kept_locked (const Place *place)
{
  return place->is_wanted && !place->is_here;
}

void
qs_standby_count (QsStandby *self, guint64 *n_partitions, guint64 *lag)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  *n_partitions = 0;
  *lag = 0;
  for (int i = 0; i < self->n_partitions; i++)
    {
      const Place *place = &self->places[i];

      *n_partitions += is_kept_locked (place) && place->has_caught_up;
      *lag += is_kept_locked (place) ? (guint64) MAX (place->lag, 0) : 0;
    }
}

void
qs_standby_describe (QsStandby *self, GVariantBuilder *dict)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  GVariantBuilder                 list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (int i = 0; i < self->n_partitions; i++)
    {
      const Place *place = &self->places[i];

      if (!is_kept_locked (place))
        continue;

      g_variant_builder_open (&list, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&list, "{sv}", "partition", g_variant_new_int32 (i));
      g_variant_builder_add (&list, "{sv}", "since", g_variant_new_int64 (place->since));
      g_variant_builder_add (&list, "{sv}", "lag", g_variant_new_int64 (place->lag));
      g_variant_builder_close (&list);
    }
  g_variant_builder_add (dict, "{sv}", "standby", g_variant_builder_end (&list));
}
