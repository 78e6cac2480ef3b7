/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * An application's status as Prometheus reads it.
 *
 * Context: any.   Locks: none.
 */

/* @status: what qs_application_dup_status() returns. @is_open: in the format of OpenMetrics
 * 1.0.0, else in the text format 0.0.4; transfer full. */
char *qs_metrics_to_text (GVariant *status,
                          gboolean  is_open);

G_END_DECLS
