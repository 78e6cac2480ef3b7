/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_SOURCE_STATS (qs_source_stats_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsSourceStats, qs_source_stats, QS, SOURCE_STATS, GObject)

QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_acknowledged     (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_bytes_acknowledged (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_in_flight        (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_failed           (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_skipped          (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_dead_letters     (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_flushes          (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
gint64   qs_source_stats_get_last_flush_time    (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_restarts         (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_recovered        (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
guint64  qs_source_stats_get_n_to_recover       (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
double   qs_source_stats_get_recovery_rate      (QsSourceStats  *self);
QS_AVAILABLE_IN_ALL
double  qs_source_stats_get_progress_done      (QsSourceStats *self);
QS_AVAILABLE_IN_ALL
double  qs_source_stats_get_progress_total     (QsSourceStats *self);
QS_AVAILABLE_IN_ALL
gint64  qs_source_stats_get_lag_records        (QsSourceStats *self);
QS_AVAILABLE_IN_ALL
double  qs_source_stats_get_lag_seconds        (QsSourceStats *self);

G_END_DECLS
