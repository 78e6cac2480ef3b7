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
 * @record: the record, as it was read
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Makes a new value from a value, see [method@Dataframe.apply].
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
 * @record: the record, as it was read
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Decides whether to keep a record, see [method@Dataframe.filter].
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
 * @record: the record, as it was read
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

/**
 * QsHandleFunc:
 * @record: the record, as it was read
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Processes a record, see [method@Dataframe.handle].
 *
 * Returns: true if it succeeded
 */
typedef gboolean   (*QsHandleFunc) (QsRecord  *record,
                                    gpointer   user_data,
                                    GError   **error);

/**
 * QsFlushFunc:
 * @user_data: data of the callback
 * @error: return location for an error; [error@Gio.IOErrorEnum.BUSY] = call it again soon
 *
 * Writes collected records to where they cannot be lost, see
 * [method@Dataframe.set_flush_func].
 *
 * Returns: true if it succeeded
 */
typedef gboolean   (*QsFlushFunc)  (gpointer   user_data,
                                    GError   **error);

/**
 * QsHeadersFunc:
 * @value: (nullable): the value so far; `NULL` for a tombstone
 * @record: the record
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Makes the headers of a record, see [method@Dataframe.set_headers].
 *
 * Returns: (transfer full) (nullable): the headers, or `NULL` if it failed
 */
typedef QsHeaders *(*QsHeadersFunc) (GVariant  *value,
                                     QsRecord  *record,
                                     gpointer   user_data,
                                     GError   **error);

/**
 * QsTimestampFunc:
 * @value: (nullable): the value so far; `NULL` for a tombstone
 * @record: the record
 * @user_data: data of the callback
 * @error: return location for an error
 *
 * Makes the timestamp of a record, see [method@Dataframe.set_timestamp].
 *
 * Returns: milliseconds since 1970, UTC; 0 or less if it failed
 */
typedef gint64     (*QsTimestampFunc) (GVariant  *value,
                                       QsRecord  *record,
                                       gpointer   user_data,
                                       GError   **error);

G_END_DECLS
