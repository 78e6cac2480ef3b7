/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource/qsource.h>

G_BEGIN_DECLS

#define QS_TYPE_JOURNAL_SOURCE (qs_journal_source_get_type ())

G_DECLARE_FINAL_TYPE (QsJournalSource, qs_journal_source, QS, JOURNAL_SOURCE, QsStatefulSource)

G_END_DECLS
