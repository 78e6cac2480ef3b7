/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-settings-private.h"
#include "qs-ignored-private.h"
#include "qs-pipeline-private.h"

G_BEGIN_DECLS

#define QS_TYPE_CONSUME_LOOP (qs_consume_loop_get_type ())

/*
 * Reads what an application's dataframes want, passes it through them, and
 * commits what is dealt with.
 *
 * Context: the thread of start()'s caller; its thread-default main context calls
 * back.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsConsumeLoop, qs_consume_loop, QS, CONSUME_LOOP, GObject)

/* A record is dealt with. */
typedef void (*QsProcessedFunc) (const char *topic,
                                 int         partition,
                                 gint64      offset,
                                 gpointer    user_data);

QsConsumeLoop *qs_consume_loop_new         (QsPipeline               *pipeline,
                                            const QsErrorListener    *listener,
                                            QsProcessedFunc           processed,
                                            gpointer                  user_data);

/* Begins to read. @in_place is called once, when nothing will be missed that is
 * produced from now on; @done is called once, when it has ended. What @settings
 * points to must stay until then. */
void           qs_consume_loop_start       (QsConsumeLoop            *self,
                                            const QsConsumeSettings  *settings,
                                            GFunc                     in_place,
                                            GFunc                     done,
                                            gpointer                  user_data);

/* Ends when all that the topics hold is read. */
void           qs_consume_loop_drain       (QsConsumeLoop            *self);

/* Ends in order: what is dealt with is committed. May be called again. */
void           qs_consume_loop_stop        (QsConsumeLoop            *self);

/* Ends now; what isn't committed will be read again. */
void           qs_consume_loop_abandon     (QsConsumeLoop            *self);

/* How many errors were ignored in this run, or the last one. */
guint64        qs_consume_loop_get_n_ignored (QsConsumeLoop          *self);

/* Takes what went wrong in the run that is over: sets @error and returns FALSE
 * if something did that was not ignored. */
gboolean       qs_consume_loop_take_result (QsConsumeLoop            *self,
                                            GError                  **error);

G_END_DECLS
