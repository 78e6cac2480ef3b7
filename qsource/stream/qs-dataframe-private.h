/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-dataframe.h"
#include "qs-step-private.h"

G_BEGIN_DECLS

/*
 * What the consume loop may do to a dataframe and a user may not.
 *
 * Context: the thread that runs the application.   Locks: none.
 */

QsDataframe *qs_dataframe_new             (QsTopic      *topic);

/* Adds the topics that it produces to. */
void         qs_dataframe_add_outputs     (QsDataframe  *self,
                                           GPtrArray    *topics);

/* Whether it does nothing but print: then a value may be the bytes of one that can't be
 * deserialized. */
gboolean     qs_dataframe_only_shows      (QsDataframe  *self);

/* Whether a binding does all of it, so that nothing is to be deserialized. */
gboolean     qs_dataframe_only_handles    (QsDataframe  *self);

/* Takes @step. */
void         qs_dataframe_add_step        (QsDataframe  *self,
                                           QsStep       *step);

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

/* Whether all that the steps have done is safe, so that offsets can be committed. */
QsFlushResult qs_dataframe_flush          (QsDataframe  *self,
                                           GError      **error);

/* Whether the next record has to wait. */
gboolean     qs_dataframe_is_full         (QsDataframe  *self);

/* Brings out what the steps hold back, as there is nothing to do for now. */
void         qs_dataframe_settle          (QsDataframe  *self);

G_END_DECLS
