/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-dataframe.h"

G_BEGIN_DECLS

QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_handle         (QsDataframe     *self,
                                          QsHandleFunc     func,
                                          gpointer         user_data,
                                          GDestroyNotify   destroy);
QS_AVAILABLE_IN_ALL
void         qs_dataframe_add_output     (QsDataframe     *self,
                                          QsTopic         *topic);
QS_AVAILABLE_IN_ALL
gboolean     qs_dataframe_produce        (QsDataframe     *self,
                                          QsTopic         *topic,
                                          GBytes          *key,
                                          GBytes          *value,
                                          QsHeaders       *headers,
                                          gint64           timestamp,
                                          GError         **error);
QS_AVAILABLE_IN_ALL
gboolean     qs_dataframe_show           (QsDataframe     *self,
                                          const char      *text,
                                          GError         **error);
QS_AVAILABLE_IN_ALL
gboolean     qs_dataframe_count_results  (QsDataframe     *self,
                                          guint            n_results);
QS_AVAILABLE_IN_ALL
void         qs_dataframe_add_row        (QsDataframe     *self,
                                          GVariant        *value,
                                          QsHeaders       *headers,
                                          gint64           timestamp);
QS_AVAILABLE_IN_ALL
gboolean     qs_dataframe_ignore         (QsDataframe     *self,
                                          QsRecord        *record,
                                          GError          *error);
QS_AVAILABLE_IN_ALL
gboolean     qs_dataframe_ignore_message (QsDataframe     *self,
                                          QsRecord        *record,
                                          GQuark           domain,
                                          int              code,
                                          const char      *message);
QS_AVAILABLE_IN_ALL
void         qs_dataframe_refuse         (QsDataframe     *self);

G_END_DECLS
