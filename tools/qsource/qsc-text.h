/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/*
 * Text in the columns of a terminal.
 */

/* The columns of the terminal that is standard output; 0 if it is none, or does not know. */
int   qsc_text_get_columns  (void);

/* How many columns of a terminal @text takes. */
int   qsc_text_get_width    (const char *text);

/* @text in at most @width columns, with an ellipsis if it was longer; transfer full. */
char *qsc_text_cut          (const char *text,
                             int         width);

/* Appends the words of @text in lines of at most @columns columns (0: one line), each of which
 * begins @indent columns from the left, and a newline. @used columns of the first one are taken. */
void  qsc_text_append       (GString    *out,
                             const char *text,
                             int         used,
                             int         indent,
                             int         columns);

/* Prints likewise, in the columns of the terminal, or 80. */
void  qsc_text_print        (const char *text,
                             int         used,
                             int         indent);

/* @column, or less on a terminal that has little room beside it. */
int   qsc_text_get_indent   (int         column);

/* Prints @name, and beside it, or below it where there is little room, @text. @column is where
 * @text begins. */
void  qsc_text_print_entry  (const char *name,
                             const char *text,
                             int         column);

/* Prints what a terminal without Unicode can't show by what resembles it. */
void  qsc_text_init         (void);

G_END_DECLS
