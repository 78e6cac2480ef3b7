/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-application-error.h"

/**
 * qs_application_error_quark:
 *
 * Gets the error domain of applications.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
/* clang-format off */
G_DEFINE_QUARK (qs-application-error-quark, qs_application_error)
