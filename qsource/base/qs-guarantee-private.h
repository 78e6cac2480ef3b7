/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-enums.h"

G_BEGIN_DECLS

/* The guarantee for records, and how often they are committed. */
typedef struct
{
  QsProcessingGuarantee  processing;
  double                 commit_interval;  /* seconds */
  guint                  commit_every;     /* records of a dataframe; 0 = only by the interval */
} QsGuarantee;

static inline gboolean
qs_guarantee_is_exactly_once (const QsGuarantee *self)
{
  return self->processing == QS_PROCESSING_GUARANTEE_EXACTLY_ONCE;
}

G_END_DECLS
