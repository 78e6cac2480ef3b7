/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-enums.h"
#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_BASE_SOURCE (qs_base_source_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (QsBaseSource, qs_base_source, QS, BASE_SOURCE, GObject)

/**
 * QsBaseSourceClass:
 * @parent_class: the parent class
 * @configure: see [vfunc@BaseSource.configure]
 * @setup: see [vfunc@BaseSource.setup]
 * @start: see [vfunc@BaseSource.start]
 * @stop: see [vfunc@BaseSource.stop]
 * @default_topic: see [vfunc@BaseSource.default_topic]
 * @client_connect_success: the default handler of [signal@BaseSource::client-connect-success]
 * @client_connect_failure: the default handler of [signal@BaseSource::client-connect-failure]
 *
 * The class structure of [class@BaseSource].
 */
struct _QsBaseSourceClass
{
  GObjectClass parent_class;

  gboolean   (*configure)              (QsBaseSource  *self,
                                        QsTopic       *topic,
                                        QsProducer    *producer,
                                        GError       **error);
  gboolean   (*setup)                  (QsBaseSource  *self,
                                        GError       **error);
  gboolean   (*start)                  (QsBaseSource  *self,
                                        GError       **error);
  void       (*stop)                   (QsBaseSource  *self);
  QsTopic   *(*default_topic)          (QsBaseSource  *self);

  void       (*client_connect_success) (QsBaseSource  *self);
  gboolean   (*client_connect_failure) (QsBaseSource  *self,
                                        const GError  *error);

  /*< private >*/
  gpointer _reserved[8];
};

QS_AVAILABLE_IN_ALL
const char     *qs_base_source_get_name             (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
double          qs_base_source_get_shutdown_timeout (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
void            qs_base_source_set_shutdown_timeout (QsBaseSource  *self,
                                                     double         seconds);
QS_AVAILABLE_IN_ALL
QsTopic        *qs_base_source_get_topic            (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
QsProducer     *qs_base_source_get_producer         (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
QsSourceStatus  qs_base_source_get_status           (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
QsSourceStats  *qs_base_source_get_stats            (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
GCancellable   *qs_base_source_get_cancellable      (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
const char     *qs_base_source_get_error_detail     (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
void            qs_base_source_set_error_detail     (QsBaseSource  *self,
                                                     const char    *detail);
QS_AVAILABLE_IN_ALL
GError         *qs_base_source_dup_error            (QsBaseSource  *self) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
gboolean        qs_base_source_configure            (QsBaseSource  *self,
                                                     QsTopic       *topic,
                                                     QsProducer    *producer,
                                                     GError       **error);
QS_AVAILABLE_IN_ALL
gboolean        qs_base_source_setup                (QsBaseSource  *self,
                                                     GError       **error);
QS_AVAILABLE_IN_ALL
gboolean        qs_base_source_start                (QsBaseSource  *self,
                                                     GError       **error);
QS_AVAILABLE_IN_ALL
void            qs_base_source_stop                 (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
void            qs_base_source_fail                 (QsBaseSource  *self,
                                                     const GError  *error);
QS_AVAILABLE_IN_ALL
gboolean       qs_base_source_chain_up           (QsBaseSource *self,
                                                  GType         type,
                                                  const char   *name,
                                                  double        argument,
                                                  GError      **error);
QS_AVAILABLE_IN_ALL
void           qs_base_source_fail_message       (QsBaseSource *self,
                                                  GQuark        domain,
                                                  int           code,
                                                  const char   *message);
QS_AVAILABLE_IN_ALL
QsTopic        *qs_base_source_default_topic        (QsBaseSource  *self) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
gboolean        qs_base_source_init_client          (QsBaseSource  *self,
                                                     GError       **error);
QS_AVAILABLE_IN_ALL
gboolean        qs_base_source_is_stopping          (QsBaseSource  *self);
QS_AVAILABLE_IN_ALL
gboolean        qs_base_source_wait                 (QsBaseSource  *self,
                                                     double         seconds);

G_END_DECLS
