/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-worker-private.h"

G_BEGIN_DECLS

/*
 * Decides which partitions of a source run here: all of them, or those of a claim. Nothing
 * else decides that.
 *
 * Context: the thread that watches the source, whose thread-default main context calls
 * the listener.   Locks: none.
 */
typedef struct _QsShare QsShare;

typedef struct
{
  /* It is to run here. */
  void (*assigned) (int           partition,
                    gpointer      user_data);

  /* It must not any more, which release() answers; @lost: somebody else may run it
   * already. */
  void (*revoked)  (int           partition,
                    gboolean      lost,
                    gpointer      user_data);

  /* Nothing may run here any more. */
  void (*failed)   (const GError *error,
                    gpointer      user_data);

  /* leave() is done, maybe before that returns. */
  void (*left)     (gpointer      user_data);

  /* The standbys here have changed. */
  void (*changed)  (gpointer      user_data);
} QsShareListener;

/* @settings must stay. */
QsShare *qs_share_new        (QsBaseSource           *source,
                              const QsWorkerSettings *settings,
                              const QsShareListener  *listener,
                              gpointer                user_data);
void     qs_share_free       (QsShare                *self);

/* Begins to report, perhaps before it returns, if the source is shared. If it isn't, all
 * of it is here from then on, and nothing is reported but the end. */
gboolean qs_share_start      (QsShare                *self,
                              GError                **error);

/* The revoked partitions no longer run here. */
void     qs_share_release    (QsShare                *self,
                              int                     partition);

/* When nothing runs here any more. @for_good: others shall have it at once, and not only
 * if nobody comes back. */
void     qs_share_leave      (QsShare                *self,
                              gboolean                for_good);

/* Whether it was started, and left() was not called. */
gboolean qs_share_is_held    (QsShare                *self);

/* Whether it is known what of it runs here, be it nothing. */
gboolean qs_share_is_settled (QsShare                *self);

/* Whether a partition is about to be assigned. */
gboolean qs_share_is_pending (QsShare                *self);

/* How many partitions stand by here, warm, and how many records they are behind. */
void     qs_share_count_standby (QsShare             *self,
                                 guint64             *n_partitions,
                                 guint64             *lag);

/* Adds what stands by to @dict, an a{sv}; nothing if nothing ever does. */
void     qs_share_describe   (QsShare                *self,
                              GVariantBuilder        *dict);

/* How many partitions the source has, here and elsewhere. */
int      qs_share_get_n_partitions (QsShare          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsShare, qs_share_free)

G_END_DECLS
