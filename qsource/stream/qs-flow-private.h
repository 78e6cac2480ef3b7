/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-step-private.h"

G_BEGIN_DECLS

/*
 * The steps of one dataframe, in their order. A step with a target begins a branch:
 * the record goes along it first, and then on in this flow, unchanged.
 *
 * Context: the dataframe's.   Locks: none.
 */

QsFlow   *qs_flow_new         (void);
void      qs_flow_free        (QsFlow         *self);

/* Removes all steps. */
void      qs_flow_clear       (QsFlow         *self);

/* Takes @step. */
void      qs_flow_add         (QsFlow         *self,
                               QsStep         *step);

/* Adds the topics to which it and its branches produce. */
void      qs_flow_add_outputs (QsFlow         *self,
                               GPtrArray      *topics);

/* Passes @record through it. FALSE: a step failed with an error that was not
 * ignored. */
gboolean  qs_flow_run         (QsFlow         *self,
                               QsRecord       *record,
                               QsJourney      *journey,
                               GError        **error);

/* Whether it does nothing but show records: then a value may be the bytes of one that
 * can't be deserialized. */
gboolean  qs_flow_only_shows  (QsFlow         *self);

/* Whether a binding does all of it, so that nothing is to be deserialized. */
gboolean  qs_flow_only_handles (QsFlow        *self);

/* Whether all that it has done is safe, so that offsets can be committed; every step is
 * asked. */
QsFlushResult qs_flow_flush   (QsFlow         *self,
                               GError        **error);

/* Whether the next record has to wait. */
gboolean  qs_flow_is_full     (QsFlow         *self);

/* Brings out what the steps hold back, as there is nothing to do for now. */
void      qs_flow_settle      (QsFlow         *self);

G_END_DECLS
