/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-admin-private.h"

#include "qs-admin-private.h"
#include "qs-application-private.h"
#include "qs-changelog-topic-private.h"
#include "qs-deadline-private.h"
#include "qs-state-cleaner-private.h"
#include "qs-state-partition-private.h"
#include "qs-topic-private.h"

/**
 * QsStateAdmin:
 *
 * Reads and changes the state of a source, which need not be running.
 *
 * [property@StateAdmin:application] provides the broker address, the consumer group and the
 * state directory; its sources do not matter. Reading works while a worker is running. To
 * change a state, call [method@StateAdmin.open]. Like a worker, it takes the lock of the
 * store, which fails while a worker on this machine holds it, fences workers on other
 * machines, and brings the store up to date with the changelog. Change the state that
 * [method@StateAdmin.get_state] returns; [method@StateAdmin.commit] writes the changes to
 * the changelog in a transaction, and then to the store.
 *
 * The command `qsource state` uses this class.
 *
 * ## Life cycle
 *
 * Freeing the object closes an open state; changes that were not committed are lost.
 *
 * ## Thread safety
 *
 * Only one thread at a time may use it. Its methods block.
 */
struct _QsStateAdmin
{
  GObject parent_instance;

  /* Set when it is made. */
  QsApplication *application; /* owned */
  char          *source_name;
  char          *store_name;
  int            partition;
  int            n_partitions;

  /* While it is open. Owned. */
  QsProducer       *producer;
  QsStatePartition *opened;
};

enum
{
  PROP_APPLICATION = 1,
  PROP_SOURCE_NAME,
  PROP_STORE_NAME,
  PROP_PARTITION,
  PROP_N_PARTITIONS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static guint records_read; /* signal */

G_DEFINE_FINAL_TYPE (QsStateAdmin, qs_state_admin, G_TYPE_OBJECT)

QsRunSettings *
qs_state_admin_make_settings (QsStateAdmin *self, GError **error)
{
  QsRunSettings *settings = NULL;

  if (self->application == NULL || self->source_name == NULL)
    {
      g_set_error_literal (error,
                           QS_STATE_ERROR,
                           QS_STATE_ERROR_FAILED,
                           "Cannot read or change a state: application and source-name of the "
                           "QsStateAdmin are needed");
      return NULL;
    }

  settings = qs_application_make_run_settings (self->application, error);
  /* Its transactions are the changelog's alone. */
  if (settings != NULL)
    settings->workers.state->guarantee.processing = QS_PROCESSING_GUARANTEE_AT_LEAST_ONCE;

  return settings;
}

char *
qs_state_admin_dup_path (QsStateAdmin *self, const char *state_dir, const char *group)
{
  return qs_store_path_build (state_dir, group, self->source_name, self->partition);
}

static void
qs_state_admin_dispose (GObject *object)
{
  qs_state_admin_close (QS_STATE_ADMIN (object));

  G_OBJECT_CLASS (qs_state_admin_parent_class)->dispose (object);
}

static void
qs_state_admin_finalize (GObject *object)
{
  QsStateAdmin *self = QS_STATE_ADMIN (object);

  g_clear_object (&self->application);
  g_free (self->source_name);
  g_free (self->store_name);

  G_OBJECT_CLASS (qs_state_admin_parent_class)->finalize (object);
}

static void
qs_state_admin_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  QsStateAdmin *self = QS_STATE_ADMIN (object);

