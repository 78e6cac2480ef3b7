/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined(QS_INSIDE) && !defined(QS_COMPILATION)
# error "Only <qsource/qsource.h> can be included directly."
#endif

#include "qs-types.h"

G_BEGIN_DECLS

/**
 * QS_STATE_ERROR:
 *
 * Error domain for the state of a source, its store and its changelog.
 *
 * Errors in this domain are from the [error@StateError] enumeration.
 */
#define QS_STATE_ERROR (qs_state_error_quark ())

/**
 * QsStateError:
 * @QS_STATE_ERROR_FAILED: any other failure; the message says more
 * @QS_STATE_ERROR_INVALID: the state is no longer valid, because its transaction has ended
 * @QS_STATE_ERROR_WRONG_THREAD: the state was used in another thread than that of run()
 * @QS_STATE_ERROR_LOCKED: the store is in use by another process, or by another source in
 *   this process
 * @QS_STATE_ERROR_CORRUPT: the files of the store are damaged
 * @QS_STATE_ERROR_MISMATCH: the store and the changelog do not belong together
 * @QS_STATE_ERROR_MALFORMED: a record of the changelog or an entry of the store cannot be
 *   parsed
 * @QS_STATE_ERROR_RECOVERY: the state could not be read back from the changelog
 * @QS_STATE_ERROR_UNSUPPORTED_TYPE: a value has a type that a state cannot store
 * @QS_STATE_ERROR_WRONG_TYPE: an entry has another type than the one asked for
 * @QS_STATE_ERROR_INVALID_KEY: a state cannot have such a key
 * @QS_STATE_ERROR_TOO_LARGE: an entry is larger than the changelog accepts
 *
 * Error codes of a source's state.
 *
 * New codes may be added; treat an unknown code as [error@Qs.StateError.FAILED].
 */
typedef enum
{
  QS_STATE_ERROR_FAILED,
  QS_STATE_ERROR_INVALID,
  QS_STATE_ERROR_WRONG_THREAD,
  QS_STATE_ERROR_LOCKED,
  QS_STATE_ERROR_CORRUPT,
  QS_STATE_ERROR_MISMATCH,
  QS_STATE_ERROR_MALFORMED,
  QS_STATE_ERROR_RECOVERY,
  QS_STATE_ERROR_UNSUPPORTED_TYPE,
  QS_STATE_ERROR_WRONG_TYPE,
  QS_STATE_ERROR_INVALID_KEY,
  QS_STATE_ERROR_TOO_LARGE,
} QsStateError;

#define QS_TYPE_STATE_ERROR (qs_state_error_get_type ())

QS_AVAILABLE_IN_ALL
GType  qs_state_error_get_type (void) G_GNUC_CONST;

QS_AVAILABLE_IN_ALL
GQuark qs_state_error_quark    (void);

G_END_DECLS
