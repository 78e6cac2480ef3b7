/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-serialization-error.h"

#include "qs-quark-private.h"

/**
 * qs_serialization_error_quark:
 *
 * Gets the error domain of serializers.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
/* clang-format off */
QS_DEFINE_QUARK ("qs-serialization-error-quark", qs_serialization_error)
/* clang-format on */

/* Registered, so that introspection finds the domain of the enumeration. */
G_DEFINE_ENUM_TYPE (QsSerializationError,
                    qs_serialization_error,
                    G_DEFINE_ENUM_VALUE (QS_SERIALIZATION_ERROR_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (QS_SERIALIZATION_ERROR_UNKNOWN_SERIALIZER,
                                         "unknown-serializer"),
                    G_DEFINE_ENUM_VALUE (QS_SERIALIZATION_ERROR_UNSUPPORTED_TYPE,
                                         "unsupported-type"),
                    G_DEFINE_ENUM_VALUE (QS_SERIALIZATION_ERROR_OUT_OF_RANGE, "out-of-range"),
                    G_DEFINE_ENUM_VALUE (QS_SERIALIZATION_ERROR_INVALID_DATA, "invalid-data"),
                    G_DEFINE_ENUM_VALUE (QS_SERIALIZATION_ERROR_REGISTRY, "registry"),
                    G_DEFINE_ENUM_VALUE (QS_SERIALIZATION_ERROR_SCHEMA, "schema"))
