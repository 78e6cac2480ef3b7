/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether this process, and each of its workers, may open as many files as a run with
 * @n_sources takes; @in_threads: all of them here; @n_standby: how many partitions may be
 * kept warm here. Without enough, librdkafka waits for
 * connections that it can't open until a time-out ends it.
 *
 * Context: any.   Locks: none. */
gboolean qs_file_limit_check (guint      n_sources,
                              gboolean   in_threads,
                              guint      n_standby,
                              GError   **error);

G_END_DECLS
