/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-dataframe-producer-private.h"
#include "qs-group-consumer-private.h"
#include "qs-rows-private.h"

G_BEGIN_DECLS

#define QS_TYPE_CHECKPOINT (qs_checkpoint_get_type ())

/*
 * Keeps the offsets processed since the last commit, and commits them: offsets go to the
 * brokers only after all records that were produced from theirs are acknowledged.
 *
 * Context: the thread of the consume loop.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsCheckpoint, qs_checkpoint, QS, CHECKPOINT, GObject)

typedef enum
{
  QS_COMMIT_DONE,
  QS_COMMIT_LATER,             /* it failed, and the next one may succeed */
  QS_COMMIT_PRODUCER_FAILED,   /* records could not be delivered */
  QS_COMMIT_CONSUMER_FAILED,   /* offsets can't be committed */
  QS_COMMIT_ABORTED,           /* the transaction was; all goes on from the last commit */
} QsCommitResult;

/* @rows: nullable. What is kept of records goes the way of their offsets. */
QsCheckpoint  *qs_checkpoint_new           (QsRows               *rows);

/* The record at @offset is dealt with, and @n_results have come of it. */
void           qs_checkpoint_note          (QsCheckpoint         *self,
                                            const char           *topic,
                                            int                   partition,
                                            gint64                offset,
                                            guint64               n_results);

/* There is nothing before @offset, where the end of a transaction may stand: that is
 * committed, too, but no record. */
void           qs_checkpoint_note_end      (QsCheckpoint         *self,
                                            const char           *topic,
                                            int                   partition,
                                            gint64                offset);

/* Whether anything was noted since the last commit, and of how many records. */
gboolean       qs_checkpoint_has_news      (QsCheckpoint         *self);
guint          qs_checkpoint_count         (QsCheckpoint         *self);

/* How many results have come of them. */
guint64        qs_checkpoint_get_n_results (QsCheckpoint         *self);

/* Forgets them: they will be read again. */
void           qs_checkpoint_clear         (QsCheckpoint         *self);

/* Waits for @producer (nullable), until @deadline at most, and commits, in a thread.
 * Nothing may be noted or produced meanwhile. If it fails, what was noted stays,
 * but not if a transaction was aborted. @also_plainly: on a broker that forgets
 * the offsets of a transaction. */
void           qs_checkpoint_commit        (QsCheckpoint         *self,
                                            QsGroupConsumer      *consumer,
                                            QsDataframeProducer  *producer,
                                            gboolean              also_plainly,
                                            gint64                deadline,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);

QsCommitResult qs_checkpoint_commit_finish (QsCheckpoint         *self,
                                            GAsyncResult         *result,
                                            GError              **error);

G_END_DECLS
