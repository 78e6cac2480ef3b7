/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-serialization-error.h"

/**
 * qs_serialization_error_quark:
 *
 * Gets the error domain of serializers.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
/* clang-format off */
G_DEFINE_QUARK (qs-serialization-error-quark, qs_serialization_error)
