/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source.h"

G_BEGIN_DECLS

/*
 * What QsStatefulSource may do to the source that it is, and the worker, and a
 * user may not.
 */

/* Has what is produced in transactions be committed this often while run() runs,
 * in seconds, too; -1: only by flush().
 *
 * Context: the thread of start(), before it.   Locks: none. */
void qs_source_set_commit_interval   (QsSource *self,
                                      double    seconds);

/* Records that name no partition go to @partition; -1: by their key.
 *
 * Context: the thread of start(), before it.   Locks: none. */
void qs_source_set_default_partition (QsSource *self,
                                      int       partition);

/* Has produce() in other threads wait, as it must while a flush runs.
 *
 * Context: the thread of start().   Locks: held until unlock. */
void qs_source_lock_produce          (QsSource *self);
void qs_source_unlock_produce        (QsSource *self);

G_END_DECLS