  switch (prop_id)
    {
    case PROP_APPLICATION:
      g_value_set_object (value, self->application);
      break;

    case PROP_SOURCE_NAME:
      g_value_set_string (value, self->source_name);
      break;

    case PROP_STORE_NAME:
      g_value_set_string (value, qs_state_admin_get_store_name (self));
      break;

    case PROP_PARTITION:
      g_value_set_int (value, self->partition);
      break;

    case PROP_N_PARTITIONS:
      g_value_set_int (value, self->n_partitions);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qs_state_admin_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  QsStateAdmin *self = QS_STATE_ADMIN (object);

  switch (prop_id)
    {
    case PROP_APPLICATION:
      self->application = g_value_dup_object (value);
      break;

    case PROP_SOURCE_NAME:
      self->source_name = g_value_dup_string (value);
      break;

    case PROP_STORE_NAME:
      self->store_name = g_value_dup_string (value);
      break;

    case PROP_PARTITION:
      self->partition = g_value_get_int (value);
      break;

    case PROP_N_PARTITIONS:
      self->n_partitions = g_value_get_int (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * QsStateAdmin:application: (getter get_application)
   *
   * The application that owns the state. Its broker-address, consumer-group, state-dir and
   * use-changelog-topics are used.
   */
  props[PROP_APPLICATION] = g_param_spec_object (
      "application", NULL, "Application that owns the state", QS_TYPE_APPLICATION, flags);

  /**
   * QsStateAdmin:source-name: (getter get_source_name)
   *
   * The name of the source.
   */
  props[PROP_SOURCE_NAME] =
      g_param_spec_string ("source-name", NULL, "Name of the source", NULL, flags);

  /**
   * QsStateAdmin:store-name: (getter get_store_name)
   *
   * The [property@StatefulSource:store-name] of the source; `NULL` = `source-` and its
   * name.
   */
  props[PROP_STORE_NAME] =
      g_param_spec_string ("store-name",
                           NULL,
                           "The store-name of the source; unset = source- and its name",
                           NULL,
                           flags);

  /**
   * QsStateAdmin:partition: (getter get_partition)
   *
   * The partition of the state, 0 to 9999; 0 by default.
   */
  props[PROP_PARTITION] =
      g_param_spec_int ("partition", NULL, "Partition of the state", 0, 9999, 0, flags);

  /**
   * QsStateAdmin:n-partitions: (getter get_n_partitions)
   *
   * The number of partitions of the state, 1 to 10000; 1 by default. It is used if there is
   * no changelog yet.
   */
  props[PROP_N_PARTITIONS] =
      g_param_spec_int ("n-partitions",
                        NULL,
                        "Number of partitions of the state, if there is no changelog yet",
                        1,
                        10000,
                        1,
                        flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
qs_state_admin_class_init (QsStateAdminClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = qs_state_admin_dispose;
  object_class->finalize = qs_state_admin_finalize;
  object_class->get_property = qs_state_admin_get_property;
  object_class->set_property = qs_state_admin_set_property;

  install_properties (object_class);

  /**
   * QsStateAdmin::records-read:
   * @self: the emitter
   * @done: how many records of the changelog were read
   * @total: how many there are to read, at most
   *
   * Emitted repeatedly while a changelog is read, in the thread that reads it.
   */
  records_read = g_signal_new ("records-read",
                               QS_TYPE_STATE_ADMIN,
                               G_SIGNAL_RUN_LAST,
                               0,
                               NULL,
                               NULL,
                               NULL,
                               G_TYPE_NONE,
                               2,
                               G_TYPE_UINT64,
                               G_TYPE_UINT64);
}

static void
qs_state_admin_init (QsStateAdmin *self)
{
  self->n_partitions = 1;
}

void
qs_state_admin_note_progress (guint64 done, guint64 total, gpointer self)
{
  g_signal_emit (self, records_read, 0, done, total);
}

/**
 * qs_state_admin_new:
 * @application: the application whose state it is
 * @source_name: the name of the source
 *
 * Makes an administrator for the first partition of a source's state.
 *
 * Returns: (transfer full): a new object
 */
QsStateAdmin *
qs_state_admin_new (QsApplication *application, const char *source_name)
{
  return g_object_new (
      QS_TYPE_STATE_ADMIN, "application", application, "source-name", source_name, NULL);
}

/**
 * qs_state_admin_get_application: (get-property application)
 * @self: an administrator of a state
 *
 * Gets the application that owns the state.
 *
 * Returns: (transfer none): the application
 */
QsApplication *
qs_state_admin_get_application (QsStateAdmin *self)
{
  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), NULL);

  return self->application;
}

/**
 * qs_state_admin_get_source_name: (get-property source-name)
 * @self: an administrator of a state
 *
 * Gets the name of the source.
 *
 * Returns: the name
 */
const char *
qs_state_admin_get_source_name (QsStateAdmin *self)
{
  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), NULL);

  return self->source_name;
}

/**
 * qs_state_admin_get_store_name: (get-property store-name)
 * @self: an administrator of a state
 *
 * Gets the name of the source's store.
 *
 * Returns: the name
 */
const char *
qs_state_admin_get_store_name (QsStateAdmin *self)
{
  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), NULL);

  if (self->store_name == NULL)
    self->store_name = g_strconcat ("source-", self->source_name, NULL);

  return self->store_name;
}

