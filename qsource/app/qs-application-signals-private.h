/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"
#include "qs-consume-loop-private.h"
#include "qs-source-manager-private.h"

G_BEGIN_DECLS

/*
 * The signals of QsApplication, and the listeners that emit them for what its
 * workers and its dataframes do. The user data of each is the application.
 *
 * Context: the application's thread.   Locks: none: handlers are foreign code.
 */

/* Called once, by the class of type @application. */
void                           qs_application_install_signals        (GType       application);

/* A QsSourceFunc. */
gboolean                       qs_application_emit_source_event      (QsBaseSource        *source,
                                                                      const QsSourceEvent *event,
                                                                      gpointer             application);

extern const QsErrorListener   qs_application_error_listener;

void                           qs_application_emit_message_processed (const char *topic,
                                                                      int         partition,
                                                                      gint64      offset,
                                                                      gpointer    user_data);

G_END_DECLS
