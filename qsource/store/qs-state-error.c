/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-state-error.h"

#include "qs-quark-private.h"

/**
 * qs_state_error_quark:
 *
 * Gets the error domain of a source's state.
 *
 * Returns: the domain, for [struct@GLib.Error]
 */
/* clang-format off */
QS_DEFINE_QUARK ("qs-state-error-quark", qs_state_error)

/* Registered, so that introspection finds the domain of the enumeration. */
G_DEFINE_ENUM_TYPE (QsStateError, qs_state_error,
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_FAILED, "failed"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_INVALID, "invalid"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_WRONG_THREAD, "wrong-thread"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_LOCKED, "locked"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_CORRUPT, "corrupt"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_MISMATCH, "mismatch"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_MALFORMED, "malformed"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_RECOVERY, "recovery"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_UNSUPPORTED_TYPE, "unsupported-type"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_WRONG_TYPE, "wrong-type"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_INVALID_KEY, "invalid-key"),
                     G_DEFINE_ENUM_VALUE (QS_STATE_ERROR_TOO_LARGE, "too-large"))
