/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-file-tracks-private.h"
#include "qs-stateful-source.h"

G_BEGIN_DECLS

/*
 * How a QsFileSource runs: it produces the lines of its files, and commits how far it
 * has come.
 *
 * Context: the thread of run().   Locks: none.
 */
typedef struct
{
  QsFileRules     rules;
  gboolean        follow;
  QsFileKey       key;
  gsize           max_line_length;
  GRegex         *multiline_start; /* nullable */
  double          multiline_timeout;
  double          commit_interval;
} QsFileFollowSettings;

/* Runs until @source is stopped, or all is read. */
gboolean qs_file_follow_run (QsStatefulSource            *source,
                             const QsFileFollowSettings  *settings,
                             GError                     **error);

G_END_DECLS
