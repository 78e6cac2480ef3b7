/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A table of texts for a terminal: as wide as what is in it, and no wider than the terminal.
 */
typedef struct _QscGrid QscGrid;

/* @headings: "NAME" of each column, ">NAME" if its cells stand on the right; the last one is
 * cut where the line is too long. With a digit before it, a column is left out where there is no
 * room for it, those with a 1 first. Ended by NULL. */
QscGrid *qsc_grid_new     (const char *const *headings);
void     qsc_grid_free    (QscGrid           *self);

/* Adds a cell; a row is full when all of its columns are. @colour: an SGR code, or 0. */
void     qsc_grid_add     (QscGrid           *self,
                           int                colour,
                           const char        *format,
                           ...) G_GNUC_PRINTF (3, 4);

/* The lines, each after @indent; at most @columns wide (0: as wide as they are). */
char    *qsc_grid_to_text (QscGrid           *self,
                           const char        *indent,
                           gboolean           has_colour,
                           int                columns);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QscGrid, qsc_grid_free)

G_END_DECLS
