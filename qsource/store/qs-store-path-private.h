/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The paths of stores: STATE-DIR/GROUP/SOURCE/PARTITION. Names come from users, and none of
 * them can name anything but one directory of its own.
 *
 * Context: any.   Locks: none.
 */

/* One path component for any name: lower-case letters, digits, '_', '-' and '.'
 * (but not a first one) stand for themselves, any other byte is %xx. Different
 * names give components that differ even where case doesn't count; one whose
 * component would be too long for a file system ends in a hash of the name. */
char *qs_store_path_encode (const char *name);

/* The directory of a store. @state_dir is taken as it is, @partition >= 0. */
char *qs_store_path_build  (const char *state_dir,
                            const char *group,
                            const char *source,
                            int         partition);

G_END_DECLS
