/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-stateful-source.h"

G_BEGIN_DECLS

#define QS_TYPE_SPLIT_SOURCE (qs_split_source_get_type ())

QS_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (QsSplitSource, qs_split_source, QS, SPLIT_SOURCE, QsStatefulSource)

/**
 * QsSplitSourceClass:
 * @parent_class: the parent class
 * @list_splits: see [vfunc@SplitSource.list_splits]
 * @partition_for_split: see [vfunc@SplitSource.partition_for_split]
 * @run_splits: see [vfunc@SplitSource.run_splits]
 *
 * The class structure of [class@SplitSource].
 *
 * Since: 1.0
 */
struct _QsSplitSourceClass
{
  QsStatefulSourceClass parent_class;

  char   **(*list_splits)         (QsSplitSource  *self,
                                   GError        **error);
  int      (*partition_for_split) (QsSplitSource  *self,
                                   const char     *split,
                                   int             n_partitions);
  gboolean (*run_splits)          (QsSplitSource  *self,
                                   GError        **error);

  /*< private >*/
  gpointer _reserved[8];
};

QS_AVAILABLE_IN_1_0
double   qs_split_source_get_split_interval  (QsSplitSource  *self);
QS_AVAILABLE_IN_1_0
void     qs_split_source_set_split_interval  (QsSplitSource  *self,
                                              double          interval);

QS_AVAILABLE_IN_1_0
char   **qs_split_source_list_splits         (QsSplitSource  *self,
                                              GError        **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_1_0
int      qs_split_source_partition_for_split (QsSplitSource  *self,
                                              const char     *split,
                                              int             n_partitions);
QS_AVAILABLE_IN_1_0
gboolean qs_split_source_run_splits          (QsSplitSource  *self,
                                              GError        **error);

QS_AVAILABLE_IN_1_0
char   **qs_split_source_get_splits          (QsSplitSource  *self) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_1_0
QsState *qs_split_source_get_split_state     (QsSplitSource  *self,
                                              const char     *split,
                                              GError        **error) G_GNUC_WARN_UNUSED_RESULT;
QS_AVAILABLE_IN_1_0
void     qs_split_source_answer_splits       (QsSplitSource      *self,
                                              const char * const *splits);
QS_AVAILABLE_IN_1_0
void     qs_split_source_splits_changed      (QsSplitSource  *self);

G_END_DECLS
