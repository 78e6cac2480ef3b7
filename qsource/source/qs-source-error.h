/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QS_SOURCE_ERROR:
 *
 * Error domain for sources.
 *
 * Errors in this domain are from the [error@SourceError] enumeration.
 */
#define QS_SOURCE_ERROR (qs_source_error_quark ())

/**
 * QsSourceError:
 * @QS_SOURCE_ERROR_FAILED: any other failure; the message says more
 * @QS_SOURCE_ERROR_NOT_CONFIGURED: the source has no topic or producer yet
 * @QS_SOURCE_ERROR_NOT_IMPLEMENTED: the class of the source lacks a required virtual
 *   function
 * @QS_SOURCE_ERROR_INVALID_STATE: this cannot be done now, or not in this thread
 * @QS_SOURCE_ERROR_DIED: the worker ended without reporting an error, by a signal or by
 *   exit()
 * @QS_SOURCE_ERROR_NOT_STARTED: the worker could not be started, or did not reach [method@Application.run]
 * @QS_SOURCE_ERROR_KILLED: the source did not end within its shutdown-timeout and was ended by force
 * @QS_SOURCE_ERROR_UNKNOWN_TYPE: no type of source has this name, see [func@Source.make]
 * @QS_SOURCE_ERROR_INVALID_PROPERTY: a property does not exist, or does not accept the
 *   value
 *
 * Error codes of sources.
 *
 * New codes may be added; treat an unknown code as
 * [error@Qs.SourceError.FAILED].
 */
typedef enum
{
  QS_SOURCE_ERROR_FAILED,
  QS_SOURCE_ERROR_NOT_CONFIGURED,
  QS_SOURCE_ERROR_NOT_IMPLEMENTED,
  QS_SOURCE_ERROR_INVALID_STATE,
  QS_SOURCE_ERROR_DIED,
  QS_SOURCE_ERROR_NOT_STARTED,
  QS_SOURCE_ERROR_KILLED,
  QS_SOURCE_ERROR_UNKNOWN_TYPE,
  QS_SOURCE_ERROR_INVALID_PROPERTY,
} QsSourceError;

#define QS_TYPE_SOURCE_ERROR (qs_source_error_get_type ())

QS_AVAILABLE_IN_ALL
GType  qs_source_error_get_type (void) G_GNUC_CONST;

QS_AVAILABLE_IN_ALL
GQuark qs_source_error_quark    (void);

G_END_DECLS