/**
 * qs_state_admin_get_partition: (get-property partition)
 * @self: an administrator of a state
 *
 * Gets the partition of the state.
 *
 * Returns: the partition
 */
int
qs_state_admin_get_partition (QsStateAdmin *self)
{
  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), 0);

  return self->partition;
}

/**
 * qs_state_admin_get_n_partitions: (get-property n-partitions)
 * @self: an administrator of a state
 *
 * Gets the number of partitions that is used if there is no changelog yet.
 *
 * Returns: the number
 */
int
qs_state_admin_get_n_partitions (QsStateAdmin *self)
{
  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), 1);

  return self->n_partitions;
}

/* How many partitions the changelog has, which is made if there is none. */
static gboolean
prepare_changelog (QsStateAdmin *self, QsRunSettings *settings, int *n_partitions, GError **error)
{
  g_autofree char *name = qs_state_settings_dup_changelog (settings->workers.state,
                                                           qs_state_admin_get_store_name (self));
  g_autoptr (QsAdmin) admin = qs_admin_new (settings->workers.config, error);
  g_autoptr (QsTopic) topic =
      qs_changelog_topic_new (name, self->n_partitions, settings->workers.state, NULL);
  QsTopicInfo info = { 0 };
  gboolean    exists = FALSE;

  if (admin == NULL || !qs_admin_connect (admin, NULL, error) ||
      !qs_admin_lookup_topic (admin, name, G_MAXINT64, &exists, &info, NULL, error))
    return FALSE;

  *n_partitions = exists ? info.n_partitions : self->n_partitions;
  if (self->partition >= *n_partitions)
    {
      g_set_error (error,
                   QS_STATE_ERROR,
                   QS_STATE_ERROR_MISMATCH,
                   "Cannot use partition %d of changelog '%s': it has %d",
                   self->partition,
                   name,
                   *n_partitions);
      return FALSE;
    }

  return exists || qs_admin_create_topic (admin,
                                          name,
                                          *n_partitions,
                                          qs_topic_get_replication_factor (topic),
                                          qs_topic_get_config (topic),
                                          NULL,
                                          error);
}

/**
 * qs_state_admin_open:
 * @self: an administrator of a state
 * @error: return location for an error
 *
 * Opens the state to change it, as a worker does.
 *
 * It fails with [error@Qs.StateError.LOCKED] while another process, which the message
 * names, has the store open. It fences a worker that runs on another machine. It brings the
 * store up to date with the changelog, which can take a while.
 *
 * Returns: true on success, also if the state is open already
 */
