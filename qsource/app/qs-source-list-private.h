/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-managed-source-private.h"

G_BEGIN_DECLS

/*
 * The sources of an application, in the order in which they were added, and the topics
 * that they produce to.
 *
 * Context: the application's thread.   Locks: none.
 */
typedef struct _QsSourceList QsSourceList;

/* @application: see qs_managed_source_new(). */
QsSourceList    *qs_source_list_new           (GObject          *application);
void             qs_source_list_free          (QsSourceList     *self);

/* Adds @source with its @topic (nullable: the source's default one). Returns the
 * topic that it will produce to, transfer none. */
QsTopic         *qs_source_list_add           (QsSourceList     *self,
                                               QsBaseSource     *source,
                                               QsTopic          *topic,
                                               GError          **error);

/* The source called @name and its topic, or FALSE; transfer none. */
gboolean         qs_source_list_lookup        (QsSourceList     *self,
                                               const char       *name,
                                               QsBaseSource    **source,
                                               QsTopic         **topic);

/* Gets the manager of @source; NULL if it is not in the list. transfer none */
QsManagedSource *qs_source_list_find          (QsSourceList     *self,
                                               QsBaseSource     *source);

/* All of them (QsManagedSource); transfer none. */
GPtrArray       *qs_source_list_get_managed   (QsSourceList     *self);

/* All sources (QsBaseSource); transfer full. */
GPtrArray       *qs_source_list_dup_sources   (QsSourceList     *self);

/* The topics of all sources, and their changelogs; transfer full. Fails if two
 * sources have the same one. */
GPtrArray       *qs_source_list_dup_topics    (QsSourceList     *self,
                                               QsStateSettings  *state,
                                               GError          **error);

guint            qs_source_list_get_n_sources (QsSourceList     *self);

/* Whether there is one source, with one partition: who may read standard input. */
gboolean         qs_source_list_has_one_worker (QsSourceList    *self);

/* How many partitions the sources have that have a state. */
guint            qs_source_list_count_states  (QsSourceList     *self);

/* Whether any source has a state. */
gboolean         qs_source_list_has_state     (QsSourceList     *self);

/* Whether none of them is on its way up any more: each runs or has ended, and none is
 * due again. */
gboolean         qs_source_list_is_settled    (QsSourceList     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsSourceList, qs_source_list_free)

G_END_DECLS
