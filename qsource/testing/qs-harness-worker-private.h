/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-base-source.h"

G_BEGIN_DECLS

/*
 * How a worker of a harness is started: as the test program, which serves it first of
 * all, or as another program that does.
 *
 * Context: any.   Locks: none.
 */

/* The command that starts a worker for @source. @argv: another program than this one
 * (nullable); @kill_point: as in QSOURCE_KILL_POINT (nullable). Fails if this program
 * serves no such source, or if a property can't be passed on. transfer full */
char     **qs_harness_worker_dup_argv (QsBaseSource       *source,
                                       const char *const  *argv,
                                       const char         *kill_point,
                                       GError            **error);

/* Likewise for a source that brings the command @argv itself. transfer full */
char     **qs_harness_worker_dup_own_argv (const char *const  *argv,
                                           const char         *kill_point);

/* Whether all that is set on @source can be passed on to its worker. */
gboolean   qs_harness_worker_check_properties (QsBaseSource *source,
                                               GError      **error);

/* All kill points, ended by NULL; a library need not have them. */
const char *const *qs_harness_worker_list_points (void);

/* Whether @point is one of a library that has them; else an error says what to do. */
gboolean   qs_harness_worker_check_point (const char  *point,
                                          GError     **error);

G_END_DECLS
