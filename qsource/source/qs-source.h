/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-base-source.h"

G_BEGIN_DECLS

#define QS_TYPE_SOURCE (qs_source_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (QsSource, qs_source, QS, SOURCE, QsBaseSource)

/**
 * QsSourceClass:
 * @parent_class: the parent class
 * @run: see [vfunc@Source.run]
 * @cleanup: see [vfunc@Source.cleanup]
 * @flush: see [vfunc@Source.flush]
 *
 * The class structure of [class@Source].
 */
struct _QsSourceClass
{
  QsBaseSourceClass parent_class;

  gboolean (*run)     (QsSource  *self,
                       GError   **error);
  gboolean (*cleanup) (QsSource  *self,
                       gboolean   failed,
                       GError   **error);
  gboolean (*flush)   (QsSource  *self,
                       double     timeout,
                       GError   **error);

  /*< private >*/
  gpointer _reserved[8];
};

QS_AVAILABLE_IN_ALL
gboolean   qs_source_get_running   (QsSource      *self);
QS_AVAILABLE_IN_ALL
QsErrorHandling qs_source_get_errors (QsSource       *self);
QS_AVAILABLE_IN_ALL
void       qs_source_set_errors    (QsSource        *self,
                                    QsErrorHandling  errors);
QS_AVAILABLE_IN_ALL
QsTopic   *qs_source_get_dead_letter_topic (QsSource *self);
QS_AVAILABLE_IN_ALL
void       qs_source_set_dead_letter_topic (QsSource *self,
                                            QsTopic  *topic);
QS_AVAILABLE_IN_ALL
guint64    qs_source_get_max_records (QsSource      *self);
QS_AVAILABLE_IN_ALL
void       qs_source_set_max_records (QsSource      *self,
                                      guint64        max_records);

QS_AVAILABLE_IN_ALL
gboolean   qs_source_run           (QsSource      *self,
                                    GError       **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_source_cleanup       (QsSource      *self,
                                    gboolean       failed,
                                    GError       **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_source_flush         (QsSource      *self,
                                    double         timeout,
                                    GError       **error);

QS_AVAILABLE_IN_ALL
QsMessage *qs_source_serialize     (QsSource      *self,
                                    GVariant      *key,
                                    GVariant      *value,
                                    QsHeaders     *headers,
                                    gint64         timestamp,
                                    GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
gboolean   qs_source_produce       (QsSource      *self,
                                    QsMessage     *message,
                                    GError       **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_source_produce_data  (QsSource      *self,
                                    const guint8  *key,
                                    gsize          key_length,
                                    const guint8  *value,
                                    gsize          value_length,
                                    gint64         timestamp,
                                    GError       **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_source_produce_full  (QsSource      *self,
                                    const guint8  *key,
                                    gsize          key_length,
                                    const guint8  *value,
                                    gsize          value_length,
                                    QsHeaders     *headers,
                                    gint64         timestamp,
                                    int            partition,
                                    GError       **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_source_produce_bytes (QsSource      *self,
                                    GBytes        *key,
                                    GBytes        *value,
                                    gint64         timestamp,
                                    GError       **error);
QS_AVAILABLE_IN_ALL
gboolean   qs_source_produce_value (QsSource      *self,
                                    GVariant      *key,
                                    GVariant      *value,
                                    GError       **error);
QS_AVAILABLE_IN_ALL
void       qs_source_report_progress (QsSource    *self,
                                      double       done,
                                      double       total);
QS_AVAILABLE_IN_ALL
void       qs_source_report_lag    (QsSource      *self,
                                    gint64         records,
                                    double         seconds);

G_END_DECLS
