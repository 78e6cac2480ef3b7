/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-record.h"

G_BEGIN_DECLS

/* What @message says, with its key and value deserialized (nullable; sunk).
 *
 * Context: any.   Locks: none. */
QsRecord *qs_record_new (QsMessage *message,
                         GVariant  *key,
                         GVariant  *value);

G_END_DECLS
