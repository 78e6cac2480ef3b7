/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qsc.h"

G_BEGIN_DECLS

/* Functions that the verbs `state …` share. */

/* The state that @call's options name; transfer full. */
QsStateAdmin *qsc_state_admin_new   (QscCall         *call,
                                     GError         **error);

/* Says on stderr that there is no such state, or else what @error is; the status for it. */
int           qsc_state_fail        (QscCall         *call,
                                     const GError    *error);

/* A line of JSON with all that an entry has. */
void          qsc_state_print_entry (QsStateSnapshot *snapshot,
                                     guint            index);

/* "1 entry", "2 entries"; transfer full. */
char         *qsc_state_count_entries (guint64        number);

/* A line that a terminal can't be fooled by. */
void          qsc_state_print_key   (GBytes          *key);

G_END_DECLS
