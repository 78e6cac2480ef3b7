/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-kafka-config-private.h"
#include "qs-share-settings-private.h"
#include "qs-source-event-private.h"
#include "qs-state-settings-private.h"

G_BEGIN_DECLS

#define QS_TYPE_WORKER (qs_worker_get_type ())

/*
 * One run of one source, seen from the process that watches: from start() until it
 * has ended. Its subclasses run it in a process or in a thread.
 *
 * The listener receives each event of the source, in the thread-default main context of
 * start()'s caller; that it has finished or failed is the last one, and comes exactly once
 * after start() returned TRUE. This class keeps what is known of a worker: it is asked and
 * noted down here, and nothing passes through.
 *
 * Context: the thread that called start().   Locks: none.
 */
G_DECLARE_DERIVABLE_TYPE (QsWorker, qs_worker, QS, WORKER, GObject)

/* How workers are run. Whoever has it owns what it points to. */
typedef struct
{
  QsKafkaConfig      *config;
  QsStateSettings    *state;
  QsIsolation         isolation;
  guint               application;       /* its ordinal in the program, by which a new process
                                          * knows which one is meant */
  const char * const *worker_argv;       /* nullable: this program again */
  double              startup_timeout;   /* seconds until a process must have reached run() */
  int                 max_restarts;
  double              restart_backoff;   /* seconds */
  gboolean            has_stdin;         /* there is one source, which may read what this
                                          * process could */
  QsShareSettings     share;
} QsWorkerSettings;

/* The phase of a worker. It only advances, except for recovering. */
typedef enum
{
  QS_WORKER_NEW,        /* start() wasn't called */
  QS_WORKER_STARTING,   /* the source's start() wasn't called */
  QS_WORKER_RECOVERING, /* the source's state is being read back */
  QS_WORKER_RUNNING,    /* the source's start() was called */
  QS_WORKER_LEAVING,    /* it stops by itself */
  QS_WORKER_STOPPING,   /* stop() or kill() was called */
  QS_WORKER_ENDED,      /* the last event was reported */
} QsWorkerPhase;

struct _QsWorkerClass
{
  GObjectClass parent_class;

  gboolean (*start) (QsWorker  *self,
                     GError   **error);
  void     (*stop)  (QsWorker  *self);
  void     (*kill)  (QsWorker  *self);

  /* While it runs. Is followed by QS_SOURCE_EVENT_PAUSED when it is so. */
  void     (*set_paused) (QsWorker  *self,
                          gboolean   is_paused);
};

QsBaseSource *qs_worker_get_source (QsWorker  *self);
QsWorkerPhase qs_worker_get_phase  (QsWorker  *self);

/* Sets the listener of events; before start(). NULL: none (any more). */
void          qs_worker_set_func   (QsWorker          *self,
                                    QsSourceEventFunc  func,
                                    gpointer           user_data);

/* Says with which guarantees it runs, where its state is, and which partition of
 * that is this worker's; before start(). */
void          qs_worker_set_state  (QsWorker        *self,
                                    QsStateSettings *state,
                                    int              partition);

/* NULL if it wasn't said. */
QsStateSettings *qs_worker_get_state (QsWorker       *self);
int           qs_worker_get_partition (QsWorker      *self);

/* 0 until it is known; this process's own for a thread. */
int           qs_worker_get_pid    (QsWorker  *self);

/* Has what the source produces wait, or ends that; at any moment, also before
 * start(). */
void          qs_worker_set_paused (QsWorker  *self,
                                    gboolean   is_paused);

/* Whether it was asked to. */
gboolean      qs_worker_get_paused (QsWorker  *self);

/* Updates the phase and the source's status for an event, before the listener gets it. FALSE if
 * it is nothing new. */
gboolean      qs_worker_note       (QsWorker            *self,
                                    const QsSourceEvent *event);

/*
 * For its subclasses, and for what follows.
 */

gboolean      qs_worker_is_stopping (QsWorker *self);

void          qs_worker_set_pid    (QsWorker  *self,
                                    int        pid);

QsSourceEventFunc qs_worker_get_func (QsWorker  *self,
                                      gpointer  *user_data);

/* Notes that start() is called, and that it has failed. */
void          qs_worker_note_start       (QsWorker     *self);
void          qs_worker_note_not_started (QsWorker     *self,
                                          const GError *error);

/* Notes that stop() or kill() was called; FALSE if it is not running. */
gboolean      qs_worker_note_stop  (QsWorker  *self);

/* Reports their events to the listener. */
static inline void
qs_worker_tell (QsWorker *self, const QsSourceEvent *event)
{
  gpointer          user_data = NULL;
  QsSourceEventFunc func = qs_worker_get_func (self, &user_data);

  if (func != NULL)
    func (event, user_data);
}

static inline gboolean
qs_worker_start (QsWorker *self, GError **error)
{
  GError *own_error = NULL;

  qs_worker_note_start (self);
  if (QS_WORKER_GET_CLASS (self)->start (self, &own_error))
    return TRUE;

  qs_worker_note_not_started (self, own_error);
  g_propagate_error (error, own_error);

  return FALSE;
}

/* Asks the source to end soon; in a process it is ended by force after its
 * shutdown-timeout. May be called at any moment, and again. */
static inline void
qs_worker_stop (QsWorker *self)
{
  if (qs_worker_note_stop (self))
    QS_WORKER_GET_CLASS (self)->stop (self);
}

/* Ends it now, by force, if it is a process; a thread is left behind. */
static inline void
qs_worker_kill (QsWorker *self)
{
  if (qs_worker_note_stop (self))
    QS_WORKER_GET_CLASS (self)->kill (self);
}

G_END_DECLS
