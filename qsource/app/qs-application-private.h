/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-application.h"
#include "qs-run-private.h"

G_BEGIN_DECLS

/*
 * Functions of QsApplication for its other files.
 *
 * Context: the application's thread.   Locks: none.
 */

/* Fails while run() runs: @what can't be done then. */
gboolean         qs_application_check_not_running (QsApplication  *self,
                                                   const char     *what,
                                                   GError        **error);

/* How a run goes that begins now. transfer full */
QsRunSettings   *qs_application_make_run_settings (QsApplication *self,
                                                   GError        **error);

G_END_DECLS
