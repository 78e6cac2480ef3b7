/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-application.h"

#ifdef QS_HAVE_SOUP

#include "qs-monitor-soup-private.h"

G_BEGIN_DECLS

/*
 * Those who watch an application live: each gets its whole status, once a second and when a
 * source's status changes. One that doesn't keep up misses some.
 *
 * Context: the application's thread.   Locks: none.
 */
typedef struct _QsMonitorEvents QsMonitorEvents;

QsMonitorEvents *qs_monitor_events_new  (QsApplication     *application);

/* Ends what is sent to each of them. */
void             qs_monitor_events_free (QsMonitorEvents   *self);

/* Answers a request by server-sent events, without end. */
void             qs_monitor_events_add  (QsMonitorEvents   *self,
                                         SoupServerMessage *message);

/* Makes the data to send: the application's status as JSON. */
char            *qs_monitor_events_describe (QsApplication *application);

G_END_DECLS

#endif
