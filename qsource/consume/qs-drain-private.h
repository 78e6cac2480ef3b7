/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-group-consumer-private.h"

G_BEGIN_DECLS

/*
 * How far partitions were read, and whether that is all there is.
 *
 * Context: the thread of the consume loop.   Locks: none.
 */
typedef struct _QsDrain QsDrain;

typedef void (*QsDrainFunc) (gpointer user_data);

/* @changed: called when the ends of the partitions are known. */
QsDrain  *qs_drain_new      (QsGroupConsumer  *consumer,
                             QsDrainFunc       changed,
                             gpointer          user_data);
void      qs_drain_free     (QsDrain          *self);

/* All before @offset is read. */
void      qs_drain_note     (QsDrain          *self,
                             const char       *topic,
                             int               partition,
                             gint64            offset);

/* Forgets how far that is: it is to be read again. */
void      qs_drain_reset    (QsDrain          *self);

/* Asks for the ends of all that is read here, until there is an answer; to be
 * called again when other partitions are. */
void      qs_drain_ask      (QsDrain          *self);

/* Whether all is read, to the ends as they were when they were last asked for. */
gboolean  qs_drain_is_read  (QsDrain          *self);

/* All that is read is committed. Whether there was no more, either, when the ends
 * were asked for after such a commit, which is done now if it isn't known: a
 * dataframe may produce to a topic that another one reads, and what it produces is
 * there when it is committed. */
gboolean  qs_drain_confirm  (QsDrain          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsDrain, qs_drain_free)

G_END_DECLS
