/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-record.h"

G_BEGIN_DECLS

/*
 * Keeps the results of the dataframes in a run, as records. A row counts when the offset of
 * its record is committed, so that it is there once, although its record may be read again.
 *
 * Context: the thread that runs the application.   Locks: none.
 */
typedef struct _QsRows QsRows;

QsRows    *qs_rows_new    (void);
QsRows    *qs_rows_ref    (QsRows    *self);
void       qs_rows_unref  (QsRows    *self);

/* Keeps @value, which came of @record, until it is known what becomes of the record. */
void       qs_rows_add    (QsRows    *self,
                           QsRecord  *record,
                           GVariant  *value);

/* The record that is being dealt with has passed: its rows go with the next commit. */
void       qs_rows_note   (QsRows    *self);

/* All that was noted is committed; what was not noted is dropped. */
void       qs_rows_commit (QsRows    *self);

/* Drops what isn't committed: its records are read again. */
void       qs_rows_clear  (QsRows    *self);

/* A GPtrArray of QsRecord; transfer full. */
GPtrArray *qs_rows_dup    (QsRows    *self);

G_END_DECLS
