/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QS_APPLICATION_ERROR:
 *
 * Error domain for applications.
 *
 * Errors in this domain are from the [error@ApplicationError] enumeration.
 */
#define QS_APPLICATION_ERROR (qs_application_error_quark ())

/**
 * QsApplicationError:
 * @QS_APPLICATION_ERROR_FAILED: any other failure; the message says more
 * @QS_APPLICATION_ERROR_NOT_CONFIGURED: a setting that is needed is missing
 * @QS_APPLICATION_ERROR_DUPLICATE: the name or the topic of a source is taken already
 * @QS_APPLICATION_ERROR_RUNNING: this cannot be done during run()
 * @QS_APPLICATION_ERROR_NOT_RUNNING: this can only be done during run(), while the source
 *   runs
 * @QS_APPLICATION_ERROR_NOT_FOUND: the application has no such source
 *
 * Error codes of applications.
 *
 * New codes may be added; treat an unknown code as
 * [error@Qs.ApplicationError.FAILED].
 */
typedef enum
{
  QS_APPLICATION_ERROR_FAILED,
  QS_APPLICATION_ERROR_NOT_CONFIGURED,
  QS_APPLICATION_ERROR_DUPLICATE,
  QS_APPLICATION_ERROR_RUNNING,
  QS_APPLICATION_ERROR_NOT_RUNNING,
  QS_APPLICATION_ERROR_NOT_FOUND,
} QsApplicationError;

#define QS_TYPE_APPLICATION_ERROR (qs_application_error_get_type ())

QS_AVAILABLE_IN_ALL
GType  qs_application_error_get_type (void) G_GNUC_CONST;

QS_AVAILABLE_IN_ALL
GQuark qs_application_error_quark    (void);

G_END_DECLS
