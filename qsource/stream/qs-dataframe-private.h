/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-dataframe.h"
#include "qs-step-private.h"

G_BEGIN_DECLS

/*
 * Functions of a dataframe for the consume loop, not for users.
 *
 * Context: the thread that runs the application.   Locks: none.
 */

QsDataframe *qs_dataframe_new             (QsTopic      *topic);

/* Its steps, for all that isn't about the dataframe itself. */
QsFlow      *qs_dataframe_get_flow        (QsDataframe  *self);

/* The way of the record that is being dealt with, or NULL. */
QsJourney   *qs_dataframe_get_journey     (QsDataframe  *self);

/* Has its offsets wait for the console, too. */
void         qs_dataframe_use_console     (QsDataframe  *self);

/* Passes @record through the steps. FALSE: one failed with an error that was not
 * ignored. */
gboolean     qs_dataframe_process         (QsDataframe  *self,
                                           QsRecord     *record,
                                           QsJourney    *journey,
                                           GError      **error);

G_END_DECLS
