/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-claim-conf-private.h"

G_BEGIN_DECLS

/*
 * The share that this process has of the partitions of a topic: all who claim the same
 * topic are one group of Kafka's, which divides them. Nothing is read; who has a share
 * may run what belongs to it.
 *
 * A claim is never proof of ownership: an instance that was suspended believes in it until
 * it learns of the change. A writer must fence.
 *
 * Context: the thread that made it, whose thread-default main context calls the
 * listener; brokers are listened to in the thread of QsClaimThread, so that it costs
 * nothing if that context is busy.   Locks: none.
 */
typedef struct _QsClaim QsClaim;

/* The thread that serves any number of claims. */
typedef struct _QsClaimThread QsClaimThread;

typedef struct
{
  /* More of them are this process's. */
  void (*assigned) (const int    *partitions,
                    guint         n_partitions,
                    gpointer      user_data);

  /* These are to be given away, which is awaited until release(); nothing else is reported before
   * that. @lost: somebody else may have them already. */
  void (*revoked)  (const int    *partitions,
                    guint         n_partitions,
                    gboolean      lost,
                    gpointer      user_data);

  /* It has failed for good: none is this process's any more, and nothing else is reported. */
  void (*failed)   (const GError *error,
                    gpointer      user_data);

  /* leave() is done. */
  void (*left)     (gpointer      user_data);
} QsClaimListener;

QsClaimThread *qs_claim_thread_new  (void);

/* Waits for its end; its claims must be freed. */
void           qs_claim_thread_free (QsClaimThread         *self);

/* Gets the main context that the thread iterates. transfer none */
GMainContext  *qs_claim_thread_get_context (QsClaimThread  *self);

/* Begins to claim @settings.topic. @thread and @listener must stay. */
QsClaim       *qs_claim_new         (QsClaimThread         *thread,
                                     const QsClaimSettings *settings,
                                     const QsClaimListener *listener,
                                     gpointer               user_data,
                                     GError               **error);

/* Ends all reports. If leave() wasn't called it ends as by a crash, when the session is over. */
void           qs_claim_free        (QsClaim               *self);

/* Permits the revoked partitions to run elsewhere. */
void           qs_claim_release     (QsClaim               *self);

/* Gives all away; nothing of it may run any more. Unless @for_good, this is only known
 * when the session is over: who comes back before that has the same share. */
void           qs_claim_leave       (QsClaim               *self,
                                     gboolean               for_good);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsClaim, qs_claim_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsClaimThread, qs_claim_thread_free)

G_END_DECLS
