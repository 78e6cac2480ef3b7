/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-application.h"

G_BEGIN_DECLS

/*
 * An application's status as Prometheus reads it: right from where the counts are, because a
 * dictionary of each source would take longer than the text.
 *
 * Context: the application's thread.   Locks: none.
 */

/* @is_open: in the format of OpenMetrics 1.0.0, else in the text format 0.0.4; transfer
 * full. */
char *qs_metrics_to_text (QsApplication *application,
                          gboolean       is_open);

G_END_DECLS
