/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-record.h"

G_BEGIN_DECLS

/*
 * How records are printed. For a terminal: for people. Else: one line a record,
 * with its metadata one JSON object, so that other programs can read it.
 *
 * Bytes are text where they are UTF-8, else hexadecimal digits after `0x`.
 *
 * Context: any.   Locks: none.
 */

/* Appends @record with @value (nullable) in place of its own, and the end of the
 * line. */
void qs_printer_append (GString   *out,
                        QsRecord  *record,
                        GVariant  *value,
                        gboolean   metadata,
                        gboolean   for_terminal);

/* Makes the characters behind @start harmless, and appends the end of the line. */
void qs_printer_finish (GString  *out,
                        gsize     start);

G_END_DECLS
