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
 * Error domain for the state of a source: its store, its changelog, and what is
 * asked of it.
 *
 * Errors in this domain are from the [error@StateError] enumeration.
 */
#define QS_STATE_ERROR (qs_state_error_quark ())

/**
 * QsStateError:
 * @QS_STATE_ERROR_FAILED: any other failure; the message says more
 * @QS_STATE_ERROR_INVALID: the state is no longer valid: its transaction has ended
 * @QS_STATE_ERROR_WRONG_THREAD: it was used by another thread than the one of run()
 * @QS_STATE_ERROR_LOCKED: the store is in use by another process, or twice in this one
 * @QS_STATE_ERROR_CORRUPT: the files of the store are damaged
 * @QS_STATE_ERROR_MISMATCH: the store and the changelog don't belong together
 * @QS_STATE_ERROR_MALFORMED: a record of the changelog or an entry of the store can't be understood
 * @QS_STATE_ERROR_RECOVERY: the state couldn't be read back from the changelog
 * @QS_STATE_ERROR_UNSUPPORTED_TYPE: a value has a type that a state can't keep
 * @QS_STATE_ERROR_WRONG_TYPE: an entry has another type than the one asked for
 * @QS_STATE_ERROR_INVALID_KEY: a key that a state can't have
 * @QS_STATE_ERROR_TOO_LARGE: an entry is larger than the changelog takes
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
