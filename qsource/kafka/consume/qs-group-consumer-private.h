/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-enums.h"
#include "qs-kafka-config-private.h"
#include "qs-offsets-private.h"
#include "qs-producer.h"
#include "qs-received-private.h"

G_BEGIN_DECLS

#define QS_TYPE_GROUP_CONSUMER (qs_group_consumer_get_type ())

/*
 * A member of a consumer group: reads its share of some topics, and gives parts
 * of it to other members as they come and go (cooperative-sticky).
 *
 * It never blocks, but for the functions that say so.
 *
 * Context: the thread of subscribe(); its thread-default main context calls the
 * listener.   Locks: none.
 */
G_DECLARE_FINAL_TYPE (QsGroupConsumer, qs_group_consumer, QS, GROUP_CONSUMER, GObject)

/* Receives what a member reads. */
typedef struct
{
  /* More partitions are read here now; none the first time means that other
   * members read all. Where each begins is settled: what is produced from now on
   * is read. */
  void (*assigned)    (gpointer      user_data);

  /* Partitions are to go to another member: nothing is delivered until
   * qs_group_consumer_release(), before which what was read is to be committed.
   * @lost: they have gone already, and nothing can be committed any more. */
  void (*revoked)     (gboolean      lost,
                       gpointer      user_data);

  /* A record was read; @received is valid during the call. */
  void (*received)    (const QsReceived *received,
                       gpointer          user_data);

  /* There is no more, for now; the next record will have @offset, or a later
   * one. */
  void (*end_reached) (const char   *topic,
                       int           partition,
                       gint64        offset,
                       gpointer      user_data);

  /* Some messages were delivered, and the main context has its turn. */
  void (*batch_done)  (gpointer      user_data);

  /* @fatal: nothing will be read any more. */
  void (*failed)      (const GError *error,
                       gboolean      fatal,
                       gpointer      user_data);
} QsGroupListener;

/* @alone: this is the only member that there will ever be, as on a broker inside
 * this process: all partitions are read at once, without the seconds in which
 * such a broker waits for other members. */
QsGroupConsumer *qs_group_consumer_new        (QsKafkaConfig          *config,
                                               const char             *group,
                                               QsAutoOffsetReset       reset,
                                               gboolean                alone,
                                               const QsGroupListener  *listener,
                                               gpointer                user_data,
                                               GError                **error);

/* Joins the group, to read @topics. */
gboolean         qs_group_consumer_subscribe  (QsGroupConsumer        *self,
                                               const char * const     *topics,
                                               GError                **error);

/* While paused, the listener isn't called. Calls must pair. */
void             qs_group_consumer_pause      (QsGroupConsumer        *self);
void             qs_group_consumer_resume     (QsGroupConsumer        *self);

/* Lets the revoked partitions go. */
void             qs_group_consumer_release    (QsGroupConsumer        *self);

/* The partitions that are read here, each with the offset at which that began.
 * transfer full */
QsOffsets       *qs_group_consumer_dup_assignment (QsGroupConsumer    *self);

/* The offset at which the reading of a partition began; -1: it isn't read here. */
gint64           qs_group_consumer_get_start  (QsGroupConsumer        *self,
                                               const char             *topic,
                                               int                     partition);

/* Whether what is read here is this member's share: not while the group changes, nor
 * after the member has lost its share, until it has one again. An empty share is one. */
gboolean         qs_group_consumer_has_share  (QsGroupConsumer        *self);

/* Commits, and returns when the brokers have it. A member that has been replaced
 * can't, which is no error: others will read those records again. While a group
 * changes it is an error, and to be tried again. It blocks until @deadline at most, and for
 * 5 s without an answer, as do the next ones.
 *
 * Context: any. */
gboolean         qs_group_consumer_commit     (QsGroupConsumer        *self,
                                               QsOffsets              *offsets,
                                               gint64                  deadline,
                                               GError                **error);

/* Commits together with the open transaction of @producer, or not at all. That
 * this member has been replaced is an error here. It blocks.
 *
 * Context: any. */
gboolean         qs_group_consumer_commit_with (QsGroupConsumer       *self,
                                                QsOffsets             *offsets,
                                                QsProducer            *producer,
                                                gint64                 deadline,
                                                GError               **error);

/* Goes back to what is committed; the consumer must be paused. It blocks.
 *
 * Context: any. */
gboolean         qs_group_consumer_rewind     (QsGroupConsumer        *self,
                                               QsOffsets              *assignment,
                                               gint64                  deadline,
                                               GError                **error);

/* Gets the current end of each of @partitions; transfer full. It blocks.
 *
 * Context: any. */
QsOffsets       *qs_group_consumer_find_ends  (QsGroupConsumer        *self,
                                               QsOffsets              *partitions,
                                               gint64                  deadline,
                                               GError                **error);

/* How many records there are that the group has not committed, in all partitions but
 * those of @share; to *@ends (inout), which is filled in by the first call. -1 with
 * @error: unknown. It blocks.
 *
 * Context: any. */
gint64           qs_group_consumer_count_unread (QsGroupConsumer      *self,
                                                 QsOffsets            *share,
                                                 QsOffsets           **ends,
                                                 gint64                deadline,
                                                 GError              **error);

/* Leaves the group, without committing anything; @callback is called when it has
 * left, the listener isn't any more. Called once, after subscribe(). */
void             qs_group_consumer_close      (QsGroupConsumer        *self,
                                               GAsyncReadyCallback     callback,
                                               gpointer                user_data);

G_END_DECLS
