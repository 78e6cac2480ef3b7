/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-state-config-private.h"

G_BEGIN_DECLS

#define QS_TYPE_WORKER (qs_worker_get_type ())

/*
 * One run of one source, seen from the process that watches: from start() to
 * the signal `ended`. Its subclasses run it in a process or in a thread.
 *
 * Signals, emitted in the thread-default main context of start()'s caller:
 *   started (int pid)            the source's start() is about to be called
 *   connected ()                 its client is connected
 *   connect-failed (GError)      its client is not, whatever the handlers said
 *   recovering (gint64 records, gint64 left, double rate)
 *                                its state is being read back; 0 left: that is over
 *   stats (GVariant a{sv})       counters, about once a second and before ended
 *   ended (GError nullable, const char *detail nullable)
 *                                last, and exactly once after start() returned
 *                                TRUE; @detail is a traceback or the like
 *
 * Context: the thread that called start().   Locks: none.
 */
G_DECLARE_DERIVABLE_TYPE (QsWorker, qs_worker, QS, WORKER, GObject)

struct _QsWorkerClass
{
  GObjectClass parent_class;

  gboolean (*start) (QsWorker  *self,
                     GError   **error);
  void     (*stop)  (QsWorker  *self);
  void     (*kill)  (QsWorker  *self);

  /* While it runs. Is followed by qs_worker_emit_paused() when it is so. */
  void     (*set_paused) (QsWorker  *self,
                          gboolean   is_paused);
};

QsBaseSource *qs_worker_get_source (QsWorker  *self);

/* Says with which guarantees it runs, where its state is, and which partition of
 * that is this worker's; before start(). */
void          qs_worker_set_state  (QsWorker       *self,
                                    QsStateConfig  *state,
                                    int             partition);

/* NULL if it wasn't said. */
QsStateConfig *qs_worker_get_state (QsWorker       *self);
int           qs_worker_get_partition (QsWorker    *self);

/* 0 until it is known; this process's own for a thread. */
int           qs_worker_get_pid    (QsWorker  *self);

/* Has what the source produces wait, or ends that; at any moment, also before
 * start(). */
void          qs_worker_set_paused (QsWorker  *self,
                                    gboolean   is_paused);

/* Whether it was asked to. */
gboolean      qs_worker_get_paused (QsWorker  *self);

gboolean      qs_worker_start      (QsWorker  *self,
                                    GError   **error);

/* Asks the source to end soon; in a process it is ended by force after its
 * shutdown-timeout. May be called at any moment, and again. */
void          qs_worker_stop       (QsWorker  *self);

/* Ends it now, by force, if it is a process; else like stop(). */
void          qs_worker_kill       (QsWorker  *self);

/*
 * For its subclasses: what they have learnt. Each emits its signal, and keeps
 * the source's status up to date. @self may be freed by the last one.
 */

void          qs_worker_emit_started        (QsWorker     *self,
                                             int           pid);
void          qs_worker_emit_connected      (QsWorker     *self);
void          qs_worker_emit_connect_failed (QsWorker     *self,
                                             const GError *error);
void          qs_worker_emit_recovering     (QsWorker     *self,
                                             gint64        n_records,
                                             gint64        n_left,
                                             double        rate);
/* No signal, only the status. */
void          qs_worker_emit_paused         (QsWorker     *self,
                                             gboolean      is_paused);
/* Emits only what isn't equal to the last; sinks @stats. */
void          qs_worker_emit_stats          (QsWorker     *self,
                                             GVariant     *stats);
void          qs_worker_emit_ended          (QsWorker     *self,
                                             const GError *error,
                                             const char   *detail);

/* The source stops although stop() wasn't called. */
void          qs_worker_set_stopping        (QsWorker     *self);
gboolean      qs_worker_is_stopping         (QsWorker     *self);

void          qs_worker_set_pid             (QsWorker     *self,
                                             int           pid);

G_END_DECLS
