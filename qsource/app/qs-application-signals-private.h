/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-consume-loop-private.h"

G_BEGIN_DECLS

/*
 * The signals of QsApplication, and the listeners that emit them for what its
 * dataframes do; a QsManagedSource emits those for its sources. The user data of each is
 * the application.
 *
 * Context: the application's thread.   Locks: none: handlers are foreign code.
 */

/* Called once, by the class of type @application. */
void                           qs_application_install_signals        (GType       application);

extern const QsErrorListener   qs_application_error_listener;

void                           qs_application_emit_message_processed (const char *topic,
                                                                      int         partition,
                                                                      gint64      offset,
                                                                      gpointer    user_data);

G_END_DECLS
