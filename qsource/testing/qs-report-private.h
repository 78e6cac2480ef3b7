/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-report.h"

G_BEGIN_DECLS

/*
 * Functions of a report for its QsConform.
 *
 * Context: the thread of the QsConform.   Locks: none.
 */

QsReport *qs_report_new            (guint            seed);

void      qs_report_set_seed       (QsReport        *self,
                                    guint            seed);

/* Sets what was tested: a QsHarness's source, with its guarantee. */
void      qs_report_set_subject    (QsReport        *self,
                                    const char      *type,
                                    const char      *name,
                                    const char      *guarantee,
                                    const char      *broker);

/* Sets the result of @rule; @message: why it was skipped or failed (nullable). */
void      qs_report_set_result     (QsReport        *self,
                                    const char      *rule,
                                    QsRuleResult     result,
                                    const char      *message,
                                    double           seconds);

/* Whether @rule has a result yet. */
gboolean  qs_report_has            (QsReport        *self,
                                    const char      *rule);

void      qs_report_count          (QsReport        *self,
                                    guint            n_kills,
                                    guint64          n_records,
                                    guint64          n_lost,
                                    guint64          n_duplicated);

G_END_DECLS
