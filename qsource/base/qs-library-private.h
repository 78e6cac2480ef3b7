/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Loads the shared library @file for nobody else to see, and writes the addresses of its
 * functions @names (ended by NULL) into @functions, a structure of nothing but so many
 * pointers. Ends the process where that can't be done: the package depends on it.
 * @purpose: what the library is, and who needs it, for that message.
 *
 * Context: any, also before main().   Locks: none. */
void qs_library_load (const char        *file,
                      const char        *purpose,
                      const char *const *names,
                      void              *functions);

G_END_DECLS
