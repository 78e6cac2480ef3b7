/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QsHarnessFactory:
 * @user_data: the data that was passed with the function
 * @error: return location for an error
 *
 * Makes a harness for the source that is tested, and sets up what the source reads.
 *
 * Each call returns another harness whose source produces the same records. No source of an earlier
 * harness runs then.
 *
 * Returns: (transfer full): a new harness that was not started, or `NULL` with an error
 *
 * Since: 1.0
 */
typedef QsHarness *(*QsHarnessFactory) (gpointer    user_data,
                                        GError    **error);

/**
 * QsRuleFunc:
 * @harness: a harness that the factory has made and that was not started
 * @user_data: the data that was passed with the function
 * @error: return location for an error
 *
 * Checks a custom rule.
 *
 * Returns: true if the source obeys the rule; false with an error that says what is wrong
 *
 * Since: 1.0
 */
typedef gboolean (*QsRuleFunc) (QsHarness  *harness,
                                gpointer    user_data,
                                GError    **error);

G_END_DECLS
