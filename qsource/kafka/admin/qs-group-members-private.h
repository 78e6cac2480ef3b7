/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-kafka-config-private.h"

G_BEGIN_DECLS

/* One static member of a group, and what it has of the one topic of that group. */
typedef struct
{
  char   *instance_id;   /* owned */
  GArray *partitions;    /* int; owned */
} QsGroupMember;

/* An empty list of QsGroupMember, which it owns. transfer full
 *
 * Context: any.   Locks: none. */
GPtrArray *qs_group_members_new   (void);

/* Adds one that has nothing yet. transfer none */
QsGroupMember *qs_group_members_add (GPtrArray      *self,
                                     const char     *instance_id);

/* Asks the brokers who is in @group, and what each has. An empty list says that the group
 * is in the middle of dividing its partitions, or has no members. Members that aren't
 * static are left out. transfer full; NULL on failure, or when @timeout (seconds) is over.
 *
 * Context: any; it blocks, and ends soon after @cancellable is cancelled.   Locks: none. */
GPtrArray *qs_group_members_fetch (QsKafkaConfig  *config,
                                   const char     *group,
                                   double          timeout,
                                   GCancellable   *cancellable,
                                   GError        **error);

G_END_DECLS
