/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <string.h>

#include "qs-admin-private.h"
#include "qs-changelog-record-private.h"
#include "qs-changelog-topic-private.h"
#include "qs-deadline-private.h"
#include "qs-headers.h"
#include "qs-kafka-error.h"
#include "qs-state-error.h"
#include "qs-state-partition-private.h"
#include "qs-store-record-private.h"
#include "qs-test-store.h"
#include "read-partition.h"
#include "send-text.h"

/* A source's state on some broker, as its worker has it. */
typedef struct
{
  char             *state_dir;
  char             *name; /* of source and group */
  char             *changelog;
  char             *topic;
  QsKafkaConfig    *kafka;
  QsStateSettings    *config;
  QsProducer       *data;
  QsStatePartition *partition;
  guint             n_told; /* calls of progress_cb() */
  QsRecoveryProgress progress;
  GCancellable     *cancellable; /* of the start; progress_cb() cancels it. Nullable */
} StateFixture;

static inline void
state_fixture_init (StateFixture *self, const char *address, const char *name)
{
  self->state_dir = g_dir_make_tmp ("qs-state-XXXXXX", NULL);
  self->name = g_strdup (name);
  self->topic = g_strdup_printf ("data-%s", name);
  self->kafka = qs_kafka_config_new (address);
  self->config = qs_state_settings_new (self->state_dir, name);
  self->changelog = qs_state_settings_dup_changelog (self->config, "source-s");
}

static inline void
state_progress_cb (const QsRecoveryProgress *progress, gpointer user_data)
{
  StateFixture *self = user_data;

  self->n_told++;
  self->progress = *progress;
  g_cancellable_cancel (self->cancellable);
}

/* As a worker does when it starts; NULL with *@error on failure. */
static inline void
state_try_open (StateFixture *self, GError **error)
{
  g_autofree char      *id = NULL;
  QsStatePartitionSetup setup = {
    .kafka = self->kafka,
    .state = self->config,
    .source = "s",
    .store_name = "source-s",
    .partition = 0,
    .n_partitions = 1,
    .lock_deadline = qs_deadline_after (1),
  };

  if (qs_guarantee_is_exactly_once (&self->config->guarantee))
    id = qs_state_settings_dup_transactional_id (self->config, "source-s", 0);
  self->data =
      qs_producer_new_transactional (self->kafka, "s", id, NULL, NULL, NULL, error);
  g_assert_nonnull (self->data);
  self->n_told = 0;
  self->partition =
      qs_state_partition_open (&setup, self->data, state_progress_cb, self, self->cancellable, error);
}

static inline void
state_open (StateFixture *self)
{
  g_autoptr (GError) error = NULL;

  state_try_open (self, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->partition);
}

static inline void
state_close (StateFixture *self)
{
  g_clear_pointer (&self->partition, qs_state_partition_close);
  if (self->data != NULL)
    g_assert_finalize_object (g_steal_pointer (&self->data));
}

static inline void
state_fixture_clear (StateFixture *self)
{
  state_close (self);
  remove_tree (self->state_dir);
  g_free (self->state_dir);
  g_free (self->name);
  g_free (self->changelog);
  g_free (self->topic);
  qs_kafka_config_unref (self->kafka);
  qs_state_settings_unref (self->config);
}

/* The store is lost. */
static inline void
state_lose_store (StateFixture *self)
{
  remove_tree (self->state_dir);
}

static inline void
state_set (StateFixture *self, const char *key, gint64 value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = qs_state_partition_dup_state (self->partition, &error);

  g_assert_no_error (error);
  g_assert_true (qs_state_set (state, key, g_variant_new_int64 (value), &error));
  g_assert_no_error (error);
}

/* -1: it isn't there. */
static inline gint64
state_get (StateFixture *self, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = qs_state_partition_dup_state (self->partition, &error);
  gint64 value = 0;

  g_assert_no_error (error);
  value = qs_state_get_int64 (state, key, -1, &error);
  g_assert_no_error (error);

  return value;
}

static inline void
state_remove (StateFixture *self, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsState) state = qs_state_partition_dup_state (self->partition, &error);

  g_assert_true (qs_state_remove (state, key, &error));
}

static inline void
state_flush (StateFixture *self)
{
  g_autoptr (GError) error = NULL;

  qs_state_partition_flush (self->partition, qs_deadline_after (20), &error);
  g_assert_no_error (error);
}

static inline gboolean
state_produce (StateFixture *self, const char *value, GError **error)
{
  QsProducerTopic *topic = qs_producer_open_topic (self->data, self->topic, error);

  return topic != NULL && send_text (self->data, topic, 0, NULL, value, NULL, error);
}

/* Adds a record to the changelog, as another program would. */
static inline void
state_inject (StateFixture *self, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QsHeaders) headers = qs_changelog_record_new_headers (0);
  g_autoptr (QsProducer) producer =
      qs_producer_new (self->kafka, "other", NULL, NULL, NULL, &error);
  QsProducerTopic *topic = NULL;

  g_assert_no_error (error);
  topic = qs_producer_open_topic (producer, self->changelog, &error);
  g_assert_no_error (error);
  g_assert_true (send_text (producer, topic, 0, key, value, headers, &error));
  g_assert_true (qs_producer_flush (producer, 30, &error));
}

/* Where the store is. transfer full */
static inline char *
state_dup_store_path (StateFixture *self)
{
  return qs_store_path_build (self->state_dir, self->config->group, "s", 0);
}

/* Has the store of @self say that it is of another cluster, or was in step at
 * another time. NULL, 0: as it is. */
static inline void
state_edit_record (StateFixture *self, const char *cluster, gint64 in_step_at)
{
  g_autofree char *path = state_dup_store_path (self);
  g_autoptr (QsStore) store = qs_store_new (path, NULL);
  g_auto (QsStoreRecord) record = { 0 };
  g_autoptr (QsStoreBatch) batch = qs_store_batch_new ();
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;

  store_open (store);
  qs_store_record_init (&record);
  g_assert_true (qs_store_record_read (&record, store, &found, &error));
  g_assert_true (found);
  if (cluster != NULL)
    {
      g_free (record.cluster);
      record.cluster = g_strdup (cluster);
    }
  if (in_step_at != 0)
    record.in_step_at = in_step_at;
  qs_store_record_put (&record, batch);
  store_write (store, batch);
  g_assert_true (qs_store_close (store, &error));
}

typedef struct
{
  GString *text;
  guint    n_headers;
} StateDump;

static inline gboolean
state_dump_cb (const QsRecordView *record, gpointer user_data, GError **error)
{
  StateDump *dump = user_data;

  if (record->key != NULL)
    g_string_append_len (dump->text, (const char *) record->key, record->key_length);
  g_string_append_c (dump->text, '=');
  if (record->value != NULL)
    g_string_append_len (dump->text, (const char *) record->value, record->value_length);
  g_string_append_c (dump->text, '\n');
  dump->n_headers += record->n_headers;

  return TRUE;
}

/* What a reader of @topic sees, a line "KEY=VALUE" for each record. */
static inline char *
state_dump (StateFixture *self, const char *topic, gboolean committed)
{
  StateDump dump = { g_string_new (NULL), 0 };

  read_partition (self->kafka, topic, committed, state_dump_cb, &dump);

  return g_string_free (dump.text, FALSE);
}
