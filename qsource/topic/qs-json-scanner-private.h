/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The words of a JSON text, for qs-json-reader.c: it moves from byte to byte,
 * reads the values that hold no others, and knows where it failed.
 *
 * Context: owner.   Locks: none.
 */
typedef struct
{
  const guint8 *start;
  const guint8 *pos;     /* the next byte */
  const guint8 *end;
} QsJsonScanner;

/* Sets @error, with the offset of @where. Always returns FALSE. */
gboolean  qs_json_scanner_fail_at       (QsJsonScanner  *self,
                                         const guint8   *where,
                                         GError        **error,
                                         const char     *format,
                                         ...) G_GNUC_PRINTF (4, 5);

/* Sets @error: @expected isn't what comes next. Always returns FALSE. */
gboolean  qs_json_scanner_fail_expected (QsJsonScanner  *self,
                                         const char     *expected,
                                         GError        **error);

/* Skips @c if it comes next. */
gboolean  qs_json_scanner_skip          (QsJsonScanner  *self,
                                         char            c);

/* Skips blanks. Returns the next byte, 0 at the end. */
guint8    qs_json_scanner_skip_space    (QsJsonScanner  *self);

/* Read what begins with a digit or a minus, or with a quote; floating. */
GVariant *qs_json_scanner_read_number   (QsJsonScanner  *self,
                                         GError        **error);
GVariant *qs_json_scanner_read_string   (QsJsonScanner  *self,
                                         GError        **error);

G_END_DECLS
