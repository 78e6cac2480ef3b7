/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-source-error.h"

/**
 * qs_source_error_quark:
 *
 * Gets the error domain of sources.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
G_DEFINE_QUARK (qs - source - error - quark, qs_source_error)
