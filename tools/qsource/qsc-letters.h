/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/*
 * The dead letters of a topic. One that was replayed or dropped is followed by a record in
 * the same topic that says so, and then is none any more.
 */
typedef struct
{
  int        partition;
  gint64     offset;
  gint64     timestamp;
  GBytes    *key;   /* nullable */
  GBytes    *value; /* nullable */
  QsHeaders *headers;
} QscLetter;

/* Reads those that are left, in order; (element-type QscLetter). It connects. */
GPtrArray  *qsc_letters_read       (GVariant    *settings,
                                    const char  *topic,
                                    GError     **error);

/* The text of a header: its whole name, or what follows "__qsource.errors."; transfer full,
 * NULL if it isn't there. */
char       *qsc_letter_dup_header  (QscLetter   *self,
                                    const char  *name);

/* The record as it was, without what was added to it; NULL if it can't be made again. */
QsMessage  *qsc_letter_to_message  (QscLetter   *self,
                                    GError     **error);

/* Makes the message that marks it as handled in the topic; @how: replayed or dropped. */
QsMessage  *qsc_letter_make_marker (QscLetter   *self,
                                    const char  *how);

G_END_DECLS
