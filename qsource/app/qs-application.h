/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-enums.h"
#include "qs-types.h"

G_BEGIN_DECLS

#define QS_TYPE_APPLICATION (qs_application_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (QsApplication, qs_application, QS, APPLICATION, GObject)

struct _QsApplicationClass
{
  GObjectClass parent_class;

  /*< private >*/
  gpointer     padding[8];
};

QS_AVAILABLE_IN_ALL
QsApplication    *qs_application_new                 (const char           *broker_address) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
QsApplication    *qs_application_make                (GVariant             *properties,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;

QS_AVAILABLE_IN_ALL
const char       *qs_application_get_broker_address  (QsApplication        *self);
QS_AVAILABLE_IN_ALL
const char       *qs_application_get_consumer_group  (QsApplication        *self);
QS_AVAILABLE_IN_ALL
const char       *qs_application_get_state_dir       (QsApplication        *self);
QS_AVAILABLE_IN_ALL
QsEmbeddedBroker *qs_application_get_embedded_broker (QsApplication        *self);

QS_AVAILABLE_IN_ALL
QsTopic          *qs_application_add_source          (QsApplication        *self,
                                                      QsBaseSource         *source,
                                                      QsTopic              *topic,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
QsBaseSource     *qs_application_get_source          (QsApplication        *self,
                                                      const char           *name);
QS_AVAILABLE_IN_ALL
GVariant         *qs_application_dup_status          (QsApplication        *self);
QS_AVAILABLE_IN_ALL
GPtrArray        *qs_application_dup_rows            (QsApplication        *self);
QS_AVAILABLE_IN_ALL
guint64           qs_application_get_n_ignored       (QsApplication        *self);

QS_AVAILABLE_IN_ALL
QsDataframe      *qs_application_dataframe           (QsApplication        *self,
                                                      QsTopic              *topic,
                                                      QsBaseSource         *source,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
QsProducer       *qs_application_get_producer        (QsApplication        *self,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
QsConsumer       *qs_application_get_consumer        (QsApplication        *self,
                                                      gboolean              auto_commit,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_ALL
gboolean          qs_application_create_topic        (QsApplication        *self,
                                                      QsTopic              *topic,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
GVariant         *qs_application_check_topics        (QsApplication        *self,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
GVariant         *qs_application_diagnose            (QsApplication        *self);
QS_AVAILABLE_IN_ALL
char            **qs_application_list_topics         (QsApplication        *self,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
char            **qs_application_list_groups         (QsApplication        *self,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
gboolean          qs_application_run                 (QsApplication        *self,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
void              qs_application_run_async           (QsApplication        *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
QS_AVAILABLE_IN_ALL
gboolean          qs_application_run_finish          (QsApplication        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
void              qs_application_stop                (QsApplication        *self);

QS_AVAILABLE_IN_ALL
gboolean          qs_application_pause_source        (QsApplication        *self,
                                                      QsBaseSource         *source,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
gboolean          qs_application_resume_source       (QsApplication        *self,
                                                      QsBaseSource         *source,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
gboolean          qs_application_restart_source      (QsApplication        *self,
                                                      QsBaseSource         *source,
                                                      GError              **error);
QS_AVAILABLE_IN_ALL
gboolean          qs_application_stop_source         (QsApplication        *self,
                                                      QsBaseSource         *source,
                                                      GError              **error);

QS_AVAILABLE_IN_ALL
gboolean          qs_application_clear_state         (QsApplication        *self,
                                                      GError              **error);

G_END_DECLS
