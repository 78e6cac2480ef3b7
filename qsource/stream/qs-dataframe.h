/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-dataframe-callbacks.h"

G_BEGIN_DECLS

#define QS_TYPE_DATAFRAME (qs_dataframe_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (QsDataframe, qs_dataframe, QS, DATAFRAME, GObject)

QS_AVAILABLE_IN_ALL
QsTopic     *qs_dataframe_get_topic (QsDataframe    *self);

QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_apply     (QsDataframe    *self,
                                     QsApplyFunc     func,
                                     gpointer        user_data,
                                     GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_expand    (QsDataframe    *self,
                                     QsApplyFunc     func,
                                     gpointer        user_data,
                                     GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_filter    (QsDataframe    *self,
                                     QsFilterFunc    func,
                                     gpointer        user_data,
                                     GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_concat    (QsDataframe    *self,
                                     QsDataframe    *other);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_replace   (QsDataframe    *self,
                                     QsApplyFunc     func,
                                     gpointer        user_data,
                                     GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_update    (QsDataframe    *self,
                                     QsUpdateFunc    func,
                                     gpointer        user_data,
                                     GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_sink      (QsDataframe    *self,
                                     QsUpdateFunc    func,
                                     gpointer        user_data,
                                     GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_to_topic  (QsDataframe    *self,
                                     QsTopic        *topic);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_to_topic_with_key (QsDataframe    *self,
                                             QsTopic        *topic,
                                             QsApplyFunc     key_func,
                                             gpointer        user_data,
                                             GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_set_headers (QsDataframe    *self,
                                       QsHeadersFunc   func,
                                       gpointer        user_data,
                                       GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_set_timestamp (QsDataframe    *self,
                                         QsTimestampFunc func,
                                         gpointer        user_data,
                                         GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
void         qs_dataframe_set_flush_func (QsDataframe    *self,
                                          QsFlushFunc     func,
                                          gpointer        user_data,
                                          GDestroyNotify  destroy);
QS_AVAILABLE_IN_ALL
QsDataframe *qs_dataframe_print     (QsDataframe    *self,
                                     gboolean        metadata);

G_END_DECLS
