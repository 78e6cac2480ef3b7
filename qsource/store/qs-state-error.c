/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-error.h"

/**
 * qs_state_error_quark:
 *
 * Gets the error domain of a source's state.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
/* clang-format off */
G_DEFINE_QUARK (qs-state-error-quark, qs_state_error)
