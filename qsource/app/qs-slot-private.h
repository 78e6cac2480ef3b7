/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-source-stats-private.h"
#include "qs-topic.h"
#include "qs-worker-private.h"

G_BEGIN_DECLS

/*
 * One partition of a source and, while it runs, its worker: starts that again when it
 * has failed, as often as it may. What concerns the worker alone it reports by the
 * application's signals; what concerns the source it reports to its owner.
 *
 * Context: the thread that watches the source, whose thread-default main context calls
 * the listener.   Locks: none.
 */
typedef struct _QsSlot QsSlot;

/* Each callback gets the owner, which must stay alive. */
typedef struct
{
  /* Its counts are others; @past: those of a worker that is gone, nullable. */
  void     (*counted) (const QsSourceCounts *past,
                       gpointer              owner);

  /* Its worker has failed, and is not started again. */
  void     (*failed)  (QsSlot               *self,
                       int                   pid,
                       const GError         *error,
                       gpointer              owner);

  /* The last word about a worker or the wait for one, though the next one may run
   * already; unless it does, @self may be freed in here. */
  void     (*ended)   (QsSlot               *self,
                       gpointer              owner);
} QsSlotListener;

/* Whether another instance is to run it. */
typedef enum
{
  QS_SLOT_OURS,
  QS_SLOT_REVOKED,
  QS_SLOT_LOST,     /* that may run it already */
} QsSlotClaim;

/* The arguments must stay valid; @application, which has the signals, keeps the owner
 * alive. */
QsSlot               *qs_slot_new           (QsBaseSource           *source,
                                             QsTopic                *topic,
                                             int                     partition,
                                             const QsWorkerSettings *settings,
                                             const QsSlotListener   *listener,
                                             gpointer                owner,
                                             GObject                *application);

/* When nothing of it runs. */
void                  qs_slot_free          (QsSlot                 *self);

int                   qs_slot_get_partition (QsSlot                 *self);

/* For people: -1 if the source has but one. */
int                   qs_slot_get_shown_partition (QsSlot           *self);
const QsSourceCounts *qs_slot_get_counts    (QsSlot                 *self);
QsSlotClaim           qs_slot_get_claim     (QsSlot                 *self);

/* Whether the last worker has ended well. */
gboolean              qs_slot_has_finished  (QsSlot                 *self);

/* Whether a worker is left, or one is due. */
gboolean              qs_slot_is_running    (QsSlot                 *self);

void                  qs_slot_start         (QsSlot                 *self);

/* Stops what runs, and starts it again when it has ended. */
void                  qs_slot_restart       (QsSlot                 *self);

/* For what runs, and what will. */
void                  qs_slot_set_paused    (QsSlot                 *self,
                                             gboolean                is_paused);

/* Has it end, and not start again. */
void                  qs_slot_stop          (QsSlot                 *self);
void                  qs_slot_kill          (QsSlot                 *self);

/* The same, because another instance is to run it or does so already: what goes wrong in
 * this end is no failure of the source. */
void                  qs_slot_revoke        (QsSlot                 *self,
                                             gboolean                is_lost);

G_END_DECLS
