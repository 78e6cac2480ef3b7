/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a process has ended, as a clause without its subject: "ended with status 3", "was ended by
 * signal 9 (Killed)". @wait_status is that of waitpid(), or -1 if it is unknown. transfer full
 * Context: any thread. Locks: none. */
char *qs_wait_status_describe (int wait_status);

G_END_DECLS
