/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-group-consumer-private.h"

G_BEGIN_DECLS

/*
 * Decides whether all topics are read to their ends: this member's share by itself,
 * the shares of others by the group. There is no verdict while the group changes or
 * this member has lost its share.
 *
 * Context: the thread of the consume loop.   Locks: none.
 */
typedef struct _QsDrain QsDrain;

typedef enum
{
  QS_DRAIN_READING,
  QS_DRAIN_MUST_COMMIT,   /* all is read, and to be committed */
  QS_DRAIN_DONE,
  QS_DRAIN_FAILED,
} QsDrainVerdict;

typedef void (*QsDrainFunc) (gpointer user_data);

/* @limit: seconds for which the group may give this member nothing; -1 = without end.
 * @changed: called when there is something to look at. */
QsDrain        *qs_drain_new      (QsGroupConsumer  *consumer,
                                   double            limit,
                                   QsDrainFunc       changed,
                                   gpointer          user_data);
void            qs_drain_free     (QsDrain          *self);

/* All before @offset is read. */
void            qs_drain_note     (QsDrain          *self,
                                   const char       *topic,
                                   int               partition,
                                   gint64            offset);

/* The same, of an end. TRUE if there is something before it that was no record: the end
 * of a transaction, which others who drain must not take for a record that is left. */
gboolean        qs_drain_note_end (QsDrain          *self,
                                   const char       *topic,
                                   int               partition,
                                   gint64            offset);

/* Forgets how far that is: it is to be read again. */
void            qs_drain_reset    (QsDrain          *self);

/* Asks for the ends of all that is read here, until there is an answer; to be
 * called again when other partitions are. */
void            qs_drain_ask      (QsDrain          *self);

/* How it stands. A commit is asked for while @has_records that aren't committed. Ends
 * are asked for once more after the last commit: a dataframe may produce to a topic
 * that another one reads, and what it produces is there when it is committed. */
QsDrainVerdict  qs_drain_look     (QsDrain          *self,
                                   gboolean          has_records,
                                   GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsDrain, qs_drain_free)

G_END_DECLS
