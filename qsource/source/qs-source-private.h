/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-source.h"
#include "qs-source-output-private.h"

G_BEGIN_DECLS

/*
 * What QsStatefulSource may do to the source that it is, and the worker, and a
 * user may not.
 */

/* Has what is produced in transactions be committed this often while run() runs,
 * in seconds, too; -1: only by flush().
 *
 * Context: the thread of start(), before it.   Locks: none. */
void            qs_source_set_commit_interval (QsSource *self,
                                               double    seconds);

/* The way of its records; transfer none.
 *
 * Context: any.   Locks: none. */
QsSourceOutput *qs_source_get_output          (QsSource *self);

/* Where its dead letters go when it produces to @topic; NULL if it has none.
 * transfer full
 *
 * Context: the thread of start(), or any before it.   Locks: none. */
QsTopic        *qs_source_dup_dead_letter_topic (QsSource *self,
                                                 QsTopic  *topic);

G_END_DECLS
