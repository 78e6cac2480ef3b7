/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The words of a JSON text, for those that read it: it moves from byte to byte,
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

/* A number as GVariant has it. */
typedef struct
{
  char type;    /* x, t or d */
  union
  {
    guint64 t;  /* of x, too */
    double  d;
  } value;
} QsJsonNumber;

/* The text between the quotes. */
typedef struct
{
  const guint8 *text;
  gsize         length;
  gboolean      has_escapes;
} QsJsonString;

/* Read what begins with a digit or a minus. */
gboolean  qs_json_scanner_scan_number   (QsJsonScanner  *self,
                                         QsJsonNumber   *number,
                                         GError        **error);
gboolean  qs_json_scanner_skip_number   (QsJsonScanner  *self,
                                         GError        **error);

/* Reads what begins with a quote; its escapes aren't checked. */
gboolean  qs_json_scanner_scan_string   (QsJsonScanner  *self,
                                         QsJsonString   *string,
                                         GError        **error);

/* Decodes the escapes of @string to @out, which has room for its length and a NUL;
 * takes_nul: one may be in the middle, too. */
gboolean  qs_json_scanner_decode        (QsJsonScanner       *self,
                                         const QsJsonString  *string,
                                         gboolean             takes_nul,
                                         char                *out,
                                         gsize               *length,
                                         GError             **error);

G_END_DECLS
