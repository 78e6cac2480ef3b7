/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-enums.h"

G_BEGIN_DECLS

/*
 * The settings of an application: what its user may set and run() reads when it
 * begins. They are properties of QsApplication, which embeds them.
 *
 * Context: the application's thread.   Locks: none.
 */
typedef struct
{
  /* NULL = unset. Owned. */
  char     *broker_address;
  char     *consumer_group;
  char     *state_dir;
  char    **worker_argv;
  GVariant *client_config;     /* a{ss} */
  GVariant *producer_config;   /* a{ss} */
  GVariant *consumer_config;   /* a{ss} */
  GVariant *rocksdb_options;   /* a{ss} */

  QsIsolation           isolation;
  QsAutoOffsetReset     auto_offset_reset;
  QsProcessingGuarantee processing_guarantee;
  gboolean    use_changelog_topics;
  gboolean    auto_create_topics;
  int         max_restarts;
  guint       commit_every;   /* records, 0 = by time only */
  guint64     run_count;      /* records, 0 = without end */
  gboolean    drain;

  /* Seconds. */
  double request_timeout;
  double topic_create_timeout;
  double broker_availability_timeout;
  double transaction_timeout;
  double startup_timeout;
  double restart_backoff;
  QsPartitioner partitioner;
  double run_timeout;
  double idle_timeout;
  double commit_interval;
} QsSettings;

enum
{
  QS_SETTING_BROKER_ADDRESS = 1,
  QS_SETTING_CONSUMER_GROUP,
  QS_SETTING_CLIENT_CONFIG,
  QS_SETTING_PRODUCER_CONFIG,
  QS_SETTING_AUTO_CREATE_TOPICS,
  QS_SETTING_REQUEST_TIMEOUT,
  QS_SETTING_TOPIC_CREATE_TIMEOUT,
  QS_SETTING_BROKER_AVAILABILITY_TIMEOUT,
  QS_SETTING_PROCESSING_GUARANTEE,
  QS_SETTING_STATE_DIR,
  QS_SETTING_ROCKSDB_OPTIONS,
  QS_SETTING_TRANSACTION_TIMEOUT,
  QS_SETTING_USE_CHANGELOG_TOPICS,
  QS_SETTING_ISOLATION,
  QS_SETTING_WORKER_ARGV,
  QS_SETTING_STARTUP_TIMEOUT,
  QS_SETTING_MAX_RESTARTS,
  QS_SETTING_RESTART_BACKOFF,
  QS_SETTING_PARTITIONER,
  QS_SETTING_RUN_TIMEOUT,
  QS_SETTING_IDLE_TIMEOUT,
  QS_SETTING_CONSUMER_CONFIG,
  QS_SETTING_AUTO_OFFSET_RESET,
  QS_SETTING_COMMIT_INTERVAL,
  QS_SETTING_COMMIT_EVERY,
  QS_SETTING_RUN_COUNT,
  QS_SETTING_DRAIN,
  QS_N_SETTINGS
};

void        qs_settings_install_properties (GObjectClass     *klass);

/* FALSE if @prop_id is none of these. */
gboolean    qs_settings_get_property       (const QsSettings *self,
                                            guint             prop_id,
                                            GValue           *value);
gboolean    qs_settings_set_property       (QsSettings       *self,
                                            guint             prop_id,
                                            const GValue     *value);

void        qs_settings_clear              (QsSettings       *self);

/* As set, or else by the environment, or else the default. */
const char *qs_settings_get_broker_address (const QsSettings *self);
const char *qs_settings_get_consumer_group (const QsSettings *self);
const char *qs_settings_get_state_dir      (const QsSettings *self);

G_END_DECLS
