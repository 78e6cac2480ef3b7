/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/*
 * Prints records to stdout, for a person or for a program.
 */
typedef struct _QscPrinter QscPrinter;

/* @format: table or json; NULL: what stdout is for. NULL if it is neither. */
QscPrinter *qsc_printer_new    (const char   *format);
void        qsc_printer_free   (QscPrinter   *self);

/* False if nobody reads any more. */
gboolean    qsc_printer_print  (QscPrinter   *self,
                                QsRecord     *record);
gboolean    qsc_printer_flush  (QscPrinter   *self);

/* @value as JSON has it: bytes as a text, or as 0x… if they are none. transfer full */
GVariant   *qsc_value_to_json  (GVariant     *value);

/* @text without what would steer a terminal; transfer full. */
char       *qsc_make_printable (const char   *text);

/* @message as bytes, whatever its topic says; transfer full. */
QsRecord   *qsc_message_to_record (QsMessage  *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QscPrinter, qsc_printer_free)

G_END_DECLS