gboolean
qs_state_admin_open (QsStateAdmin *self, GError **error)
{
  g_autoptr (QsRunSettings) settings = NULL;
  g_autofree char      *path = NULL;
  QsStatePartitionSetup setup = { 0 };

  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), FALSE);

  if (self->opened != NULL)
    return TRUE;

  settings = qs_state_admin_make_settings (self, error);
  if (settings == NULL)
    return FALSE;

  setup = (QsStatePartitionSetup){
    .kafka = settings->workers.config,
    .state = settings->workers.state,
    .source = self->source_name,
    .store_name = qs_state_admin_get_store_name (self),
    .partition = self->partition,
    .n_partitions = self->n_partitions,
  };
  path = qs_state_admin_dup_path (self, setup.state->state_dir, setup.state->group);
  if (!qs_store_check_free (path, 0, error) ||
      (setup.state->use_changelog_topics &&
       !prepare_changelog (self, settings, &setup.n_partitions, error)))
    return FALSE;

  self->producer = qs_producer_new (setup.kafka, self->source_name, NULL, NULL, NULL, error);
  if (self->producer != NULL)
    self->opened = qs_state_partition_open (&setup, self->producer, NULL, NULL, NULL, error);
  if (self->opened != NULL)
    return TRUE;

  g_clear_object (&self->producer);

  return FALSE;
}

static gboolean
check_open (QsStateAdmin *self, const char *what, GError **error)
{
  if (self->opened != NULL)
    return TRUE;

  g_set_error (error,
               QS_STATE_ERROR,
               QS_STATE_ERROR_INVALID,
               "Cannot %s the state of source '%s': call open() first",
               what,
               self->source_name);
  return FALSE;
}

/**
 * qs_state_admin_get_state:
 * @self: an administrator of a state
 * @error: return location for an error
 *
 * Gets the open state, to read and to change it in this thread. It is valid until the next
 * [method@StateAdmin.commit].
 *
 * Returns: (transfer full): the state; `NULL` on failure
 */
QsState *
qs_state_admin_get_state (QsStateAdmin *self, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), NULL);

  if (!check_open (self, "change", error))
    return NULL;

  return qs_state_partition_dup_state (self->opened, error);
}

/**
 * qs_state_admin_commit:
 * @self: an administrator of a state
 * @error: return location for an error
 *
 * Writes the changes, all or nothing, to the changelog and then to the store.
 *
 * Returns: true on success; after a failure nothing more can be committed until the state
 *   is closed and opened again
 */
gboolean
qs_state_admin_commit (QsStateAdmin *self, GError **error)
{
  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), FALSE);

  return check_open (self, "commit", error) &&
         qs_state_partition_flush (self->opened, qs_deadline_after (-1), error);
}

/**
 * qs_state_admin_close:
 * @self: an administrator of a state
 *
 * Closes an open state. Changes that were not committed are lost.
 */
void
qs_state_admin_close (QsStateAdmin *self)
{
  g_return_if_fail (QS_IS_STATE_ADMIN (self));

  g_clear_pointer (&self->opened, qs_state_partition_close);
  g_clear_object (&self->producer);
}

/**
 * qs_state_admin_reset:
 * @self: an administrator of a state
 * @error: return location for an error
 *
 * Empties all partitions of the state of a source, as [method@Application.clear_state]
 * does: it fences workers elsewhere, removes the store, and deletes and creates the
 * changelog.
 *
 * Returns: true on success, also if there was no state
 */
gboolean
qs_state_admin_reset (QsStateAdmin *self, GError **error)
{
  g_autoptr (QsRunSettings) settings = NULL;
  int n_partitions = 0;

  g_return_val_if_fail (QS_IS_STATE_ADMIN (self), FALSE);

  qs_state_admin_close (self);
  n_partitions = self->n_partitions;
  settings = qs_state_admin_make_settings (self, error);
  if (settings == NULL || (settings->workers.state->use_changelog_topics &&
                           !prepare_changelog (self, settings, &n_partitions, error)))
    return FALSE;

  return qs_state_cleaner_clear (self->source_name,
                                 qs_state_admin_get_store_name (self),
                                 n_partitions,
                                 settings->workers.config,
                                 settings->workers.state,
                                 error);
}
