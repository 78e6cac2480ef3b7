/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-file-position-private.h"

G_BEGIN_DECLS

/*
 * The files that a log has become by rotation: app.log.1, app.log-20260101,
 * app-20260101.log, each perhaps compressed.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  char          *path;
  char          *key; /* of its identity */
  QsFileIdentity identity;
} QsFileSibling;

/* Whether @path is such a name of a file that was @base. */
gboolean   qs_file_siblings_is_rotated (const char *path,
                                        const char *base);

/* Whether @path may be such a name of any file. */
gboolean   qs_file_siblings_may_be_rotated (const char *path);

/* Lists the directories once, so that many files in one do not each need to read all of it.
 * transfer full */
GHashTable *qs_file_listings_new       (void);

/* Those of @base that exist, oldest first. A look at their directory that was taken at
 * @since (monotonic) or later is recent enough; 0: it must be as it is now.
 * (element-type QsFileSibling), transfer full */
GPtrArray *qs_file_siblings_list       (GHashTable *listings,
                                        const char *base,
                                        gint64      since);

G_END_DECLS
