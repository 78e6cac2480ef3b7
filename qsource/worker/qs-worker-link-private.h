/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "qs-process-private.h"
#include "qs-worker-ipc.h"

G_BEGIN_DECLS

/* The phase of a connection; it only advances. */
typedef enum
{
  QS_WORKER_LINK_SILENT, /* nobody has said anything, or proved who he is */
  QS_WORKER_LINK_OPEN,
  QS_WORKER_LINK_CLOSED,
} QsWorkerLinkPhase;

/*
 * The parent's end of the connection to a worker process.
 *
 * Context: the thread of listen()'s caller.   Locks: none.
 */
typedef struct
{
  QsWorkerLinkPhase  phase;
  GSocket           *socket;     /* NULL once there is a connection; owned, as all of it */
  GSource           *greeting;   /* likewise */
  GDBusConnection   *connection; /* NULL before that */
  QsIpcParent       *parent;
  QsIpcPeer         *peer;

  /* The process at the other end, from the kernel: behind a wrapper, another one than was
   * started. */
  QsProcess          process;
} QsWorkerLink;

/* Its listener: handlers of the signals of QsIpcParent, QsIpcPeer and GDBusConnection, with one
 * user data. */
typedef struct
{
  GCallback  hello;
  GCallback  result;
  GCallback  event;
  GCallback  closed;
} QsWorkerLinkHandlers;

#define QS_WORKER_LINK_INIT ((QsWorkerLink){ .process = QS_PROCESS_INIT })

/* Makes it; *@worker_fd is the worker's end, to be closed by the caller. @greeting is
 * called in @context when somebody has connected, or never will. */
gboolean qs_worker_link_listen (QsWorkerLink               *self,
                                GMainContext               *context,
                                GSocketSourceFunc           greeting,
                                gpointer                    user_data,
                                int                        *worker_fd,
                                GError                    **error);

/* Takes who has connected, and begins to listen to him. */
gboolean qs_worker_link_accept (QsWorkerLink               *self,
                                const QsWorkerLinkHandlers *handlers,
                                gpointer                    user_data,
                                GError                    **error);

/* Nothing more is heard of the worker. May be called again. */
void     qs_worker_link_close  (QsWorkerLink               *self,
                                gpointer                    user_data);

/* After close(). */
void     qs_worker_link_clear  (QsWorkerLink               *self);

G_END_DECLS
