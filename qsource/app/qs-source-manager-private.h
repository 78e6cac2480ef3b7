/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-managed-source-private.h"

G_BEGIN_DECLS

#define QS_TYPE_SOURCE_MANAGER (qs_source_manager_get_type ())

/*
 * The sources of an application and, while it runs, their workers: starts and
 * stops them side by side, starts those again that failed, and keeps what went
 * wrong.
 *
 * Context: the thread of start()'s caller; its thread-default main context calls
 * the listener.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsSourceManager, qs_source_manager, QS, SOURCE_MANAGER, GObject)

QsSourceManager *qs_source_manager_new         (QsSourceFunc            func,
                                                gpointer                user_data);

/* Adds @source with its @topic (nullable: the source's default one). Returns the
 * topic that it will produce to, transfer none. */
QsTopic         *qs_source_manager_add         (QsSourceManager        *self,
                                                QsBaseSource           *source,
                                                QsTopic                *topic,
                                                GError                **error);

/* The source called @name and its topic, or FALSE; transfer none. */
gboolean         qs_source_manager_lookup      (QsSourceManager        *self,
                                                const char             *name,
                                                QsBaseSource          **source,
                                                QsTopic               **topic);

/* The topics of all sources, and their changelogs; transfer full. Fails if two
 * sources have the same one. */
GPtrArray       *qs_source_manager_get_topics  (QsSourceManager        *self,
                                                QsStateConfig          *state,
                                                GError                **error);

/* All sources (QsBaseSource); transfer full. */
GPtrArray       *qs_source_manager_get_sources (QsSourceManager        *self);

guint            qs_source_manager_get_n_sources (QsSourceManager     *self);

/* Whether any source has a state. */
gboolean         qs_source_manager_has_state   (QsSourceManager        *self);

/* Starts a worker for each partition of each source. @done is called once, when none is left;
 * what @settings points to must stay until then. */
void             qs_source_manager_start       (QsSourceManager        *self,
                                                const QsWorkerSettings *settings,
                                                GFunc                   done,
                                                gpointer                user_data);

/* Each of these fails if @source is none of this manager's or nothing runs; the
 * first also if @source doesn't. See the methods of QsApplication. */
gboolean         qs_source_manager_set_paused  (QsSourceManager        *self,
                                                QsBaseSource           *source,
                                                gboolean                is_paused,
                                                GError                **error);
gboolean         qs_source_manager_restart     (QsSourceManager        *self,
                                                QsBaseSource           *source,
                                                GError                **error);
gboolean         qs_source_manager_stop_source (QsSourceManager        *self,
                                                QsBaseSource           *source,
                                                GError                **error);

/* Whether none of the sources of a run that goes on is on its way up any more:
 * each runs or has ended, and none is due again. */
gboolean         qs_source_manager_is_settled  (QsSourceManager        *self);

/* Asks all sources to stop, side by side; may be called again. */
void             qs_source_manager_stop        (QsSourceManager        *self);

/* Ends all workers now, by force. */
void             qs_source_manager_kill        (QsSourceManager        *self);

/* Takes what went wrong in the run that is over: sets @error and returns FALSE
 * if a source failed and no handler of `failed` dealt with it. */
gboolean         qs_source_manager_take_result (QsSourceManager        *self,
                                                GError                **error);

G_END_DECLS
