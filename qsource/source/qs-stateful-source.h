/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-source.h"

G_BEGIN_DECLS

#define QS_TYPE_STATEFUL_SOURCE (qs_stateful_source_get_type ())

QS_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (QsStatefulSource, qs_stateful_source, QS, STATEFUL_SOURCE, QsSource)

/**
 * QsStatefulSourceClass:
 * @parent_class: the parent class
 *
 * The class structure of [class@StatefulSource].
 */
struct _QsStatefulSourceClass
{
  QsSourceClass parent_class;

  /*< private >*/
  gpointer _reserved[8];
};

QS_AVAILABLE_IN_ALL
const char *qs_stateful_source_get_store_name   (QsStatefulSource  *self);
QS_AVAILABLE_IN_ALL
int         qs_stateful_source_get_n_partitions (QsStatefulSource  *self);
QS_AVAILABLE_IN_ALL
int         qs_stateful_source_get_partition    (QsStatefulSource  *self);

QS_AVAILABLE_IN_ALL
QsState    *qs_stateful_source_get_state        (QsStatefulSource  *self,
                                                 GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
