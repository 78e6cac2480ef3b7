/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether the instance @instance_id of @members (QsGroupMember) is to stand by for
 * @partition, as one of @n_replicas (-1 = all) of those that don't have it. All instances
 * come to the same result by themselves, and one that comes or goes changes as little as
 * it can for the others.
 *
 * Context: any.   Locks: none. */
gboolean qs_standby_choice_includes (GPtrArray   *members,
                                     const char  *instance_id,
                                     int          partition,
                                     int          n_replicas);

G_END_DECLS
