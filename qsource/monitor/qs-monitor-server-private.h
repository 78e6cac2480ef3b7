/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-application.h"

G_BEGIN_DECLS

/*
 * Serves an application's metrics, health, status and page over HTTP, read-only.
 *
 * Context: the application's thread, whose thread-default main context serves.
 * Locks: none.
 */
typedef struct _QsMonitorServer QsMonitorServer;

/* Serves at @address: "HOST:PORT", or "unix:PATH". @application must stay. */
QsMonitorServer *qs_monitor_server_new  (QsApplication    *application,
                                         const char       *address,
                                         GError          **error);
void             qs_monitor_server_free (QsMonitorServer  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsMonitorServer, qs_monitor_server_free)

G_END_DECLS
