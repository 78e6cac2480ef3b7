/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QS_SERIALIZATION_ERROR:
 *
 * Error domain for values that cannot be serialized, and bytes that cannot be deserialized.
 *
 * Errors in this domain are from the [error@SerializationError] enumeration.
 */
#define QS_SERIALIZATION_ERROR (qs_serialization_error_quark ())

/**
 * QsSerializationError:
 * @QS_SERIALIZATION_ERROR_FAILED: any other failure; the message says more
 * @QS_SERIALIZATION_ERROR_UNKNOWN_SERIALIZER: no serializer has this name
 * @QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE: the serializer does not accept values of this
 *   type
 * @QS_SERIALIZATION_ERROR_OUT_OF_RANGE: the value is outside the range of the format
 * @QS_SERIALIZATION_ERROR_INVALID_DATA: the bytes are not of this format
 * @QS_SERIALIZATION_ERROR_REGISTRY: a schema registry cannot be reached, or refuses a
 *   request
 * @QS_SERIALIZATION_ERROR_SCHEMA: a schema is invalid or cannot be used here, whatever the
 *   value is (Since: 1.0)
 *
 * Error codes of serializers.
 *
 * New codes may be added; treat an unknown code as
 * [error@Qs.SerializationError.FAILED].
 */
typedef enum
{
  QS_SERIALIZATION_ERROR_FAILED,
  QS_SERIALIZATION_ERROR_UNKNOWN_SERIALIZER,
  QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
  QS_SERIALIZATION_ERROR_OUT_OF_RANGE,
  QS_SERIALIZATION_ERROR_INVALID_DATA,
  QS_SERIALIZATION_ERROR_REGISTRY,
  QS_SERIALIZATION_ERROR_SCHEMA,
} QsSerializationError;

#define QS_TYPE_SERIALIZATION_ERROR (qs_serialization_error_get_type ())

QS_AVAILABLE_IN_ALL
GType  qs_serialization_error_get_type (void) G_GNUC_CONST;

QS_AVAILABLE_IN_ALL
GQuark qs_serialization_error_quark    (void);

G_END_DECLS
