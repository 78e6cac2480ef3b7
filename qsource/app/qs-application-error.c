/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-error.h"

#include "qs-quark-private.h"

/**
 * qs_application_error_quark:
 *
 * Gets the error domain of applications.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
/* clang-format off */
QS_DEFINE_QUARK ("qs-application-error-quark", qs_application_error)
/* clang-format on */

/* Registered, so that introspection finds the domain of the enumeration. */
G_DEFINE_ENUM_TYPE (QsApplicationError,
                    qs_application_error,
                    G_DEFINE_ENUM_VALUE (QS_APPLICATION_ERROR_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (QS_APPLICATION_ERROR_NOT_CONFIGURED, "not-configured"),
                    G_DEFINE_ENUM_VALUE (QS_APPLICATION_ERROR_DUPLICATE, "duplicate"),
                    G_DEFINE_ENUM_VALUE (QS_APPLICATION_ERROR_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (QS_APPLICATION_ERROR_NOT_RUNNING, "not-running"),
                    G_DEFINE_ENUM_VALUE (QS_APPLICATION_ERROR_NOT_FOUND, "not-found"))
