/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-types.h"

G_BEGIN_DECLS

/*
 * Compares what a source produced with what it produces when nothing disturbs it:
 * partition by partition, as nothing else of a topic has an order.
 *
 * Context: one thread.   Locks: none.
 */
typedef struct _QsComparison QsComparison;

/* The result of one comparison. */
typedef struct
{
  gint64   lost;       /* records that were left out */
  gint64   duplicated; /* records that came once more */
  guint    n_returns;  /* how often the source went back */
  gboolean is_complete; /* the last record of each partition has come */
} QsDifference;

/* @reference (QsRecord): how it should be. @is_whole: the source produces no more than that;
 * otherwise what comes after it is ignored. */
QsComparison *qs_comparison_new     (GPtrArray         *reference,
                                     gboolean           is_whole);
void          qs_comparison_free    (QsComparison      *self);

/* Compares @records (QsRecord), but for the first @skip of them. FALSE with an error if one was
 * left out, is out of order, or is none of the reference. */
gboolean      qs_comparison_compare (QsComparison      *self,
                                     GPtrArray         *records,
                                     guint              skip,
                                     QsDifference      *difference,
                                     GError           **error);

/* The first record that @records doesn't come as far as, as text; NULL: none. transfer full */
char         *qs_comparison_dup_missing (QsComparison  *self,
                                         GPtrArray     *records,
                                         guint          skip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsComparison, qs_comparison_free)

G_END_DECLS
