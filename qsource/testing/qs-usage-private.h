/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Reads from /proc how much a process uses, and finds whether it uses more and more.
 *
 * Context: any.   Locks: none.
 */

typedef enum
{
  QS_USAGE_MEMORY, /* bytes that no other process shares */
  QS_USAGE_DESCRIPTORS,
  QS_USAGE_THREADS,
  QS_USAGE_CHILDREN, /* including those that nobody has waited for */
  QS_N_USAGES,
} QsUsageKind;

typedef struct
{
  gint64 amounts[QS_N_USAGES];
} QsUsage;

/* Fewer are no trend. */
#define QS_USAGE_MIN_SAMPLES 9

/* FALSE: there is no such process. */
gboolean qs_usage_read        (int          pid,
                               QsUsage     *usage);

/* Whether it has loaded a library whose file's name begins with @name. */
gboolean qs_usage_has_library (int          pid,
                               const char  *name);

/* How much more there is in the last third of @usages (QsUsage, at least QS_USAGE_MIN_SAMPLES) than
 * in the first third. What a garbage collector or a queue takes and gives back is not growth. */
gint64   qs_usage_find_growth (GArray      *usages,
                               QsUsageKind  kind);

G_END_DECLS
