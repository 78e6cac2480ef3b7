/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Rows of CSV as Python's csv module reads them: fields may be in quotes, in which a quote
 * is doubled and a newline is text; rows end with LF, CRLF or CR.
 *
 * Context: any.   Locks: none.
 */
typedef struct
{
  GString *text;   /* the fields, one after the other, each ended by NUL */
  GArray  *starts; /* of gsize: where each begins in text */
  GArray  *quoted; /* of gboolean: whether each was in quotes */
} QsCsvRow;

QsCsvRow   *qs_csv_row_new       (void);
void        qs_csv_row_free      (QsCsvRow    *self);

/* Parses the first row of @data. @at_end: nothing follows it. False if it isn't complete.
 * @taken: its length, with what ends it. A row without fields is an empty line. */
gboolean    qs_csv_row_parse     (QsCsvRow    *self,
                                  const char  *data,
                                  gsize        length,
                                  char         delimiter,
                                  gboolean     at_end,
                                  gsize       *taken);

guint       qs_csv_row_get_length (QsCsvRow   *self);
const char *qs_csv_row_get       (QsCsvRow    *self,
                                  guint        column,
                                  gsize       *length);
gboolean    qs_csv_row_is_quoted (QsCsvRow    *self,
                                  guint        column);

/* Makes UTF-8 of the fields, which are @encoding. False if the bytes of @column aren't. */
gboolean    qs_csv_row_decode    (QsCsvRow    *self,
                                  const char  *encoding,
                                  guint       *column);

/* Whether the bytes of ASCII mean in @encoding what they mean in ASCII, as the parser needs
 * it. */
gboolean    qs_csv_is_encoding   (const char  *encoding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QsCsvRow, qs_csv_row_free)

G_END_DECLS
