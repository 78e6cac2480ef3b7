/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-checkpoint-private.h"
#include "qs-ignored-private.h"
#include "qs-pipeline-private.h"

G_BEGIN_DECLS

#define QS_TYPE_COMMITTER (qs_committer_get_type ())

/*
 * Decides when processed records are committed: as soon as the dataframes report them safe;
 * and what to do about a failed commit: repeat it, undo it, or report it.
 *
 * Context: the thread of the consume loop; its thread-default main context calls
 * the listener.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsCommitter, qs_committer, QS, COMMITTER, GObject)

typedef struct
{
  /* No commit is under way any more, or one is due. */
  void (*settled) (gpointer  user_data);

  /* A transaction was aborted: its records, of which @n_results had come, are read
   * again. Comes before settled(). */
  void (*undone)  (guint64   n_results,
                   gpointer  user_data);

  /* Something failed that was not ignored. transfer full. Comes before settled(). */
  void (*failed)  (GError   *error,
                   gpointer  user_data);
} QsCommitterListener;

/* @producer: nullable. @settings say how often: with an interval of 0, whenever nothing is
 * left to be read. */
QsCommitter *qs_committer_new        (QsPipeline                 *pipeline,
                                      QsGroupConsumer            *consumer,
                                      QsDataframeProducer        *producer,
                                      QsIgnored                  *ignored,
                                      const QsConsumeSettings    *settings,
                                      const QsCommitterListener  *listener,
                                      gpointer                    user_data);

/* Nothing is called any more. */
void         qs_committer_close      (QsCommitter                *self);

/* Gets the offsets processed since the last commit; owned by the committer. Do not change it
 * while that is busy. */
QsCheckpoint *qs_committer_get_checkpoint (QsCommitter           *self);

/* Whether there is something to be committed now. @after_batch: the main context is
 * about to have its turn. */
gboolean     qs_committer_is_due     (QsCommitter                *self,
                                      gboolean                    after_batch);

/* Whether a commit is under way or waits: nothing may be noted or produced. */
gboolean     qs_committer_is_busy    (QsCommitter                *self);

/* Whether the dataframes are waited for. */
gboolean     qs_committer_is_waiting (QsCommitter                *self);

/* Commits, or forgets what can't be made safe; the consumer is paused meanwhile. */
void         qs_committer_commit     (QsCommitter                *self);

/* Has the consumer paused as long as the dataframes take no more. */
void         qs_committer_wait_while_full (QsCommitter           *self);

/* Others will read on soon: from now on, what a commit fails to commit is forgotten
 * after some seconds. */
void         qs_committer_set_last   (QsCommitter                *self,
                                      gboolean                    last);

/* Nothing more is read: neither the dataframes nor what was produced nor another try are
 * waited for beyond @deadline, whatever is last. */
void         qs_committer_set_stopping (QsCommitter              *self,
                                        gint64                    deadline);

G_END_DECLS
