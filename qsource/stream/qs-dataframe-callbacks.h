/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-enums.h"
#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QsApplyFunc:
 * @value: (nullable): the value so far; `NULL` for a tombstone
 * @record: the record as it was read
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Makes a new value of a value, see [method@Dataframe.apply].
 *
 * Returns: (transfer full) (nullable): the new value, or `NULL` if it failed
 */
typedef GVariant  *(*QsApplyFunc)  (GVariant  *value,
                                    QsRecord  *record,
                                    gpointer   user_data,
                                    GError   **error);

/**
 * QsFilterFunc:
 * @value: (nullable): the value so far; `NULL` for a tombstone
 * @record: the record as it was read
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Decides about a record, see [method@Dataframe.filter].
 *
 * Returns: whether to keep it; [enum@Qs.Verdict.INVALID] if it failed
 */
typedef QsVerdict  (*QsFilterFunc) (GVariant  *value,
                                    QsRecord  *record,
                                    gpointer   user_data,
                                    GError   **error);

/**
 * QsUpdateFunc:
 * @value: (nullable): the value so far; `NULL` for a tombstone
 * @record: the record as it was read
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Does something with a value, see [method@Dataframe.update] and
 * [method@Dataframe.sink].
 *
 * Returns: true if it succeeded
 */
typedef gboolean   (*QsUpdateFunc) (GVariant  *value,
                                    QsRecord  *record,
                                    gpointer   user_data,
                                    GError   **error);

G_END_DECLS
