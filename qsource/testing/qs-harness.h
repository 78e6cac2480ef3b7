/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-enums.h"
#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_HARNESS (qs_harness_get_type ())

QS_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QsHarness, qs_harness, QS, HARNESS, GObject)

QS_AVAILABLE_IN_1_0
void              qs_harness_serve           (QsBaseSource       *source);

QS_AVAILABLE_IN_1_0
QsHarness        *qs_harness_new             (QsBaseSource       *source) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_1_0
QsBaseSource     *qs_harness_get_source      (QsHarness          *self);
QS_AVAILABLE_IN_1_0
QsApplication    *qs_harness_get_application (QsHarness          *self);
QS_AVAILABLE_IN_1_0
QsEmbeddedBroker *qs_harness_get_broker      (QsHarness          *self);
QS_AVAILABLE_IN_1_0
gboolean          qs_harness_get_running     (QsHarness          *self);
QS_AVAILABLE_IN_1_0
GPtrArray        *qs_harness_get_records     (QsHarness          *self);

QS_AVAILABLE_IN_1_0
gboolean          qs_harness_start           (QsHarness          *self,
                                              GError            **error);
QS_AVAILABLE_IN_1_0
QsRecord         *qs_harness_pull            (QsHarness          *self,
                                              double              timeout,
                                              GError            **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_1_0
gboolean          qs_harness_wait_records    (QsHarness          *self,
                                              guint               n,
                                              double              timeout,
                                              GError            **error);
QS_AVAILABLE_IN_1_0
gboolean          qs_harness_wait_ended      (QsHarness          *self,
                                              double              timeout,
                                              GError            **error);
QS_AVAILABLE_IN_1_0
gboolean          qs_harness_kill            (QsHarness          *self,
                                              GError            **error);
QS_AVAILABLE_IN_1_0
gboolean          qs_harness_restart         (QsHarness          *self,
                                              GError            **error);
QS_AVAILABLE_IN_1_0
gboolean          qs_harness_stop            (QsHarness          *self,
                                              GError            **error);
QS_AVAILABLE_IN_1_0
gboolean          qs_harness_crash_at        (QsHarness          *self,
                                              const char         *point,
                                              guint               nth,
                                              GError            **error);
QS_AVAILABLE_IN_1_0
GVariant         *qs_harness_dup_state       (QsHarness          *self,
                                              GError            **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
