/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-guarantee-private.h"

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
  char     *instance_id;
  char    **worker_argv;
  char     *bus_name;
  char     *monitor_address;
  GVariant *client_config;     /* a{ss} */
  GVariant *producer_config;   /* a{ss} */
  GVariant *consumer_config;   /* a{ss} */
  GVariant *rocksdb_options;   /* a{ss} */
  GVariant *changelog_config;  /* a{ss} */

  QsIsolation           isolation;
  QsAutoOffsetReset     auto_offset_reset;
  QsGuarantee           guarantee;
  gboolean    use_changelog_topics;
  gboolean    auto_create_topics;
  int         max_restarts;
  int         changelog_replication_factor;   /* -1 = the data topic's */
  guint64     run_count;      /* records, 0 = without end */
  gboolean    drain;
  gboolean    collect;

  /* Seconds. */
  double request_timeout;
  double topic_create_timeout;
  double broker_availability_timeout;
  double transaction_timeout;
  double startup_timeout;
  double restart_backoff;
  QsPartitioner partitioner;
  QsAssignment assignment;
  gboolean leave_on_stop;
  int      standby_replicas;   /* -1 = all */
  double session_timeout;
  double run_timeout;
  double idle_timeout;
} QsSettings;

/* One property: all of it is in the table. */
typedef enum
{
  QS_SETTING_BOOLEAN,
  QS_SETTING_INT,
  QS_SETTING_UINT,      /* of the whole range */
  QS_SETTING_UINT64,    /* of the whole range */
  QS_SETTING_DOUBLE,
  QS_SETTING_ENUM,
  QS_SETTING_STRING,    /* NULL by default, as the next ones */
  QS_SETTING_VARIANT,   /* an a{ss} */
  QS_SETTING_BOXED,     /* a GStrv */
} QsSettingKind;

typedef struct
{
  const char    *name;
  const char    *blurb;
  QsSettingKind  kind;
  gsize          offset;   /* in QsSettings: where it goes */
  double         min;
  double         max;
  double         def;
  GType        (*get_type) (void);   /* of an enumeration */
} QsSetting;

#define QS_N_SETTINGS 37
extern const QsSetting qs_settings_table[];

/* Sets all to their defaults. */
void        qs_settings_init               (QsSettings       *self);

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
