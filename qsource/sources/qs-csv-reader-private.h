/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-csv-private.h"
#include "qs-file-position-private.h"
#include "qs-file-tail-private.h"
#include "qs-state.h"

G_BEGIN_DECLS

/*
 * Reads a CSV file, and keeps the position in it.
 *
 * Context: the source's thread.   Locks: none.
 */
typedef struct
{
  /* Set before open(); not owned. */
  const char *name;      /* of the source */
  const char *path;
  const char *delimiter; /* one character */
  const char *encoding;
  const char *header;    /* "auto", "none", or names by commas; nullable: auto */
  gboolean    follow;

  /* While it is open. Owned. */
  QsFilePosition  *position;
  QsFileTail      *tail;
  QsCsvRow        *row;     /* the last one that was read */
  char           **columns; /* NULL: not known yet */
  guint64          n_rows;  /* since the file was opened, for messages */
} QsCsvReader;

/* Opens the file that has the path now, where @state says. */
gboolean qs_csv_reader_open        (QsCsvReader  *self,
                                    QsState      *state,
                                    GError      **error);
void     qs_csv_reader_close       (QsCsvReader  *self);

/* Reads the names of the columns, if there is a first row with them. */
gboolean qs_csv_reader_read_header (QsCsvReader  *self,
                                    GError      **error);

/* Parses the next row; *found is whether there was one, and *taken how long it is. */
gboolean qs_csv_reader_next        (QsCsvReader  *self,
                                    gboolean      at_end,
                                    gboolean     *found,
                                    gsize        *taken,
                                    GError      **error);

/* Begins anew: the file was cut. */
void     qs_csv_reader_rewind      (QsCsvReader  *self);

/* Whether the path is another file's by now. */
gboolean qs_csv_reader_is_replaced (QsCsvReader  *self);

/* Finds the column of the row called @name, the value of @property. */
gboolean qs_csv_reader_get_field   (QsCsvReader  *self,
                                    const char   *property,
                                    const char   *name,
                                    int          *column,
                                    GError      **error);

/* Says where in the file something is wrong; always FALSE. */
gboolean qs_csv_reader_fail        (QsCsvReader  *self,
                                    GError      **error,
                                    const char   *why);

G_END_DECLS
