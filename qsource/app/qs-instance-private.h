/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-state-settings-private.h"

G_BEGIN_DECLS

/*
 * This instance of an application, among those that share the partitions of a source:
 * its name, which is the same after a restart, and a lock on its state directory, so that
 * no other one has it.
 *
 * Context: any.   Locks: none.
 */
typedef struct _QsInstance QsInstance;

/* @id: NULL = the host's name and the state directory's own. */
QsInstance *qs_instance_new       (QsStateSettings *state,
                                   const char      *source_name,
                                   const char      *id,
                                   GError         **error);
void        qs_instance_free      (QsInstance      *self);

const char *qs_instance_get_id    (QsInstance      *self);

/* The topic whose partitions are shared: the source's changelog, or an empty one of a
 * source without a state. transfer full */
char       *qs_instance_dup_topic (QsBaseSource    *source,
                                   QsStateSettings *state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsInstance, qs_instance_free)

G_END_DECLS
