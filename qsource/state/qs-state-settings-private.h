/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-guarantee-private.h"

G_BEGIN_DECLS

/*
 * The settings of an application for the state and the guarantees of its sources: plain
 * data, filled in before they are used, and only read after that. They travel from parent
 * to worker as a GVariant.
 *
 * Context: any; whoever fills them in does so before sharing them.
 */
typedef struct
{
  char        *state_dir;
  char        *group;               /* the application's consumer-group */
  QsGuarantee  guarantee;
  gboolean     use_changelog_topics;
  gboolean     is_shared;           /* with other instances, which run some of the
                                     * partitions */
  GVariant    *rocksdb_options;     /* a{ss}, of the stores; nullable */

  /* Of changelogs that are created; workers do not create any, so they do not get it. */
  GVariant    *changelog_config;    /* a{ss}; nullable */
  int          changelog_replication_factor;   /* -1 = as the data topic */
} QsStateSettings;

QsStateSettings *qs_state_settings_new                  (const char      *state_dir,
                                                         const char      *group);
QsStateSettings *qs_state_settings_ref                  (QsStateSettings *self);
void             qs_state_settings_unref                (QsStateSettings *self);

/* Whether there can be such stores and changelogs. */
gboolean         qs_state_settings_check                (QsStateSettings *self,
                                                         GError         **error);

/* Whether changelogs can have @group in their names. */
gboolean         qs_state_settings_check_group          (const char      *group,
                                                         GError         **error);

/* a{sv}, floating; and the way back, which accepts what this version wrote. */
GVariant        *qs_state_settings_to_variant           (QsStateSettings *self);
QsStateSettings *qs_state_settings_new_from_variant     (GVariant        *variant);

/* The name of the changelog of a store of this application, as Quix Streams has
 * it. transfer full */
char            *qs_state_settings_dup_changelog        (QsStateSettings *self,
                                                         const char      *store_name);

/* The transactional id of whoever writes @partition of it, by which each new one
 * ends each older one. transfer full */
char            *qs_state_settings_dup_transactional_id (QsStateSettings *self,
                                                         const char      *store_name,
                                                         int              partition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsStateSettings, qs_state_settings_unref)

G_END_DECLS
